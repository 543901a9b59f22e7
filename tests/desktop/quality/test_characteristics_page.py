"""The page of characteristics and its form."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.editors import TextEditor
from unison_desktop.frame.place import Place
from unison_desktop.quality.characteristic_form import CharacteristicDialog
from unison_desktop.quality.characteristics_page import CharacteristicsPage
from unison_domain.quality.contracts import CharacteristicAnswer

from tests.desktop.fake_server import FakeServer
from tests.desktop.quality.samples import BORE, BORE_ID, PLANT, serve_quality, some

POST = "POST /inspection-characteristics"


@pytest.fixture
def listed(qtbot: QtBot, desk: Desk, server: FakeServer) -> Iterator[CharacteristicsPage]:
    serve_quality(server, some(3))
    made = CharacteristicsPage(desk, Place("characteristics"))
    made.resize(1000, 600)
    made.show()
    made.reload()
    qtbot.waitUntil(lambda: made.table.model.rowCount() == 2 and bool(made._plants))
    yield made
    made.close()
    made.deleteLater()


def fill(dialog: CharacteristicDialog, **typed: str) -> None:
    for name, text in typed.items():
        editor = dialog.form.editor(name)
        assert isinstance(editor, TextEditor)
        editor.line.setText(text)
        editor.line.textEdited.emit(text)


def opened(page: CharacteristicsPage) -> CharacteristicDialog:
    (dialog,) = page.findChildren(CharacteristicDialog)
    return dialog


def test_limits_are_shown_with_their_digits(listed: CharacteristicsPage) -> None:
    model = listed.table.model
    shown = {column.key: column.shown(model.row_at(0)) for column in model.columns}
    assert (shown["name"], shown["lsl"], shown["usl"], shown["plant"]) == ("Bore Ø 12 H7", "12.000", "12.018", "Plant")


def test_enter_shows_its_values(qtbot: QtBot, listed: CharacteristicsPage) -> None:
    with qtbot.waitSignal(listed.go) as went:
        listed.table.row_opened.emit(BORE)
    assert went.args == [Place("measurements", str(BORE_ID))]


def test_a_new_one_keeps_typed_digits_and_decimal_commas(
    qtbot: QtBot, listed: CharacteristicsPage, server: FakeServer
) -> None:
    server.answer(POST, BORE, status=201)
    before = QLocale()
    QLocale.setDefault(QLocale("de_DE"))
    listed._new()
    dialog = opened(listed)
    fill(dialog, characteristic_name="Depth", lsl="1,500", usl="1.60", resolution="0,01", measurement_unit="")
    dialog.save()
    QLocale.setDefault(before)
    qtbot.waitUntil(lambda: bool(server.asked_for(POST)))
    body = server.asked_for(POST)[0].body
    assert {name: value for name, value in body.items() if value is not None} == {
        "plant_id": str(PLANT),
        "characteristic_name": "Depth",
        "measurement_unit": "",
        "lsl": "1.500",
        "usl": "1.60",
        "resolution": "0.01",
    }


def test_crossed_limits_are_told_before_anything_is_sent(listed: CharacteristicsPage, server: FakeServer) -> None:
    listed._new()
    dialog = opened(listed)
    fill(dialog, characteristic_name="Depth", lsl="2", usl="1")
    dialog.save()
    assert server.asked_for(POST) == []
    dialog.form.opened()
    dialog.close()
    dialog.deleteLater()


def test_a_change_names_the_version_that_was_seen(
    qtbot: QtBot, listed: CharacteristicsPage, server: FakeServer
) -> None:
    patch = f"PATCH /inspection-characteristics/{BORE_ID}"
    server.answer(patch, CharacteristicAnswer(**{**BORE.model_dump(), "version": 2}))
    listed.table.view.select_ids([BORE_ID])
    listed._edit()
    dialog = opened(listed)
    fill(dialog, usl="12.0200")
    dialog.save()
    qtbot.waitUntil(lambda: bool(server.asked_for(patch)))
    (asked,) = server.asked_for(patch)
    assert (asked.headers["if-match"], asked.body["usl"]) == ('"1"', "12.0200")
