"""What people say at a station: counted once, late or not, and never over what somebody else said meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from unison_domain.identity.overrides import OverrideKind
from unison_server.kernel.keys import new_id

from tests.server.machines.test_downtime import act, done, listed, reasons, stand
from tests.server.stations.confirming import demand_nothing
from tests.server.stations.floor import Floor, at, stamp
from tests.server.stations.test_quarantine import decide
from tests.server.stations.test_quarantine import listed as kept_events

__all__ = ["reasons"]


def reasoned(floor: Floor, seconds: float, start: float, reason: str, **more: Any) -> dict[str, Any]:
    said = {"id": str(new_id()), "machine_id": str(floor.machines[0]), "started_at": stamp(start), "reason_id": reason}
    return floor.sender.event("stop_reasoned", seconds, **{**said, **more})


def state_set(floor: Floor, seconds: float, state: str, **more: Any) -> dict[str, Any]:
    said = {"id": str(new_id()), "machine_id": str(floor.machines[0]), "state": state, "started_at": stamp(seconds)}
    return floor.sender.event("state_set", seconds, **{**said, **more})


def quarantined(floor: Floor) -> list[str]:
    return [row.code for row in floor.rows("select code from quarantine order by seq")]


def test_a_word_in_the_batch_of_its_stop_counts_once(floor: Floor, reasons: dict[int, str]) -> None:
    stopped = floor.changed(10, "stopped")
    word = reasoned(floor, 20, 10, reasons[310], person="Ben", note="no steel")
    floor.sender.send([stopped, word])
    event = listed(floor)[0]
    assert (event["downtime_reason_code"], event["reported_by_name"], event["notes"]) == ("310", "Ben", "no steel")
    floor.sender.send([{**word, "seq": floor.sender.next_seq}])
    floor.sender.next_seq += 1
    assert listed(floor)[0]["version"] == event["version"] == 1
    floor.sender.send([floor.changed(500, "running", stopped), floor.changed(600, "stopped")])
    assert [item["downtime_reason_code"] for item in listed(floor)] == [None, "310"]


def test_a_late_word_stands_below_a_newer_one(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (10, "stopped"), (500, "running"))
    event = done(act(floor, listed(floor)[0], "assign", downtime_reason_id=reasons[110]))
    floor.sender.send([reasoned(floor, 20, 10, reasons[310], person="Ben", ended_at=stamp(500))])
    kept = listed(floor)[0]
    assert kept["downtime_reason_code"] == "110"
    newest, first = listed(floor, f"/{event['id']}/changes")
    assert (newest["is_effective"], newest["said_by_name"], newest["downtime_reason_id"]) == (
        False,
        "Ben",
        reasons[310],
    )
    assert "stands" in newest["remark"]
    assert (first["is_effective"], first["kind"]) == (True, "assigned")
    undone = done(act(floor, kept, "undo"))
    assert undone["cause_source"] is None, "a word that did not count is not what is taken back"


def test_who_saw_the_cause_may_change_it(floor: Floor, reasons: dict[int, str]) -> None:
    demand_nothing(floor, OverrideKind.STOP_REASON)
    stand(floor, (10, "stopped"), (500, "running"))
    floor.sender.send([reasoned(floor, 20, 10, reasons[310], person="Ben")])
    floor.sender.send([reasoned(floor, 30, 10, reasons[320], person="Eva")])
    assert listed(floor)[0]["downtime_reason_code"] == "310", "Eva had not seen it"
    floor.sender.send([reasoned(floor, 40, 10, reasons[330], person="Eva", seen_reason_id=reasons[310])])
    assert listed(floor)[0]["downtime_reason_code"] == "330"
    floor.sender.send([reasoned(floor, 50, 10, reasons[340], person="Eva", seen_reason_id=reasons[330])])
    assert listed(floor)[0]["downtime_reason_code"] == "340", "her own she may change"
    floor.sender.send([reasoned(floor, 45, 10, reasons[310], person="Eva", seen_reason_id=reasons[340])])
    assert listed(floor)[0]["downtime_reason_code"] == "340", "not by an older word"


@pytest.mark.parametrize("person", [None, "Eva"])
def test_a_cause_is_not_overwritten_by_who_has_the_same_name_or_none(
    floor: Floor, reasons: dict[int, str], person: str | None
) -> None:
    """Two stations show one machine; neither page tells what was said at the other."""
    stand(floor, (10, "stopped"), (500, "running"))
    floor.sender.send([said := reasoned(floor, 20, 10, reasons[110], person=person)])
    floor.sender.send([reasoned(floor, 30, 10, reasons[210], person=person)])
    assert listed(floor)[0]["downtime_reason_code"] == "110"
    floor.sender.send([{**said, "seq": floor.sender.next_seq}])
    floor.sender.next_seq += 1
    floor.sender.send([reasoned(floor, 40, 10, reasons[120], person=person, seen_reason_id=reasons[110])])
    assert listed(floor)[0]["downtime_reason_code"] == "120"


def test_a_machine_without_signals_is_what_its_station_says(floor: Floor, reasons: dict[int, str]) -> None:
    said = [
        state_set(floor, 0, "running", person="Ben"),
        state_set(floor, 100, "stopped", reason_id=reasons[310]),
        state_set(floor, 400, "running"),
    ]
    floor.sender.send(said)
    assert floor.history() == [("running", 0, 100), ("stopped", 100, 400), ("running", 400, None)]
    event = listed(floor)[0]
    assert (event["downtime_reason_code"], event["ended_at"]) == ("310", stamp(400))
    floor.sender.send([{**said[1], "seq": floor.sender.next_seq}])
    floor.sender.next_seq += 1
    assert (len(floor.history()), listed(floor)[0]["version"]) == (3, 1)
    live = floor.admin.get("/machines/live", params={"ids": str(floor.machines[0])}).json()["items"][0]
    assert (live["state"], live["source"], live["last_signal_at"]) == ("running", "person", None)


def test_a_state_said_of_before_the_present_one_is_kept_in_the_history(floor: Floor) -> None:
    stand(floor, (0, "running"), (100, "stopped"))
    floor.sender.send([late := state_set(floor, 50, "setup", person="Ben")])
    floor.sender.send([{**late, "seq": floor.sender.next_seq}])
    floor.sender.next_seq += 1
    assert floor.history() == [("running", 0, 100), ("stopped", 100, None)]
    (row,) = floor.rows("select said_by_name, is_effective, remark from downtime_changes")
    assert (row.said_by_name, row.is_effective) == ("Ben", False)
    assert quarantined(floor) == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"reason_id": str(new_id())}, "unknown_reason"), ({"ended_at": stamp(9)}, "span_invalid")],
)
def test_a_word_that_can_not_be_is_set_aside(
    floor: Floor, reasons: dict[int, str], fields: dict[str, str], code: str
) -> None:
    floor.sender.send([reasoned(floor, 20, 10, reasons[310], **fields), state_set(floor, 30, "bogus")])
    assert quarantined(floor) == [code, "state_unknown"]
    assert floor.history() == []
    said = {one["kind"]: one for one in kept_events(floor)}
    assert (said["stop_reasoned"]["state"], said["stop_reasoned"]["parts"]) == (None, None)
    assert (said["state_set"]["state"], said["state_set"]["told_of"]) == ("unknown", stamp(30))


@pytest.mark.parametrize(
    ("start", "fields"),
    [
        ("1970-01-01T00:01:00Z", {}),
        (stamp(-3600), {}),
        (stamp(-3600), {"ended_at": stamp(-60)}),
        (stamp(10), {"ended_at": stamp(90)}),
        (stamp(250), {}),
    ],
)
def test_a_word_of_no_stop_is_set_aside_and_the_stop_waits_for_its_reason(
    floor: Floor, reasons: dict[int, str], start: str, fields: dict[str, str]
) -> None:
    """As of a station whose clock was wrong."""
    stand(floor, (0, "running"), (100, "stopped"), (200, "running"))
    floor.sender.send([reasoned(floor, 260, 0, reasons[310], started_at=start, **fields)])
    assert quarantined(floor) == ["no_such_stop"]
    assert floor.rows("select id from downtime_causes") == []
    (stop,) = listed(floor)
    assert (stop["downtime_reason_code"], stop["duration_seconds"]) == (None, 100)


@pytest.mark.parametrize(("start", "end"), [(100, 200), (100, None), (90, 110), (199, 200), (150, None)])
def test_a_word_of_any_part_of_a_stop_counts(
    floor: Floor, reasons: dict[int, str], start: float, end: float | None
) -> None:
    stand(floor, (0, "running"), (100, "stopped"), (200, "running"))
    floor.sender.send([reasoned(floor, 260, start, reasons[310], ended_at=None if end is None else stamp(end))])
    assert quarantined(floor) == []
    assert "310" in {item["downtime_reason_code"] for item in listed(floor)}


@pytest.mark.parametrize("end", [None, 180])
def test_a_word_that_begins_while_the_machine_ran_is_of_the_stop_after_that(
    floor: Floor, reasons: dict[int, str], end: float | None
) -> None:
    stand(floor, (0, "stopped"), (10, "running"), (3600, "unknown"), (3650, "stopped"), (3800, "running"))
    ended_at = None if end is None else stamp(3600 + end)
    floor.sender.send([reasoned(floor, 3790, 100, reasons[310], ended_at=ended_at)])
    (word,) = floor.rows("select started_at, ended_at, is_of_stop from downtime_causes")
    assert tuple(word) == (at(3650), at(3800 if end is None else 3780), end is None)
    assert listed(floor)[-1]["downtime_reason_code"] is None, "the stop before is another one"
    (change,) = floor.rows("select started_at, is_effective, remark from downtime_changes")
    assert (change.started_at, change.is_effective) == (at(3650), True)
    assert change.remark == "Said from 2026-03-02 06:01:40 UTC on, when the machine ran; it is of the stop after that"


def test_a_word_that_came_before_its_stop_counts_when_a_person_takes_it(floor: Floor, reasons: dict[int, str]) -> None:
    floor.sender.send([reasoned(floor, 260, 100, reasons[310])])
    stand(floor, (0, "running"), (100, "stopped"))
    (kept,) = kept_events(floor)
    assert decide(floor, kept, "accept").status_code == 200
    assert listed(floor)[0]["downtime_reason_code"] == "310"
