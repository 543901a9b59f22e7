import threading
from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.identity.kept_sign_in import KeptSignIn
from unison_desktop.identity.session import Session
from unison_desktop.kernel.changes import Change
from unison_desktop.kernel.preferences import Preferences
from unison_domain.identity.contracts import Me

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer

MACHINE = UUID(int=20)


@pytest.fixture
def kept(preferences: Preferences) -> KeptSignIn:
    return KeptSignIn(preferences.folder)


def sign_in(qtbot: QtBot, session: Session, server: FakeServer, *, keep: bool) -> None:
    with qtbot.waitSignal(session.signed_in):
        session.sign_in(server.url, "DEMO", "paula", 'pa"ss ü', keep=keep)


def test_signing_in_sends_the_password_and_tells_who_it_is(qtbot: QtBot, session: Session, server: FakeServer) -> None:
    sign_in(qtbot, session, server, keep=False)
    body = server.asked_for("POST /auth/login")[0].body
    assert (body["organization"], body["user"], body["password"]) == ("DEMO", "paula", 'pa"ss ü')
    assert body["client"].startswith("Desktop on ")
    assert session.me == samples.me()


def test_an_empty_organization_is_left_to_the_server(qtbot: QtBot, session: Session, server: FakeServer) -> None:
    with qtbot.waitSignal(session.signed_in):
        session.sign_in(server.url, "", "paula", "secret", keep=False)
    assert server.asked_for("POST /auth/login")[0].body["organization"] is None


def test_nothing_is_kept_unless_asked(qtbot: QtBot, session: Session, server: FakeServer, kept: KeptSignIn) -> None:
    sign_in(qtbot, session, server, keep=False)
    assert kept.read(server.url) is None


def test_a_kept_sign_in_resumes_and_follows_the_rotation(
    qtbot: QtBot, session: Session, server: FakeServer, kept: KeptSignIn
) -> None:
    kept.write(server.url, "refresh_org_1")
    with qtbot.waitSignal(session.signed_in):
        assert session.resume()
    assert kept.read(server.url) == "refresh_org_2"
    assert server.asked_for("POST /auth/login") == []


def test_without_a_kept_sign_in_nothing_is_resumed(session: Session, server: FakeServer) -> None:
    assert not session.resume()
    assert server.asked == []


def test_a_kept_sign_in_refused_is_forgotten(
    qtbot: QtBot, session: Session, server: FakeServer, kept: KeptSignIn
) -> None:
    kept.write(server.url, "revoked_token")
    server.refuse("POST /auth/refresh", 401, "not_signed_in", "Revoked.")
    with qtbot.waitSignal(session.sign_in_failed):
        session.resume()
    assert kept.read(server.url) is None


def test_a_kept_sign_in_survives_a_server_that_is_away(
    qtbot: QtBot, session: Session, server: FakeServer, kept: KeptSignIn
) -> None:
    kept.write(server.url, "refresh_org_1")
    server.refuse("POST /auth/refresh", 503, "unavailable", "Starting.")
    with qtbot.waitSignal(session.sign_in_failed):
        session.resume()
    assert kept.read(server.url) == "refresh_org_1"


def test_signing_out_ends_it_here_and_there(
    qtbot: QtBot, session: Session, server: FakeServer, kept: KeptSignIn
) -> None:
    sign_in(qtbot, session, server, keep=True)
    assert kept.read(server.url) == "refresh_org_1"
    with qtbot.waitSignal(session.signed_out) as told:
        session.sign_out()
    assert told.args == [""]
    assert session.me is None
    assert kept.read(server.url) is None
    qtbot.waitUntil(lambda: len(server.asked_for("POST /auth/logout")) == 1)
    asked = server.asked_for("POST /auth/logout")[0]
    assert asked.body == {"refresh_token": "refresh_org_1"}
    assert asked.headers["authorization"] == "Bearer access-1"


def test_the_end_of_the_program_ends_a_session_that_is_not_kept(
    qtbot: QtBot, session: Session, server: FakeServer
) -> None:
    sign_in(qtbot, session, server, keep=False)
    session.end_unless_kept(60_000)
    assert server.asked_for("POST /auth/logout")[0].body == {"refresh_token": "refresh_org_1"}


