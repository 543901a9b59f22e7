import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.login_window import LoginWindow
from unison_desktop.frame.theme import Theme
from unison_desktop.identity.session import Session
from unison_desktop.kernel.preferences import Preferences

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer


@pytest.fixture
def login(
    qtbot: QtBot, session: Session, theme: Theme, preferences: Preferences, server: FakeServer
) -> Iterator[LoginWindow]:
    preferences.set("login/server", server.url)
    made = LoginWindow(session, theme, preferences)
    qtbot.addWidget(made)
    made.show()
    yield made
    made.close()


def enter(qtbot: QtBot, login: LoginWindow, user: str = "paula", password: str = "secret") -> None:
    """Type and press Enter."""
    login.user.setText(user)
    login.password.setText(password)
    QTest.keyClick(login.password, Qt.Key.Key_Return)


def test_nothing_is_said_before_anything_went_wrong(login: LoginWindow) -> None:
    assert not login.error.isVisible()


def told(qtbot: QtBot, login: LoginWindow) -> str:
    """What is said once the answer is there."""
    qtbot.waitUntil(lambda: login.error.isVisible())
    return login.error.text()


def test_it_signs_in_and_remembers_all_but_the_password(
    qtbot: QtBot, login: LoginWindow, session: Session, preferences: Preferences, server: FakeServer
) -> None:
    login.organization.setText("DEMO")
    with qtbot.waitSignal(session.signed_in):
        enter(qtbot, login)
    assert preferences.text("login/server") == server.url
    assert preferences.text("login/organization") == "DEMO"
    assert preferences.text("login/user") == "paula"
    preferences.save()
    assert "secret" not in (preferences.folder / "preferences.ini").read_text()


def test_while_it_waits_it_says_so_and_sends_once(
    qtbot: QtBot, login: LoginWindow, session: Session, server: FakeServer
) -> None:
    hold = threading.Event()
    server.answer("POST /auth/login", samples.tokens(), wait=hold)
    enter(qtbot, login)
    enter(qtbot, login)
    assert login.progress.isVisible()
    assert not login.button.isEnabled()
    with qtbot.waitSignal(session.signed_in):
        hold.set()
    assert len(server.asked_for("POST /auth/login")) == 1


def test_a_wrong_password(qtbot: QtBot, login: LoginWindow, server: FakeServer) -> None:
    server.refuse("POST /auth/login", 401, "login_failed", "Wrong.")
    enter(qtbot, login)
    assert "password is not right" in told(qtbot, login)
    assert login.password.hasFocus()
    assert login.button.isEnabled()


def ask_factor(qtbot: QtBot, login: LoginWindow, server: FakeServer) -> None:
    """The server asks for the second factor, and from then on takes what comes."""
    server.refuse("POST /auth/login", 401, "second_factor_needed", "Type the code")
    enter(qtbot, login)
    qtbot.waitUntil(lambda: login.factor.isVisible())
    server.answer("POST /auth/login", samples.tokens())


def test_no_code_is_asked_for_before_the_server_does(
    qtbot: QtBot, login: LoginWindow, session: Session, server: FakeServer
) -> None:
    assert not login.factor.isVisible()
    with qtbot.waitSignal(session.signed_in):
        enter(qtbot, login)
    assert server.asked_for("POST /auth/login")[0].body["second_factor"] is None


def test_the_second_factor_is_asked_for_and_sent_with_the_same_sign_in(
    qtbot: QtBot, login: LoginWindow, session: Session, preferences: Preferences, server: FakeServer
) -> None:
    login.keep.setChecked(True)
    ask_factor(qtbot, login, server)
    assert not login.error.isVisible()
    assert not login.factor.wrong.isVisible()
    assert login.factor.code.hasFocus()
    QTest.keyClicks(login.factor.code, "123 456")
    with qtbot.waitSignal(session.signed_in):
        QTest.keyClick(login.factor.code, Qt.Key.Key_Return)
    first, second = (one.body for one in server.asked_for("POST /auth/login"))
    assert second == first | {"second_factor": "123 456"}
    preferences.save()
    assert "123 456" not in (preferences.folder / "preferences.ini").read_text()


