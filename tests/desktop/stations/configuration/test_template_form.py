"""The form of a device from a template: filled as its maker sets the device, and readable."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.command import Command
from unison_desktop.frame.form.editors import ChecklistEditor
from unison_desktop.stations.configuration.page import ConfigurationPage
from unison_desktop.stations.configuration.template_dialog import TemplateDialog
from unison_domain.stations.templates import templates

from tests.desktop.fake_server import FakeServer


@pytest.fixture
def dialog(qtbot: QtBot, page: ConfigurationPage, server: FakeServer) -> TemplateDialog:
    server.answer("GET /device-templates", list(templates()))
    next(one for one in page.commands if isinstance(one, Command) and one.id == "config.template").trigger()
    opened = page.findChildren(TemplateDialog)[-1]
    qtbot.waitUntil(opened.save_button.isEnabled)
    return opened


def choose(dialog: TemplateDialog, code: str) -> None:
    dialog.choice.set_value(code)
    dialog.choice.changed.emit()


def test_a_meter_without_a_socket_is_on_the_serial_line_as_its_maker_sets_it(dialog: TemplateDialog) -> None:
    choose(dialog, "eastron-sdm630")
    values = dialog.form.values()
    assert (values["driver"], values["baud_rate"]) == ("modbus_rtu", 9600)
    choose(dialog, "carlo-gavazzi-em340")
    assert dialog.form.values()["parity"] == "none"
    choose(dialog, "moxa-iologik-e1210")
    assert (dialog.form.values()["driver"], dialog.form.values()["port"]) == ("modbus_tcp", 502)


def test_it_says_where_the_registers_are_from_and_nothing_for_programmers(dialog: TemplateDialog) -> None:
    for template in templates():
        assert "Compared with" not in template.source
        assert "role" not in (template.note or "")


def test_boxes_are_as_high_as_they_are_drawn(dialog: TemplateDialog) -> None:
    editor = dialog.form.editor("tags")
    assert isinstance(editor, ChecklistEditor)
    assert editor.list.sizeHintForRow(0) >= 20
