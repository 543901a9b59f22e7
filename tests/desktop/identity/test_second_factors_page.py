"""The page of who has a second factor."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.identity.second_factor.standings_page import StandingsPage

from tests.desktop.fake_server import FakeServer
from tests.desktop.identity.opened import MINUTE, opened, shown
from tests.desktop.identity.samples import second_factor_count


@pytest.fixture
def page(qtbot: QtBot, people_desk: Desk) -> Iterator[StandingsPage]:
    with opened(qtbot, StandingsPage, people_desk, Place("second-factors")) as made:
        yield made


def test_it_tells_who_has_none_and_how_many(page: StandingsPage) -> None:
    assert shown(page.table, "name", "state", "administrator", "demanded") == [
        ("Anna Admin", "set up", "yes", "yes"),
        ("Rut Root", "missing: can only set it up", "yes", "yes"),
        ("Ben Bauer", "none", "", ""),
    ]
    told = "2 of 3 who sign in have none, 1 of 2 administrators; demanded of administrators"
    assert page.head.subtitle == told
    page.missing.click()
    assert shown(page.table, "name") == [("Rut Root",), ("Ben Bauer",)]


def test_one_that_is_set_up_is_counted_at_once(qtbot: QtBot, page: StandingsPage, server: FakeServer) -> None:
    fewer = second_factor_count().model_copy(update={"people_without": 1, "administrators_without": 0})
    server.answer("GET /second-factors/count", fewer)
    server.happen("identity.user.second_factor_added", page._known[1].user_id)
    qtbot.waitUntil(lambda: page.head.subtitle.startswith("1 of 3"), timeout=MINUTE)
