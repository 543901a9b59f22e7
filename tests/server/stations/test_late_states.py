"""What a former PC tells of a machine's past, told late, lands in that past: it changes nothing of what came after."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from unison_domain.identity.overrides import OverrideKind

from tests.server.machines.test_downtime import reasons
from tests.server.machines.test_ends_of_words import ENDS
from tests.server.machines.test_station_words import reasoned, state_set
from tests.server.stations.confirming import demand_nothing
from tests.server.stations.floor import START, Floor, Sender, at
from tests.server.stations.test_leases import counter, give, second_agent
from tests.server.stations.test_next_holder import decided, of

__all__ = ["reasons"]


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


def test_a_state_that_a_person_accepts_late_is_none_of_the_present(floor: Floor, agents: tuple[Sender, Sender]) -> None:
    first, second = agents
    lease = counter(floor, second).lease
    begun = by(floor, second, 50, "running", lease=lease)
    second.send([begun, by(floor, second, 100, "fault", begun, lease=lease)])
    first.send([by(floor, first, 60, "stopped", clock_unsynced=True)])
    (waiting,) = of(floor, first)
    assert waiting["may_accept"], waiting["consequence"]
    assert decided(floor, first, waiting, "accept") == 200
    assert floor.history() == [("running", 50, 60), ("stopped", 60, 100), ("fault", 100, None)]
    assert waiting["consequence"] == (
        "The machine was stopped from 2026-03-02 06:01:00 UTC on, up to the next state that is known, but not where a "
        "person said what it did"
    )


def test_what_the_next_holder_tells_of_is_not_accepted(floor: Floor, agents: tuple[Sender, Sender]) -> None:
    first, second = agents
    second.send([by(floor, second, now(), "running", lease=counter(floor, second).lease)])
    before = floor.history()
    first.send([by(floor, first, now() + 5, "stopped")])
    (waiting,) = of(floor, first)
    assert not waiting["may_accept"]
    assert waiting["consequence"].endswith("UTC: what happened from then on is told by that one")
    assert decided(floor, first, waiting, "accept") == 409
    assert floor.history() == before


def test_it_ends_no_word_and_a_word_of_a_stop_ends_where_it_does(
    floor: Floor, agents: tuple[Sender, Sender], reasons: dict[int, str]
) -> None:
    demand_nothing(floor, OverrideKind.MACHINE_STATE)
    first, second = agents
    lease = counter(floor, second).lease
    events = [by(floor, second, moment, state, lease=lease) for moment, state in ((0, "running"), (100, "stopped"))]
    second.send([*events, reasoned(floor, 150, 100, reasons[110])])
    second.send([state_set(floor, 900, "setup"), by(floor, second, 2000, "running", lease=lease)])
    second.send([by(floor, second, 3000, "stopped", lease=lease), reasoned(floor, 3010, 3000, reasons[110])])
    assert floor.rows(ENDS)[0].ended_at == at(900)
    first.send([by(floor, first, 300, "running"), by(floor, first, 1000, "running")])
    assert [row.ended_at for row in floor.rows(ENDS)] == [at(300), None]
    assert floor.history() == [
        ("running", 0, 100),
        ("stopped", 100, 300),
        ("running", 300, 900),
        ("setup", 900, 2000),
        ("running", 2000, 3000),
        ("stopped", 3000, None),
    ]
    assert floor.admin.post(f"/machines/{floor.machines[0]}/rebuild", {}).status_code == 200
    assert [row.ended_at for row in floor.rows(ENDS)] == [at(300), None]
