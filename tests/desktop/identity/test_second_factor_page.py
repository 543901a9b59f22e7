"""One's own second factor, from the menu of who is signed in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtPrintSupport import QPrintPreviewDialog
from PySide6.QtWidgets import QDialog, QLabel, QPushButton
from pytestqt.qtbot import QtBot
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.place import Place
from unison_desktop.frame.printing.paper import Words
from unison_desktop.frame.theme import Type
from unison_desktop.frame.window import MainWindow
from unison_desktop.identity.second_factor.codes_dialog import RecoveryCodesDialog
from unison_desktop.identity.second_factor.forms import (
    BeginDialog,
    ConfirmDialog,
    CopyEditor,
    NewCodesDialog,
    OwnPasswordDialog,
    OwnPinDialog,
    OwnPinRemoveDialog,
    QrEditor,
    RemoveDialog,
)
from unison_desktop.identity.second_factor.page import SecondFactorPage
from unison_domain.identity.mfa_contracts import MfaAnswer, RecoveryCodes, TotpBegun

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer
from tests.desktop.frame.test_qr_code import read

Dialog = TypeVar("Dialog", bound=QDialog)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
URI = f"otpauth://totp/Unison:paula?secret={SECRET}&issuer=Unison"
CODES = [f"ABCD-EFGH-{n:04}" for n in range(2000, 2010)]
OFF = MfaAnswer(confirmed_at=None, recovery_codes_left=0)


def on(codes: int) -> MfaAnswer:
    return MfaAnswer(confirmed_at=samples.NOW, recovery_codes_left=codes)


@pytest.fixture
def known() -> MfaAnswer:
    """How it stands; a test that begins with one overrides it."""
    return OFF


@pytest.fixture
def page(qtbot: QtBot, desk: Desk, server: FakeServer, known: MfaAnswer) -> Iterator[SecondFactorPage]:
    server.answer("GET /mfa", known)
    server.answer("POST /mfa/totp", TotpBegun(secret=SECRET, uri=URI), status=201)
    server.answer("POST /mfa/totp/confirm", RecoveryCodes(codes=CODES))
    server.answer("POST /mfa/recovery-codes", RecoveryCodes(codes=CODES))
    server.answer("POST /mfa/totp/remove", status=204)
    made = SecondFactorPage(desk, Place("second-factor"))
    made.resize(1000, 600)
    made.show()
    with qtbot.waitSignal(made.loaded):
        made.reload()
    yield made
    made.close()
    made.deleteLater()


def command(page: SecondFactorPage, id_: str) -> Command:
    return next(one for one in page.commands if one.id in (id_, f"second_factor.{id_}"))


def fill(page: SecondFactorPage, kind: type[FormDialog], **values: str) -> FormDialog:
    """Fill the form that is open, and save it."""
    dialog = page.findChildren(kind)[-1]
    dialog.form.fill(values)
    dialog.save()
    return dialog


def opened(qtbot: QtBot, page: SecondFactorPage, kind: type[Dialog]) -> Dialog:
    qtbot.waitUntil(lambda: bool(page.findChildren(kind)))
    return page.findChildren(kind)[-1]


def test_who_practises_sets_a_pin_and_is_told_why_nothing_else(qtbot: QtBot, page: SecondFactorPage) -> None:
    session = page.desk.session
    assert session.me is not None
    session.me = session.me.model_copy(update={"is_practice": True})
    with qtbot.waitSignal(page.loaded):
        page.reload()
    for barred in ("password.change_own", "set_up"):
        assert not command(page, barred).isEnabled()
        assert "practice organization" in command(page, barred).toolTip()
    assert command(page, "pin.set_own").isEnabled()
    command(page, "pin.set_own").trigger()
    words = [label.text() for label in opened(qtbot, page, OwnPinDialog).findChildren(QLabel)]
    assert any("Anything will do" in one for one in words), words


def test_what_can_be_done_follows_how_it_stands(qtbot: QtBot, page: SecondFactorPage, server: FakeServer) -> None:
    assert page.state.text() == "No second factor is set up"
    assert not page.codes.isVisible()
    assert [command(page, one).isEnabled() for one in ("set_up", "new_codes", "remove")] == [True, False, False]
    assert command(page, "remove").toolTip() == "No second factor is set up."
    server.answer("GET /mfa", on(7))
    with qtbot.waitSignal(page.loaded):
        page.reload()
    assert page.codes.isVisible()
    assert page.state.text().startswith("A second factor is set up since ")
    assert page.codes.text() == "7 recovery codes are left."
    assert [command(page, one).isEnabled() for one in ("set_up", "new_codes", "remove")] == [False, True, True]
    assert command(page, "set_up").toolTip() == "Remove the one you have first."


@pytest.mark.parametrize(
    ("known", "words"),
    [(on(3), "3 recovery codes are left. Make"), (on(1), "1 recovery code is left. Make"), (on(0), "No recovery code")],
)
def test_codes_that_run_out_are_warned_of(page: SecondFactorPage, words: str) -> None:
    assert page.codes.text().startswith(words)


def test_from_the_password_to_the_recovery_codes(qtbot: QtBot, page: SecondFactorPage, server: FakeServer) -> None:
    command(page, "set_up").trigger()
    fill(page, BeginDialog, password="my secret")
    confirm = opened(qtbot, page, ConfirmDialog)
    assert server.asked_for("POST /mfa/totp")[0].body == {"password": "my secret"}
    secret, uri, picture = (confirm.form.editor(name) for name in ("secret", "uri", "picture"))
    assert isinstance(picture, QrEditor)
    assert read(picture.picture) == [URI]
    assert isinstance(secret, CopyEditor)
    assert isinstance(uri, CopyEditor)
    assert secret.line.text() == "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP"
    secret.copy.click()
    assert QGuiApplication.clipboard().text() == SECRET
    uri.copy.click()
    assert QGuiApplication.clipboard().text() == URI
    server.answer("GET /mfa", on(10))
    fill(page, ConfirmDialog, code="123 456")
    codes = opened(qtbot, page, RecoveryCodesDialog)
    assert server.asked_for("POST /mfa/totp/confirm")[0].body == {"code": "123456"}
    assert codes.shown.text().split() == [CODES[i] for pair in zip(range(5), range(5, 10), strict=True) for i in pair]
    qtbot.waitUntil(lambda: page.codes.text() == "10 recovery codes are left.")
    codes.copy.click()
    assert QGuiApplication.clipboard().text().split() == CODES
    said = [message.text for message in page.desk.messages.history]
    assert not [text for text in said for told in (SECRET, *CODES) if told in text]
    codes.reject()


def test_closing_untaken_codes_asks(qtbot: QtBot, page: SecondFactorPage) -> None:
    page._show_codes(RecoveryCodes(codes=CODES))
    dialog = opened(qtbot, page, RecoveryCodesDialog)
    dialog.reject()
    assert dialog.question.isVisible()
    dialog.question.second.click()
    assert dialog.isVisible()
    dialog.print.click()
    preview = dialog.findChildren(QPrintPreviewDialog)[-1]
    preview.reject()
    dialog.reject()
    assert dialog.isVisible(), "what was looked at is not printed"
    dialog.question.second.click()
    dialog.print.click()
    dialog.findChildren(QPrintPreviewDialog)[-1].accept()
    dialog.reject()
    assert not dialog.isVisible()


def test_the_paper_has_the_codes_and_whose_they_are(qtbot: QtBot, page: SecondFactorPage) -> None:
    page._show_codes(RecoveryCodes(codes=CODES))
    dialog = opened(qtbot, page, RecoveryCodesDialog)
    paper = dialog.paper(page.desk.theme)
    assert paper.notes[0] == "Paula Planner, Demo Works"
    assert paper.parts == tuple(Words(one, Type.CODE) for one in CODES)
    dialog.accept()


def error_beside(qtbot: QtBot, dialog: FormDialog, name: str) -> str:
    """What is said below a field once the answer is there."""
    line = next(line for line in dialog.form._lines if line.field.name == name)
    qtbot.waitUntil(line.error.isVisible)
    return line.error.text()


def test_a_wrong_password_is_told_beside_it(qtbot: QtBot, page: SecondFactorPage, server: FakeServer) -> None:
    server.refuse("POST /mfa/totp", 403, "password_wrong", "This is not yours")
    command(page, "set_up").trigger()
    dialog = fill(page, BeginDialog, password="wrong")
    assert error_beside(qtbot, dialog, "password") == "This is not yours"
    dialog._discard()


def test_a_wrong_code_is_told_beside_it(qtbot: QtBot, page: SecondFactorPage, server: FakeServer) -> None:
    server.refuse("POST /mfa/totp/confirm", 422, "mfa_wrong", "Is its clock right?")
    page._ask_code(TotpBegun(secret=SECRET, uri=URI))
    dialog = fill(page, ConfirmDialog, code="12345")
    assert error_beside(qtbot, dialog, "code") == "Six digits are needed."
    fill(page, ConfirmDialog, code="123456")
    qtbot.waitUntil(lambda: error_beside(qtbot, dialog, "code") == "Is its clock right?")
    dialog._discard()


@pytest.mark.parametrize("known", [on(2)])
def test_new_codes_take_the_place_of_the_old(qtbot: QtBot, page: SecondFactorPage, server: FakeServer) -> None:
    command(page, "new_codes").trigger()
    server.answer("GET /mfa", on(10))
    fill(page, NewCodesDialog, password="my secret", second_factor=CODES[0])
    dialog = opened(qtbot, page, RecoveryCodesDialog)
    asked = server.asked_for("POST /mfa/recovery-codes")[0]
    assert asked.body == {"password": "my secret", "second_factor": CODES[0]}
    qtbot.waitUntil(lambda: page.codes.text() == "10 recovery codes are left.")
    dialog.accept()


@pytest.mark.parametrize("known", [on(2)])
def test_it_is_removed_with_password_and_code(qtbot: QtBot, page: SecondFactorPage, server: FakeServer) -> None:
    server.refuse("POST /mfa/totp/remove", 403, "mfa_wrong", "This is no code")
    command(page, "remove").trigger()
    dialog = fill(page, RemoveDialog, password="my secret", second_factor="000000")
    assert error_beside(qtbot, dialog, "second_factor") == "This is no code"
    server.answer("POST /mfa/totp/remove", status=204)
    server.answer("GET /mfa", OFF)
    fill(page, RemoveDialog, second_factor="123456")
    qtbot.waitUntil(lambda: page.state.text() == "No second factor is set up")
    assert command(page, "set_up").isEnabled()


def test_ones_own_pin_is_set_with_the_password(qtbot: QtBot, page: SecondFactorPage, server: FakeServer) -> None:
    server.refuse("POST /pin", 403, "password_wrong", "This is not your password")
    command(page, "pin.set_own").trigger()
    dialog = fill(page, OwnPinDialog, password="my secret", pin="84")
    assert error_beside(qtbot, dialog, "pin") == "must be 4 to 12 digits"
    fill(page, OwnPinDialog, pin="846291")
    assert error_beside(qtbot, dialog, "password") == "This is not your password"
    server.answer("POST /pin", status=204)
    with qtbot.waitSignal(dialog.saved):
        fill(page, OwnPinDialog, password="my other secret")
    assert server.asked_for("POST /pin")[-1].body == {"password": "my other secret", "pin": "846291"}
    told = [message.text for message in page.desk.messages.history]
    assert told == ["Your PIN is set. Stations offer your name half a minute later."]


def test_ones_own_pin_is_removed_with_the_password(qtbot: QtBot, page: SecondFactorPage, server: FakeServer) -> None:
    server.answer("POST /pin/remove", status=204)
    command(page, "pin.remove_own").trigger()
    fill(page, OwnPinRemoveDialog, password="my secret")
    qtbot.waitUntil(lambda: bool(page.desk.messages.history))
    assert server.asked_for("POST /pin/remove")[0].body == {"password": "my secret"}
    assert [message.text for message in page.desk.messages.history] == [
        "You have no PIN any more: stations know you by your badge alone."
    ]


def test_ones_own_password_is_changed_by_who_knows_it(qtbot: QtBot, page: SecondFactorPage, server: FakeServer) -> None:
    route = "POST /auth/change-password"
    server.refuse(route, 403, "password_wrong", "This is not your password")
    command(page, "password.change_own").trigger()
    dialog = fill(page, OwnPasswordDialog, password="my secret", new_password="short")
    assert error_beside(qtbot, dialog, "new_password") == "must have 8 to 256 characters, not 5"
    assert not server.asked_for(route)
    fill(page, OwnPasswordDialog, new_password="a long walk by the sea")
    assert error_beside(qtbot, dialog, "password") == "This is not your password"
    wrong = {"field": "new_password", "code": "password_common", "message": "is known to many"}
    server.answer(route, {"title": "", "status": 422, "code": "invalid", "detail": "", "errors": [wrong]}, status=422)
    fill(page, OwnPasswordDialog, password="my other secret")
    assert error_beside(qtbot, dialog, "new_password") == "is known to many"
    server.answer(route, status=204)
    with qtbot.waitSignal(dialog.saved):
        fill(page, OwnPasswordDialog, new_password="a longer walk by the sea")
    sent = server.asked_for(route)[-1].body
    assert sent == {"password": "my other secret", "new_password": "a longer walk by the sea"}
    told = [message.text for message in page.desk.messages.history]
    assert told == ["Your password is changed. Your other sessions have ended, this one goes on."]


def test_the_menu_of_who_is_signed_in_leads_there(desk: Desk, server: FakeServer) -> None:
    server.answer("GET /mfa", OFF)
    window = MainWindow(desk)
    window.show()
    commands = {one.id: one for one in window.commands}
    commands["session.me"].trigger()
    next(
        one for one in window._person.findChildren(QPushButton) if one.text() == "Password, second factor and PIN"
    ).click()
    assert isinstance(window.page, SecondFactorPage)
    assert not window._person.isVisible()
    window.close()
    window.deleteLater()
