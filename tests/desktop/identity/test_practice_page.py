"""The practice organization: its page, going there and back, and the stripe that nobody can miss."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.frame.practice_banner import PracticeBanner
from unison_desktop.frame.question import Question
from unison_desktop.frame.window import MainWindow
from unison_desktop.identity.kept_sign_in import KeptSignIn
from unison_desktop.identity.practice.page import PracticePage
from unison_desktop.identity.session import Session
from unison_desktop.kernel.preferences import Preferences
from unison_domain.identity.contracts import Me, Tokens

from tests.desktop import samples
from tests.desktop.fake_server import Answer, Asked, FakeServer
from tests.desktop.identity.organization_samples import organization
from tests.desktop.identity.samples import RIGHTS

PATH = "/practice-organization"
THERE = Tokens(access_token="access-there", refresh_token="refresh_there_1", expires_in=600)


@pytest.fixture
def rights() -> tuple[str, ...]:
    """Paula makes the practice organization."""
    return (*RIGHTS, "identity.practice.create", "identity.practice.reset")


@pytest.fixture
def page(qtbot: QtBot, people_desk: Desk) -> Iterator[PracticePage]:
    made = PracticePage(people_desk, Place("practice"))
    made.resize(1000, 500)
    made.show()
    with qtbot.waitSignal(made.loaded):
        made.reload()
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture
def told(page: PracticePage) -> list[str]:
    """What was said to the person."""
    said: list[str] = []
    page.desk.messages.said.connect(lambda message: said.append(message.text))
    return said


def command(page: PracticePage, id_: str) -> Command:
    return next(one for one in page.commands if one.id == id_)


def serve_practice(server: FakeServer) -> None:
    """Let Paula go there: who she is depends on the token she shows."""
    server.answer(f"POST {PATH}/sign-in", THERE)

    def answer(asked: Asked) -> Answer:
        is_there = asked.headers.get("authorization") == f"Bearer {THERE.access_token}"
        me = samples.me(is_practice=is_there, organization_code="DEMO-PRACTICE" if is_there else "DEMO")
        return Answer(me.model_dump(mode="json"))

    server.answer_with("GET /auth/me", answer)


def who(session: Session) -> Me:
    """Who is signed in now."""
    me = session.me
    assert me is not None
    return me


def go(qtbot: QtBot, session: Session) -> None:
    with qtbot.waitSignal(session.signed_in):
        session.practise()


def test_it_is_made_where_there_is_none(qtbot: QtBot, page: PracticePage, server: FakeServer, told: list[str]) -> None:
    server.refuse(f"GET {PATH}", 404, "not_found", "none")
    with qtbot.waitSignal(page.loaded):
        page.reload()
    assert page.state.text() == "There is none yet; an administrator makes it."
    for id_ in ("practice.go", "practice.reset"):
        assert not command(page, id_).isEnabled(), id_
        assert "an administrator makes it" in command(page, id_).toolTip(), id_
    server.answer(f"POST {PATH}", organization(5, "DEMO-PRACTICE", "Demo Works (practice)"), status=201)
    command(page, "practice.make").trigger()
    qtbot.waitUntil(lambda: "DEMO-PRACTICE is ready." in told)
    assert "DEMO-PRACTICE" in page.state.text()


def test_making_it_anew_asks_and_names_the_version(
    qtbot: QtBot, page: PracticePage, server: FakeServer, told: list[str]
) -> None:
    assert not command(page, "practice.make").isEnabled()
    assert "There is one already" in command(page, "practice.make").toolTip()
    server.answer(f"POST {PATH}/reset", organization(6, "DEMO-PRACTICE", "Demo Works (practice)"))
    command(page, "practice.reset").trigger()
    (question,) = page.findChildren(Question)
    assert "deleted" in question.informativeText()
    question.yes.click()
    qtbot.waitUntil(lambda: bool(server.asked_for(f"POST {PATH}/reset")))
    assert server.asked_for(f"POST {PATH}/reset")[0].headers["if-match"] == '"1"'


@pytest.mark.parametrize("rights", [()])
def test_who_may_not_make_it_reads_why_and_may_go(page: PracticePage) -> None:
    assert "identity.practice.create" in command(page, "practice.make").toolTip()
    assert not command(page, "practice.reset").isEnabled()
    assert command(page, "practice.go").isEnabled()


def test_going_there_and_back_keeps_the_real_sign_in(
    qtbot: QtBot, session: Session, server: FakeServer, preferences: Preferences
) -> None:
    serve_practice(server)
    kept = KeptSignIn(preferences.folder)
    with qtbot.waitSignal(session.signed_in):
        session.sign_in(server.url, "DEMO", "paula", "secret", keep=True)
    before = kept.read(server.url)
    go(qtbot, session)
    assert who(session).is_practice
    assert kept.read(server.url) == before
    with qtbot.waitSignal(session.signed_in):
        session.leave_practice()
    assert not who(session).is_practice
    assert not session.can_leave_practice
    qtbot.waitUntil(lambda: bool(server.asked_for("POST /auth/logout")))
    assert server.asked_for("POST /auth/logout")[0].body == {"refresh_token": THERE.refresh_token}


def test_made_anew_meanwhile_one_is_back_in_the_real_one(qtbot: QtBot, signed_in: Session, server: FakeServer) -> None:
    serve_practice(server)
    go(qtbot, signed_in)
    server.refuse("POST /auth/refresh", 401, "session_ended", "over")
    with qtbot.waitSignal(signed_in.signed_in):
        signed_in.client.renew()
    assert not who(signed_in).is_practice


def test_a_refusal_leaves_everything_as_it_was(qtbot: QtBot, page: PracticePage, server: FakeServer) -> None:
    server.refuse(f"POST {PATH}/sign-in", 404, "not_found", "You are not in DEMO-PRACTICE yet")
    told: list[str] = []
    page.desk.messages.said.connect(lambda message: told.append(message.text))
    command(page, "practice.go").trigger()
    qtbot.waitUntil(lambda: told == ["You are not in DEMO-PRACTICE yet"])
    assert not page.desk.session.can_leave_practice


def test_nobody_takes_practice_for_real(qtbot: QtBot, desk: Desk, server: FakeServer) -> None:
    real = MainWindow(desk)
    assert real.findChildren(PracticeBanner) == []
    serve_practice(server)
    go(qtbot, desk.session)
    window = MainWindow(desk)
    window.show()
    window.open_start(Place("practice"))
    (banner,) = window.findChildren(PracticeBanner)
    assert (banner.words.text(), banner.width(), banner.y()) == (
        "Practice: nothing done here is real",
        window.width(),
        0,
    )
    assert window.windowTitle() == "Practice organization - Unison (practice)"
    with qtbot.waitSignal(desk.session.signed_in):
        banner.back.click()
    for one in (real, window):
        one.close()
        one.deleteLater()