def test_the_end_of_the_program_leaves_a_kept_session(qtbot: QtBot, session: Session, server: FakeServer) -> None:
    sign_in(qtbot, session, server, keep=True)
    session.end_unless_kept(60_000)
    assert not server.asked_for("POST /auth/logout")


def test_nobody_is_signed_in_while_the_program_ends(qtbot: QtBot, session: Session, server: FakeServer) -> None:
    server.answer("GET /auth/me", samples.me(), wait=(late := threading.Event()))
    session.sign_in(server.url, "DEMO", "paula", "secret", keep=False)
    qtbot.waitUntil(lambda: bool(server.asked_for("GET /auth/me")))
    late.set()
    with qtbot.assertNotEmitted(session.signed_in, wait=100):
        session.end_unless_kept(60_000)
    assert server.asked_for("POST /auth/logout")


def test_a_server_that_does_not_answer_holds_no_end(qtbot: QtBot, session: Session, server: FakeServer) -> None:
    sign_in(qtbot, session, server, keep=False)
    never = threading.Event()
    server.answer("POST /auth/logout", status=204, wait=never)
    session.end_unless_kept(50)  # else this test stands still for half a minute
    assert not never.is_set()
    never.set()


def test_a_session_ended_elsewhere_says_so(qtbot: QtBot, session: Session, server: FakeServer) -> None:
    sign_in(qtbot, session, server, keep=False)
    server.refuse("POST /auth/refresh", 401, "not_signed_in", "Revoked.")
    with qtbot.waitSignal(session.signed_out) as told:
        session.client.renew()
    assert "Sign in again" in (told.args or [""])[0]


def test_a_wrong_password_leaves_nobody_signed_in(qtbot: QtBot, session: Session, server: FakeServer) -> None:
    server.refuse("POST /auth/login", 401, "not_signed_in", "No.")
    with qtbot.waitSignal(session.sign_in_failed):
        session.sign_in(server.url, "DEMO", "paula", "wrong", keep=True)
    assert session.me is None
    assert server.streams == 0


def test_what_the_stream_tells_reaches_the_changes(qtbot: QtBot, signed_in: Session, server: FakeServer) -> None:
    heard: list[Change] = []
    signed_in.changes.changed.connect(heard.append)
    server.happen("machines.machine.state_changed", MACHINE)
    wanted = Change("machines.machine.state_changed", frozenset([MACHINE]))
    qtbot.waitUntil(lambda: wanted in heard)


def test_rights_are_those_of_the_person(signed_in: Session) -> None:
    assert signed_in.may("stations.agent.create")
    assert not signed_in.may("identity.user.create")


def test_rights_that_change_hold_without_signing_in_again(qtbot: QtBot, signed_in: Session, server: FakeServer) -> None:
    heard: list[Change] = []
    signed_in.changes.changed.connect(heard.append)
    server.answer("GET /auth/me", samples.me(permissions=["identity.user.create"]))
    with qtbot.waitSignal(signed_in.rights_changed):
        server.cut_streams()  # which is how the server tells it
    assert signed_in.may("identity.user.create")
    assert not signed_in.may("stations.agent.create")
    assert Change("", None) in heard, "other rows are theirs to see"


def test_a_stream_that_ends_for_another_reason_changes_nothing(
    qtbot: QtBot, signed_in: Session, server: FakeServer
) -> None:
    with qtbot.assertNotEmitted(signed_in.rights_changed):
        server.cut_streams()
        qtbot.waitUntil(lambda: len(server.asked_for("GET /auth/me")) == 2 and signed_in._asking is None)


def test_a_late_renewal_does_not_bring_the_former_person_back(
    qtbot: QtBot, session: Session, server: FakeServer, kept: KeptSignIn
) -> None:
    kept.write(server.url, "refresh_org_1")
    hold = threading.Event()
    server.answer("POST /auth/refresh", samples.tokens(7), wait=hold)
    session.resume()
    qtbot.waitUntil(lambda: len(server.asked_for("POST /auth/refresh")) == 1)
    sign_in(qtbot, session, server, keep=False)
    hold.set()
    with qtbot.waitSignal(session.client.get("/auth/me", read=Me, owner=session).done):
        pass
    assert session.client.tokens == samples.tokens(1)
