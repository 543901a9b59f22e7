"""Merging makes one event of two, and of no time none."""

from __future__ import annotations

from itertools import pairwise

from tests.server.machines.test_downtime import Json, act, done, listed, reasons, stand
from tests.server.machines.test_downtime_totals import summary
from tests.server.stations.floor import Floor, stamp

__all__ = ["reasons"]


def test_neighbours_merge_without_loss_or_not_at_all(floor: Floor, reasons: dict[int, str]) -> None:
    """Stops, some of them split, with time between them that people entered over silence."""
    stand(floor, (0, "running"), (100, "stopped"), (200, "unknown"), (300, "fault"), (350, "setup"), (400, "unknown"))
    stand(floor, (600, "stopped"), (700, "running"))
    entered = {"machine_id": str(floor.machines[0]), "downtime_reason_id": reasons[110]}
    for start, end in ((200, 300), (400, 500), (500, 600)):
        done(floor.admin.post("/downtime-events", {**entered, "started_at": stamp(start), "ended_at": stamp(end)}))
    (first,) = (one for one in listed(floor) if one["started_at"] == stamp(100))
    done(act(floor, first, "split", at=stamp(150)))
    events = listed(floor)[::-1]
    before = summary(floor, 0, 9000)
    merged = []
    for one, other in pairwise(events):
        now = {event["id"]: event for event in listed(floor)}
        chosen, beside = now[one["id"]], now[other["id"]]
        said = {"other_id": beside["id"], "other_version": beside["version"], "downtime_reason_id": reasons[110]}
        answer = act(floor, chosen, "merge", **said)
        if answer.status_code == 422:
            assert answer.json()["code"] == "no_neighbours", answer.text
            continue
        both = done(answer)
        assert (both["started_at"], both["ended_at"]) == (chosen["started_at"], beside["ended_at"])
        told = summary(floor, 0, 9000)
        assert (told["events"], told["seconds"]) == (before["events"] - 1, before["seconds"])
        merged.append(one["started_at"])
        done(act(floor, both, "undo"))
    assert merged == [stamp(100), stamp(300), stamp(400)], "a split, a fault with its setup, and two that were entered"
    assert summary(floor, 0, 9000)["seconds"] == before["seconds"]


def parts_of_a_fault(floor: Floor, reasons: dict[int, str]) -> tuple[Json, Json]:
    """A stop whose alarm means 120, cut in two; both parts have no other reason yet."""
    rule = {"alarm": "drive hot", "downtime_reason_id": reasons[120]}
    assert floor.admin.post("/alarm-reasons", rule).status_code == 201
    stand(floor, (0, "running"), (100, "fault"), (900, "running"), reason="drive hot", alarms=["drive hot"])
    done(act(floor, listed(floor)[0], "split", at=stamp(500)))
    later, earlier = listed(floor)
    assert (earlier["cause_source"], earlier["downtime_reason_code"]) == ("alarm", "120")
    return earlier, later


def test_a_persons_reason_holds_before_an_alarms_whichever_part_is_chosen(
    floor: Floor, reasons: dict[int, str]
) -> None:
    earlier, later = parts_of_a_fault(floor, reasons)
    for chosen, beside in ((0, 1), (1, 0)):
        done(act(floor, listed(floor)[0], "assign", downtime_reason_id=reasons[210]))
        parts = listed(floor)[::-1]
        one, other = parts[chosen], parts[beside]
        both = done(act(floor, one, "merge", other_id=other["id"], other_version=other["version"]))
        assert (both["started_at"], both["ended_at"]) == (earlier["started_at"], later["ended_at"])
        assert (both["downtime_reason_code"], both["cause_source"]) == ("210", "person")
        done(act(floor, both, "undo"))


def test_of_two_persons_reasons_who_merges_says_which_holds(floor: Floor, reasons: dict[int, str]) -> None:
    parts_of_a_fault(floor, reasons)
    for part, number in enumerate((310, 210)):
        done(act(floor, listed(floor)[part], "assign", downtime_reason_id=reasons[number]))
    later, earlier = before = listed(floor)
    other = {"other_id": later["id"], "other_version": later["version"]}
    refused = act(floor, earlier, "merge", **other)
    assert (refused.status_code, refused.json()["code"]) == (409, "two_causes")
    told = refused.json()["parameters"]["reasons"]
    assert [(one["id"], one["code"]) for one in told] == [(reasons[210], "210"), (reasons[310], "310")]
    assert {one["by"] for one in told} == {earlier["reported_by_name"]}
    assert all(f"{one['code']} {one['name']} ({one['by']})" in refused.json()["detail"] for one in told)
    assert listed(floor) == before, "nobody's reason is put away"
    path = f"/downtime-reasons/{reasons[310]}"
    assert floor.admin.send("DELETE", path, headers={"If-Match": '"1"'}).status_code == 200
    both = done(act(floor, earlier, "merge", **other, downtime_reason_id=reasons[310]))
    assert (both["downtime_reason_code"], both["cause_source"]) == ("310", "person"), "though it is no longer offered"
