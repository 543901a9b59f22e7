"""The page of settings, of the organization and of the server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.editors import ChoiceEditor
from unison_desktop.frame.place import Place
from unison_desktop.frame.question import Question
from unison_desktop.identity.settings.forms import SettingDialog
from unison_desktop.identity.settings.page import SettingsPage
from unison_desktop.identity.settings.words import WORDS
from unison_domain.identity.setting_contracts import (
    ADDRESS_TRIES,
    PASSWORD_LENGTH,
    PASSWORD_RESET_BY_MAIL,
    PIN_TRIES,
    SECOND_FACTOR_OF,
    SETTINGS,
)

from tests.desktop.fake_server import FakeServer
from tests.desktop.identity.opened import error_beside
from tests.desktop.identity.organization_samples import setting, settings
from tests.desktop.identity.samples import RIGHTS

LENGTH = f"/settings/{PASSWORD_LENGTH.key}"


@pytest.fixture
def page(qtbot: QtBot, people_desk: Desk) -> Iterator[SettingsPage]:
    made = SettingsPage(people_desk, Place("settings"))
    made.resize(1200, 700)
    made.show()
    with qtbot.waitSignal(made.loaded):
        made.reload()
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture
def told(page: SettingsPage) -> list[str]:
    """What was said to the person."""
    said: list[str] = []
    page.desk.messages.said.connect(lambda message: said.append(message.text))
    return said


def command(page: SettingsPage, id_: str) -> Command:
    return next(one for one in page.commands if one.id == id_)


def choose(page: SettingsPage, key: str) -> None:
    page.table.view.select_ids([key])


def shown(page: SettingsPage) -> dict[str, tuple[str, ...]]:
    columns = [next(one for one in page.table.model.columns if one.key == key) for key in ("value", "source", "limits")]
    return {row.key: tuple(column.shown(row) for column in columns) for row in page.table.model.rows()}


def test_every_setting_has_words() -> None:
    assert set(WORDS) == set(SETTINGS)


def test_what_holds_is_shown_with_who_said_so(page: SettingsPage) -> None:
    table = shown(page)
    assert table[PASSWORD_LENGTH.key] == ("12 characters", "our organization", "8 to 64")
    assert table["identity.password_reset_minutes"][:2] == ("30 minutes", "the server, for all")
    assert table[PASSWORD_RESET_BY_MAIL.key] == ("yes", "Unison", "yes or no")


def test_a_value_is_set_at_the_version_that_was_seen(qtbot: QtBot, page: SettingsPage, server: FakeServer) -> None:
    server.answer(f"PUT {LENGTH}", settings()[0])
    choose(page, PASSWORD_LENGTH.key)
    command(page, "setting.edit").trigger()
    (dialog,) = page.findChildren(SettingDialog)
    dialog.form.fill({"value": 14})
    dialog.save()
    qtbot.waitUntil(lambda: bool(server.asked_for(f"PUT {LENGTH}")))
    (asked,) = server.asked_for(f"PUT {LENGTH}")
    assert (asked.body, asked.headers["if-match"]) == ({"value": 14}, '"2"')


def test_a_word_is_chosen_from_those_it_can_be(qtbot: QtBot, page: SettingsPage, server: FakeServer) -> None:
    assert shown(page)[SECOND_FACTOR_OF.key] == ("nobody", "Unison", "nobody, administrators or everybody")
    route = f"PUT /settings/{SECOND_FACTOR_OF.key}"
    message = "takes a second factor of your own: set one up first, else this would lock you out"
    error = {"field": "value", "code": "own_second_factor_missing", "message": message}
    problem = {"title": "no", "status": 409, "code": "own_second_factor_missing", "detail": "no", "errors": [error]}
    server.answer(route, problem, status=409)
    choose(page, SECOND_FACTOR_OF.key)
    command(page, "setting.edit").trigger()
    (dialog,) = page.findChildren(SettingDialog)
    editor = dialog.form.editor("value")
    assert isinstance(editor, ChoiceEditor)
    texts = [editor.box.itemText(place) for place in range(editor.box.count())]
    assert texts == ["nobody", "administrators", "everybody"]
    dialog.form.fill({"value": "everybody"})
    dialog.save()
    assert error_beside(qtbot, dialog, "value") == message
    (asked,) = server.asked_for(route)
    assert asked.body == {"value": "everybody"}


def test_a_refused_value_stands_beside_the_field(qtbot: QtBot, page: SettingsPage, server: FakeServer) -> None:
    error = {"field": "value", "code": "out_of_range", "message": "must be a whole number from 8 to 64"}
    problem = {"title": "no", "status": 422, "code": "out_of_range", "detail": "no", "errors": [error]}
    server.answer(f"PUT {LENGTH}", problem, status=422)
    choose(page, PASSWORD_LENGTH.key)
    command(page, "setting.edit").trigger()
    (dialog,) = page.findChildren(SettingDialog)
    dialog.form.fill({"value": 7})
    dialog.save()
    qtbot.waitUntil(lambda: dialog.form.editor("value").field.property("invalid") is True)


def test_a_yes_or_no_is_a_switch(qtbot: QtBot, page: SettingsPage, server: FakeServer) -> None:
    route = f"PUT /settings/{PASSWORD_RESET_BY_MAIL.key}"
    server.answer(route, setting(PASSWORD_RESET_BY_MAIL, own_value=False, value=False, source="organization"))
    choose(page, PASSWORD_RESET_BY_MAIL.key)
    command(page, "setting.edit").trigger()
    (dialog,) = page.findChildren(SettingDialog)
    dialog.form.fill({"value": False})
    dialog.save()
    qtbot.waitUntil(lambda: bool(server.asked_for(route)))
    assert server.asked_for(route)[0].body == {"value": False}


def test_going_back_to_the_default_asks_first(
    qtbot: QtBot, page: SettingsPage, server: FakeServer, told: list[str]
) -> None:
    choose(page, PIN_TRIES.key)
    command(page, "setting.clear").trigger()
    assert told[-1] == "Tries of a PIN is not set here: Unison says 5 tries."
    server.answer(f"DELETE {LENGTH}", setting(PASSWORD_LENGTH, version=3))
    choose(page, PASSWORD_LENGTH.key)
    command(page, "setting.clear").trigger()
    (question,) = page.findChildren(Question)
    assert question.informativeText() == "It is 12 characters now, and will be 8 characters."
    question.yes.click()
    qtbot.waitUntil(lambda: bool(server.asked_for(f"DELETE {LENGTH}")))


def test_what_only_the_server_sets_says_so(page: SettingsPage, told: list[str]) -> None:
    assert not page.of_server.isEnabled()
    assert "platform.setting.read" in page.of_server.toolTip()
    choose(page, ADDRESS_TRIES.key)
    command(page, "setting.edit").trigger()
    assert "platform.setting.update" in told[-1]
    assert not page.findChildren(SettingDialog)


@pytest.mark.parametrize("rights", [(*RIGHTS, "platform.setting.read", "platform.setting.update")])
def test_a_superadministrator_sets_it_for_all(
    qtbot: QtBot, page: SettingsPage, server: FakeServer, told: list[str]
) -> None:
    choose(page, ADDRESS_TRIES.key)
    command(page, "setting.edit").trigger()
    assert "For the whole server" in told[-1]
    with qtbot.waitSignal(page.loaded):
        page.of_server.click()
    route = f"PUT /server-settings/{ADDRESS_TRIES.key}"
    server.answer(route, setting(ADDRESS_TRIES, own_value=500, value=500, source="server"))
    choose(page, ADDRESS_TRIES.key)
    command(page, "setting.edit").trigger()
    (dialog,) = page.findChildren(SettingDialog)
    dialog.form.fill({"value": 500})
    dialog.save()
    qtbot.waitUntil(lambda: bool(server.asked_for(route)))
