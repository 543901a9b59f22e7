"""A PC is started anew with another clock: what is remembered, said and counted over it bears the right time."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unison_domain.machines.counter import needs_review
from unison_domain.stations.events import Counted
from unison_station.clock import ANSWERS_KEPT, EPOCH, Line
from unison_station.store import Store

from tests.station_agent.boots import Site, time
from tests.station_agent.operator.shop import reason_id
from tests.station_agent.store.making import ROOMY, START, Pc, sample, samples

DEAD_BATTERY = datetime(1970, 1, 1, 0, 1, tzinfo=UTC) - START
CLOCKS = [timedelta(0), timedelta(hours=1), timedelta(hours=-1), timedelta(days=30), DEAD_BATTERY]
TOLERANCE = timedelta(seconds=2)
"""What a clock may be off without being corrected."""


def counts(site: Site) -> list[Counted]:
    return [Counted.model_validate(event) for event in site.of("counted")]


@pytest.mark.parametrize("before", CLOCKS)
@pytest.mark.parametrize("after", CLOCKS)
def test_a_reason_said_after_a_reboot_is_of_the_stop_it_was_said_of(
    tmp_path: Path, before: timedelta, after: timedelta
) -> None:
    site = Site(tmp_path, before)
    site.hears()
    site.look(3)
    site.runs = False
    site.look(3)
    site.reboot(60, after)
    site.says(reason_id("Spindle"))
    site.hears()
    site.look(3)
    (word,) = site.of("stop_reasoned")
    (stopped, *_) = [event for event in site.of("state_changed") if event["opened"]["state"] == "stopped"]
    assert time(word["started_at"]) == time(stopped["opened"]["started_at"]) == START + timedelta(seconds=4)
    assert time(word["at"]) == START + timedelta(seconds=66)


@pytest.mark.parametrize("before", CLOCKS)
@pytest.mark.parametrize("after", [timedelta(0), timedelta(hours=1), timedelta(hours=-1), DEAD_BATTERY])
def test_a_restart_of_a_minute_is_booked_whatever_the_clocks_said(
    tmp_path: Path, before: timedelta, after: timedelta
) -> None:
    site = Site(tmp_path, before)
    site.hears()
    site.look()
    site.look(4, parts=1)
    site.reboot(50, after, parts=1)
    site.hears()
    site.look(5, parts=1)
    (gap,) = [one for one in counts(site) if one.across_gap]
    assert (gap.started_at, gap.delta, needs_review(gap)) == (START + timedelta(seconds=5), 2, None)
    assert sum(one.delta for one in counts(site)) == site.made


@pytest.mark.parametrize("before", CLOCKS)
def test_parts_of_an_outage_count_by_its_true_length(tmp_path: Path, before: timedelta) -> None:
    """The clock that was wrong is right after the reboot: ten minutes are ten minutes."""
    site = Site(tmp_path, before)
    site.hears()
    site.look()
    site.look(4, parts=1)
    site.reboot(600, parts=300)
    site.hears()
    site.look(5, parts=1)
    (gap,) = [one for one in counts(site) if one.across_gap]
    assert (gap.started_at, gap.delta) == (START + timedelta(seconds=5), 301)
    assert gap.at == START + timedelta(seconds=606)
    assert sum(one.delta for one in counts(site)) == site.made
    assert not site.of("counter_jumped")


@pytest.mark.parametrize("after", [timedelta(hours=1), timedelta(hours=5), timedelta(days=30)])
@pytest.mark.parametrize("heard", [True, False])
def test_a_run_covers_an_outage_though_the_clock_is_ahead_after_it(
    tmp_path: Path, after: timedelta, heard: bool
) -> None:
    """By that clock the outage was longer than any run is taken to be; by the server's it was ten minutes."""
    site = Site(tmp_path)
    site.hears()
    site.look()
    site.look(4, parts=1)
    site.reboot(600, after, parts=300)
    if heard:
        site.hears()
    site.look(5, parts=1)
    site.hears()
    (gap,) = [one for one in counts(site) if one.across_gap]
    assert (gap.delta, gap.at - gap.started_at, needs_review(gap)) == (301, timedelta(seconds=601), None)
    assert sum(one.delta for one in counts(site)) == site.made


