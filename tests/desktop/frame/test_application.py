import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from unison_desktop.frame.application import Application, Options
from unison_desktop.frame.crash import CrashRecorder
from unison_desktop.frame.crash_dialog import CrashDialog
from unison_desktop.frame.no_role_page import NoRolePage
from unison_desktop.frame.place import Place
from unison_desktop.frame.toasts import MessageCard
from unison_desktop.identity.kept_sign_in import KeptSignIn

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer

STATIONS = Place("stations")


def start(qapp: QApplication, folder: Path, options: Options) -> Application:
    folder.mkdir(parents=True, exist_ok=True)
    program = Application(qapp, folder, options, CrashRecorder(folder, qapp))
    program.start()
    return program


@pytest.fixture
def program(qtbot: QtBot, qapp: QApplication, server: FakeServer, tmp_path: Path) -> Iterator[Application]:
    """Signs in by password and opens the stations page."""
    options = Options(server=server.url, organization="DEMO", user="paula", password="secret", place=STATIONS)
    made = start(qapp, tmp_path, options)
    qtbot.waitUntil(lambda: made.window is not None)
    yield made
    made.stop()
    made.deleteLater()


def test_with_a_password_it_opens_the_page_asked_for(program: Application) -> None:
    assert program.login is None
    assert program.window is not None
    assert program.window.page is not None
    assert program.window.page.place == STATIONS


def test_nothing_opens_while_the_server_is_told_of_the_end(
    qtbot: QtBot, server: FakeServer, program: Application
) -> None:
    told = threading.Event()
    server.answer("POST /auth/logout", status=204, wait=told)
    program._patience.start(1)
    QTimer.singleShot(200, told.set)
    program.stop()
    assert program.login is None
    assert program.window is None


def test_without_anything_it_asks(qtbot: QtBot, qapp: QApplication, server: FakeServer, tmp_path: Path) -> None:
    made = start(qapp, tmp_path, Options(server=server.url))
    assert made.login is not None
    assert made.login.server.text() == server.url
    with qtbot.waitSignal(made.finished):
        made.login.close()
    made.stop()
    made.deleteLater()


def test_a_server_that_takes_its_time_is_waited_for_in_sight(
    qtbot: QtBot, qapp: QApplication, server: FakeServer, tmp_path: Path
) -> None:
    hold = threading.Event()
    server.answer("POST /auth/login", samples.tokens(), wait=hold)
    made = start(qapp, tmp_path, Options(server.url, "DEMO", "paula", "secret", STATIONS))
    qtbot.waitUntil(lambda: made.login is not None)
    assert made.login is not None
    assert made.login.progress.isVisible()
    hold.set()
    qtbot.waitUntil(lambda: made.window is not None and made.login is None)
    made.stop()
    made.deleteLater()


def test_what_was_kept_needs_no_question(qtbot: QtBot, qapp: QApplication, server: FakeServer, tmp_path: Path) -> None:
    KeptSignIn(tmp_path).write(server.url, "refresh_org_1")
    made = start(qapp, tmp_path, Options(server=server.url, place=STATIONS))
    qtbot.waitUntil(lambda: made.window is not None)
    assert server.asked_for("POST /auth/login") == []
    made.stop()
    made.deleteLater()


def test_what_was_kept_and_is_refused_leads_to_the_question(
    qtbot: QtBot, qapp: QApplication, server: FakeServer, tmp_path: Path
) -> None:
    KeptSignIn(tmp_path).write(server.url, "revoked_token")
    server.refuse("POST /auth/refresh", 401, "not_signed_in", "Revoked.")
    made = start(qapp, tmp_path, Options(server=server.url))
    qtbot.waitUntil(lambda: made.login is not None)
    assert made.login is not None
    assert "no longer valid" in made.login.error.text()
    made.stop()
    made.deleteLater()


def test_signing_out_closes_the_window_and_asks(qtbot: QtBot, program: Application, server: FakeServer) -> None:
    program.session.sign_out()
    assert program.window is None
    assert program.login is not None
    program.login.password.setText("secret")
    program.login.button.click()
    qtbot.waitUntil(lambda: program.window is not None)
    assert len(server.asked_for("POST /auth/login")) == 2


def test_a_session_ended_elsewhere_asks_and_says_why(qtbot: QtBot, program: Application, server: FakeServer) -> None:
    server.refuse("POST /auth/refresh", 401, "not_signed_in", "Revoked.")
    program.session.client.renew()
    qtbot.waitUntil(lambda: program.login is not None)
    assert program.login is not None
    assert "has ended" in program.login.error.text()


def test_who_signs_in_again_is_asked_for_the_second_factor(
    qtbot: QtBot, program: Application, server: FakeServer
) -> None:
    server.refuse("POST /auth/refresh", 401, "not_signed_in", "Revoked.")
    program.session.client.renew()
    qtbot.waitUntil(lambda: program.login is not None)
    login = program.login
    assert login is not None
    server.refuse("POST /auth/login", 401, "second_factor_needed", "Type the code")
    login.password.setText("secret")
    login.button.click()
    qtbot.waitUntil(login.factor.isVisible)
    server.answer("POST /auth/login", samples.tokens())
    login.factor.code.setText("123456")
    login.button.click()
    qtbot.waitUntil(lambda: program.window is not None)
    assert server.asked_for("POST /auth/login")[-1].body["second_factor"] == "123456"


