from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.machines.downtime.entering import EnterDialog, ReasonEditor
from unison_desktop.machines.downtime.page import DowntimePage

from tests.desktop.fake_server import FakeServer
from tests.desktop.machines.downtime.samples import FIRST, event, said
from tests.desktop.machines.samples import machine_id

ROUTE = "POST /downtime-events"
ENTERED = said(event(7), 111)


@pytest.fixture
def dialog(page: DowntimePage) -> EnterDialog:
    """Opened with nothing chosen."""
    next(command for command in page.commands if command.id == "downtime.enter").trigger()
    opened = page.findChild(EnterDialog)
    assert opened is not None
    return opened


def fill(dialog: EnterDialog, start: str, end: str = "", reason: str = "", notes: str = "") -> None:
    """Type it, field by field."""
    dialog.form.editor("machine_id").set_value(str(machine_id(2)))
    for name, text in (("started_at", start), ("ended_at", end), ("notes", notes)):
        QTest.keyClicks(dialog.form.editor(name).field, text)
    editor = dialog.form.editor("downtime_reason_id")
    assert isinstance(editor, ReasonEditor)
    QTest.keyClicks(editor.picker.line, reason)


def errors(dialog: EnterDialog) -> list[str]:
    return [line.error.text() for line in dialog.form._lines if line.error.text()]


def test_a_stop_is_typed_and_entered_and_can_be_undone(
    qtbot: QtBot, page: DowntimePage, dialog: EnterDialog, server: FakeServer, shop_desk: Desk
) -> None:
    server.answer(ROUTE, ENTERED, status=201)
    server.answer(f"GET /downtime-events/{ENTERED.id}/changes", [])
    server.answer(f"POST /downtime-events/{ENTERED.id}/undo", ENTERED.model_copy(update={"version": 2}))
    now = page.book.now().astimezone(page.book.zones[UUID(int=900)])
    start, end = now - timedelta(hours=2), now - timedelta(hours=1)
    fill(dialog, f"{start:%Y-%m-%d %H:%M}", f"{end:%H:%M}", "spindle", "noise")
    QTest.keyClick(dialog, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(server.asked_for(ROUTE)))
    body = server.asked_for(ROUTE)[0].body
    told = [datetime.fromisoformat(body[name]).astimezone(UTC) for name in ("started_at", "ended_at")]
    assert told == [moment.astimezone(UTC).replace(second=0, microsecond=0) for moment in (start, end)]
    assert (body["machine_id"], body["downtime_reason_id"]) == (str(machine_id(2)), str(UUID(int=111)))
    assert body["notes"] == "noise"
    qtbot.waitUntil(lambda: page.chosen == [ENTERED])
    assert shop_desk.messages.history[-1].text == "Mill 1: stop entered, 111 Spindle bearing."
    shop_desk.messages.history[-1].offers[0].run()
    qtbot.waitUntil(lambda: bool(server.asked_for(f"POST /downtime-events/{ENTERED.id}/undo")))
    assert server.asked_for(f"POST /downtime-events/{ENTERED.id}/undo")[0].headers["if-match"] == '"1"'


def test_what_can_not_be_read_is_told_beside_its_field_and_not_sent(dialog: EnterDialog, server: FakeServer) -> None:
    fill(dialog, "soon")
    dialog.save()
    assert errors(dialog) == ["“soon” is no time up to now. Type e.g. 14:05, or 2026-11-20 14:05."]
    dialog.form.editor("started_at").set_value("2026-11-18 08:00")
    dialog.form.editor("ended_at").set_value("2026-11-18 07:00")
    QTest.keyClicks(dialog._picker.line, "zzz")
    dialog.save()
    assert len(errors(dialog)) == 2
    assert errors(dialog)[1] == "No reason of this machine fits “zzz”."
    assert server.asked_for(ROUTE) == []


def test_times_of_the_hour_that_autumn_repeats_are_asked_for(
    qtbot: QtBot, dialog: EnterDialog, server: FakeServer
) -> None:
    server.answer(ROUTE, ENTERED, status=201)
    dialog._book.now = lambda: datetime(2026, 10, 25, 9, 0, tzinfo=UTC)
    fill(dialog, "2:10", "2:50")
    dialog.save()
    assert errors(dialog) == ["Please say which of the two is meant."]
    start, end = dialog._moments()
    assert (start.which.isHidden(), end.which.isHidden()) == (False, True)
    start.which.buttons[0].click()
    assert (start.value(), errors(dialog)) == ("2026-10-25 02:10:00 +02:00", [])
    dialog.save()
    assert server.asked_for(ROUTE) == []
    end.which.buttons[1].click()
    dialog.save()
    qtbot.waitUntil(lambda: bool(server.asked_for(ROUTE)))
    body = server.asked_for(ROUTE)[0].body
    told = [datetime.fromisoformat(body[name]).astimezone(UTC) for name in ("started_at", "ended_at")]
    assert told == [datetime(2026, 10, 25, 0, 10, tzinfo=UTC), datetime(2026, 10, 25, 1, 50, tzinfo=UTC)]


def test_a_start_is_needed(dialog: EnterDialog, server: FakeServer) -> None:
    fill(dialog, "")
    dialog.save()
    assert errors(dialog) == ["This is needed."]
    assert server.asked_for(ROUTE) == []


def test_where_signals_say_that_it_ran_the_refusal_says_when_by_the_plants_clocks(
    qtbot: QtBot, dialog: EnterDialog, server: FakeServer
) -> None:
    start, end = "2026-11-18T07:00:00+00:00", "2026-11-18T09:00:00+00:00"
    problem = {
        "title": "Values are not valid",
        "status": 422,
        "code": "machine_ran",
        "detail": f"PRESS-03 was running from {start} to {end}",
        "parameters": {"state": "running", "started_at": start, "ended_at": end},
    }
    server.answer(ROUTE, problem, status=422)
    fill(dialog, "2026-11-18 08:00", "10:00")
    dialog.save()
    qtbot.waitUntil(lambda: bool(dialog._error.text()))
    assert dialog._error.text() == (
        "Signals say that Hydraulic press 3 was not standing then: Running from 2026-11-18 08:00:00 to "
        "2026-11-18 10:00:00. A stop can be entered where it stood, or where nothing is known."
    )
    assert dialog.save_button.isEnabled()


def test_what_somebody_said_already_is_named(qtbot: QtBot, dialog: EnterDialog, server: FakeServer) -> None:
    current = said(FIRST, 200).model_dump(mode="json")
    clash = {"title": "Clash", "status": 409, "code": "version_clash", "detail": "there is one", "current": current}
    server.answer(ROUTE, clash, status=409)
    fill(dialog, "2026-11-18 08:00", "10:00")
    dialog.save()
    qtbot.waitUntil(lambda: bool(dialog._error.text()))
    assert dialog._error.text().startswith("Maria spoke of some of that time already: ")
    assert "200 Setup. Change that stop instead." in dialog._error.text()
    assert dialog.clash.isHidden()


def test_escape_in_the_empty_reason_asks_before_anything_is_lost(dialog: EnterDialog) -> None:
    fill(dialog, "08:00")
    QTest.keyClick(dialog._picker.line, Qt.Key.Key_Escape)
    assert not dialog.question.isHidden()
