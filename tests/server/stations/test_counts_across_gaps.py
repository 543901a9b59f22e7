"""Parts of a long gap wait for a person: booked once where they say so, else never, whoever counts by then."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.stations.floor import Floor, at, stamp
from tests.server.stations.test_leases import counter, give, parts, second_agent
from tests.server.stations.test_quarantine import decide, listed

NIGHT = 8 * 3600.0


def over_night(floor: Floor, delta: int = 40, **fields: Any) -> dict[str, Any]:
    """Parts a counter moved by while nobody looked from `START` until eight hours later."""
    gap = {"started_at": stamp(0), "raw_from": 100, "raw_to": 100 + delta, "across_gap": True}
    return floor.counted(NIGHT, delta, **{**gap, **fields})


def quarters(floor: Floor) -> list[tuple[Any, int]]:
    rows = floor.rows("select started_at, good from machine_count_quarters where good > 0 order by started_at")
    return [(row.started_at, row.good) for row in rows]


def test_they_wait_and_what_comes_after_them_counts(floor: Floor) -> None:
    floor.sender.send([over_night(floor), floor.counted(NIGHT + 5, 2, raw_from=140, raw_to=142)])
    (kept,) = listed(floor)
    assert (kept["code"], kept["decision"], kept["may_accept"]) == ("count_across_gap", None, True)
    assert "moved by 40 from 2026-03-02 06:00 to 2026-03-02 14:00 UTC" in kept["message"]
    assert parts(floor) == 2
    assert quarters(floor) == [(at(NIGHT), 2)]


def test_accepted_they_are_booked_once_where_they_were_seen(floor: Floor) -> None:
    floor.sender.send([over_night(floor), floor.counted(NIGHT + 1000, 2, raw_from=140, raw_to=142)])
    (kept,) = listed(floor)
    assert decide(floor, kept, "accept").status_code == 200
    again = decide(floor, kept, "accept")
    assert (again.status_code, again.json()["code"]) == (409, "already_decided")
    assert parts(floor) == 42
    assert quarters(floor) == [(at(NIGHT), 40), (at(NIGHT + 900), 2)]


def test_discarded_they_are_never_booked(floor: Floor) -> None:
    floor.sender.send([over_night(floor)])
    (kept,) = listed(floor)
    assert decide(floor, kept, "discard").status_code == 200
    assert decide(floor, kept, "accept").status_code == 409
    assert (parts(floor), quarters(floor)) == (0, [])


@pytest.mark.parametrize("decision", [None, "accept", "discard"])
def test_sent_again_they_wait_once_and_count_no_second_time(floor: Floor, decision: str | None) -> None:
    batch = floor.sender.batch([over_night(floor), floor.counted(NIGHT + 5, 2, raw_from=140, raw_to=142)])
    assert floor.sender.post(batch).status_code == 200
    if decision:
        assert decide(floor, listed(floor)[0], decision).status_code == 200
    assert floor.sender.post(batch).status_code == 200
    assert len(listed(floor)) == 1
    assert parts(floor) == (42 if decision == "accept" else 2)


def test_after_a_hand_over_they_can_still_be_accepted_and_the_new_holder_counts_on_from_beyond(floor: Floor) -> None:
    first, second = floor.sender, second_agent(floor)
    first.send([over_night(floor)])
    give(floor, second.agent_id)
    tag = counter(floor, second)
    assert tag.baseline is not None
    assert tag.baseline.raw == 140, "what waits for a person is no part of what the new holder counts"
    floor.sender = second
    fields = {"raw_from": 140, "raw_to": 143, "lease": tag.lease}
    second.send([floor.counted(NIGHT + 5, 3, **fields)])
    (kept,) = listed(floor)
    assert kept["may_accept"]
    assert decide(floor, kept, "accept").status_code == 200
    assert parts(floor) == 43


def test_a_restart_during_a_shift_is_booked_at_once(floor: Floor) -> None:
    floor.sender.send([over_night(floor, started_at=stamp(NIGHT - 50))])
    floor.sender.send([over_night(floor, started_at=stamp(NIGHT - 600), gap_run="covered")])
    assert listed(floor) == []
    assert quarters(floor) == [(at(NIGHT), 80)]


def test_trial_parts_while_an_agent_restarts_wait_where_the_machine_stood_before_and_after(floor: Floor) -> None:
    floor.sender.send([over_night(floor, 6, started_at=stamp(NIGHT - 45), gap_run="stood")])
    (kept,) = listed(floor)
    assert (kept["code"], "stood before the gap and after it" in kept["message"]) == ("count_across_gap", True)
    assert parts(floor) == 0


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ("stood_before", "not known to produce at the last signal before"),
        ("stood_within", "stood in between"),
        ("stood_after", "did not produce at the first signal after"),
        ("too_fast", "greatest rate"),
        ("unknown", "not known in time"),
        ("of a newer agent", "not known in time"),
        (None, "nothing tells"),
    ],
)
def test_the_reviewer_reads_why_no_run_is_known_to_cover_them(floor: Floor, run: str | None, words: str) -> None:
    floor.sender.send([over_night(floor, started_at=stamp(NIGHT - 600), gap_run=run)])
    (kept,) = listed(floor)
    assert (kept["code"], words in kept["message"]) == ("count_across_gap", True)
    assert parts(floor) == 0


def test_a_night_is_not_one_run_whatever_the_agent_saw(floor: Floor) -> None:
    floor.sender.send([over_night(floor, gap_run="covered")])
    (kept,) = listed(floor)
    assert "more than 4 hours that nobody saw" in kept["message"]


def test_parts_since_a_reset_during_a_restart_wait(floor: Floor) -> None:
    short = {"started_at": stamp(NIGHT - 60), "raw_from": 0, "raw_to": 7, "after_reset": True}
    floor.sender.send([over_night(floor, 7, **short)])
    assert [kept["code"] for kept in listed(floor)] == ["count_across_gap"]
    assert parts(floor) == 0
