"""What is read now through a PC finds how a known value is read, and puts it into the form of the tag."""

from collections.abc import Sequence
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from unison_desktop.kernel.catalogue import read_catalogue
from unison_desktop.stations.configuration import test_read
from unison_desktop.stations.configuration.forms import TagDialog
from unison_desktop.stations.configuration.page import ConfigurationPage
from unison_desktop.stations.configuration.test_read import TestReadDialog
from unison_desktop.stations.configuration.words import ORDERS, TYPES
from unison_domain.stations.byte_orders import Candidate, candidates
from unison_domain.stations.commands import CommandState
from unison_domain.stations.configuration import ByteOrder, RegisterTable, ValueType

from tests.desktop.fake_server import FakeServer
from tests.desktop.stations.configuration.samples import command, read
from tests.desktop.stations.configuration.test_configuration_page import COMMANDS, opened, run

MARGIN = 11
"""Pixels on each side of a cell's text: 8 of the style sheet, and what the style itself leaves."""


def display(qtbot: QtBot, dialog: TestReadDialog, known: str) -> None:
    """Type what the machine's display shows, and pause until it was searched."""
    dialog.known.setText(known)
    qtbot.waitUntil(lambda: not dialog._calm.isActive())


def test_a_known_value_finds_type_order_and_scale_for_the_form(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer
) -> None:
    done = command(CommandState.DONE, answer=read("0000", "0000", "41AC"))
    server.answer(f"POST {COMMANDS}", done, status=201)
    run(page, "config.tag")
    form = opened(page, TagDialog)
    form.form.fill({"name": "Heat", "address": 8})
    form.read_button.click()
    dialog = opened(form, TestReadDialog)
    qtbot.waitUntil(lambda: dialog.registers.text() == "8: 0000  9: 0000  10: 41AC")
    dialog.known.setText("21.5")
    QTest.keyClick(dialog.known, Qt.Key.Key_Return)
    assert dialog.ways.view.hasFocus()
    QTest.keyClick(dialog.ways.view, Qt.Key.Key_Return)
    values = form.form.values()
    assert values["table"] == "holding_register"
    assert (values["address"], values["type"], values["byte_order"], values["scale"]) == (9, "float32", "cdab", 1.0)
    form.form.open(form.form.values())


