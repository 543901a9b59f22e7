"""What scanners, gauges and cameras saw is on disk when `keep` returns, in the order it came, or was refused aloud."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from unison_domain.codes.events import ScanSource, ScanTaken
from unison_domain.quality.events import ReadingSource, ReadingTaken
from unison_station.agent import Agent
from unison_station.operator import keeping
from unison_station.operator.recent import KEPT
from unison_station.peripherals.outlet import NotKept, Outlet
from unison_station.store import StoreError

from tests.station_agent.configurations import SPACE, STATION, configuration


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    with Agent(tmp_path, configuration=configuration()) as agent:
        yield agent


def scan(outlet: Outlet, text: str, id_: UUID | None = None) -> ScanTaken:
    return ScanTaken(at=outlet.now(), id=id_ or uuid4(), station_id=STATION, source=ScanSource.SCANNER, text=text)


def kept(agent: Agent) -> list[str]:
    return [row.kind for row in agent.store.outgoing.pending() if row.kind != "agent_started"]


def test_on_return_it_is_on_disk_and_shown(agent: Agent) -> None:
    outlet = Outlet(agent.desk, agent.engine)
    outlet.keep(scan(outlet, "A\x1dB"))
    assert kept(agent) == ["scan_taken"]
    assert [taken.event.kind for taken in agent.desk.recent.stations[STATION]] == ["scan_taken"]


def test_ten_threads_at_once_lose_nothing(agent: Agent) -> None:
    outlet = Outlet(agent.desk, agent.engine)
    with ThreadPoolExecutor(10) as threads:
        list(threads.map(lambda number: outlet.keep(scan(outlet, str(number))), range(50)))
    assert kept(agent) == ["scan_taken"] * 50
    assert len(agent.desk.recent.stations[STATION]) == KEPT


def test_a_restart_shows_what_was_shown(tmp_path: Path) -> None:
    with Agent(tmp_path, configuration=configuration()) as agent:
        outlet = Outlet(agent.desk, agent.engine)
        reading = ReadingTaken(
            at=outlet.now(),
            id=uuid4(),
            station_id=STATION,
            characteristic_id=SPACE,
            source=ReadingSource.GAUGE,
            value=Decimal("0.120"),
        )
        outlet.keep(scan(outlet, "2026-11-21T07:00:00Z"), reading)
        before = agent.desk.recent
    with Agent(tmp_path, configuration=configuration()) as agent:
        assert agent.desk.recent == before
        assert b'"value":"0.120"' in next(r.body for r in agent.store.outgoing.pending() if r.kind == "reading_taken")


def test_an_agent_that_ends_keeps_nothing_and_says_so(tmp_path: Path) -> None:
    with Agent(tmp_path, configuration=configuration()) as agent:
        outlet = Outlet(agent.desk, agent.engine)
    with pytest.raises(NotKept, match="being stopped"):
        outlet.keep(scan(outlet, "A"))


class Stalled(Future[None]):
    """Being written when somebody waited long enough; then the disk gives up."""

    def cancel(self) -> bool:
        self.set_exception(StoreError("the disk gave up"))
        return False


def test_a_disk_that_stalls_and_then_fails_is_told_like_any_that_fails(
    agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "PATIENCE_SECONDS", 0.0)
    outlet = Outlet(agent.desk, agent.engine)
    monkeypatch.setattr(agent.engine, "order", lambda _decide: Stalled())
    with pytest.raises(NotKept, match="Not kept: the disk gave up"):
        outlet.keep(scan(outlet, "A"))
