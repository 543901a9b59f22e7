"""The way back of what was done on the page of stops."""

from __future__ import annotations

from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.machines.downtime.notes_dialog import NotesDialog
from unison_desktop.machines.downtime.page import DowntimePage
from unison_domain.machines.downtime_contracts import DowntimeEvent

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer
from tests.desktop.machines.downtime.samples import FIRST, SECOND, THIRD, said, serve_downtime
from tests.desktop.machines.downtime.test_downtime_page import asked, choose, said_texts, type_reason


def give(qtbot: QtBot, page: DowntimePage, server: FakeServer, one: DowntimeEvent, number: int, version: int) -> None:
    """A reason, answered with the event at that version; the list has it so too."""
    now = said(one, number, version=version)
    server.answer(f"POST /downtime-events/{one.id}/assign", now)
    serve_downtime(server, [now if other.id == one.id else other for other in (FIRST, SECOND, THIRD)], [])
    choose(page, one)
    type_reason(page, str(number))
    qtbot.waitUntil(lambda: not page.editing.is_busy)
    qtbot.waitUntil(lambda: any((row.id, row.version) == (one.id, version) for row in page._rows))


def offered(desk: Desk) -> int:
    """How many messages offer a way back."""
    return sum(bool(message.offers) for message in desk.messages.history)


def press(qtbot: QtBot, page: DowntimePage, desk: Desk, words: str) -> None:
    """Ctrl+Z, and its answer."""
    before = sum(words in text for text in said_texts(desk))
    page.stop_actions.undo()
    qtbot.waitUntil(lambda: sum(words in text for text in said_texts(desk)) > before)


def test_what_could_not_be_taken_back_for_a_while_is_tried_again_before_anything_older(
    qtbot: QtBot, page: DowntimePage, server: FakeServer, shop_desk: Desk
) -> None:
    give(qtbot, page, server, FIRST, 111, 1)
    give(qtbot, page, server, SECOND, 200, 1)
    server.refuse(f"POST /downtime-events/{SECOND.id}/undo", 503, "unavailable", "Not now")
    press(qtbot, page, shop_desk, "It could not be taken back. ")
    assert offered(shop_desk) == 2, "it may still succeed"
    server.answer(f"POST /downtime-events/{SECOND.id}/undo", SECOND)
    press(qtbot, page, shop_desk, "Taken back: Mill 1")
    qtbot.waitUntil(lambda: offered(shop_desk) == 1)
    assert (len(asked(server, SECOND, "undo")), asked(server, FIRST, "undo")) == (2, [])
    server.answer(f"POST /downtime-events/{FIRST.id}/undo", FIRST)
    press(qtbot, page, shop_desk, "Taken back: Mill 2")
    qtbot.waitUntil(lambda: offered(shop_desk) == 0)


def refuse_as_changed(server: FakeServer, one: DowntimeEvent, *, by: str, by_id: int = 99) -> None:
    """What the server says of a stop that somebody changed since it was seen."""
    clash = {"title": "Conflict", "status": 409, "code": "version_clash", "detail": "changed"}
    now = said(one, 120, by=by, version=9).model_dump(mode="json")
    body = {**clash, "parameters": {"changed_by": by, "changed_by_id": str(UUID(int=by_id))}, "current": now}
    server.answer(f"POST /downtime-events/{one.id}/undo", body, status=409)


@pytest.mark.parametrize("status", [404, 409])
def test_what_somebody_else_changed_since_gives_way_to_what_was_done_before(
    qtbot: QtBot, page: DowntimePage, server: FakeServer, shop_desk: Desk, status: int
) -> None:
    give(qtbot, page, server, FIRST, 111, 1)
    give(qtbot, page, server, SECOND, 200, 1)
    server.refuse(f"POST /downtime-events/{SECOND.id}/undo", status, "changed_since", "A later change")
    press(qtbot, page, shop_desk, "Mill 1: it stays as it is now. Ctrl+Z goes on with what was done before. ")
    assert said_texts(shop_desk)[-1].endswith("A later change")
    server.answer(f"POST /downtime-events/{FIRST.id}/undo", FIRST)
    press(qtbot, page, shop_desk, "Taken back: Mill 2")
    assert len(asked(server, SECOND, "undo")) == 1
    press(qtbot, page, shop_desk, "Nothing was changed here that could be undone.")


