"""Parts that a PC counts once more are shown once at its operator page: it is told what was fenced off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.server.stations.floor import START, Floor
from tests.server.stations.test_gap_decided_at_the_page import told
from tests.server.stations.test_leases import counter
from tests.server.stations.test_leases import told as beat
from tests.server.stations.test_next_holder import decided, moved, of


def now() -> float:
    return (datetime.now(UTC) - START).total_seconds()


def fenced_off(floor: Floor, *late: dict[str, Any]) -> int:
    """A restored server renews all leases before these counts come; the new lease of the first counter."""
    beat(floor.sender, running=beat(floor.sender).version + 1_000)
    floor.sender.send(list(late))
    return counter(floor, floor.sender).lease


def test_what_was_fenced_off_today_is_less_until_a_person_accepts_it(floor: Floor) -> None:
    sender, second = floor.sender, now()
    sender.send([moved(floor, sender, 0, second - 9, second - 8, (0, 100))])
    assert told(floor) == []
    late = moved(floor, sender, 0, second - 8, second - 7, (100, 107))
    scrap = floor.counted(second - 7, 2, count="scrap")
    lease = fenced_off(floor, late, scrap, floor.counted(second - 2 * 86_400, 50))
    (day,) = told(floor)
    assert (day["good"], day["scrap"], day["settled"]) == ("-7", "-2", {})
    sender.send([moved(floor, sender, lease, second - 8, second - 6, (107, 110), across_gap=True)])
    (waiting,) = [one for one in of(floor, sender) if one["parts"] == 7]
    assert decided(floor, sender, waiting, "accept") == 200
    (day,) = told(floor)
    assert (day["good"], day["scrap"]) == ("0", "-2")


@pytest.mark.parametrize(("after_reset", "good", "settled"), [(False, "-7", {}), (True, "0", {"good": 7})])
def test_a_gap_that_was_fenced_off_is_less_or_waits_no_more(
    floor: Floor, after_reset: bool, good: str, settled: dict[str, int]
) -> None:
    sender, second = floor.sender, now()
    sender.send([moved(floor, sender, 0, second - 9, second - 8, (0, 100))])
    gap = {"across_gap": True, "after_reset": after_reset}
    fenced_off(floor, moved(floor, sender, 0, second - 8, second - 7, (100, 107), **gap))
    (day,) = told(floor)
    assert (day["good"], day["settled"]) == (good, settled)
    assert told(floor, floor.machines[0]) == [], "of another life of its buffer"


def test_however_many_were_fenced_off_a_heartbeat_reads_one_sum_of_a_quarter_of_an_hour(floor: Floor) -> None:
    sender, second = floor.sender, now()
    sender.send([moved(floor, sender, 0, second - 9, second - 8, (0, 100))])
    fenced_off(floor, *(moved(floor, sender, 0, second - 8, second - 8, (one, one + 1)) for one in range(100, 130)))
    (day,) = told(floor)
    assert day["good"] == "-30"
    (row,) = floor.rows(
        "select parts, date_bin('15 minutes', quarter, '2000-01-01') = quarter as is_one from fenced_counts"
    )
    assert (row.parts, row.is_one) == (30, True)


def test_a_moment_that_the_database_does_not_read_is_set_aside_as_any(floor: Floor) -> None:
    sender, second = floor.sender, now()
    sender.send([moved(floor, sender, 0, second - 9, second - 8, (0, 100))])
    far = timezone(timedelta(hours=20))
    strange = moved(floor, sender, 0, second - 8, second - 7, (100, 107))
    strange["at"] = (START + timedelta(seconds=second - 7)).astimezone(far).isoformat()
    fenced_off(floor, strange, moved(floor, sender, 0, second - 7, second - 6, (107, 110)))
    assert [one["parts"] for one in of(floor, sender)] == [7, 3]
    assert [row.parts for row in floor.rows("select parts from fenced_counts")] == [3]
