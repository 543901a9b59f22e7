"""Limits that changed make no bad part good: each value is judged by those it was measured by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError
from unison_domain.identity.overrides import OverrideKind
from unison_server.kernel import migrate
from unison_server.kernel.database import Database
from unison_server.kernel.migrate import RowsInTheWayError

from tests.server.machines.test_migrated_rows import Old, old
from tests.server.quality.gauging import characteristic, measured, reading, set_aside
from tests.server.quality.test_measurements import chart, type_in
from tests.server.quality.test_measurements_file import rows_of
from tests.server.stations.confirming import demand_nothing
from tests.server.stations.floor import START, Floor

__all__ = ["old"]


@pytest.fixture
def bore(floor: Floor, people_copied: None) -> UUID:
    """Out of tolerance by the limits of then; these are wider now."""
    demand_nothing(floor, OverrideKind.FAR_VALUE)
    of = characteristic(floor, lsl="1.000", usl="2.000")
    floor.sender.send([reading(floor, 0, of, "2.100"), reading(floor, 1, of, "1.500")])
    change(floor, of, 1, usl="3.000")
    return of


def change(floor: Floor, of: UUID, version: int, **limits: str | None) -> None:
    answer = floor.admin.send(
        "PATCH", f"/inspection-characteristics/{of}", json=limits, headers={"If-Match": f'"{version}"'}
    )
    assert answer.status_code == 200, answer.text


def judged(items: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        tuple(one[name] for name in ("measured_value", "within_tolerance", "usl", "limits_changed")) for one in items
    ]


@pytest.mark.usefixtures("bore")
def test_page_filter_and_file_judge_by_the_limits_of_then(floor: Floor) -> None:
    assert judged(measured(floor)) == [("1.500", True, "2.000", True), ("2.100", False, "2.000", True)]
    assert [one["measured_value"] for one in measured(floor, within_tolerance=False)] == ["2.100"]
    assert [one["measured_value"] for one in measured(floor, within_tolerance=True)] == ["1.500"]
    (row,) = rows_of(floor, within_tolerance="false")
    assert (row["measured_value"], row["lsl"], row["usl"]) == ("2.100", "1.000", "2.000")


def test_the_chart_marks_by_the_limits_of_then(floor: Floor, bore: UUID) -> None:
    assert judged(chart(floor, bore)["items"])[0] == ("2.100", False, "2.000", True)


def test_what_comes_late_is_judged_by_the_limits_it_was_measured_by(floor: Floor, bore: UUID) -> None:
    before, now = datetime.now(UTC), type_in(floor, bore, "2.500").json()
    assert judged([now]) == [("2.500", True, "3.000", False)]
    change(floor, bore, 2, usl=None, lsl=None)
    floor.sender.send([reading(floor, 2, bore, "2.200")])
    assert type_in(floor, bore, "2.600", measured_at=before.isoformat()).json()["within_tolerance"] is True
    assert type_in(floor, bore, "9.000").json()["within_tolerance"] is None
    assert judged(measured(floor, within_tolerance=False)) == [
        ("2.200", False, "2.000", True),
        ("2.100", False, "2.000", True),
    ]
    change(floor, bore, 3, lsl="1.000", usl="2.000")
    assert {one["limits_changed"] for one in measured(floor, within_tolerance=False)} == {False}, "as they were again"


def test_what_comes_late_is_far_by_the_limits_it_was_measured_by(floor: Floor) -> None:
    of = characteristic(floor, lsl="4.00", usl="4.20")
    change(floor, of, 1, lsl="39.00", usl="45.00")
    now = (datetime.now(UTC) - START).total_seconds()
    values = [(0, "42.00"), (1, "4.90"), (now, "42.01"), (now, "4.91")]
    floor.sender.send([reading(floor, seconds, of, value) for seconds, value in values])
    assert [code for code, _ in set_aside(floor)] == ["override_unsigned"] * 2
    assert {(one["measured_value"], one["usl"]) for one in measured(floor)} == {("4.90", "4.20"), ("42.01", "45.00")}


def test_what_was_measured_before_keeps_the_limits_it_had_last(old: Callable[[str], Old]) -> None:
    database = old("0064")
    made = {"plants": database.row("plants")}
    limits = {"measurement_unit": "mm", "characteristic_name": "Bore", "lsl": "1.00", "usl": None}
    made["inspection_characteristics"] = database.row("inspection_characteristics", made, **limits)
    database.row("inspection_measurements", made, measurement_unit="mm", station_id=None)
    migrate.upgrade(Database.OPERATIONS, database.url, "0065")
    assert database.rows("select lsl, usl from inspection_measurements") == [(Decimal("1.00"), None)]
    for crossed, rule in (("1.00", "lower_below_upper"), ("'-Infinity'", "limits_finite")):
        with pytest.raises(IntegrityError, match=f"ck_inspection_measurements_{rule}"):
            database.rows(f"update inspection_measurements set usl = {crossed} returning id")
    migrate.downgrade(Database.OPERATIONS, database.url, "0064")
    migrate.upgrade(Database.OPERATIONS, database.url, "0065")
    database.row("inspection_measurements", made, measurement_unit="mm", station_id=None, lsl="0.5", usl=None)
    with pytest.raises(RowsInTheWayError, match="Bore"):
        migrate.downgrade(Database.OPERATIONS, database.url, "0064")
