"""Merging makes one event of two, and of no time none."""

from __future__ import annotations

from itertools import pairwise

from tests.server.machines.test_downtime import act, done, listed, reasons, stand
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
