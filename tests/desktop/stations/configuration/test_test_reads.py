"""What is read now through a PC finds how a known value is read, and puts it into the form of the tag."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from unison_desktop.kernel.catalogue import read_catalogue
from unison_desktop.stations.configuration.forms import TagDialog
from unison_desktop.stations.configuration.page import ConfigurationPage
from unison_desktop.stations.configuration.test_read import TestReadDialog
from unison_desktop.stations.configuration.words import ORDERS, TYPES
from unison_domain.stations.commands import CommandState
from unison_domain.stations.configuration import ByteOrder, ValueType

from tests.desktop.fake_server import FakeServer
from tests.desktop.stations.configuration.samples import command, read
from tests.desktop.stations.configuration.test_configuration_page import COMMANDS, opened, run

MARGIN = 11
"""Pixels on each side of a cell's text: 8 of the style sheet, and what the style itself leaves."""


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


def test_a_value_that_moved_on_since_says_so_and_lists_what_comes_near(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer
) -> None:
    server.answer(f"POST {COMMANDS}", command(CommandState.DONE, answer=read("0001", "0226")), status=201)
    run(page, "config.read")
    dialog = opened(page, TestReadDialog)
    qtbot.waitUntil(lambda: dialog.registers.text() == "8: 0001  9: 0226")
    dialog.known.setText("54.9")
    assert "may have changed since: read again (F5)" in dialog.said.text()
    assert [(address, one.value) for address, one in dialog.ways.model.rows()][-1] == (9, 55.0)
    assert dialog.ways.view.selected_ids() == []
    dialog.known.setText("55.0")
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
    dialog.known.setText("55.0")
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
    dialog.known.setText("55.0")
    order = next(column for column in dialog.ways.model.columns if column.key == "order")
    told = {(row[1].type, order.shown(row)) for row in dialog.ways.model.rows()}
    assert (ValueType.UINT16, "") in told
    assert (ValueType.UINT32, ORDERS[ByteOrder.ABCD]) in told
    dialog.known.setText("9730")  # 0x2602
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
    dialog.known.setText("21.5")
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
    dialog.known.setText("21.5")
    assert dialog.ways.model.rows() == []
    dialog.known.setText(known)
    dialog.take_button.click()
    values = form.form.values()
    assert (values["table"], values["address"], values["type"]) == ("discrete_input", address, "bool")
    form.form.open(values)
