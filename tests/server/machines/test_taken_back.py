"""What is taken back at a station a moment after it was said, as its operator page tells it."""

from __future__ import annotations

from tests.server.machines.test_downtime import act, done, listed, reasons, stand
from tests.server.machines.test_station_words import quarantined, reasoned, state_set
from tests.server.stations.floor import Floor, stamp

__all__ = ["reasons"]


def test_a_reason_taken_back_leaves_the_stop_without_one(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (10, "stopped"), (500, "running"))
    floor.sender.send([reasoned(floor, 20, 10, reasons[310], person="Ben")])
    taken = reasoned(floor, 25, 10, reasons[310], reason_id=None, seen_reason_id=reasons[310], person="Ben")
    floor.sender.send([taken])
    event = listed(floor)[0]
    assert (event["downtime_reason_code"], event["cause_source"]) == (None, None)
    assert quarantined(floor) == []


def test_a_reason_changed_back_is_the_one_before(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (10, "stopped"), (500, "running"))
    floor.sender.send([reasoned(floor, 20, 10, reasons[310])])
    floor.sender.send([reasoned(floor, 30, 10, reasons[320], seen_reason_id=reasons[310])])
    floor.sender.send([reasoned(floor, 35, 10, reasons[310], seen_reason_id=reasons[320])])
    assert listed(floor)[0]["downtime_reason_code"] == "310"


def test_taking_back_takes_nothing_from_others(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (10, "stopped"), (500, "running"))
    done(act(floor, listed(floor)[0], "assign", downtime_reason_id=reasons[110]))
    floor.sender.send([reasoned(floor, 25, 10, reasons[310], reason_id=None, seen_reason_id=reasons[310])])
    assert listed(floor)[0]["downtime_reason_code"] == "110"


def test_a_state_taken_back_leaves_the_one_before(floor: Floor) -> None:
    floor.sender.send([state_set(floor, 0, "running"), state_set(floor, 100, "stopped")])
    floor.sender.send([state_set(floor, 105, "running", started_at=stamp(100))])
    assert floor.history() == [("running", 0, 100), ("running", 100, None)]
    assert quarantined(floor) == []
