"""A rule that is changed or switched off leaves past stops what their alarms meant then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from tests.server.machines.test_downtime import Json, done, listed, reasons, stand
from tests.server.machines.test_downtime_totals import summary
from tests.server.stations.floor import START, Floor

__all__ = ["reasons"]


@pytest.fixture
def rule(floor: Floor, reasons: dict[int, str]) -> Json:
    """A door that is open is a failure, also of the stop that was before anybody said so."""
    stand(floor, (0, "fault"), (900, "running"), reason="door open", alarms=["door open"])
    return done(floor.admin.post("/alarm-reasons", {"alarm": "door open", "downtime_reason_id": reasons[110]}))


def change(floor: Floor, rule: Json, **body: Any) -> Json:
    headers = {"If-Match": f'"{rule["version"]}"'}
    return done(floor.admin.send("PATCH", f"/alarm-reasons/{rule['id']}", json=body, headers=headers))


def stop_now(floor: Floor) -> None:
    seconds = (datetime.now(UTC) - START).total_seconds()
    stand(floor, (seconds, "fault"), reason="door open", alarms=["door open"])
    floor.sender.send([floor.fresh()])


def meant(floor: Floor) -> list[str | None]:
    """Newest first."""
    return [one["downtime_reason_code"] for one in listed(floor)]


def test_a_rule_that_is_switched_off_leaves_the_figures_of_the_past(floor: Floor, rule: Json) -> None:
    assert rule["holds_since"] is None
    before = summary(floor, 0, 2000)
    assert before["failures"] == 1
    off = change(floor, rule, is_active=False)
    assert summary(floor, 0, 2000) == before
    stop_now(floor)
    assert meant(floor) == [None, "110"]
    timeline = floor.admin.get(f"/machines/{floor.machines[0]}/history").json()["items"]
    assert [one["stop_class"] for one in timeline if one["state"] == "fault" and one["ended_at"]] == ["specified"]
    on = change(floor, off, is_active=True)
    assert datetime.fromisoformat(on["holds_since"]) > datetime.now(UTC) - timedelta(minutes=5)
    assert meant(floor) == [None, "110"], "what began meanwhile has no reason still"
    change(floor, on, also_past=True)
    assert meant(floor) == ["110", "110"]


def test_another_reason_is_of_stops_from_now_on_or_of_all_if_so_asked(
    floor: Floor, reasons: dict[int, str], rule: Json
) -> None:
    changed = change(floor, rule, downtime_reason_id=reasons[310])
    stop_now(floor)
    assert meant(floor) == ["310", "110"]
    again = change(floor, changed, downtime_reason_id=reasons[310])
    assert again["holds_since"] == changed["holds_since"], "it says nothing new"
    corrected = change(floor, again, downtime_reason_id=reasons[120], also_past=True)
    assert (corrected["holds_since"], meant(floor)) == (None, ["120", "120"])
    change(floor, corrected, is_active=False, also_past=True)
    assert meant(floor) == [None, None]


def test_a_new_rule_may_leave_the_past_alone(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (0, "fault"), (900, "running"), reason="door open", alarms=["door open"])
    said = {"alarm": "door open", "downtime_reason_id": reasons[110], "also_past": False}
    done(floor.admin.post("/alarm-reasons", said))
    assert meant(floor) == [None]
    stop_now(floor)
    assert meant(floor) == ["110", None]


def test_a_reason_that_is_put_away_after_its_rule_stays_with_old_stops(
    floor: Floor, reasons: dict[int, str], rule: Json
) -> None:
    change(floor, rule, is_active=False)
    reason = floor.admin.get(f"/downtime-reasons/{reasons[110]}").json()
    headers = {"If-Match": f'"{reason["version"]}"'}
    put_away = floor.admin.send("DELETE", f"/downtime-reasons/{reasons[110]}", headers=headers)
    assert put_away.status_code == 200, put_away.text
    assert meant(floor) == ["110"]


def test_the_database_itself_lets_a_rule_mean_one_thing_at_a_time(
    floor: Floor, reasons: dict[int, str], rule: Json
) -> None:
    change(floor, rule, downtime_reason_id=reasons[310])
    copied = """
        insert into past_alarm_reasons (organization_id, id, alarm_reason_id, downtime_reason_id, ended_at)
        select organization_id, gen_random_uuid(), alarm_reason_id, downtime_reason_id, now() from past_alarm_reasons
        returning id
    """
    with pytest.raises(IntegrityError, match="ex_past_alarm_reasons_no_overlap"):
        floor.rows(copied)
