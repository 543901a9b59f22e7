"""Characteristics of two plants that are called alike are told apart wherever one is chosen, typed into or saved."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from PySide6.QtWidgets import QComboBox, QFileDialog
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.quality.page import MeasurementsPage
from unison_desktop.quality.values_page import ValuesPage

from tests.desktop.fake_server import FakeServer
from tests.desktop.frame.printed_text import pages_of
from tests.desktop.machines.samples import plant
from tests.desktop.quality.samples import BORE, MASS, PLANT, characteristic, individuals, serve_quality, some

OTHER_PLANT, OTHER_BORE = UUID(int=901), UUID(int=7009)
NAMES = ["Bore Ø 12 H7 · Bremen", "Bore Ø 12 H7 · Hof: Ost", "Mass"]


@pytest.fixture(autouse=True)
def _two_plants(server: FakeServer) -> None:
    serve_quality(server, some(3))
    there = plant(PLANT, "Europe/Berlin").model_copy(update={"name": "Hof: Ost"})
    here = plant(OTHER_PLANT, "Europe/Berlin").model_copy(update={"name": "Bremen"})
    other = characteristic(OTHER_BORE, plant_id=OTHER_PLANT)
    server.answer("GET /plants", [here, there])
    server.answer("GET /inspection-characteristics", [BORE, MASS, other])
    server.answer(f"GET /inspection-characteristics/{OTHER_BORE}/individuals", individuals(other, []))


def offered(box: QComboBox) -> list[str]:
    return [box.itemText(place) for place in range(box.count())]


def test_who_types_sees_of_which_plant_it_is(
    qtbot: QtBot, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = MeasurementsPage(desk, Place("measurements", str(OTHER_BORE)))
    page.show()
    page.reload()
    qtbot.waitUntil(lambda: offered(page.chooser.names) == [*(f"{name} (mm)" for name in NAMES[:2]), "Mass (g)"])
    qtbot.waitUntil(lambda: page.series is not None)
    assert page.chooser.names.currentText() == "Bore Ø 12 H7 · Bremen (mm)"
    assert page.head.subtitle == "Bore Ø 12 H7 · Bremen"
    page.chooser.choose(BORE.id)
    assert page.head.subtitle == "Bore Ø 12 H7 · Hof: Ost", "before its values are there: they can be typed already"
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 3)
    assert page.table.proposed_file(".xlsx").name == "Measurements Bore Ø 12 H7 · Hof- Ost.xlsx"
    proposed: list[str] = []

    def name_file(*args: object) -> tuple[str, str]:
        proposed.append(Path(str(args[2])).name)
        return (str(tmp_path / "bore.pdf") if len(proposed) > 1 else "", "")

    monkeypatch.setattr(QFileDialog, "getSaveFileName", name_file)
    for command in ("measurement.export", "page.pdf"):
        next(one for one in page.commands if one.id == command).trigger()
    assert proposed[0].startswith("Measurements Bore Ø 12 H7 · Hof- Ost 20")
    assert "Hof:Ost" in "".join("".join(pages_of(tmp_path / "bore.pdf")).split())
    page.close()
    page.deleteLater()


def test_who_looks_for_values_chooses_that_of_a_plant(qtbot: QtBot, desk: Desk) -> None:
    page = ValuesPage(desk, Place("measured-values"))
    page.show()
    page.reload()
    box = page.scope.characteristic
    qtbot.waitUntil(lambda: offered(box)[1:] == NAMES)
    page.scope.plant.setCurrentIndex(page.scope.plant.findText("Bremen"))
    page.scope.plant.activated.emit(page.scope.plant.currentIndex())
    assert offered(box)[1:] == ["Bore Ø 12 H7"], "within a plant its name says all"
    page.close()
    page.deleteLater()
