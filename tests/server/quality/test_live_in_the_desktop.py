"""What a station measures is on the desktop's chart as soon as the server has it, and the other way round."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.own_preferences import OwnPreferences
from unison_desktop.frame.place import Place
from unison_desktop.identity.preferences.forms import PreferencesDialog
from unison_desktop.identity.preferences.page import PreferencesPage
from unison_desktop.kernel.own_units import choose_units
from unison_desktop.kernel.preferences import Preferences
from unison_desktop.quality.page import MeasurementsPage
from unison_desktop.quality.values_page import ValuesPage
from unison_domain.kernel.units import UnitSystem
from unison_domain.quality.individuals import individuals_chart

from tests.server.quality.gauging import characteristic, measured, reading, undone
from tests.server.stations.floor import Floor
from tests.server.stations.test_set_up_in_the_desktop import desk

__all__ = ["desk"]

pytestmark = [pytest.mark.qt_log_ignore("This plugin does not support"), pytest.mark.usefixtures("people_copied")]


@pytest.fixture
def own(desk: Desk, tmp_path: Path) -> Iterator[OwnPreferences]:
    yield OwnPreferences(desk.session, desk.theme, Preferences(tmp_path / "own"), desk.session)
    choose_units(UnitSystem.AS_MEASURED)


def test_pressed_typed_and_taken_back(qtbot: QtBot, desk: Desk, floor: Floor) -> None:
    bore = characteristic(floor, lsl="0.100", usl="0.130", resolution="0.001")
    floor.sender.send([reading(floor, n, bore, f"0.11{n % 3}") for n in range(25)])
    page = MeasurementsPage(desk, Place("measurements"))
    page.show()
    with qtbot.waitSignal(page.loaded):
        page.load()
    qtbot.waitUntil(lambda: desk.session.is_online and page.series is not None)

    def chart() -> list[str]:
        return [f"{one.measured_value:f}" for one in page.series.values] if page.series else []

    pressed = reading(floor, 60, bore, "0.120")
    floor.sender.send([pressed])
    qtbot.waitUntil(lambda: chart()[25:] == ["0.120"])
    page.entry.line.setText("0.140")
    QTest.keyClick(page.entry.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: chart()[25:] == ["0.120", "0.140"])
    assert [(one["measured_value"], one["within_tolerance"]) for one in measured(floor, limit=2)] == [
        ("0.140", False),
        ("0.120", True),
    ]
    page._undo_last()
    qtbot.waitUntil(lambda: chart()[25:] == ["0.120"])
    floor.sender.send([undone(floor, 61, pressed["id"], person="Ida")])
    qtbot.waitUntil(lambda: len(chart()) == 25)
    server = floor.admin.get(f"/inspection-characteristics/{bore}/individuals").json()
    assert [one["measured_value"] for one in server["items"]] == chart()
    expected = individuals_chart([Decimal(value) for value in chart()])
    assert page.series is not None
    assert page.series.chart == expected
    assert expected is not None
    assert server["limits"]["upper"] == expected.upper
    assert {one.undone_by for one in page.series.undone} == {"Ida", "Anna"}
    page.close()
    page.deleteLater()


def test_units_that_are_saved_stand_beside_what_is_on_screen(
    qtbot: QtBot, desk: Desk, floor: Floor, own: OwnPreferences
) -> None:
    bore = characteristic(floor, lsl="0.100", usl="0.130", resolution="0.001")
    typed = {"characteristic_id": str(bore), "measured_value": "0.120", "measurement_unit": "mm"}
    assert floor.admin.post("/inspection-measurements", json=typed).status_code == 201
    chart, values = MeasurementsPage(desk, Place("measurements")), ValuesPage(desk, Place("measured-values"))
    chosen = PreferencesPage(desk, Place("preferences"))
    for page in (chart, values, chosen):
        page.show()
        page.reload()
    qtbot.waitUntil(lambda: "0.120" in chart.facts.text() and bool(chosen.findChildren(QLabel)))
    qtbot.waitUntil(lambda: desk.session.is_online and values.table.model.rowCount() == 1)
    assert " in)" not in chart.facts.text()
    chosen.commands[-1].trigger()
    dialog = chosen.findChildren(PreferencesDialog)[-1]
    dialog.form.editor("units").set_value("us_customary")
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    assert floor.admin.get("/preferences").json()["units"] == "us_customary"
    qtbot.waitUntil(lambda: "0.120 mm (0.00472 in)" in chart.facts.text())
    cell = values.table.model.index(0, [one.key for one in values.table.model.columns].index("unit"))
    qtbot.waitUntil(lambda: cell.data() == "mm (0.00472 in)")
    plots = chart.view.plots()
    assert plots is not None
    assert {"USL 0.130 (0.00512 in)", "LSL 0.100 (0.00394 in)"} <= {line.text for line in plots[0]._lines}
    listed = measured(floor, limit=1)[0]
    assert (listed["measured_value"], listed["measurement_unit"], listed["resolution"]) == ("0.120", "mm", "0.001")
    for page in (chart, values, chosen):
        page.close()
        page.deleteLater()
