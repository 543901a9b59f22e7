"""Stops close to each other are looked up together, and read as each alone is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from unison_server.kernel.database import Database
from unison_server.kernel.keys import new_id
from unison_server.machines.downtime.finding import Asked, Stop, find_stops
from unison_server.machines.downtime.reading import Found, events_of, looked_up_together, own_rows

from tests.server.machines.test_downtime import act, done, listed, reasons, stand
from tests.server.stations.floor import Floor, at, stamp

__all__ = ["reasons"]


def told(one: Found) -> tuple[Any, ...]:
    return one.event, one.changes, one.cause_row and one.cause_row.id, one.to_undo, one.said_by


def spoken_of(floor: Floor, reasons: dict[int, str]) -> None:
    """Stops with a reason, cut in two, taken back, entered, and one that lasts; the last two hours after the others."""
    seconds = [0, 60, 120, 300, 360, 600, 700, 800, 9000, 9100, 9200]
    stand(floor, *((moment, "running" if place % 2 else "fault") for place, moment in enumerate(seconds)))
    lasting, long_ago, fourth, third, second, first = listed(floor)
    for stop in (first, third, lasting):
        done(act(floor, stop, "assign", downtime_reason_id=reasons[100]))
    done(act(floor, second, "split", at=stamp(200), later_reason_id=reasons[200]))
    done(act(floor, done(act(floor, fourth, "annotate", notes="noise")), "undo"))
    done(act(floor, long_ago, "split", at=stamp(9050)))
    entered = {"machine_id": str(floor.machines[0]), "started_at": stamp(-900), "ended_at": stamp(-600)}
    done(floor.admin.post("/downtime-events", {**entered, "downtime_reason_id": reasons[200]}))


@pytest.mark.parametrize("newest_first", [True, False])
def test_what_is_looked_up_together_is_what_each_stop_alone_gives(
    floor: Floor, reasons: dict[int, str], newest_first: bool
) -> None:
    spoken_of(floor, reasons)
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        asked = Asked(floor.machines[0], start=at(-3600), end=at(36_000), newest_first=newest_first)
        stops = find_stops(session, asked, None, 100)
        alone = [events_of(session, [stop])[0] for stop in stops]
        together = events_of(session, stops)
        assert [list(map(told, one)) for one in together] == [list(map(told, one)) for one in alone]
        assert sum(bool(one.changes) for events in together for one in events) > 6


def test_stops_of_one_machine_that_follow_closely_are_looked_up_at_once() -> None:
    press, mill = sorted((new_id(), new_id()))

    def stop(machine: Any, minutes: float, lasts: bool = False) -> Stop:
        start = datetime(2026, 3, 2, tzinfo=at(0).tzinfo) + timedelta(minutes=minutes)
        return Stop(machine, start, None if lasts else start + timedelta(minutes=1))

    stops = [stop(mill, 5), stop(press, 200, lasts=True), stop(press, 30), stop(press, 10), stop(press, 0)]
    assert sorted(looked_up_together(stops)) == [[0], [1], [4, 3, 2]]


@dataclass
class Counted:
    """A row that counts how often its end is asked for: all that tells whether it reaches into a stop."""

    started_at: datetime
    end: datetime | None
    asked: int = 0

    @property
    def ended_at(self) -> datetime | None:
        self.asked += 1
        return self.end


def minute(number: float) -> datetime:
    return datetime(2026, 3, 2, tzinfo=UTC) + timedelta(minutes=number)


def test_not_every_stop_looks_through_the_rows_of_all() -> None:
    machine = new_id()
    stops = [Stop(machine, minute(10 * number), minute(10 * number + 5)) for number in range(1000)]
    rows: list[Any] = [Counted(stop.started_at, stop.ended_at) for stop in stops]
    assert list(own_rows(rows, stops)) == [[row] for row in rows]
    assert max(row.asked for row in rows) < 10


def test_each_stop_has_the_rows_that_touch_it_also_those_that_overlap() -> None:
    machine = new_id()
    stops = [Stop(machine, minute(start), end) for start, end in ((0, minute(5)), (10, minute(15)), (20, None))]
    spans = {
        "long": (-9, 12),
        "before": (-5, 0),
        "first": (0, 5),
        "between": (5, 10),
        "both": (14, 30),
        "lasts": (25, None),
    }
    rows: list[Any] = [Counted(minute(a), None if b is None else minute(b)) for a, b in spans.values()]
    names = {id(row): name for row, name in zip(rows, spans, strict=True)}
    found = [[names[id(row)] for row in own] for own in own_rows(rows, stops)]
    assert found == [["long", "first"], ["long", "both"], ["both", "lasts"]]
