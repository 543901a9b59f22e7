"""The parts of the plant's day at the page: those counted here, and with them what the server knows besides."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.machines.contracts import CountKind
from unison_domain.machines.day_counts import MOST_EPOCHS, ElsewhereDay
from unison_domain.stations.events import Counted
from unison_station.agent import Agent
from unison_station.clock import Line
from unison_station.configuration_file import save_configuration
from unison_station.operator.day_counts import DayCount, DayCounts
from unison_station.uplink import Identity, enrol

from tests.station_agent.configurations import MACHINE
from tests.station_agent.devices.slave import Slave
from tests.station_agent.engine.press import Press
from tests.station_agent.operator.shop import BENCH, shop
from tests.station_agent.operator.talk import Page
from tests.station_agent.uplink.server import AGENT, ORGANIZATION, FakeServer, running
from tests.station_agent.waiting import until

PRESS_ID = str(MACHINE)
BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 3, 29)
"""The day on which the clocks of Berlin go forward."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unison_station.uplink.heartbeat.BEAT_SECONDS", 0.1)
    for often in ("SOON", "STILL", "SELDOM"):
        monkeypatch.setattr(f"unison_station.operator.office_counts.{often}_SECONDS", 0.1)


@contextmanager
def at_work(folder: Path, identity: Identity | None = None, **given: Any) -> Iterator[Page]:
    with (
        Agent(folder, identity=identity, **given) as agent,
        httpx.Client(base_url=agent.health.url, trust_env=False) as client,
    ):
        yield Page(client)


def counts(page: Page) -> tuple[dict[str, Any], bool]:
    """What is shown of the press, and whether as the day's: else since a moment on this PC."""
    shown = page.machine("P1")
    return shown["counts"], shown["counts_since"] is None


def test_parts_of_the_day_are_counted(page: Page, press: Press) -> None:
    assert page.machine("P1")["counts"] == {"good": 0, "scrap": 0}
    assert page.machine("B1")["counts"] == {}
    press.make(5)
    press.registers[4] += 2
    until(lambda: page.machine("P1")["counts"] == {"good": 5, "scrap": 2})


def test_what_the_server_put_right_of_todays_counts_is_added(tmp_path: Path, slave: Slave, press: Press) -> None:
    """As long as it is of the day that is shown; also with the server down, and after a start."""
    wanted = shop(slave.port, agent_id=AGENT, organization_id=ORGANIZATION)
    with running(FakeServer(configuration=wanted)) as server:
        identity = enrol(tmp_path, server.url, "code_12345678", version="test")
        save_configuration(tmp_path / "configuration.json", wanted)
        with (
            Agent(tmp_path, identity=identity) as agent,
            httpx.Client(base_url=agent.health.url, trust_env=False) as client,
        ):
            page = Page(client)
            until(lambda: "good" in page.machine("P1")["counts"])
            press.make(5)
            until(lambda: page.machine("P1")["counts"] == {"good": 5, "scrap": 0})
            day = agent.desk.floor.counts.here[MACHINE].day
            server.corrected = [{"machine_id": PRESS_ID, "day": str(day), "good": "-2.5"}]
            until(lambda: page.machine("P1")["counts"] == {"good": 2.5, "scrap": 0})
            yesterday = str(day - timedelta(days=1))
            server.corrected = [{"machine_id": PRESS_ID, "day": yesterday, "good": "-2.5"}]
            until(lambda: page.machine("P1")["counts"] == {"good": 5, "scrap": 0})
            server.corrected = [{"machine_id": PRESS_ID, "day": str(day), "good": "3"}]
            until(lambda: page.machine("P1")["counts"] == {"good": 8, "scrap": 0})
    with (
        Agent(tmp_path, configuration=wanted) as agent,
        httpx.Client(base_url=agent.health.url, trust_env=False) as client,
    ):
        assert Page(client).machine("P1")["counts"]["good"] == 8


