"""A forgotten password is asked for from the window of signing in, and the answer tells nobody who is here."""

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.forgotten_password import ForgottenPassword
from unison_desktop.frame.login_window import LoginWindow
from unison_desktop.frame.theme import Theme
from unison_desktop.identity.session import Session
from unison_desktop.kernel.preferences import Preferences
from unison_domain.identity.password_reset_contracts import ForgotPasswordAnswer

from tests.desktop.fake_server import FakeServer

ASK = "POST /auth/forgot-password"


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


def opened(login: LoginWindow) -> ForgottenPassword:
    login.forgot.click()
    (dialog,) = login.findChildren(ForgottenPassword)
    return dialog


def test_it_asks_by_the_name_that_was_typed_and_says_the_same_always(
    qtbot: QtBot, login: LoginWindow, server: FakeServer
) -> None:
    server.answer(ASK, ForgotPasswordAnswer())
    login.organization.setText("DEMO")
    login.user.setText(" ida@demo.example ")
    dialog = opened(login)
    dialog.ask.click()
    qtbot.waitUntil(dialog.told.isVisible)
    assert dialog.told.text().startswith("If somebody signs in as ida@demo.example")
    (asked,) = server.asked_for(ASK)
    assert asked.body == {"organization": "DEMO", "user": "ida@demo.example"}
    assert not dialog.ask.isEnabled()
    dialog.user.setText("ben")
    dialog.ask.click()
    qtbot.waitUntil(lambda: "as ben" in dialog.told.text())


def test_without_a_name_nothing_is_sent(qtbot: QtBot, login: LoginWindow, server: FakeServer) -> None:
    dialog = opened(login)
    dialog.ask.click()
    assert "Enter your user name" in dialog.told.text()
    assert server.asked_for(ASK) == []


def test_a_refusal_is_said_and_it_may_be_asked_again(qtbot: QtBot, login: LoginWindow, server: FakeServer) -> None:
    server.refuse(ASK, 429, "too_many", "Too many tries; wait 7 seconds")
    login.user.setText("ida")
    dialog = opened(login)
    dialog.ask.click()
    qtbot.waitUntil(dialog.told.isVisible)
    assert "wait 7 seconds" in dialog.told.text()
    assert dialog.ask.isEnabled()


def test_a_bad_address_is_said_before(login: LoginWindow) -> None:
    login.server.setText("htp:/nowhere at all")
    login.forgot.click()
    assert login.error.isVisible()
    assert login.findChildren(ForgottenPassword) == []