def test_who_changed_a_stop_later_is_said_once_for_all_that_was_done_to_it(
    qtbot: QtBot, page: DowntimePage, server: FakeServer, shop_desk: Desk
) -> None:
    give(qtbot, page, server, FIRST, 111, 1)
    choose(page)
    give(qtbot, page, server, said(FIRST, 111), 200, 2)
    refuse_as_changed(server, FIRST, by="Jan Petersen")
    press(qtbot, page, shop_desk, "Mill 2: it stays as it is now, for Jan Petersen changed it later.")
    assert "Ctrl+Z" not in said_texts(shop_desk)[-1]
    press(qtbot, page, shop_desk, "Nothing was changed here that could be undone.")
    assert len(asked(server, FIRST, "undo")) == 1


def test_who_changed_it_elsewhere_later_is_told_how_to_take_that_back(
    qtbot: QtBot, page: DowntimePage, server: FakeServer, shop_desk: Desk
) -> None:
    give(qtbot, page, server, FIRST, 111, 1)
    refuse_as_changed(server, FIRST, by="Paula Planner", by_id=samples.me().id.int)
    press(qtbot, page, shop_desk, "Mill 2: it stays as it is now, for you changed it later yourself. “Undo the last")


def test_a_note_is_taken_back_before_the_reason_under_it(
    qtbot: QtBot, page: DowntimePage, server: FakeServer, shop_desk: Desk
) -> None:
    give(qtbot, page, server, FIRST, 111, 1)
    noted = said(FIRST, 111, version=2).model_copy(update={"notes": "loud"})
    server.answer(f"POST /downtime-events/{FIRST.id}/annotate", noted)
    choose(page, FIRST)
    page.stop_actions.note()
    dialog = page.findChild(NotesDialog)
    assert dialog is not None
    QTest.keyClicks(dialog.form.editor("notes").field, "loud")
    dialog.save_button.click()
    qtbot.waitUntil(lambda: said_texts(shop_desk)[-1] == "Mill 2: noted.")
    server.answer(f"POST /downtime-events/{FIRST.id}/undo", said(FIRST, 111, version=3))
    press(qtbot, page, shop_desk, "Taken back: Mill 2, the notes. Now: 111 Spindle bearing.")
    server.answer(f"POST /downtime-events/{FIRST.id}/undo", FIRST.model_copy(update={"version": 4}))
    press(qtbot, page, shop_desk, "Taken back: Mill 2, 111 Spindle bearing. Now: no reason.")
    assert [one.headers["if-match"] for one in asked(server, FIRST, "undo")] == ['"2"', '"3"']


def test_an_older_change_of_ones_own_is_not_given_up_for_a_newer_one(
    qtbot: QtBot, page: DowntimePage, server: FakeServer, shop_desk: Desk
) -> None:
    give(qtbot, page, server, FIRST, 111, 1)
    older = page.editing._done[-1]
    choose(page)
    give(qtbot, page, server, said(FIRST, 111), 200, 2)
    refuse_as_changed(server, FIRST, by="Maria")
    older.run()  # by the button of its message
    qtbot.waitUntil(lambda: "It could not be taken back. " in said_texts(shop_desk)[-1])
    server.answer(f"POST /downtime-events/{FIRST.id}/undo", said(FIRST, 111, version=3))
    press(qtbot, page, shop_desk, "Taken back: Mill 2, 200 Setup. Now: 111 Spindle bearing.")
    server.answer(f"POST /downtime-events/{FIRST.id}/undo", FIRST.model_copy(update={"version": 4}))
    press(qtbot, page, shop_desk, "Taken back: Mill 2, 111 Spindle bearing. Now: no reason.")


