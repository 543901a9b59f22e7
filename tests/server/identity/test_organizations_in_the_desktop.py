"""Organizations, settings and the practice organization are looked after in the desktop, at a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.layout_memory import LayoutMemory
from unison_desktop.frame.messages import Messages
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.question import Question
from unison_desktop.frame.theme import Theme
from unison_desktop.identity.kept_sign_in import KeptSignIn
from unison_desktop.identity.organizations.forms import LinkDialog, OrganizationDialog
from unison_desktop.identity.organizations.page import OrganizationsPage
from unison_desktop.identity.practice.page import PracticePage
from unison_desktop.identity.session import Session
from unison_desktop.identity.settings.forms import SettingDialog
from unison_desktop.identity.settings.page import SettingsPage
from unison_desktop.kernel.preferences import Preferences
from unison_domain.identity.contracts import RoleCode
from unison_domain.identity.setting_contracts import PIN_TRIES

from tests.server.factories import PASSWORD, Made

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
P = TypeVar("P", bound=Page)


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication, address: str, made: Made, tmp_path: Path) -> Iterator[Desk]:
    """A superadministrator is signed in."""
    made.add_plant("KIEL")
    made.add_user("root", roles=[RoleCode.SUPERADMIN])
    session = Session(address, KeptSignIn(tmp_path))
    preferences = Preferences(tmp_path)
    messages = Messages()
    with qtbot.waitSignal(session.signed_in, timeout=60_000):
        session.sign_in(address, made.code, "root", PASSWORD, keep=False)
    qtbot.waitUntil(lambda: session.is_online, timeout=60_000)
    yield Desk(session, Theme(preferences, qapp), messages, LayoutMemory(preferences))
    session.events.stop()
    session.deleteLater()
    messages.deleteLater()


def opened(qtbot: QtBot, desk: Desk, kind: type[P], name: str) -> P:
    page = kind(desk, Place(name))
    page.show()
    with qtbot.waitSignal(page.loaded, timeout=60_000):
        page.reload()
    return page


def ended(page: Page) -> None:
    page.close()
    page.deleteLater()


def run(page: Page, id_: str) -> None:
    next(command for command in page.commands if command.id == id_).trigger()


def save(qtbot: QtBot, page: Page, kind: type[FormDialog], **values: Any) -> Any:
    dialog = page.findChildren(kind)[-1]
    dialog.form.fill(values)
    with qtbot.waitSignal(dialog.saved, timeout=60_000) as saved:
        dialog.save()
    return saved.args[0]


def test_an_organization_is_made_ended_and_woken(qtbot: QtBot, desk: Desk, made: Made) -> None:
    page = opened(qtbot, desk, OrganizationsPage, "organizations")
    code = f"NEW-{made.id.hex[-12:]}"
    run(page, "organization.new")
    new = save(qtbot, page, OrganizationDialog, code=code, name="New", username="olga", full_name="Olga Otto")
    (link,) = page.findChildren(LinkDialog)
    assert "#reset_" in link.secret.text()
    link.accept()

    def state() -> str:
        return next((page._state(one) for one in page._known if one.id == new.id), "")

    qtbot.waitUntil(lambda: state() == "active", timeout=60_000)
    page.table.view.select_ids([new.id])
    run(page, "organization.rest")
    page.findChildren(Question)[-1].yes.click()
    qtbot.waitUntil(lambda: state() == "nobody gets in", timeout=60_000)
    page.table.view.select_ids([new.id])
    run(page, "organization.wake")
    qtbot.waitUntil(lambda: state() == "active", timeout=60_000)
    ended(page)


def test_a_setting_is_set_and_set_back(qtbot: QtBot, desk: Desk) -> None:
    page = opened(qtbot, desk, SettingsPage, "settings")

    def value() -> object:
        return next(one.value for one in page._known if one.key == PIN_TRIES.key)

    page.table.view.select_ids([PIN_TRIES.key])
    run(page, "setting.edit")
    assert save(qtbot, page, SettingDialog, value=4).value == 4
    qtbot.waitUntil(lambda: value() == 4, timeout=60_000)
    page.table.view.select_ids([PIN_TRIES.key])
    run(page, "setting.clear")
    page.findChildren(Question)[-1].yes.click()
    qtbot.waitUntil(lambda: value() == PIN_TRIES.default, timeout=60_000)
    ended(page)


def test_practice_is_made_gone_to_made_anew_and_left(qtbot: QtBot, desk: Desk, made: Made) -> None:
    page = opened(qtbot, desk, PracticePage, "practice")
    assert page.state.text() == "There is none yet; an administrator makes it."
    run(page, "practice.make")
    qtbot.waitUntil(lambda: f"{made.code}-PRACTICE" in page.state.text(), timeout=60_000)
    with qtbot.waitSignal(desk.session.signed_in, timeout=60_000):
        run(page, "practice.go")
    ended(page)
    me = desk.session.me
    assert me is not None
    assert (me.is_practice, me.roles, me.organization_code) == (True, ["admin"], f"{made.code}-PRACTICE")
    with qtbot.waitSignal(desk.session.signed_in, timeout=60_000):
        desk.session.leave_practice()
    qtbot.waitUntil(lambda: desk.session.is_online, timeout=60_000)
    page = opened(qtbot, desk, PracticePage, "practice")
    assert page._known is not None
    before = page._known.id
    run(page, "practice.reset")
    page.findChildren(Question)[-1].yes.click()
    qtbot.waitUntil(lambda: page._known is not None and page._known.id != before, timeout=60_000)
    ended(page)
