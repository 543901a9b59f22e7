"""From a stop to what its alarm means."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.machines.downtime.alarm_dialog import AlarmDialog
from unison_desktop.machines.downtime.page import DowntimePage
from unison_domain.machines.downtime_contracts import DowntimeEvent

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer
from tests.desktop.machines.downtime.samples import FIRST, RIGHTS, SECOND, alarm_rule, reason, said
from tests.desktop.machines.samples import machine_id


def choose(page: DowntimePage, *events: DowntimeEvent) -> None:
    page.table.view.select_ids([event.id for event in events])
    page._choose([event.id for event in events])


def mapped(qtbot: QtBot, page: DowntimePage) -> AlarmDialog:
    page.stop_actions._mapping.command.trigger()
    qtbot.waitUntil(lambda: bool(page.findChildren(AlarmDialog)))
    return page.findChildren(AlarmDialog)[-1]


def test_it_is_open_where_the_stop_has_an_alarm_and_else_says_why_not(page: DowntimePage) -> None:
    command = page.stop_actions._mapping.command
    assert "Choose the one stop" in command.why_not
    choose(page, FIRST)
    assert "told no alarm" in command.toolTip()
    choose(page, FIRST, SECOND)
    assert "Choose the one stop" in command.why_not
    there = SECOND.model_copy(update={"plant_id": UUID(int=900)})
    page._rows = [there]
    choose(page, there)
    assert (command.isEnabled(), command.why_not) == (True, "")
    lacking = [one for one in RIGHTS if one != "machines.alarm_reason.create"]
    page.desk.session.me = samples.me(permissions=lacking)
    page.desk.session.rights_changed.emit()
    assert "needs the right" in command.why_not
    page.desk.session.me = samples.me(permissions=RIGHTS, all_plants=False)
    page.desk.session.rights_changed.emit()
    assert "not assigned to you for changes" in command.why_not


def test_a_new_rule_begins_with_what_the_stop_tells(qtbot: QtBot, page: DowntimePage, server: FakeServer) -> None:
    server.answer("GET /alarm-reasons", [])
    server.answer("POST /alarm-reasons", alarm_rule(), status=201)
    told = said(SECOND, 111)
    page._rows = [told]
    choose(page, told)
    dialog = mapped(qtbot, page)
    assert server.asked_for("GET /alarm-reasons")[-1].query["alarm"] == ["Spindle hot"]
    dialog.save_button.click()
    qtbot.waitUntil(lambda: bool(server.asked_for("POST /alarm-reasons")))
    body: dict[str, Any] = server.asked_for("POST /alarm-reasons")[-1].body
    type_ = page.book.type_of(told)
    where = {"machine_type": type_} if type_ else {"machine_id": str(told.machine_id)}
    assert {**body, **where} == body
    assert (body["alarm"], body["downtime_reason_id"]) == ("Spindle hot", str(reason(111, "").id))


@pytest.mark.parametrize("is_active", [True, False])
def test_the_rule_there_is_is_changed_and_the_most_specific_of_them(
    qtbot: QtBot, page: DowntimePage, server: FakeServer, is_active: bool
) -> None:
    own = alarm_rule().model_copy(update={"machine_id": SECOND.machine_id, "is_active": is_active})
    other = alarm_rule().model_copy(update={"machine_id": machine_id(5)})
    server.answer("GET /alarm-reasons", [other, own])
    choose(page, SECOND)
    dialog = mapped(qtbot, page)
    assert dialog._known == own
    assert not dialog.form.has("alarm")
