"""Who must set up a second factor sees that alone, and then everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot
from unison_desktop.frame.application import Application, Options
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.held_back_window import HeldBackWindow
from unison_desktop.identity.second_factor.codes_dialog import RecoveryCodesDialog
from unison_desktop.identity.second_factor.forms import BeginDialog, ConfirmDialog
from unison_domain.identity.mfa_contracts import MfaAnswer, RecoveryCodes, TotpBegun

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer
from tests.desktop.frame.test_application import start
from tests.desktop.identity.opened import MINUTE, command


@pytest.fixture
def held_back(server: FakeServer) -> None:
    """Of Paula a second factor is demanded."""
    server.answer("GET /auth/me", samples.me(permissions=[], second_factor_missing=True))
    server.answer("GET /mfa", MfaAnswer(confirmed_at=None, recovery_codes_left=0))


@pytest.fixture
def program(qtbot: QtBot, qapp: QApplication, server: FakeServer, tmp_path: Path) -> Iterator[Application]:
    options = Options(server=server.url, organization="DEMO", user="paula", password="secret")
    made = start(qapp, tmp_path, options)
    yield made
    made.stop()
    made.deleteLater()


def held(qtbot: QtBot, program: Application) -> HeldBackWindow:
    """The window, once it is there."""
    qtbot.waitUntil(lambda: program.held_back is not None, timeout=MINUTE)
    assert program.held_back is not None
    return program.held_back


def has_window(program: Application) -> bool:
    return program.window is not None


def save(qtbot: QtBot, program: Application, kind: type[FormDialog], **values: str) -> None:
    page = held(qtbot, program).page
    qtbot.waitUntil(lambda: bool(page.findChildren(kind)), timeout=MINUTE)
    dialog = page.findChildren(kind)[-1]
    dialog.form.fill(values)
    dialog.save()


@pytest.mark.parametrize("is_known_at_once", [True, False])
def test_it_is_set_up_and_then_the_window_opens(
    qtbot: QtBot, held_back: None, program: Application, server: FakeServer, is_known_at_once: bool
) -> None:
    window = held(qtbot, program)
    page = window.page
    assert not has_window(program)
    assert window.why.text().startswith("Demo Works demands a second factor of you, and you have none yet.")
    begin, pin = command(page, "second_factor.set_up"), command(page, "pin.set_own")
    qtbot.waitUntil(begin.isEnabled, timeout=MINUTE)
    assert (pin.isEnabled(), pin.toolTip()) == (False, "Set up the second factor first.")
    assert command(page, "password.change_own").isEnabled()
    assert not server.asked_for("GET /preferences")
    server.answer("POST /mfa/totp", TotpBegun(secret="ABCD", uri="otpauth://totp/x?secret=ABCD"), status=201)
    server.answer("POST /mfa/totp/confirm", RecoveryCodes(codes=["AAAA-BBBB"]))
    begin.trigger()
    save(qtbot, program, BeginDialog, password="secret")
    save(qtbot, program, ConfirmDialog, code="123456")
    qtbot.waitUntil(lambda: bool(page.findChildren(RecoveryCodesDialog)), timeout=MINUTE)
    if is_known_at_once:
        server.answer("GET /auth/me", samples.me())
    (codes,) = page.findChildren(RecoveryCodesDialog)
    assert held(qtbot, program) is window, "codes that are told once are not taken away"
    asked = len(server.asked_for("GET /auth/me"))
    codes.done(QDialog.DialogCode.Accepted)
    qtbot.waitUntil(lambda: len(server.asked_for("GET /auth/me")) > asked, timeout=MINUTE)
    server.answer("GET /auth/me", samples.me())
    qtbot.waitUntil(lambda: has_window(program), timeout=MINUTE)
    assert program.held_back is None
    qtbot.waitUntil(lambda: program.session.is_online, timeout=MINUTE)


def test_who_works_is_held_back_as_soon_as_it_is_demanded(
    qtbot: QtBot, program: Application, server: FakeServer
) -> None:
    qtbot.waitUntil(lambda: program.session.is_online, timeout=MINUTE)
    server.answer("GET /auth/me", samples.me(permissions=[], second_factor_missing=True))
    server.answer("GET /mfa", MfaAnswer(confirmed_at=None, recovery_codes_left=0))
    server.stream_status = 403
    server.cut_streams()
    window = held(qtbot, program)
    assert not has_window(program)
    server.answer("GET /auth/me", samples.me())
    server.stream_status = 200
    window.page.reload()
    qtbot.waitUntil(lambda: has_window(program), timeout=MINUTE)


def test_one_signs_out_instead(qtbot: QtBot, held_back: None, program: Application, server: FakeServer) -> None:
    held(qtbot, program).sign_out.click()
    qtbot.waitUntil(lambda: program.login is not None, timeout=MINUTE)
    assert program.held_back is None
    qtbot.waitUntil(lambda: bool(server.asked_for("POST /auth/logout")), timeout=MINUTE)
