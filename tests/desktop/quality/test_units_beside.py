"""What was measured is seen in the preferred units too; what is sorted, copied, exported and typed is the record."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.own_preferences import OwnPreferences
from unison_desktop.frame.place import Place
from unison_desktop.frame.theme import Theme
from unison_desktop.identity.session import Session
from unison_desktop.kernel.preferences import Preferences
from unison_desktop.quality.page import MeasurementsPage
from unison_desktop.quality.values_page import ValuesPage
from unison_desktop.tables.table import Table

from tests.desktop.fake_server import FakeServer
from tests.desktop.identity.inbox_samples import serve_preferences
from tests.desktop.quality.measuring import LIST, shown_values
from tests.desktop.quality.samples import measurement, serve_quality, some

NEWEST = measurement(2, "12.010", resolution="0.001")


@pytest.fixture
def own(signed_in: Session, theme: Theme, preferences: Preferences) -> Iterator[OwnPreferences]:
    made = OwnPreferences(signed_in, theme, preferences, signed_in)
    yield made
    made.deleteLater()


@pytest.fixture
def values(qtbot: QtBot, desk: Desk, server: FakeServer) -> Iterator[ValuesPage]:
    """Of the bore, newest first."""
    serve_quality(server, some(3))
    server.answer(LIST, [NEWEST, measurement(1, "12.0195")])
    made = ValuesPage(desk, Place("measured-values"))
    made.resize(1240, 700)
    made.show()
    made.reload()
    qtbot.waitUntil(lambda: made.table.model.rowCount() == 2 and not made.awaits())
    yield made
    made.close()
    made.deleteLater()


def prefer(server: FakeServer, units: str, version: int = 1) -> None:
    """As saved on the page of preferences, here or at another PC."""
    serve_preferences(server, version=version, units=units)
    server.happen("identity.preferences.changed")


def unit_cell(table: Table, row: int = 0) -> str:
    place = next(n for n, column in enumerate(table.model.columns) if column.key == "unit")
    return str(table.model.index(row, place).data())


def unit_width(table: Table) -> int:
    return table.view.columnWidth(next(n for n, one in enumerate(table.model.columns) if one.key == "unit"))


def test_a_page_that_is_open_follows_what_was_saved(
    qtbot: QtBot, own: OwnPreferences, values: ValuesPage, server: FakeServer
) -> None:
    values.table.view.selectRow(0)
    narrow = unit_width(values.table)
    assert (unit_cell(values.table), "12.010 ± 0.002 mm  ·" in values.whole.text()) == ("mm", True)
    prefer(server, "us_customary")
    qtbot.waitUntil(lambda: unit_cell(values.table) == "mm (0.47283 in)")
    assert unit_cell(values.table, 1) == "mm (0.473209 in)"
    qtbot.waitUntil(lambda: "12.010 ± 0.002 mm (0.47283 ± 0.00008 in)  ·" in values.whole.text())
    assert unit_width(values.table) > narrow
    prefer(server, "as_measured", version=2)
    qtbot.waitUntil(lambda: unit_cell(values.table) == "mm")
    qtbot.waitUntil(lambda: unit_width(values.table) == narrow)


def test_a_width_somebody_chose_stays(
    qtbot: QtBot, own: OwnPreferences, values: ValuesPage, server: FakeServer
) -> None:
    place = next(n for n, one in enumerate(values.table.model.columns) if one.key == "unit")
    values.table.view.setColumnWidth(place, 77)
    prefer(server, "us_customary")
    qtbot.waitUntil(lambda: unit_cell(values.table) == "mm (0.47283 in)")
    assert unit_width(values.table) == 77


def test_the_chart_tells_points_and_limits_in_both(
    qtbot: QtBot, own: OwnPreferences, page: MeasurementsPage, server: FakeServer
) -> None:
    plots = page.view.plots()
    assert plots is not None
    room = plots[0].box.right()
    prefer(server, "us_customary")
    qtbot.waitUntil(lambda: " in)  ·" in page.facts.text())
    assert page.facts.text().startswith(f"{shown_values(page)[0]} ± 0.002 mm (0.4")
    plots = page.view.plots()
    assert plots is not None
    upper = {line.text for line in plots[0]._lines}
    assert {"USL 12.018 (0.47315 in)", "LSL 12.000 (0.47244 in)", "Target 12.000 (0.47244 in)"} <= upper
    assert all(text.endswith(" in)") for text in upper)
    assert all(line.text.endswith(" in)") for line in plots[1]._lines)
    assert plots[0].box.right() < room, "there is room for what stands beside"
    assert page.entry._unit.text() == "mm", "what is typed is of the characteristic's unit"
    assert not page.grab().isNull()


def test_what_leaves_the_screen_is_the_record(
    qtbot: QtBot,
    own: OwnPreferences,
    values: ValuesPage,
    server: FakeServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    prefer(server, "us_customary")
    qtbot.waitUntil(lambda: unit_cell(values.table) == "mm (0.47283 in)")
    values.table.view.selectRow(0)
    values.table.view.copy.trigger()
    assert "12.010\tmm\t" in QGuiApplication.clipboard().text()
    file = tmp_path / "values.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(file), ""))
    values.table._export_csv()
    (first, *_others) = csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines())
    assert (first["Value"], first["Unit"]) == ("12.010", "mm")
    values.table.filter_bar.add_condition("unit", "=mm")
    assert values.table.model.rowCount() == 2
    values.table.view.sortByColumn(2, Qt.SortOrder.AscendingOrder)
    assert [str(row.measured_value) for row in values.table.model.rows()] == ["12.010", "12.0195"]