def test_what_is_typed_letter_by_letter_is_searched_once(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[str] = []

    def counting(registers: Sequence[int], known: str, **how: Any) -> tuple[Candidate, ...]:
        searched.append(known)
        return candidates(registers, known, **how)

    monkeypatch.setattr(test_read, "candidates", counting)
    server.answer(f"POST {COMMANDS}", command(CommandState.DONE, answer=read("0000", "0226")), status=201)
    run(page, "config.read")
    dialog = opened(page, TestReadDialog)
    qtbot.waitUntil(lambda: dialog.registers.text() == "8: 0000  9: 0226")
    display(qtbot, dialog, "55")
    assert dialog.ways.view.selected_ids()
    dialog._calm.setInterval(3_600_000)  # nobody pauses
    QTest.keyClicks(dialog.known, ".0")
    assert (searched, dialog.ways.model.rows()) == (["55"], []), "ways of 55 are none of 55.0"
    QTest.keyClick(dialog.known, Qt.Key.Key_Return)
    assert searched == ["55", "55.0"]
    assert dialog.ways.view.selected_ids()
    dialog.close()


def test_a_tag_with_an_offset_is_read_with_it_or_loses_it(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer
) -> None:
    """What would make another value of a way that is taken is set back, and said."""
    done = command(CommandState.DONE, answer=read("00D7", "0267"))
    server.answer(f"POST {COMMANDS}", done, status=201)
    run(page, "config.tag")
    form = opened(page, TagDialog)
    form.form.fill({"name": "Heat", "address": 8, "offset": -40, "scale": 1, "sentinels": [615], "maximum": 20})
    form.read_button.click()
    dialog = opened(form, TestReadDialog)
    qtbot.waitUntil(lambda: dialog.registers.text() == "8: 00D7  9: 0267")
    display(qtbot, dialog, "21.5")
    plain = (row for row in dialog.ways.model.rows() if row[1].type is ValueType.UINT16)
    ways = {(address, one.scale, one.offset): (address, one) for address, one in plain}
    assert next(iter(ways)) == (9, 0.1, -40)
    dialog.ways.row_opened.emit(ways[8, 0.1, 0.0])
    values = form.form.values()
    assert (values["address"], values["scale"], values["offset"], values["maximum"]) == (8, 0.1, 0, None)
    assert values["sentinels"] == [615], "what the maker says of the same type stays"
    assert form.set_back.text() == "Set back, for it was of another way to read: Offset, Most."
    form.form.fill({"offset": -40})
    form.take(ways[9, 0.1, -40][1], RegisterTable.HOLDING_REGISTER, 9)
    values = form.form.values()
    assert (values["address"], values["offset"], values["sentinels"]) == (9, -40, []), "615 would be no value"
    form.take(ways[9, 0.1, -40][1], RegisterTable.HOLDING_REGISTER, 9)
    assert form.set_back.isHidden()
    form.form.open(values)


def test_a_bit_of_a_register_is_found_for_the_form(qtbot: QtBot, page: ConfigurationPage, server: FakeServer) -> None:
    server.answer(f"POST {COMMANDS}", command(CommandState.DONE, answer=read("0000", "0008")), status=201)
    run(page, "config.tag")
    form = opened(page, TagDialog)
    form.form.fill({"name": "Door", "invert": True, "type": "bool"})
    form.read_button.click()
    dialog = opened(form, TestReadDialog)
    qtbot.waitUntil(lambda: dialog.registers.text() == "8: 0000  9: 0008")
    display(qtbot, dialog, "1")
    row = next(row for row in dialog.ways.model.rows() if row[1].type is ValueType.BOOL)
    type_ = next(column for column in dialog.ways.model.columns if column.key == "type")
    assert type_.shown(row) == "bit 3 of the register"
    dialog.ways.row_opened.emit(row)
    values = form.form.values()
    assert (values["address"], values["type"], values["bit"], values["invert"]) == (9, "bool", 3, False)
    assert "Inverted" in form.set_back.text()
    form.form.open(values)


def test_a_value_that_moved_on_since_says_so_and_lists_what_comes_near(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer
) -> None:
    server.answer(f"POST {COMMANDS}", command(CommandState.DONE, answer=read("0001", "0226")), status=201)
    run(page, "config.read")
    dialog = opened(page, TestReadDialog)
    qtbot.waitUntil(lambda: dialog.registers.text() == "8: 0001  9: 0226")
    display(qtbot, dialog, "54.9")
    assert "may have changed since: read again (F5)" in dialog.said.text()
    assert [(address, one.value) for address, one in dialog.ways.model.rows()][-1] == (9, 55.0)
    assert dialog.ways.view.selected_ids() == []
    display(qtbot, dialog, "55.0")
    assert "may have changed" not in dialog.said.text()
    assert dialog.ways.view.selected_ids()
    dialog.close()


@pytest.mark.parametrize(("key", "words"), [("type", TYPES), ("order", ORDERS)])
def test_what_tells_ways_apart_is_not_cut(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer, key: str, words: dict[object, str]
) -> None:
    """At the size it opens with, in German too."""
    server.answer(f"POST {COMMANDS}", command(CommandState.DONE, answer=read("0001", "0226")), status=201)
    run(page, "config.read")
    dialog = opened(page, TestReadDialog)
    qtbot.waitUntil(lambda: dialog.registers.text() == "8: 0001  9: 0226")
    display(qtbot, dialog, "55.0")
    view, german = dialog.ways.view, read_catalogue("de")
    assert view.horizontalScrollBar().maximum() == 0
    place = [column.key for column in dialog.ways.model.columns].index(key)
    room = view.columnWidth(place) - 2 * MARGIN
    for text in words.values():
        for told in (text, german[text]):
            assert view.fontMetrics().horizontalAdvance(told) <= room, told
    dialog.close()


def test_a_single_register_has_no_order_of_words(qtbot: QtBot, page: ConfigurationPage, server: FakeServer) -> None:
    server.answer(f"POST {COMMANDS}", command(CommandState.DONE, answer=read("0000", "0226")), status=201)
    run(page, "config.read")
    dialog = opened(page, TestReadDialog)
    qtbot.waitUntil(lambda: dialog.registers.text() == "8: 0000  9: 0226")
    display(qtbot, dialog, "55.0")
    order = next(column for column in dialog.ways.model.columns if column.key == "order")
    told = {(row[1].type, order.shown(row)) for row in dialog.ways.model.rows()}
    assert (ValueType.UINT16, "") in told
    assert (ValueType.UINT32, ORDERS[ByteOrder.ABCD]) in told
    display(qtbot, dialog, "9730")  # 0x2602
    assert {order.shown(row) for row in dialog.ways.model.rows() if row[1].registers == 1} == {ORDERS[ByteOrder.BADC]}
    dialog.close()


def test_what_was_found_in_another_table_is_read_there(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer
) -> None:
    done = command(CommandState.DONE, answer=read("0000", "41AC", table="input_register"))
    server.answer(f"POST {COMMANDS}", done, status=201)
    run(page, "config.tag")
    form = opened(page, TagDialog)
    form.read_button.click()
    dialog = opened(form, TestReadDialog)
    dialog.table.set_value("input_register")
    qtbot.waitUntil(lambda: dialog.read_button.isEnabled())
    dialog.read_button.click()
    assert not dialog.read_button.isEnabled()
    qtbot.waitUntil(lambda: dialog.read_button.isEnabled())
    assert server.asked_for(f"POST {COMMANDS}")[-1].body["parameters"]["table"] == "input_register"
    display(qtbot, dialog, "21.5")
    dialog.take_button.click()
    assert form.form.values()["table"] == "input_register"


@pytest.mark.parametrize(("known", "address"), [("1", 9), ("0", 8)])
def test_a_bit_is_found_as_one(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer, known: str, address: int
) -> None:
    done = command(CommandState.DONE, answer=read("0", "1", table="discrete_input"))
    server.answer(f"POST {COMMANDS}", done, status=201)
    run(page, "config.tag")
    form = opened(page, TagDialog)
    form.form.fill({"name": "Door"})
    form.read_button.click()
    dialog = opened(form, TestReadDialog)
    qtbot.waitUntil(lambda: dialog.registers.text() == "8: 0  9: 1")
    display(qtbot, dialog, "21.5")
    assert dialog.ways.model.rows() == []
    display(qtbot, dialog, known)
    dialog.take_button.click()
    values = form.form.values()
    assert (values["table"], values["address"], values["type"]) == ("discrete_input", address, "bool")
    form.form.open(values)


def test_what_changed_since_the_reading_before_is_marked(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer
) -> None:
    server.answer(f"POST {COMMANDS}", command(CommandState.DONE, answer=read("0000", "0226")), status=201)
    run(page, "config.read")
    dialog = opened(page, TestReadDialog)
    qtbot.waitUntil(lambda: dialog.registers.text() == "8: 0000  9: 0226")
    server.answer(f"POST {COMMANDS}", command(CommandState.DONE, answer=read("0000", "0227")), status=201)
    dialog.read()
    qtbot.waitUntil(lambda: dialog.registers.text() == "8: 0000  9: 0227 ← 0226")
    dialog.read()
    qtbot.waitUntil(lambda: dialog.registers.text() == "8: 0000  9: 0227")


def test_of_what_is_on_or_off_the_bits_come_first(qtbot: QtBot, page: ConfigurationPage, server: FakeServer) -> None:
    server.answer(f"POST {COMMANDS}", command(CommandState.DONE, answer=read("0001", "0006")), status=201)
    run(page, "config.tag")
    form = opened(page, TagDialog)
    form.form.fill({"name": "Running", "address": 8, "role": "run"})
    form.read_button.click()
    dialog = opened(form, TestReadDialog)
    qtbot.waitUntil(lambda: dialog.registers.text() == "8: 0001  9: 0006")
    display(qtbot, dialog, "1")
    rows = [(address, one.bit) for address, one in dialog.ways.model.rows()]
    assert rows[:3] == [(8, 0), (9, 1), (9, 2)]
    assert len(rows) > 3, "numbers come after them"
    dialog.close()
