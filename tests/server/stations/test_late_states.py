"""What a former PC tells of a machine's past, told late, lands in that past: it changes nothing of what came after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.server.stations.floor import START, Floor, Sender
from tests.server.stations.test_leases import counter, give, second_agent
from tests.server.stations.test_next_holder import decided, of


def seconds(moment: datetime) -> float:
    return (moment - START).total_seconds()


def now() -> float:
    return seconds(datetime.now(UTC))


@pytest.fixture
def agents(floor: Floor) -> tuple[Sender, Sender]:
    """The station's first agent, and the one that has it now."""
    first, second = floor.sender, second_agent(floor)
    give(floor, second.agent_id)
    return first, second


def by(floor: Floor, agent: Sender, moment: float, state: str, closes: Any = None, **said: Any) -> dict[str, Any]:
    """A transition that this agent tells."""
    floor.sender = agent
    return floor.changed(moment, state, closes) | said


def test_a_state_that_a_person_accepts_late_is_none_of_the_present(
    floor: Floor, agents: tuple[Sender, Sender]
) -> None:
    first, second = agents
    lease = counter(floor, second).lease
    begun = by(floor, second, 50, "running", lease=lease)
    second.send([begun, by(floor, second, 100, "fault", begun, lease=lease)])
    first.send([by(floor, first, 60, "stopped", clock_unsynced=True)])
    (waiting,) = of(floor, first)
    assert waiting["may_accept"], waiting["consequence"]
    assert decided(floor, first, waiting, "accept") == 200
    assert floor.history() == [("running", 50, 60), ("stopped", 60, 100), ("fault", 100, None)]