def test_a_new_pc_shows_the_day_once_the_server_told_it_and_says_until_then_since_when_it_counts(
    tmp_path: Path, slave: Slave, press: Press
) -> None:
    wanted = shop(slave.port, agent_id=AGENT, organization_id=ORGANIZATION)
    with running(FakeServer(configuration=wanted)) as server:
        identity = enrol(tmp_path, server.url, "code_12345678", version="test")
        save_configuration(tmp_path / "configuration.json", wanted)
        with at_work(tmp_path, identity) as page:
            until(lambda: counts(page) == ({"good": 0, "scrap": 0}, False))
            press.make(5)
            until(lambda: counts(page) == ({"good": 5, "scrap": 0}, False))
            today = str(datetime.now(BERLIN).date())
            server.elsewhere = [{"machine_id": PRESS_ID, "day": today, "good": "120", "scrap": "3", "total": "0"}]
            until(lambda: counts(page) == ({"good": 125, "scrap": 3}, True))
    with at_work(tmp_path, identity) as page:
        press.make(2)
        until(lambda: counts(page) == ({"good": 127, "scrap": 3}, True))


def test_what_was_told_of_another_day_is_not_added(tmp_path: Path, slave: Slave, press: Press) -> None:
    wanted = shop(slave.port, agent_id=AGENT, organization_id=ORGANIZATION)
    with running(FakeServer(configuration=wanted)) as server:
        identity = enrol(tmp_path, server.url, "code_12345678", version="test")
        save_configuration(tmp_path / "configuration.json", wanted)
        yesterday = str(datetime.now(BERLIN).date() - timedelta(days=1))
        server.elsewhere = [{"machine_id": PRESS_ID, "day": yesterday, "good": "120"}]
        with at_work(tmp_path, identity) as page:
            server.wait_for(lambda: any("/day-counts?" in path for _, path, _ in server.requests))
            press.make(1)
            until(lambda: counts(page) == ({"good": 1, "scrap": 0}, False))


def test_since_when_it_counts_is_kept_and_begins_anew_where_the_machine_was_elsewhere_meanwhile() -> None:
    first, later, last = (datetime(2026, 3, 29, hour, tzinfo=UTC) for hour in (5, 8, 11))
    counts = DayCounts().following([MACHINE], first).following([MACHINE, BENCH], later)
    assert counts.since == {MACHINE: first, BENCH: later}
    assert DayCounts.load("x", counts.dump_told("x")) == counts
    back = counts.following([BENCH], later).following([MACHINE, BENCH], last)
    assert back.since == {MACHINE: last, BENCH: later}


def test_a_day_begins_at_the_plants_midnight() -> None:
    late = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)  # half past eleven in Berlin
    counts = DayCounts().following([MACHINE], late)
    assert counts.known_since(MACHINE, late + timedelta(minutes=20), BERLIN) == late
    assert counts.known_since(MACHINE, late + timedelta(minutes=31), BERLIN) is None
    assert counts.known_since(MACHINE, late + timedelta(minutes=31), UTC) == late
    assert counts.known_since(BENCH, late, BERLIN) is None, "nothing is counted there"


def test_an_agent_from_before_this_was_kept_shows_its_day_as_before() -> None:
    counts = DayCounts(here={MACHINE: DayCount(TODAY, good=7)})
    loaded = DayCounts.load("x", counts.dump_machine("x", MACHINE)).following([MACHINE], datetime.now(UTC))
    assert loaded.known_since(MACHINE, datetime.now(UTC), BERLIN) is None


def counted(stamp: datetime, delta: int) -> Counted:
    return Counted(
        at=stamp, machine_id=MACHINE, tag_id=BENCH, count=CountKind.GOOD, delta=delta, started_at=stamp, raw_to=0
    )