def test_a_password_from_the_start_is_sent_again_with_the_code(
    qtbot: QtBot, qapp: QApplication, server: FakeServer, tmp_path: Path
) -> None:
    server.refuse("POST /auth/login", 401, "second_factor_needed", "Type the code")
    made = start(qapp, tmp_path, Options(server.url, "DEMO", "paula", "secret", STATIONS))
    qtbot.waitUntil(lambda: made.login is not None and made.login.factor.isVisible())
    assert made.login is not None
    server.answer("POST /auth/login", samples.tokens())
    made.login.factor.code.setText("123456")
    made.login.button.click()
    qtbot.waitUntil(lambda: made.window is not None)
    body = server.asked_for("POST /auth/login")[-1].body
    assert (body["password"], body["second_factor"]) == ("secret", "123456")
    made.stop()
    made.deleteLater()


def test_a_later_start_opens_its_page_here(program: Application) -> None:
    assert program.window is not None
    program.window.showMinimized()
    program.come_forward("stations")
    assert not program.window.isMinimized()


def test_a_crash_is_shown(qtbot: QtBot, program: Application) -> None:
    program.show_crash("the report")
    dialog = next(widget for widget in QApplication.topLevelWidgets() if isinstance(widget, CrashDialog))
    assert dialog.isVisible()
    dialog.close()


def test_a_hard_end_of_the_last_run_is_offered_as_a_message(program: Application) -> None:
    program.tell_last_fault("Segmentation fault")
    message = program.messages.history[-1]
    assert "unexpectedly" in message.text
    assert [offer.text for offer in message.offers] == ["Show report"]
    message.offers[0].run()
    dialog = next(widget for widget in QApplication.topLevelWidgets() if isinstance(widget, CrashDialog))
    dialog.close()


def test_a_wrong_clock_of_the_pc_is_told_once_where_it_is_seen(
    qtbot: QtBot, qapp: QApplication, server: FakeServer, tmp_path: Path
) -> None:
    server.clock_ahead = timedelta(minutes=-10)
    options = Options(server=server.url, organization="DEMO", user="paula", password="secret", place=STATIONS)
    made = start(qapp, tmp_path, options)
    qtbot.waitUntil(lambda: made.session.is_online)
    told = [(message.text, message.times) for message in made.messages.history]
    assert told == [("The clock of this PC is 10 min fast. Unison goes by the server's clock; please set this one.", 1)]
    assert made.window is not None
    assert [card.message.text for card in made.window.findChildren(MessageCard)] == [told[0][0]]
    made.stop()
    made.deleteLater()


def test_a_picture_of_the_first_page(qtbot: QtBot, qapp: QApplication, server: FakeServer, tmp_path: Path) -> None:
    picture = tmp_path / "page.png"
    options = Options(server.url, "DEMO", "paula", "secret", STATIONS, picture)
    made = Application(qapp, tmp_path, options, CrashRecorder(tmp_path, qapp))
    with qtbot.waitSignal(made.finished):
        made.start()
    assert picture.stat().st_size > 10_000
    made.stop()
    made.deleteLater()


def test_who_has_no_role_is_told_so_until_there_is_one(
    qtbot: QtBot, qapp: QApplication, server: FakeServer, tmp_path: Path
) -> None:
    server.answer("GET /auth/me", samples.me(roles=[], permissions=[], all_plants=False))
    options = Options(server=server.url, organization="DEMO", user="paula", password="secret")
    made = start(qapp, tmp_path, options)
    qtbot.waitUntil(lambda: made.window is not None)
    empty = made.window
    assert empty is not None
    assert isinstance(empty.page, NoRolePage)
    assert empty.page.words.words.text().startswith("You have no role yet: ask your administrator")
    assert empty.page.words.isVisibleTo(empty)
    assert not made.messages.history
    qtbot.waitUntil(lambda: made.session.is_online)
    server.answer("GET /auth/me", samples.me())
    server.cut_streams()  # the server ends the stream of whom it concerns
    qtbot.waitUntil(lambda: made.window is not empty and made.window is not None)
    assert made.window is not None
    assert made.window.page is not None
    assert made.window.page.place == Place("machines")
    made.stop()
    made.deleteLater()


def test_who_may_not_see_the_machines_begins_in_a_room_of_theirs(
    qtbot: QtBot, qapp: QApplication, server: FakeServer, tmp_path: Path
) -> None:
    server.answer("GET /auth/me", samples.me(permissions=["stations.agent.read"]))
    made = start(qapp, tmp_path, Options(server=server.url, organization="DEMO", user="paula", password="secret"))
    qtbot.waitUntil(lambda: made.window is not None)
    assert made.window is not None
    assert made.window.page is not None
    assert made.window.page.place == STATIONS
    assert not made.messages.history
    made.stop()
    made.deleteLater()