@pytest.mark.parametrize("after", [timedelta(hours=-1), DEAD_BATTERY])
@pytest.mark.parametrize("heard", [True, False])
def test_parts_of_an_outage_nobody_measured_are_for_a_person(tmp_path: Path, after: timedelta, heard: bool) -> None:
    """By a clock that is behind, the outage took no time, so these are too many: none is lost, a person decides."""
    site = Site(tmp_path)
    if heard:
        site.hears()
    site.look()
    site.look(4, parts=1)
    site.reboot(600, after, parts=300)
    site.look(2, parts=1)
    site.hears()
    site.look(70, parts=1)
    (gap,) = [one for one in counts(site) if one.across_gap]
    assert gap.delta == 301
    assert needs_review(gap) is not None
    assert sum(one.delta for one in counts(site)) == site.made
    assert not site.of("counter_jumped")


def test_a_misread_after_a_reboot_is_still_forgotten(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.hears()
    site.look()
    site.look(4, parts=1)
    site.reboot(60, timedelta(hours=-1))
    good, site.made = site.made, 40_000
    site.look()
    site.made = good
    site.look(70, parts=1)
    assert sum(one.delta for one in counts(site)) == site.made


def test_a_leap_of_one_boot_stays_a_jump(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.hears()
    site.look()
    site.look(4, parts=1)
    site.restart()
    site.made += 300
    site.look(3, parts=1)
    assert [event["raw_to"] for event in site.of("counter_jumped")] == [305]


BOOTS = st.lists(
    st.tuples(
        st.sampled_from(CLOCKS) | st.timedeltas(timedelta(days=-400), timedelta(days=400)),
        st.floats(1.0, 5_000.0),
        st.integers(1, 4),
        st.booleans(),
        st.booleans(),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(BOOTS, st.booleans())
def test_states_tile_and_every_stamp_is_true_whatever_the_clocks_do(
    boots: list[tuple[timedelta, float, int, bool, bool]], first_heard: bool
) -> None:
    """Boots that hear the server, early or late, stamp right; those that never do keep at least the order."""
    with TemporaryDirectory() as folder:
        site = Site(Path(folder))
        with_server = first_heard
        if first_heard:
            site.hears()
        site.look(2, parts=1)
        for error, seconds, looks, runs, heard in boots:
            site.reboot(seconds, error)
            site.runs = runs
            site.look(looks, parts=1 if runs else 0)
            stop = site.desk.floor.machines
            if any(notes.stop for notes in stop.values()):
                site.says(reason_id("Spindle"))
            if heard:
                site.hears()
            with_server = with_server and heard
            site.look(2)
        changes = site.of("state_changed")
        for event in site.sent:
            began = (event.get("opened") or event).get("started_at")
            assert began is None or time(began) <= time(event["at"])
        for one, other in pairwise(changes):
            assert other["opened"]["started_at"] >= one["opened"]["started_at"] or not with_server
            if with_server:
                assert time(other["closed"]["started_at"]) == time(one["opened"]["started_at"])
        if with_server:
            opened = {time(one["opened"]["started_at"]) for one in changes if one["opened"]["state"] == "stopped"}
            assert {time(word["started_at"]) for word in site.of("stop_reasoned")} <= opened
            assert abs(time(site.sent[-1]["at"]) - site.truth) <= timedelta(seconds=10) + TOLERANCE
        site.store.close()


def put_right(site: Site, looks: int) -> None:
    """The server's clock is right again and it answers at every look."""
    for _ in range(looks):
        site.hears()
        site.look(parts=1 if site.runs else 0)


@pytest.mark.parametrize("error", CLOCKS)
def test_a_server_that_was_behind_at_first_contact_is_followed_once_it_is_right(
    tmp_path: Path, error: timedelta
) -> None:
    site = Site(tmp_path, error)
    site.hears(timedelta(hours=-1))
    site.look(3, parts=1)
    put_right(site, ANSWERS_KEPT + 1)
    site.runs = False
    site.look(3)
    site.restart()
    site.look(3)
    site.runs = True
    site.look(3, parts=1)
    site.reboot(30)
    site.hears()
    site.look(3, parts=1)
    assert abs(time(site.sent[-1]["at"]) - site.truth) <= TOLERANCE
    assert site.store.clock.step() is None, "told by the run in which it leapt"
    tiles(site)
    assert sum(one.delta for one in counts(site)) == site.made - 1


def test_answers_that_disagree_move_no_stamp(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.hears()
    for error in (3600, 60, 3600, 0, 7200) * 4:
        site.hears(timedelta(seconds=error))
        site.look()
    assert abs(site.store.timeline.settled_now - site.truth) <= TOLERANCE


def test_a_server_that_was_ahead_at_first_contact_turns_no_stamp_back(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.hears(timedelta(hours=1))
    site.look(3, parts=1)
    put_right(site, 30)
    site.runs = False
    site.look(3)
    tiles(site)
    behind = site.store.timeline.behind(site.truth.timestamp() - site.pc.monotonic())
    assert behind == pytest.approx(-3600, abs=1), "told by heartbeats, and steered away slowly"


def tiles(site: Site) -> None:
    """States follow each other without a gap, and no event lies before the one before."""
    changes = site.of("state_changed")
    assert len(changes) > 1
    for one, other in pairwise(changes):
        assert time(other["closed"]["started_at"]) == time(one["opened"]["started_at"])
        assert time(other["opened"]["started_at"]) > time(one["opened"]["started_at"])
    stamps = [time(event["at"]) for event in site.sent]
    assert stamps == sorted(stamps)


MOMENTS = st.timedeltas(timedelta(days=-15_000), timedelta(days=15_000)).map(lambda since: START + since)


@given(MOMENTS, st.none() | st.just(0.0) | st.floats(-1e8, 1e8), st.lists(MOMENTS, min_size=2, max_size=2))
def test_a_line_never_turns_two_stamps_around(
    begun: datetime, correction: float | None, stamps: list[datetime]
) -> None:
    line = Line(begun, correction)
    earlier, later = sorted(stamps)
    assert line.settled(earlier) <= line.settled(later)
    assert line.remembered(later) < begun
    written = line.stamp(later)
    assert line.settled(written) == later or (written < begun and later < begun + timedelta(seconds=correction or 0))


@pytest.mark.parametrize("error", CLOCKS)
def test_what_was_acknowledged_stays_fourteen_days_by_the_servers_time(tmp_path: Path, error: timedelta) -> None:
    pc = Pc(START + error)
    with closing(Store.open(tmp_path, ROOMY, pc)) as store:
        store.timeline.learn(START.timestamp() - pc.monotonic())
        store.commit(samples(5))
        rows = store.outgoing.pending()
        store.outgoing.acknowledge(store.outgoing._chain(store.outgoing.cursor, rows[-1].seq))
    pc.reboot(START + timedelta(minutes=1))
    for days, kept in ((0, True), (13, True), (15, False)):
        pc.pass_seconds(days * 86_400 - (pc.wall() - START.timestamp()) if days else 0)
        with closing(Store.open(tmp_path, ROOMY, pc)) as store:
            if days:
                store.timeline.learn(pc.wall() - pc.monotonic())
            store.maintain()
            assert store._database.value("SELECT count(*) FROM outbox") == (5 if kept else 0), days


def test_an_older_buffer_goes_on_with_what_it_remembers(tmp_path: Path) -> None:
    """Of a version that did not tell boots apart: its stamps count as those of its last boot."""
    pc = Pc(START - timedelta(hours=1))
    with closing(Store.open(tmp_path, ROOMY, pc)) as store:
        store.timeline.learn(START.timestamp() - pc.monotonic())
        store.commit([sample(at=store.clock.now())], {"counter": b'"2026-11-20T05:00:00Z"'})
        with store._database.writing() as connection:
            for column in ("boots DROP COLUMN begun", "state DROP COLUMN boot"):
                connection.execute(f"ALTER TABLE {column}")
            connection.execute("PRAGMA user_version = 1")
    pc.reboot(START + timedelta(minutes=1))
    with closing(Store.open(tmp_path, ROOMY, pc)) as store:
        assert store.load_state()["counter"] == b'"2026-11-20T06:00:00+00:00"'
        assert store.clock.now() == START + timedelta(minutes=1)


def test_without_any_boot_before_a_stamp_is_what_it_says() -> None:
    assert Line().settled(START) == START
    assert Line(EPOCH, 5.0).settled(START) == START + timedelta(seconds=5)


def test_events_of_boots_that_became_unreadable_get_no_other_boots_correction(tmp_path: Path) -> None:
    pc = Pc()
    for _ in range(2):
        with closing(Store.open(tmp_path, ROOMY, pc)) as store:
            store.commit([sample(at=store.clock.now())])
        pc.reboot(START + timedelta(minutes=1))
    spoil(tmp_path / "buffer.sqlite", "boots")
    for _ in range(2):
        with closing(Store.open(tmp_path, ROOMY, pc)) as store:
            store.timeline.learn(START.timestamp())
            lines = {row.boot: store.timeline.lines[row.boot] for row in store.outgoing.pending()}
            unknown = [boot for boot, line in lines.items() if line.correction is None]
            assert (len(unknown), store.timeline.boot in unknown) == (2, False)
        pc.reboot(START + timedelta(minutes=2))


def spoil(path: Path, table: str) -> None:
    """The page of the table is unreadable."""
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(Random(1).randbytes(4096))