@pytest.mark.parametrize("off", [timedelta(hours=-8), timedelta(hours=8), timedelta(days=-9000), timedelta(0)])
@pytest.mark.parametrize("hours", [0, 4])
def test_parts_counted_before_the_servers_time_was_known_are_of_its_day(off: timedelta, hours: int) -> None:
    """Also beside those that are of a day already; the second time they are kept and loaded at each step."""
    morning = datetime(2026, 3, 30, 4, 10, tzinfo=UTC)
    begun = morning + off
    unknown, known = Line(begun), Line(begun, -off.total_seconds())
    counts = DayCounts(here={MACHINE: DayCount(date(2026, 3, 29), good=500)})
    for number in range(6):
        stamp = begun + timedelta(hours=hours, minutes=25 * number)
        counts = counts.after(MACHINE, counted(stamp, 1), BERLIN, unknown)
        counts = DayCounts.load("x", counts.dump_machine("x", MACHINE))
    settled = counts.settled(MACHINE, BERLIN, known)
    assert settled.made_on(MACHINE, date(2026, 3, 30)) == DayCount(date(2026, 3, 30), good=6)
    more = counts.after(MACHINE, counted(begun + timedelta(hours=9), 10), BERLIN, known)
    assert more.made_on(MACHINE, date(2026, 3, 30)).good == 16
    assert DayCounts.load("x", more.dump_machine("x", MACHINE)) == more


def test_of_parts_counted_while_the_server_was_away_over_midnight_those_of_today_stay() -> None:
    evening = datetime(2026, 3, 29, 20, 0, tzinfo=UTC)  # ten in Berlin
    begun = evening - timedelta(hours=8)
    counts = DayCounts()
    for minutes in range(0, 240, 20):
        counts = counts.after(MACHINE, counted(begun + timedelta(minutes=minutes), 1), BERLIN, Line(begun))
    settled = counts.settled(MACHINE, BERLIN, Line(begun, 8 * 3600.0))
    assert settled.here == {MACHINE: DayCount(date(2026, 3, 30), good=6)}


PARTS = st.integers(0, 1000)


@given(PARTS, PARTS, st.integers(-1, 1), st.integers(-1, 1))
def test_the_days_parts_are_those_counted_here_and_elsewhere_on_that_day(
    here: int, elsewhere: int, off_here: int, off_elsewhere: int
) -> None:
    day = ElsewhereDay(machine_id=MACHINE, day=TODAY + timedelta(days=off_elsewhere), good=Decimal(elsewhere))
    counts = DayCounts(here={MACHINE: DayCount(TODAY + timedelta(days=off_here), good=here)}).told([day])
    made = counts.made_on(MACHINE, TODAY)
    assert made.good == (here if off_here == 0 else 0) + (elsewhere if off_elsewhere == 0 else 0)
    assert (made.day, made.scrap, made.total) == (TODAY, 0, 0)


@given(st.lists(st.integers(0, 30), max_size=40))
def test_lives_of_a_buffer_are_few_and_the_newest_is_the_last(lives: list[int]) -> None:
    counts = DayCounts()
    for number in lives:
        counts = counts.living(UUID(int=number))
        assert counts.epochs[-1] == UUID(int=number)
    assert len(set(counts.epochs)) == len(counts.epochs) <= MOST_EPOCHS


def test_after_it_was_settled_which_memory_goes_on_the_server_tells_of_those_before(
    tmp_path: Path, slave: Slave, press: Press
) -> None:
    """Nobody knows what of them this PC has; what it has not sent is sent anew in this life, and counted here."""
    wanted = shop(slave.port, agent_id=AGENT, organization_id=ORGANIZATION)
    with running(FakeServer(configuration=wanted)) as server:
        identity = enrol(tmp_path, server.url, "code_12345678", version="test")
        save_configuration(tmp_path / "configuration.json", wanted)
        with at_work(tmp_path, identity) as page:
            press.make(1)
            until(lambda: counts(page)[0]["good"] == 1)
            server.wait_for(lambda: any(event["kind"] == "counted" and event["delta"] for event in server.taken))
        with at_work(tmp_path, configuration=wanted) as page:
            press.make(2)
            until(lambda: counts(page)[0]["good"] == 3)
        again = identity.model_copy(update={"life": uuid4()})
        with Agent(tmp_path, identity=again) as agent:
            epoch = agent.store.outgoing.epoch
            server.wait_for(lambda: any(path.endswith(f"?epochs={epoch}") for _, path, _ in server.requests))
            until(lambda: agent.desk.floor.counts.here[MACHINE].good == 2)
        today = str(datetime.now(BERLIN).date())
        server.elsewhere = [{"machine_id": PRESS_ID, "day": today, "good": "9"}]
        with at_work(tmp_path, again) as page:
            until(lambda: counts(page) == ({"good": 11, "scrap": 0}, True))
