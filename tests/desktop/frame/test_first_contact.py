"""The installation's own authority: compared once by a person, trusted alone from then on, over requests and stream."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtNetwork import QSslCertificate
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from unison_desktop.frame.application import Options
from unison_desktop.frame.login_window import LoginWindow
from unison_desktop.frame.theme import Theme
from unison_desktop.frame.trust_dialog import TrustDialog
from unison_desktop.identity.session import Session
from unison_desktop.kernel.preferences import Preferences
from unison_desktop.kernel.trust import KnownAuthorities, fingerprint_of

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer
from tests.desktop.frame.test_application import STATIONS, start
from tests.station_agent.uplink.test_tls import Authority

NOW = datetime.now(UTC)


@pytest.fixture
def plant(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "plant")


def secured(authority: Authority, until: datetime = NOW + timedelta(days=90)) -> FakeServer:
    made = FakeServer(authority.server(until))
    samples.serve_sign_in(made)
    made.answer("GET /authority", raw=authority.pem.encode())
    return made


@pytest.fixture
def server(plant: Authority) -> Iterator[FakeServer]:
    made = secured(plant)
    yield made
    made.close()


@pytest.fixture
def login(qtbot: QtBot, session: Session, theme: Theme, preferences: Preferences, server: FakeServer) -> LoginWindow:
    preferences.set("login/server", server.url)
    made = LoginWindow(session, theme, preferences)
    qtbot.addWidget(made)
    made.show()
    made.user.setText("paula")
    made.password.setText("secret")
    return made


def compared(qtbot: QtBot, login: LoginWindow) -> TrustDialog:
    login.button.click()
    qtbot.waitUntil(lambda: login.findChild(TrustDialog) is not None)
    dialog = login.findChild(TrustDialog)
    assert dialog is not None
    return dialog


def test_a_person_compares_once_and_the_stream_stands_too(
    qtbot: QtBot, login: LoginWindow, session: Session, server: FakeServer, plant: Authority, preferences: Preferences
) -> None:
    dialog = compared(qtbot, login)
    assert dialog.fingerprint.text() == plant.fingerprint
    assert [asked.path for asked in server.asked] == ["/authority"]
    with qtbot.waitSignal(session.signed_in):
        dialog.trust.click()
    qtbot.waitUntil(lambda: session.is_online)
    known = KnownAuthorities(preferences.folder / "authorities").of(server.url)
    assert known is not None
    assert fingerprint_of(known) == plant.fingerprint


def test_a_password_from_the_start_is_sent_once_the_authority_was_compared(
    qtbot: QtBot, qapp: QApplication, server: FakeServer, tmp_path: Path
) -> None:
    made = start(qapp, tmp_path / "desktop", Options(server.url, "DEMO", "paula", "secret", STATIONS))
    qtbot.waitUntil(lambda: made.login is not None and made.login.findChild(TrustDialog) is not None)
    assert made.login is not None
    dialog = made.login.findChild(TrustDialog)
    assert dialog is not None
    dialog.trust.click()
    qtbot.waitUntil(lambda: made.window is not None)
    made.stop()
    made.deleteLater()


def test_enter_presses_the_button_with_the_keyboard_the_safe_one_first(
    qtbot: QtBot, login: LoginWindow, session: Session
) -> None:
    dialog = compared(qtbot, login)
    qtbot.waitUntil(dialog.cancel.hasFocus)
    QTest.keyClick(dialog.cancel, Qt.Key.Key_Return)
    assert not session.client.knows_server()


def test_enter_on_the_other_button_trusts(qtbot: QtBot, login: LoginWindow, session: Session) -> None:
    dialog = compared(qtbot, login)
    dialog.trust.setFocus()
    QTest.keyClick(dialog.trust, Qt.Key.Key_Return)
    assert session.client.knows_server()


def test_who_does_not_trust_it_sends_nothing(
    qtbot: QtBot, login: LoginWindow, session: Session, server: FakeServer
) -> None:
    compared(qtbot, login).reject()
    assert "nothing was sent to it" in login.error.text()
    assert not session.client.knows_server()
    assert [asked.path for asked in server.asked] == ["/authority"]


def test_another_authority_than_the_compared_one_is_refused_with_words(
    qtbot: QtBot, login: LoginWindow, session: Session, server: FakeServer, tmp_path: Path
) -> None:
    expected = Authority(tmp_path, "the right one")
    session.client.trust(QSslCertificate(expected.pem.encode()))
    login.button.click()
    qtbot.waitUntil(lambda: login.error.isVisible())
    words = login.error.text()
    assert f"only with the authority {expected.fingerprint}" in words
    assert "delete" in words
    assert server.asked == []


@pytest.mark.usefixtures("login")
def test_a_certificate_of_the_authority_for_another_address_is_refused(
    qtbot: QtBot, session: Session, plant: Authority
) -> None:
    other = FakeServer(plant.server(address="127.0.0.2"))
    session.client.server = other.url
    session.client.trust(QSslCertificate(plant.pem.encode()))
    with qtbot.waitSignal(session.sign_in_failed) as failed:
        session.sign_in(other.url, "", "paula", "secret", keep=False)
    assert failed.args is not None
    assert failed.args[0].trouble == "untrusted"
    assert other.asked == []
    other.close()


def test_a_server_without_an_authority_to_compare_is_told(qtbot: QtBot, login: LoginWindow, server: FakeServer) -> None:
    server.answer("GET /authority", status=404)
    login.button.click()
    qtbot.waitUntil(lambda: login.error.isVisible())
    assert "no authority of its own to compare" in login.error.text()


@pytest.mark.parametrize(("days", "told"), [(90, 0), (12, 1)])
def test_the_end_of_the_certificate_is_told_once_thirty_days_before(
    qtbot: QtBot, session: Session, plant: Authority, days: int, told: int
) -> None:
    ending = secured(plant, NOW + timedelta(days=days))
    heard: list[datetime] = []
    session.client.certificate_ends.connect(heard.append)
    session.client.server = ending.url
    session.client.trust(QSslCertificate(plant.pem.encode()))
    with qtbot.waitSignal(session.signed_in):
        session.sign_in(ending.url, "", "paula", "secret", keep=False)
    qtbot.waitUntil(lambda: session.is_online)
    assert heard == [(NOW + timedelta(days=days)).replace(microsecond=0)][:told]
    ending.close()


def test_a_damaged_file_trusts_nobody(tmp_path: Path) -> None:
    known = KnownAuthorities(tmp_path)
    file = known.file_of("https://unison.example:8450")
    assert file is not None
    file.write_text("nothing")
    authority = known.of("https://unison.example:8450")
    assert authority is not None
    assert authority.isNull()


def test_a_server_that_speaks_https_is_found_where_http_was_meant(
    qtbot: QtBot, login: LoginWindow, session: Session, server: FakeServer
) -> None:
    login.server.setText(server.url.replace("https", "http"))
    dialog = compared(qtbot, login)
    assert login.server.text() == server.url
    with qtbot.waitSignal(session.signed_in):
        dialog.trust.click()
    assert session.client.server == server.url


def test_without_a_password_the_address_alone_is_changed(
    qtbot: QtBot, login: LoginWindow, session: Session, server: FakeServer
) -> None:
    login.password.clear()
    session.sign_in(server.url.replace("https", "http"), "", "paula", "secret", keep=False)
    qtbot.waitUntil(login.error.isVisible)
    assert "speaks https" in login.error.text()
    assert login.server.text() == server.url
    assert not server.asked
