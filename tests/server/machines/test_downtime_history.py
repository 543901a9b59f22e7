"""What the history keeps of a change, and whose word stands after it."""

from __future__ import annotations

import pytest
from unison_domain.identity.overrides import OverrideKind

from tests.server.machines.test_downtime import Json, act, done, listed, reasons, spans, stand
from tests.server.machines.test_station_words import reasoned
from tests.server.stations.confirming import demand_nothing
from tests.server.stations.floor import Floor, stamp

__all__ = ["reasons"]


@pytest.fixture
def stop(floor: Floor, reasons: dict[int, str]) -> Json:
    """One of which Otto said at the station why."""
    demand_nothing(floor, OverrideKind.STOP_REASON)
    stand(floor, (0, "running"), (100, "stopped"), (700, "running"))
    floor.sender.send([reasoned(floor, 800, 100, reasons[110], ended_at=stamp(700), person="Otto")])
    (event,) = listed(floor)
    return event


def notes(floor: Floor, event: Json) -> list[str | None]:
    return [change["notes"] for change in listed(floor, f"/{event['id']}/changes")]


def reporters(floor: Floor) -> list[tuple[str | None, str | None]]:
    return [(one["downtime_reason_code"], one["reported_by_name"]) for one in listed(floor)]


def test_the_history_tells_the_notes_a_change_wrote_and_no_others(
    floor: Floor, reasons: dict[int, str], stop: Json
) -> None:
    seen = done(act(floor, stop, "annotate", resolution_notes="valve replaced"))
    seen = done(act(floor, seen, "annotate", notes="chips in the chute", resolution_notes="valve replaced"))
    seen = done(act(floor, seen, "assign", downtime_reason_id=reasons[310]))
    seen = done(act(floor, seen, "assign", downtime_reason_id=reasons[110], notes="belt"))
    seen = done(act(floor, seen, "annotate", notes="hot", resolution_notes="greased"))
    seen = done(act(floor, seen, "annotate", notes=None))
    wrote = [None, "hot\ngreased", "belt", None, "chips in the chute", "valve replaced", None]
    assert (seen["notes"], notes(floor, seen)) == (None, wrote)


@pytest.mark.usefixtures("people_copied")
def test_whoever_splits_a_stop_says_nothing_of_a_reason_that_stays(
    floor: Floor, reasons: dict[int, str], stop: Json
) -> None:
    done(act(floor, stop, "split", at=stamp(300)))
    assert reporters(floor) == [("110", "Otto")] * 2
    done(act(floor, listed(floor)[0], "split", at=stamp(500), later_reason_id=reasons[310]))
    assert reporters(floor) == [("310", "Anna"), ("110", "Otto"), ("110", "Otto")]


def test_of_a_stop_whose_reason_is_taken_back_nobody_said_anything(
    floor: Floor, reasons: dict[int, str], stop: Json
) -> None:
    bare = done(act(floor, stop, "assign", downtime_reason_id=None))
    assert (bare["downtime_reason_code"], bare["reported_by"], bare["reported_by_name"]) == (None, None, None)
    assert floor.rows("select id from downtime_causes") == []
    said = done(act(floor, bare, "undo"))
    assert (said["id"], said["downtime_reason_code"], said["reported_by_name"]) == (stop["id"], "110", "Otto")
    noted = done(act(floor, said, "annotate", notes="loud"))
    kept = done(act(floor, noted, "assign", downtime_reason_id=None))
    assert (kept["notes"], kept["reported_by_name"]) == ("loud", "Otto"), "it is a note now, of who said it"


def test_a_part_whose_reason_is_taken_back_stays_a_part(floor: Floor, reasons: dict[int, str], stop: Json) -> None:
    done(act(floor, stop, "split", at=stamp(300), later_reason_id=reasons[310]))
    for place in (0, 1):
        done(act(floor, listed(floor)[place], "assign", downtime_reason_id=None))
    assert spans(listed(floor)) == [(stamp(100), stamp(300)), (stamp(300), stamp(700))]
    assert reporters(floor) == [(None, None)] * 2
    entered = {"machine_id": str(floor.machines[1]), "started_at": stamp(0), "ended_at": stamp(600)}
    alone = done(floor.admin.post("/downtime-events", {**entered, "downtime_reason_id": reasons[810]}))
    done(act(floor, alone, "assign", downtime_reason_id=None))
    assert [one["ended_at"] for one in listed(floor, machine_id=entered["machine_id"])] == [stamp(600)]
