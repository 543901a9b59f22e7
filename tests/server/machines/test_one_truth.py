"""The timeline says of a stop what its downtime event says."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.machines.test_downtime import Json, act, done, listed, reasons, stand
from tests.server.stations.floor import Floor, stamp

__all__ = ["reasons"]


def timeline(floor: Floor, **asked: Any) -> list[Json]:
    """Oldest first, without what is no stop."""
    path = f"/machines/{floor.machines[0]}/history"
    answer = floor.admin.get(path, params={"sort": "started_at", "limit": 2000, **asked})
    assert answer.status_code == 200, answer.text
    return [one for one in answer.json()["items"] if one["state"] not in ("running", "unknown")]


def read(items: list[Json]) -> list[tuple[str, str | None, str | None]]:
    return [(one["state"], one["stop_class"], one["cause_source"]) for one in items]


def agree(floor: Floor) -> None:
    """Each stretch that lies in one event alone is told as that event is."""
    events = listed(floor)
    for one in timeline(floor):
        own = [
            event
            for event in events
            if event["started_at"] < (one["ended_at"] or "9") and (event["ended_at"] or "9") > one["started_at"]
        ]
        assert own
        if len(own) == 1:
            assert (one["stop_class"], one["cause_source"]) == (own[0]["stop_class"], own[0]["cause_source"])


def test_a_bare_stop_after_a_mapped_alarm_is_told_as_of_the_alarm(floor: Floor, reasons: dict[int, str]) -> None:
    rule = {"alarm": "oil", "downtime_reason_id": reasons[110]}
    assert floor.admin.post("/alarm-reasons", rule).status_code == 201
    stand(floor, (0, "fault"), (300, "stopped"), (900, "running"), (950, "stopped"), (1900, "running"), reason="oil")
    told = [("fault", "specified", "alarm"), ("stopped", "specified", "alarm"), ("stopped", "unspecified", None)]
    assert read(timeline(floor)) == told
    agree(floor)
    bare = timeline(floor, **{"from": stamp(400), "to": stamp(800)})
    assert read(bare) == [("stopped", "specified", "alarm")], "also where the alarm is not on the page"


def test_a_stop_begins_in_one_state_and_is_explained_by_the_next(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (0, "stopped"), (300, "setup"), (900, "running"), (1000, "running"))
    assert read(timeline(floor)) == [("stopped", "specified", "inferred"), ("setup", "specified", "inferred")]
    assert read(timeline(floor, to=stamp(200))) == [("stopped", "specified", "inferred")], "beyond the page too"
    agree(floor)


def test_what_a_person_says_is_told_of_the_time_it_is_about(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (0, "stopped"), (900, "running"), (1000, "fault"), (1300, "stopped"), (2000, "running"))
    later, _fault, first = listed(floor)
    done(act(floor, first, "assign", downtime_reason_id=reasons[310]))
    assert read(timeline(floor))[0] == ("stopped", "specified", "person")
    done(act(floor, later, "split", at=stamp(1500), later_reason_id=reasons[310]))
    assert read(timeline(floor))[1:] == [("fault", "unspecified", "inferred"), ("stopped", "unspecified", None)]
    agree(floor)


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_say_what_the_whole_says(floor: Floor, reasons: dict[int, str], limit: int) -> None:
    floor.admin.post("/alarm-reasons", {"alarm": "oil", "downtime_reason_id": reasons[110]})
    said = [(0, "fault"), (60, "stopped"), (90, "starved"), (200, "stopped"), (260, "running"), (300, "stopped")]
    stand(floor, *said, (320, "setup"), (700, "running"), reason="oil")
    whole, paged, cursor = timeline(floor), list[Json](), None
    while True:
        asked = {"limit": limit, "sort": "started_at", **({"cursor": cursor} if cursor else {})}
        page = floor.admin.get(f"/machines/{floor.machines[0]}/history", params=asked).json()
        paged += [one for one in page["items"] if one["state"] not in ("running", "unknown")]
        if (cursor := page["next_cursor"]) is None:
            break
    assert read(paged) == read(whole)
    agree(floor)
