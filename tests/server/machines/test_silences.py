"""Time nothing is known of right after a stop: nobody is charged for it, and everybody is asked about it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.machines.test_downtime import act, done, listed, reasons, stand
from tests.server.machines.test_downtime_totals import summary
from tests.server.machines.test_station_words import quarantined, reasoned, state_set
from tests.server.machines.test_told_causes import heard, stop
from tests.server.stations.floor import Floor, stamp

__all__ = ["reasons"]


def queue(floor: Floor, **more: Any) -> list[dict[str, Any]]:
    return listed(floor, "/unassigned", **{"from": stamp(0), **more})


def off(floor: Floor) -> None:
    """A minute's stop, then the main switch off for four hours; and what is no such thing."""
    stand(
        floor,
        *[(0, "running"), (100, "stopped"), (160, "unknown"), (14_560, "stopped"), (14_600, "running")],
        *[(15_000, "unknown"), (18_000, "running"), (18_100, "stopped"), (18_160, "unknown"), (18_200, "running")],
        *[(19_000, "setup"), (19_500, "unknown"), (22_000, "running")],
    )


def test_a_breakdown_with_the_main_switch_off_is_in_the_queue_and_in_no_sum(floor: Floor) -> None:
    off(floor)
    (asked,) = queue(floor)
    assert (asked["started_at"], asked["ended_at"], asked["states"]) == (stamp(160), stamp(14_560), ["unknown"])
    assert floor.admin.get(f"/downtime-events/{asked['id']}").json()["started_at"] == stamp(160)
    assert [one["id"] for one in listed(floor, unassigned=True)] == [asked["id"]]
    assert asked["id"] not in [one["id"] for one in listed(floor)]
    assert queue(floor, min_seconds=20_000) == []
    assert len(queue(floor, min_seconds=30)) == 5, "the stops around it, and the short silence"
    assert summary(floor, 0, 25_000)["seconds"] == 60 + 40 + 60 + 500


def test_a_word_in_the_office_makes_it_a_stop_and_undo_asks_again(floor: Floor, reasons: dict[int, str]) -> None:
    off(floor)
    (asked,) = queue(floor)
    said = done(act(floor, asked, "assign", downtime_reason_id=reasons[110]))
    assert (said["started_at"], said["ended_at"], said["downtime_reason_code"]) == (stamp(160), stamp(14_560), "110")
    assert queue(floor) == []
    assert summary(floor, 0, 25_000)["failures"] == 1
    back = done(act(floor, said, "undo"))
    assert (back["id"], back["downtime_reason_id"]) == (asked["id"], None)
    assert [one["id"] for one in queue(floor)] == [asked["id"]]


def test_two_at_once_are_told(floor: Floor, reasons: dict[int, str]) -> None:
    off(floor)
    (asked,) = queue(floor)
    done(act(floor, asked, "assign", downtime_reason_id=reasons[110]))
    assert act(floor, asked, "assign", downtime_reason_id=reasons[310]).status_code == 409


def test_pages_of_the_queue_hold_stops_and_silences_in_order(floor: Floor) -> None:
    stand(
        floor,
        *[(0, "running"), (100, "stopped"), (400, "unknown"), (900, "stopped"), (1500, "running")],
        *[(90_000, "stopped"), (90_300, "unknown"), (190_000, "running")],
    )
    whole = queue(floor)
    assert [one["started_at"] for one in whole] == [stamp(at) for at in (100, 400, 900, 90_000, 90_300)]
    paged: list[dict[str, Any]] = []
    params: dict[str, Any] = {"from": stamp(0), "limit": 1}
    while params.get("cursor", "") is not None:
        answer = floor.admin.get("/downtime-events/unassigned", params=params).json()
        paged += answer["items"]
        params["cursor"] = answer["next_cursor"]
    assert [one["id"] for one in paged] == [one["id"] for one in whole]


def test_a_reason_from_the_station_is_taken(floor: Floor, reasons: dict[int, str]) -> None:
    before = stand(floor, (0, "running"), (100, "stopped"), (160, "unknown"))
    asked = stop(floor, 160, None)
    assert [(one["asks"], one["reason_id"]) for one in heard(floor, asked, stop(floor, 100, 160))] == [
        (True, None),
        (False, None),
    ], "the minute before is a micro-stop"
    floor.sender.send([reasoned(floor, 500, 160, reasons[110], person="Ben")])
    assert quarantined(floor) == []
    assert [(one["asks"], one["reason_id"]) for one in heard(floor, asked, stop(floor, 100, 160))] == [
        (False, reasons[110]),
        (False, None),
    ]
    floor.sender.send([floor.changed(14_560, "running", before[-1])])
    said = listed(floor)[0]
    assert (said["started_at"], said["ended_at"], said["reported_by_name"]) == (stamp(160), stamp(14_560), "Ben")


def test_a_reason_for_silence_without_a_stop_is_still_refused(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (0, "running"), (160, "unknown"), (300, "running"))
    floor.sender.send([reasoned(floor, 500, 160, reasons[110], ended_at=stamp(300))])
    assert listed(floor) == []


@pytest.mark.parametrize("work", ["manual", "maintenance", "setup", "cleaning"])
def test_nobody_asks_what_followed_work_of_its_own(floor: Floor, reasons: dict[int, str], work: str) -> None:
    stand(floor, (0, "running"), (100, work), (400, "unknown"), (9000, "running"))
    assert queue(floor) == []
    floor.sender.send([reasoned(floor, 500, 400, reasons[110], ended_at=stamp(9000))])
    assert quarantined(floor) == ["no_such_stop"]


def test_a_repair_with_the_main_switch_off_is_asked_about(floor: Floor) -> None:
    stand(floor, (0, "running"), (100, "fault"), (400, "maintenance"), (500, "manual"), (600, "unknown"))
    assert [one["states"] for one in queue(floor)] == [["fault"], ["unknown"]]


def test_a_state_said_while_no_signal_tells_it_needs_nobody_behind_it(floor: Floor) -> None:
    stand(floor, (0, "running"), (100, "stopped"), (160, "unknown"))
    floor.sender.send([state_set(floor, 500, "fault", person="Ben"), state_set(floor, 600, "maintenance")])
    assert quarantined(floor) == []
    assert [one["states"] for one in listed(floor)[:2]] == [["maintenance"], ["fault"]]


def test_one_that_lasts_is_asked_about_too(floor: Floor) -> None:
    stand(floor, (0, "running"), (100, "stopped"), (160, "unknown"))
    (asked,) = queue(floor)
    assert (asked["started_at"], asked["ended_at"], asked["stop_class"]) == (stamp(160), None, None)
