"""A second factor is set up, asked for and taken away in the desktop, at a real server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.held_back_window import HeldBackWindow
from unison_desktop.frame.layout_memory import LayoutMemory
from unison_desktop.frame.login_window import LoginWindow
from unison_desktop.frame.messages import Messages
from unison_desktop.frame.place import Place
from unison_desktop.frame.question import Question
from unison_desktop.frame.theme import Theme
from unison_desktop.identity.kept_sign_in import KeptSignIn
from unison_desktop.identity.people.page import PeoplePage
from unison_desktop.identity.second_factor.codes_dialog import RecoveryCodesDialog
from unison_desktop.identity.second_factor.forms import BeginDialog, ConfirmDialog, NewCodesDialog
from unison_desktop.identity.second_factor.page import SecondFactorPage
from unison_desktop.identity.session import Session
from unison_desktop.kernel.preferences import Preferences
from unison_domain.identity.contracts import RoleCode

from tests.desktop.identity.opened import MINUTE
from tests.server.factories import PASSWORD, Made
from tests.server.identity.test_demanded_factors import demand
from tests.server.identity.test_live_in_the_desktop import choose, page, run
from tests.server.identity.test_second_factor import shown
from tests.server.serving import SignedIn
from tests.server.stations.test_set_up_in_the_desktop import desk

__all__ = ["desk", "page"]

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def bens(qapp: QApplication, qtbot: QtBot, made: Made, address: str, tmp_path: Path) -> Iterator[Desk]:
    """Ben's own PC, where nobody is signed in."""
    made.add_user("ben", roles=[RoleCode.OPERATOR])
    preferences = Preferences(tmp_path / "ben")
    preferences.set("login/server", address)
    preferences.set("login/organization", made.code)
    preferences.set("login/user", "ben")
    session, theme, messages = Session(address, KeptSignIn(preferences.folder)), Theme(preferences, qapp), Messages()
    yield Desk(session, theme, messages, LayoutMemory(preferences))
    session.events.stop()
    for one in (session, messages, theme):
        one.deleteLater()


@contextmanager
def asked(qtbot: QtBot, bens: Desk, folder: Path) -> Iterator[LoginWindow]:
    """The window that asks Ben to sign in, once his password was right; he is signed in when it goes."""
    made = LoginWindow(bens.session, bens.theme, Preferences(folder))
    made.show()
    made.password.setText(PASSWORD)
    made.button.click()
    qtbot.waitUntil(made.factor.isVisible)
    yield made
    with qtbot.waitSignal(bens.session.signed_in):
        made.button.click()
    made.close()
    made.deleteLater()


def save(qtbot: QtBot, page: SecondFactorPage, kind: type[FormDialog], **values: str) -> Any:
    """Fill the form that is open, and save it; what the server answered."""
    dialog = page.findChildren(kind)[-1]
    dialog.form.fill(values)
    with qtbot.waitSignal(dialog.saved) as saved:
        dialog.save()
    return saved.args[0]


def test_from_setting_up_to_signing_in_with_a_code(
    qtbot: QtBot, bens: Desk, page: PeoplePage, made: Made, address: str, tmp_path: Path
) -> None:
    with qtbot.waitSignal(bens.session.signed_in):
        bens.session.sign_in(address, made.code, "ben", PASSWORD, keep=False)
    own = SecondFactorPage(bens, Place("second-factor"))
    own.show()
    with qtbot.waitSignal(own.loaded):
        own.load()
    qtbot.waitUntil(lambda: bens.session.is_online)
    run(own, "second_factor.set_up")
    begun = save(qtbot, own, BeginDialog, password=PASSWORD)
    codes = save(qtbot, own, ConfirmDialog, code=shown(begun.secret, -1)).codes
    qtbot.waitUntil(lambda: own.codes.text() == "10 recovery codes are left.")

    bens.session.sign_out()
    with asked(qtbot, bens, tmp_path / "ben") as login:
        login.factor.code.setText("no code")
        login.button.click()
        qtbot.waitUntil(login.factor.wrong.isVisible)
        assert login.password.text() == PASSWORD
        login.factor.code.setText(shown(begun.secret))
    bens.session.sign_out()
    with asked(qtbot, bens, tmp_path / "ben") as login:
        login.factor.code.setText(codes[0].lower())

    qtbot.waitUntil(lambda: bens.session.is_online)
    with qtbot.waitSignal(own.loaded):
        own.reload()
    assert own.codes.text() == "9 recovery codes are left."
    run(own, "second_factor.new_codes")
    save(qtbot, own, NewCodesDialog, password=PASSWORD, second_factor=codes[1])
    qtbot.waitUntil(lambda: own.codes.text() == "10 recovery codes are left.")

    with qtbot.waitSignal(page.loaded):
        page.reload()
    choose(qtbot, page, "Ben")
    run(page, "person.take_second_factor")
    with qtbot.waitSignal(page.desk.messages.said):
        page.findChildren(Question)[-1].yes.click()
    with qtbot.waitSignal(own.loaded):
        own.reload()
    assert own.state.text() == "No second factor is set up"
    bens.session.sign_out()
    with qtbot.waitSignal(bens.session.signed_in):
        bens.session.sign_in(address, made.code, "ben", PASSWORD, keep=False)
    own.close()
    own.deleteLater()


def test_who_works_while_it_is_demanded_sets_it_up_and_goes_on(
    qtbot: QtBot, bens: Desk, admin: SignedIn, made: Made, address: str
) -> None:
    with qtbot.waitSignal(bens.session.signed_in):
        bens.session.sign_in(address, made.code, "ben", PASSWORD, keep=False)
    qtbot.waitUntil(lambda: bens.session.is_online, timeout=MINUTE)
    demand(admin, "everybody")
    qtbot.waitUntil(lambda: bens.session.is_held_back, timeout=MINUTE)
    window = HeldBackWindow(bens)
    window.show()
    command = next(one for one in window.page.commands if one.id == "second_factor.set_up")
    qtbot.waitUntil(command.isEnabled, timeout=MINUTE)
    command.trigger()
    begun = save(qtbot, window.page, BeginDialog, password=PASSWORD)
    save(qtbot, window.page, ConfirmDialog, code=shown(begun.secret))
    assert bens.session.is_held_back, "codes that are told once are in sight"
    window.page.findChildren(RecoveryCodesDialog)[-1].done(QDialog.DialogCode.Accepted)
    qtbot.waitUntil(lambda: not bens.session.is_held_back and bens.session.is_online, timeout=MINUTE)
    assert bens.session.may("codes.scan.read")
    window.close()
    window.deleteLater()