def test_a_wrong_code_is_told_beside_it_and_the_password_stays(
    qtbot: QtBot, login: LoginWindow, server: FakeServer
) -> None:
    ask_factor(qtbot, login, server)
    server.refuse("POST /auth/login", 401, "second_factor_wrong", "This is no code")
    QTest.keyClicks(login.factor.code, "000000")
    login.button.click()
    qtbot.waitUntil(login.factor.wrong.isVisible)
    assert login.factor.wrong.text() == "This is no code"
    assert not login.error.isVisible()
    assert login.password.text() == "secret"
    assert login.factor.code.hasFocus()
    assert login.factor.code.selectedText() == "000000"
    QTest.keyClicks(login.factor.code, "1")
    assert not login.factor.wrong.isVisible()


def test_an_empty_code_is_not_sent(qtbot: QtBot, login: LoginWindow, server: FakeServer) -> None:
    ask_factor(qtbot, login, server)
    login.button.click()
    assert login.factor.wrong.text() == "Enter the code."
    assert len(server.asked_for("POST /auth/login")) == 1


def test_somebody_else_is_not_asked_for_the_code(qtbot: QtBot, login: LoginWindow, server: FakeServer) -> None:
    ask_factor(qtbot, login, server)
    QTest.keyClicks(login.factor.code, "123456")
    login.user.setText("quentin")
    assert not login.factor.isVisible()
    login.button.click()
    qtbot.waitUntil(lambda: len(server.asked_for("POST /auth/login")) == 2)
    assert server.asked_for("POST /auth/login")[1].body["second_factor"] is None


def test_an_inactive_account_is_told_as_the_server_says(qtbot: QtBot, login: LoginWindow, server: FakeServer) -> None:
    server.refuse("POST /auth/login", 401, "inactive", "This account is not active; ask an administrator")
    enter(qtbot, login)
    assert "not active" in told(qtbot, login)


def test_one_of_several_organizations_is_asked_for(qtbot: QtBot, login: LoginWindow, server: FakeServer) -> None:
    missing = {"field": "organization", "code": "missing", "message": "say which organization"}
    body = {"title": "Invalid", "status": 422, "code": "invalid", "detail": "say which", "errors": [missing]}
    server.answer("POST /auth/login", body, status=422)
    enter(qtbot, login)
    assert "Enter the code of yours" in told(qtbot, login)
    assert login.organization.hasFocus()


def test_too_many_tries_counts_down(qtbot: QtBot, login: LoginWindow, server: FakeServer) -> None:
    server.refuse("POST /auth/login", 429, "too_many", "Too many.", {"Retry-After": "1"})
    enter(qtbot, login)
    assert "Too many" in told(qtbot, login)
    assert login.button.text() == "Wait 1 s"
    assert not login.button.isEnabled()
    qtbot.waitUntil(login.button.isEnabled)
    assert not login.error.isVisible()


def test_no_server_there(qtbot: QtBot, login: LoginWindow, server: FakeServer) -> None:
    server.close()
    enter(qtbot, login)
    assert "No connection to 127.0.0.1" in told(qtbot, login)
    assert login.server.hasFocus()


def test_something_else_there(qtbot: QtBot, login: LoginWindow, server: FakeServer) -> None:
    server.answer("POST /auth/login", status=404, raw=b"<html>Welcome to nginx</html>")
    enter(qtbot, login)
    assert "no Unison server" in told(qtbot, login)
    assert login.server.hasFocus()


def test_somebody_else_need_not_wait(qtbot: QtBot, login: LoginWindow, server: FakeServer) -> None:
    server.refuse("POST /auth/login", 429, "too_many", "Too many.", {"Retry-After": "300"})
    enter(qtbot, login)
    assert "Too many" in told(qtbot, login)
    login.password.setText("another")
    assert not login.button.isEnabled()
    login.user.setText("quentin")
    assert login.button.isEnabled()
    assert login.button.text() == "Sign in"


def test_https_where_there_is_none(qtbot: QtBot, login: LoginWindow, server: FakeServer) -> None:
    login.server.setText(server.url.replace("http:", "https:"))
    enter(qtbot, login)
    assert f"does not speak https: try {server.url}" in told(qtbot, login)
    assert login.server.hasFocus()


def test_an_address_that_is_none(qtbot: QtBot, login: LoginWindow, server: FakeServer) -> None:
    login.server.setText("two words")
    enter(qtbot, login)
    assert "two words" in told(qtbot, login)
    assert server.asked == []


@pytest.mark.parametrize(("user", "password"), [("", "secret"), ("paula", "")])
def test_what_is_missing_is_asked_for(
    qtbot: QtBot, login: LoginWindow, server: FakeServer, user: str, password: str
) -> None:
    enter(qtbot, login, user, password)
    assert "Enter your user name and your password" in told(qtbot, login)
    assert (login.password if user else login.user).hasFocus()
    assert server.asked == []
