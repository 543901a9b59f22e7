"""Rules of alarms: what a change of them does to past stops is said, and is the person's choice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.editors import SwitchEditor
from unison_desktop.frame.form.offering import OfferingEditor
from unison_desktop.frame.place import Place
from unison_desktop.machines.downtime.alarm_dialog import AlarmDialog
from unison_desktop.machines.downtime.reasons_page import ReasonsPage

from tests.desktop.fake_server import FakeServer
from tests.desktop.machines.downtime.samples import alarm_rule, known_alarm
from tests.desktop.machines.samples import machine_id


@pytest.fixture
def page(qtbot: QtBot, shop_desk: Desk, server: FakeServer) -> Iterator[ReasonsPage]:
    changed = alarm_rule().model_copy(update={"holds_since": datetime(2026, 3, 2, 6, tzinfo=UTC)})
    server.answer("GET /alarm-reasons", [changed])
    made = ReasonsPage(shop_desk, Place("downtime-reasons"))
    made.show()
    made.reload()
    qtbot.waitUntil(lambda: bool(made.book.reasons) and made.table.model.rowCount() == 1)
    yield made
    made.close()
    made.deleteLater()


def dialog_of(page: ReasonsPage) -> AlarmDialog:
    return page.findChildren(AlarmDialog)[-1]


def click(dialog: AlarmDialog, name: str) -> None:
    editor = dialog.form.editor(name)
    assert isinstance(editor, SwitchEditor)
    editor.box.click()


def sent(qtbot: QtBot, server: FakeServer, dialog: AlarmDialog, route: str) -> dict[str, Any]:
    dialog.save_button.click()
    qtbot.waitUntil(lambda: bool(server.asked_for(route)))
    body: dict[str, Any] = server.asked_for(route)[-1].body
    return body


@pytest.mark.parametrize("also_past", [False, True])
def test_a_changed_rule_leaves_past_stops_alone_unless_the_person_says_otherwise(
    qtbot: QtBot, page: ReasonsPage, server: FakeServer, also_past: bool
) -> None:
    route = f"PATCH /alarm-reasons/{alarm_rule().id}"
    server.answer(route, alarm_rule())
    page.table.row_opened.emit(page._alarms[0])
    dialog = dialog_of(page)
    assert dialog.form.editor("also_past").value() is False
    click(dialog, "is_active")
    if also_past:
        click(dialog, "also_past")
    body = sent(qtbot, server, dialog, route)
    assert (body["is_active"], body.get("also_past", False)) == (False, also_past)


@pytest.mark.parametrize("also_past", [False, True])
def test_a_new_rule_explains_past_stops_too_only_where_the_person_says_so(
    qtbot: QtBot, page: ReasonsPage, server: FakeServer, also_past: bool
) -> None:
    server.answer("POST /alarm-reasons", alarm_rule(), status=201)
    page._new_alarm()
    dialog = dialog_of(page)
    dialog.form.editor("alarm").set_value("Drive off")
    if also_past:
        click(dialog, "also_past")
    assert sent(qtbot, server, dialog, "POST /alarm-reasons")["also_past"] is also_past


def test_the_list_says_since_when_a_rule_holds(page: ReasonsPage) -> None:
    (since,) = [column for column in page.table.model.columns if column.key == "since"]
    assert since.shown(page._alarms[0]).startswith("2026-03-0")
    assert since.shown(alarm_rule()) == "from the beginning"


def offered(dialog: AlarmDialog) -> list[str]:
    editor = dialog.form.editor("alarm")
    assert isinstance(editor, OfferingEditor)
    return [editor.box.itemText(place) for place in range(editor.box.count())]


def test_a_new_rule_offers_what_machines_tell_the_most_frequent_first(
    qtbot: QtBot, page: ReasonsPage, server: FakeServer
) -> None:
    server.answer("POST /alarm-reasons", alarm_rule(), status=201)
    told = [known_alarm("Door open"), known_alarm("Drive off", stops=1), known_alarm("Oil low", stops=3)]
    server.answer("GET /alarm-reasons/known", told)
    page._new_alarm()
    dialog = dialog_of(page)
    qtbot.waitUntil(lambda: offered(dialog) == ["Oil low", "Drive off", "Door open"])
    editor = dialog.form.editor("alarm")
    assert isinstance(editor, OfferingEditor)
    assert "3 of the newest stops began with it." in editor.box.itemData(0, Qt.ItemDataRole.ToolTipRole)
    QTest.keyClicks(editor.line, "Never seen before")
    assert sent(qtbot, server, dialog, "POST /alarm-reasons")["alarm"] == "Never seen before"


def test_what_is_offered_is_of_the_machine_that_is_meant(qtbot: QtBot, page: ReasonsPage, server: FakeServer) -> None:
    server.answer("GET /alarm-reasons/known", [known_alarm("Door open")])
    page._new_alarm()
    dialog = dialog_of(page)
    qtbot.waitUntil(lambda: offered(dialog) == ["Door open"])
    server.answer("GET /alarm-reasons/known", [known_alarm("Oil low")])
    dialog.form.fill({"machine_id": str(machine_id(1))})
    qtbot.waitUntil(lambda: offered(dialog) == ["Oil low"])
    assert server.asked_for("GET /alarm-reasons/known")[-1].query["machine_id"] == [str(machine_id(1))]