def test_an_older_change_waits_until_the_newer_is_taken_back(
    qtbot: QtBot, page: DowntimePage, server: FakeServer, shop_desk: Desk
) -> None:
    give(qtbot, page, server, FIRST, 111, 1)
    give(qtbot, page, server, SECOND, 200, 1)
    server.answer(f"POST /downtime-events/{SECOND.id}/undo", SECOND)
    page.stop_actions.undo()
    page.stop_actions.undo()
    assert said_texts(shop_desk)[-1] == "The last change is being taken back; press again once it is."
    qtbot.waitUntil(lambda: any("Taken back: Mill 1" in text for text in said_texts(shop_desk)))
    assert asked(server, FIRST, "undo") == []


def test_two_changes_of_one_stop_are_taken_back_one_after_the_other(
    qtbot: QtBot, page: DowntimePage, server: FakeServer, shop_desk: Desk
) -> None:
    give(qtbot, page, server, FIRST, 111, 1)
    choose(page)
    give(qtbot, page, server, said(FIRST, 111), 200, 2)
    server.answer(f"POST /downtime-events/{FIRST.id}/undo", said(FIRST, 111, version=3))
    press(qtbot, page, shop_desk, "Taken back: Mill 2, 200 Setup. Now: 111 Spindle bearing.")
    server.answer(f"POST /downtime-events/{FIRST.id}/undo", FIRST.model_copy(update={"version": 4}))
    press(qtbot, page, shop_desk, "Taken back: Mill 2, 111 Spindle bearing. Now: no reason.")
    assert [one.headers["if-match"] for one in asked(server, FIRST, "undo")] == ['"2"', '"3"']


def test_whatever_changed_a_stop_last_is_named_by_what_it_left(
    qtbot: QtBot, page: DowntimePage, server: FakeServer, shop_desk: Desk
) -> None:
    given = said(FIRST, 111)
    server.answer(f"POST /downtime-events/{FIRST.id}/undo", FIRST)
    page.editing.undo_event(given)
    qtbot.waitUntil(lambda: "Taken back: Mill 2, 111 Spindle bearing. Now: no reason." in said_texts(shop_desk))
    page.editing.undo_event(FIRST)
    qtbot.waitUntil(lambda: "Taken back: Mill 2, the last change. Now: no reason." in said_texts(shop_desk))


def test_only_a_reason_that_a_person_gave_is_taken_back(
    qtbot: QtBot, page: DowntimePage, server: FakeServer, shop_desk: Desk
) -> None:
    noted = FIRST.model_copy(update={"notes": "loud", "reported_by_name": "Maria", "version": 1})
    serve_downtime(server, [noted], [])
    page.reload()
    qtbot.waitUntil(lambda: page._rows == [noted])
    choose(page, noted)
    page.stop_actions.take_back()
    assert said_texts(shop_desk)[-1] == "Choose a stop whose reason a person gave."


def test_ctrl_z_in_the_line_of_the_next_stop_takes_back_what_was_booked(
    qtbot: QtBot, page: DowntimePage, server: FakeServer, shop_desk: Desk
) -> None:
    give(qtbot, page, server, FIRST, 111, 1)
    server.answer(f"POST /downtime-events/{FIRST.id}/undo", FIRST)
    line = page.panel.picker.line
    qtbot.waitUntil(line.hasFocus)
    QTest.keyClick(line, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert line.text() == "", "a further Enter would book it on the next stop"
    qtbot.waitUntil(lambda: said_texts(shop_desk)[-1].startswith("Taken back: Mill 2"))


def test_ctrl_z_takes_back_first_what_is_being_typed(qtbot: QtBot, page: DowntimePage, server: FakeServer) -> None:
    give(qtbot, page, server, FIRST, 111, 1)
    line = page.panel.picker.line
    qtbot.waitUntil(line.hasFocus)
    QTest.keyClicks(line, "elec")
    QTest.keyClick(line, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (line.text(), asked(server, FIRST, "undo")) == ("", [])
