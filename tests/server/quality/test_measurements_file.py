"""Measurements as a file: all that the list would show, however many, and nothing else."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from unison_domain.identity.overrides import OverrideKind
from unison_server.kernel import csv_stream
from unison_server.kernel.csv_answer import ROWS_HEADER

from tests.server.quality.gauging import characteristic, measured, reading, undone
from tests.server.stations.confirming import demand_nothing
from tests.server.stations.floor import Floor

pytestmark = pytest.mark.usefixtures("people_copied")
FILE = "/inspection-measurements/export"


@pytest.fixture(autouse=True)
def _in_small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_stream, "BLOCK", 3)


def rows_of(floor: Floor, **query: Any) -> list[dict[str, str]]:
    """The file, and that it says before how many rows come."""
    answer = floor.admin.get(FILE, params=query)
    assert answer.status_code == 200, answer.text
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert answer.headers[ROWS_HEADER] == str(len(rows))
    return rows


def test_the_file_has_every_value_once_as_it_is_listed(floor: Floor) -> None:
    bore = characteristic(floor)
    floor.sender.send([reading(floor, number // 4, bore, f"{number}.0") for number in range(10)])
    for query in ({}, {"sort": "recorded_at"}, {"sort": "measured_at"}):
        ids = [row["id"] for row in rows_of(floor, **query)]
        assert ids == [one["id"] for one in measured(floor, **query)]
        assert len(set(ids)) == 10


def test_the_file_is_narrowed_as_the_list_is(floor: Floor) -> None:
    demand_nothing(floor, OverrideKind.FAR_VALUE)
    bore = characteristic(floor, lsl="0.100", usl="0.200")
    events = [reading(floor, number, bore, f"0.{number}00") for number in range(8)]
    floor.sender.send(
        [*events, reading(floor, 8, characteristic(floor, "Depth"), "7"), undone(floor, 9, events[0]["id"])]
    )
    for query in ({"within_tolerance": "false"}, {"undone": "true"}, {"within_tolerance": "true", "undone": "false"}):
        assert [row["id"] for row in rows_of(floor, **query)] == [one["id"] for one in measured(floor, **query)]
    assert len(rows_of(floor, within_tolerance="false", undone="false")) == 5


def test_it_tells_all_that_is_known_of_a_value(floor: Floor) -> None:
    bore = characteristic(floor)
    value = reading(floor, 0, bore, "0.120", raw="01A+000.120\r", person="Ida")
    floor.sender.send([value, undone(floor, 1, value["id"], person="Ida")])
    (row,), (listed,) = rows_of(floor), measured(floor)
    told = ("measured_value", "raw", "person", "undone_by", "recorded_at", "station_name")
    assert [row[name] for name in told] == [listed[name] for name in told]
    assert (row["measured_value"], row["raw"], row["undone_by"]) == ("0.120", "01A+000.120\r", "Ida")
    assert {"confirmed_by_name", "undo_confirmed_by_name"} <= set(row)


def test_it_keeps_digits_and_runs_no_formula(floor: Floor) -> None:
    floor.sender.send([reading(floor, 0, characteristic(floor, "=1+1"), "-0.120")])
    (row,) = rows_of(floor)
    assert (row["measured_value"], row["characteristic_name"]) == ("-0.120", "'=1+1")


def test_what_the_list_refuses_is_refused_before_the_file_begins(floor: Floor) -> None:
    for wrong in ({"sort": "raw"}, {"source": "robot"}, {"colour": "red"}, {"from": "yesterday"}):
        assert floor.admin.get(FILE, params=wrong).status_code == 422, wrong
