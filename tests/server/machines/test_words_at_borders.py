"""Words about one stop leave the next alone, and words of a station leave what others wrote."""

from __future__ import annotations

from typing import Any

from tests.server.machines.test_downtime import act, done, listed, reasons, stand
from tests.server.machines.test_station_words import quarantined, reasoned, state_set
from tests.server.stations.floor import Floor, stamp

__all__ = ["reasons"]


def two_stops(floor: Floor, reasons: dict[int, str]) -> list[dict[str, Any]]:
    """The later, which goes on, and the former, which was given 210 while it did."""
    stopped = stand(floor, (0, "running"), (10, "stopped"))[-1]
    done(act(floor, listed(floor)[0], "assign", downtime_reason_id=reasons[210]))
    floor.sender.send([floor.changed(500, "running", stopped), floor.changed(600, "stopped")])
    return listed(floor)


def test_undo_of_a_later_stop_leaves_the_former_alone(floor: Floor, reasons: dict[int, str]) -> None:
    later, former = two_stops(floor, reasons)
    assert (later["can_undo"], later["version"], former["can_undo"], former["version"]) == (False, 0, True, 1)
    assert act(floor, later, "undo").status_code == 422
    assert listed(floor, f"/{later['id']}/changes") == []
    assert listed(floor)[1]["downtime_reason_code"] == "210"


def test_a_word_given_while_it_lasted_can_be_undone_after_the_next_stop_has_one(
    floor: Floor, reasons: dict[int, str]
) -> None:
    later, _ = two_stops(floor, reasons)
    done(act(floor, later, "assign", downtime_reason_id=reasons[310]))
    done(act(floor, listed(floor)[1], "undo"))
    assert [item["downtime_reason_code"] for item in listed(floor)] == ["310", None]


def test_a_word_of_a_station_keeps_the_notes_of_others(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (10, "stopped"), (500, "running"))
    done(act(floor, listed(floor)[0], "annotate", notes="bearing hot", resolution_notes="greased"))
    floor.sender.send([reasoned(floor, 600, 10, reasons[310], person="Ben", ended_at=stamp(500), note="loud")])
    event = listed(floor)[0]
    assert (event["downtime_reason_code"], event["reported_by_name"]) == ("310", "Ben")
    assert (event["notes"], event["resolution_notes"]) == ("bearing hot\nloud", "greased")
    assert event["resolved_by"] is not None
    taken = reasoned(floor, 610, 10, reasons[310], reason_id=None, person="Ben", seen_reason_id=reasons[310])
    floor.sender.send([taken])
    event = listed(floor)[0]
    assert (event["downtime_reason_code"], event["resolution_notes"]) == (None, "greased")
    assert done(act(floor, event, "undo"))["downtime_reason_code"] == "310"


def test_a_word_of_the_reason_that_stands_is_history_alone(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (10, "stopped"), (500, "running"))
    done(act(floor, listed(floor)[0], "assign", downtime_reason_id=reasons[310], notes="from planner"))
    floor.sender.send([reasoned(floor, 20, 10, reasons[310], person="Ben", ended_at=stamp(500))])
    event = listed(floor)[0]
    assert (event["notes"], event["reported_by"] is not None) == ("from planner", True)
    newest = listed(floor, f"/{event['id']}/changes")[0]
    assert (newest["said_by_name"], newest["is_effective"]) == ("Ben", False)
    assert done(act(floor, event, "undo"))["cause_source"] is None


def test_a_word_of_a_station_keeps_a_split(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (10, "stopped"), (500, "running"))
    done(act(floor, listed(floor)[0], "split", at=stamp(200)))
    floor.sender.send([reasoned(floor, 600, 10, reasons[310], person="Ben", ended_at=stamp(500))])
    assert [(item["started_at"], item["downtime_reason_code"]) for item in listed(floor)] == [
        (stamp(200), "310"),
        (stamp(10), "310"),
    ]


def test_a_word_of_a_station_fills_what_nobody_spoke_of(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (10, "stopped"), (500, "running"))
    floor.sender.send([reasoned(floor, 600, 100, reasons[310], person="Ben", ended_at=stamp(200))])
    wider = reasoned(floor, 610, 10, reasons[320], person="Ben", ended_at=stamp(500), seen_reason_id=reasons[310])
    floor.sender.send([wider])
    assert [item["downtime_reason_code"] for item in listed(floor)] == ["320"] * 3


def test_a_later_state_with_reason_by_another_person_counts(floor: Floor, reasons: dict[int, str]) -> None:
    floor.sender.send([state_set(floor, 10, "stopped", person="Anna", reason_id=reasons[310])])
    floor.sender.send([state_set(floor, 100, "setup", person="Ben", reason_id=reasons[210])])
    assert [(item["started_at"], item["downtime_reason_code"]) for item in listed(floor)] == [
        (stamp(100), "210"),
        (stamp(10), "310"),
    ]


def test_states_with_reasons_that_come_together_each_count(floor: Floor, reasons: dict[int, str]) -> None:
    floor.sender.send(
        [
            state_set(floor, 10, "stopped", person="Anna", reason_id=reasons[310]),
            state_set(floor, 100, "setup", person="Ben", reason_id=reasons[210]),
            state_set(floor, 400, "running"),
        ]
    )
    assert [(item["ended_at"], item["downtime_reason_code"]) for item in listed(floor)] == [
        (stamp(400), "210"),
        (stamp(100), "310"),
    ]


def test_a_state_that_is_refused_gives_no_reason(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (10, "stopped"), machine=1)
    first = state_set(floor, 20, "stopped")
    other = state_set(
        floor, 30, "setup", id=first["id"], machine_id=str(floor.machines[1]), reason_id=reasons[310], person="Ben"
    )
    floor.sender.send([first])
    floor.sender.send([other])
    assert quarantined(floor) == ["interval_of_another"]
    assert floor.rows("select id from downtime_changes") == []
