"""Notes and cuts say nothing of the cause: what the machine tells later, and of which part, stays as it is."""

from __future__ import annotations

import pytest

from tests.server.machines.test_downtime import Json, act, done, listed, reasons, spans, stand
from tests.server.stations.floor import Floor, stamp

__all__ = ["reasons"]


@pytest.fixture
def noted(floor: Floor, reasons: dict[int, str]) -> list[Json]:
    """A setup that was noted while it went on, and the fault that came after; newest first."""
    before = stand(floor, (0, "running"), (10, "setup"))[-1]
    floor.sender.send([floor.fresh()])
    done(act(floor, listed(floor)[0], "annotate", notes="fixture on the way"))
    fault = floor.changed(700, "fault", before, reason="oil")
    floor.sender.send([fault, floor.changed(900, "running", fault)])
    return listed(floor)


def told(floor: Floor) -> list[tuple[str | None, str | None, str | None]]:
    return [(e["downtime_category"], e["downtime_reason_code"], e["notes"]) for e in listed(floor)]


NOTE = "fixture on the way"
BOTH = [("failure", None, NOTE), ("setup", None, NOTE)]


def test_a_fault_after_a_note_is_an_event_of_its_own(floor: Floor, noted: list[Json]) -> None:
    assert told(floor) == BOTH
    assert spans(noted) == [(stamp(10), stamp(700)), (stamp(700), stamp(900))]
    done(act(floor, noted[0], "undo"))
    assert told(floor) == [("failure", None, None), ("setup", None, None)]


@pytest.mark.parametrize("place", [0, 1])
def test_each_event_under_one_note_is_changed_alone(
    floor: Floor, reasons: dict[int, str], noted: list[Json], place: int
) -> None:
    changed = done(act(floor, noted[place], "assign", downtime_reason_id=reasons[110]))
    assert (changed["id"], changed["started_at"]) == (noted[place]["id"], noted[place]["started_at"])
    assert told(floor)[place] == ("failure", "110", NOTE)
    assert told(floor)[1 - place] == BOTH[1 - place]
    renoted = done(act(floor, listed(floor)[1 - place], "annotate", notes="other"))
    assert renoted["id"] == noted[1 - place]["id"]
    assert [notes for _, _, notes in told(floor)] == ([NOTE, "other"] if place == 0 else ["other", NOTE])
    done(act(floor, renoted, "undo"))
    done(act(floor, listed(floor)[place], "undo"))
    assert told(floor) == BOTH
    assert spans(listed(floor)) == spans(noted)


def test_each_event_under_one_note_is_split_alone(floor: Floor, noted: list[Json]) -> None:
    done(act(floor, noted[0], "split", at=stamp(800)))
    assert spans(listed(floor)) == [
        (stamp(10), stamp(700)),
        (stamp(700), stamp(800)),
        (stamp(800), stamp(900)),
    ]
    done(act(floor, listed(floor)[-1], "split", at=stamp(300)))
    assert len({event["id"] for event in listed(floor)}) == 4
    assert [category for category, _, _ in told(floor)] == ["failure", "failure", "setup", "setup"]


def test_events_of_two_causes_merge_under_a_reason(floor: Floor, reasons: dict[int, str], noted: list[Json]) -> None:
    fault, setup = noted
    other = {"other_id": fault["id"], "other_version": fault["version"]}
    refused = act(floor, setup, "merge", **other)
    assert (refused.status_code, refused.json()["code"], refused.json()["parameters"]["reasons"]) == (
        409,
        "two_causes",
        [],
    )
    merged = done(act(floor, setup, "merge", **other, downtime_reason_id=reasons[210]))
    assert (merged["id"], merged["started_at"], merged["ended_at"]) == (setup["id"], stamp(10), stamp(900))
    assert told(floor) == [("setup", "210", NOTE)]
    done(act(floor, merged, "undo"))
    assert told(floor) == BOTH


def test_a_cut_leaves_the_fault_after_it_alone(floor: Floor, reasons: dict[int, str]) -> None:
    before = stand(floor, (0, "running"), (10, "setup"))[-1]
    floor.sender.send([floor.sample(600)])
    done(act(floor, listed(floor)[0], "split", at=stamp(300)))
    fault = floor.changed(700, "fault", before, reason="oil")
    floor.sender.send([fault, floor.changed(900, "running", fault)])
    assert [category for category, _, _ in told(floor)] == ["failure", "setup", "setup"]


def test_an_event_that_begins_inside_a_word_is_changed(floor: Floor, reasons: dict[int, str]) -> None:
    """A stop was entered before the signals of the time came: the machine ran in its first part."""
    said = {"machine_id": str(floor.machines[0]), "started_at": stamp(100), "ended_at": stamp(900)}
    done(floor.admin.post("/downtime-events", {**said, "downtime_reason_id": reasons[110]}))
    stand(floor, (50, "running"), (300, "stopped"), (1500, "running"))
    inside = next(event for event in listed(floor) if event["started_at"] == stamp(300))
    changed = done(act(floor, inside, "assign", downtime_reason_id=reasons[210]))
    assert (changed["id"], changed["downtime_reason_code"]) == (inside["id"], "210")
