"""The way back of what was done on the page of stops."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.machines.downtime.page import DowntimePage
from unison_domain.machines.downtime_contracts import DowntimeEvent

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


def press(qtbot: QtBot, page: DowntimePage, desk: Desk, words: str) -> None:
    """Ctrl+Z, and its answer."""
    before = sum(words in text for text in said_texts(desk))
    page.stop_actions.undo()
    qtbot.waitUntil(lambda: sum(words in text for text in said_texts(desk)) > before)


@pytest.mark.parametrize("status", [409, 503])
def test_what_could_not_be_taken_back_is_tried_again_before_anything_older(
    qtbot: QtBot, page: DowntimePage, server: FakeServer, shop_desk: Desk, status: int
) -> None:
    give(qtbot, page, server, FIRST, 111, 1)
    give(qtbot, page, server, SECOND, 200, 1)
    server.refuse(f"POST /downtime-events/{SECOND.id}/undo", status, "changed_since", "A later change")
    press(qtbot, page, shop_desk, "It could not be taken back. ")
    server.answer(f"POST /downtime-events/{SECOND.id}/undo", SECOND)
    press(qtbot, page, shop_desk, "Taken back: Mill 1")
    assert (len(asked(server, SECOND, "undo")), asked(server, FIRST, "undo")) == (2, [])
    server.answer(f"POST /downtime-events/{FIRST.id}/undo", FIRST)
    press(qtbot, page, shop_desk, "Taken back: Mill 2")


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
    press(qtbot, page, shop_desk, "Taken back: Mill 2, 111")
    server.answer(f"POST /downtime-events/{FIRST.id}/undo", FIRST.model_copy(update={"version": 4}))
    press(qtbot, page, shop_desk, "Taken back: Mill 2, no reason")
    assert [one.headers["if-match"] for one in asked(server, FIRST, "undo")] == ['"2"', '"3"']


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
