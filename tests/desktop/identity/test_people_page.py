"""The page of people, with their sessions, sign-ins and rights."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.file_saving import FileSaving
from unison_desktop.frame.question import Question
from unison_desktop.identity.people.ends import left_text
from unison_desktop.identity.people.page import PeoplePage
from unison_desktop.identity.people.places import Places
from unison_desktop.identity.people.roles import RoleBook
from unison_desktop.identity.people.why_not import against_text
from unison_desktop.identity.people.words import ENDINGS, OUTCOMES
from unison_desktop.identity.role_words import ROLES
from unison_domain.identity.contracts import PlantRight, RoleCode
from unison_domain.identity.role_contracts import Against, RoleAnswer, WhyNot
from unison_domain.identity.sign_in_contracts import SessionEnd, SignInOutcome
from unison_domain.kernel.contracts import Page
from unison_domain.sites.local_days import day_over

from tests.desktop import samples
from tests.desktop.fake_server import Answer, FakeServer
from tests.desktop.identity.opened import MINUTE
from tests.desktop.identity.people_page import ANNA, choose, command, page, shown
from tests.desktop.identity.samples import KIEL, LYON, RIGHTS, anna, people, plant, role, serve_people, session

__all__ = ["page"]


def test_people_are_listed_by_their_names_roles_and_places(page: PeoplePage) -> None:
    keys = ("name", "username", "roles", "plants", "default", "in_use")
    assert shown(page.table, *keys) == [
        ("Anna Berger", "anna", "Planner", "Kiel", "Goods (Kiel)", "yes"),
        ("Boris Chief", "boris", "Administrator", "all", "", "yes"),
    ]
    assert page.head.subtitle == "2 people may sign in, 1 inactive"


def test_a_plant_that_was_made_since_is_known(qtbot: QtBot, page: PeoplePage, server: FakeServer) -> None:
    first, *others = people()
    made = UUID(int=77)
    server.answer("GET /plants", [plant(KIEL, "K1", "Kiel"), plant(made, "A1", "Aachen")])
    there = first.model_copy(update={"plants": [PlantRight(plant_id=made, can_read=True, can_write=False)]})
    server.answer("GET /users", [there, *others])
    server.happen("sites.plant.created", made)
    qtbot.waitUntil(lambda: shown(page.table, "plants")[0] == ("Aachen",), timeout=MINUTE)


def test_whose_access_has_ended_does_not_count_as_signing_in(
    qtbot: QtBot, page: PeoplePage, server: FakeServer
) -> None:
    first, *others = people()
    server.answer("GET /users", [first.model_copy(update={"access_ends_at": samples.NOW - timedelta(days=1)}), *others])
    with qtbot.waitSignal(page.loaded):
        page.reload()
    assert shown(page.table, "name", "in_use") == [("Anna Berger", "ended"), ("Boris Chief", "yes")]
    assert page.head.subtitle == "1 person may sign in, 2 inactive"


def test_who_sees_every_plant_is_said_to(qtbot: QtBot, page: PeoplePage, server: FakeServer) -> None:
    first, *others = people()
    server.answer("GET /roles", Page[RoleAnswer](items=[role("planner", "Planner", reads_all_places=True)]))
    server.answer("GET /users", [first, *others])
    with qtbot.waitSignal(page.loaded):
        page.reload()
    assert shown(page.table, "name", "plants")[0] == ("Anna Berger", "sees every plant, Kiel")


def test_access_ends_by_the_clocks_of_the_plant_else_of_the_organization(
    qtbot: QtBot, page: PeoplePage, server: FakeServer
) -> None:
    day = (samples.NOW + timedelta(days=40)).date()
    end = day_over(day, ZoneInfo("Asia/Tokyo"))
    first, second, third = people()
    server.answer("GET /plants", [plant(KIEL, "K1", "Kiel", "Asia/Tokyo"), plant(LYON, "L1", "Lyon")])
    server.answer("GET /users", [one.model_copy(update={"access_ends_at": end}) for one in (first, second)] + [third])
    with qtbot.waitSignal(page.loaded):
        page.reload()
    column = next(one for one in page.table.model.columns if one.key == "ends")
    rows = {row.person.username: row for row in page.table.model.rows()}
    assert column.shown(rows["anna"]).startswith(f"{day} (")
    assert column.shown(rows["anna"]).endswith(" days left)")
    assert column.told(rows["anna"]) == f"to the end of {day}, clocks of Asia/Tokyo"
    in_berlin = end.astimezone(ZoneInfo("Europe/Berlin"))
    assert column.told(rows["boris"]) == f"{in_berlin:%Y-%m-%d %H:%M}, clocks of Europe/Berlin", "he has no plant"
    assert column.value(rows["anna"]) == end
    choose(qtbot, page, "Anna Berger")
    kind, until, left = shown(page.rights, "kind", "name", "gives")[0]
    assert (kind, until) == ("Access ends", f"to the end of {day}, clocks of Asia/Tokyo")
    assert left.endswith(" days left")


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=39, hours=5), "39 days left"),
        (timedelta(days=1), "1 day left"),
        (timedelta(hours=23, minutes=59), "23 hours left"),
        (timedelta(hours=1), "1 hour left"),
        (timedelta(minutes=59), "less than an hour left"),
        (timedelta(0), "over"),
        (timedelta(days=-3), "over"),
    ],
)
def test_how_long_is_left_never_promises_more(left: timedelta, words: str) -> None:
    assert left_text(samples.NOW + left, samples.NOW) == words


def test_why_not_of_access_that_ended_is_by_the_clocks_of_the_person() -> None:
    ended = [Against(reason=WhyNot.ENDED, at=datetime(2026, 12, 31, 15, tzinfo=UTC))]
    words = against_text(ended, RoleBook(), Places(), ZoneInfo("Asia/Tokyo"))
    assert words == "the access ended: to the end of 2026-12-31, clocks of Asia/Tokyo"


@pytest.mark.parametrize(
    ("which", "names"), [("Inactive", ["Otto Former"]), ("All", [one.full_name for one in people()])]
)
def test_those_who_left_are_shown_when_asked_for(page: PeoplePage, which: str, names: list[str]) -> None:
    page.which.setCurrentText(which)
    page._show()
    assert [row.person.full_name for row in page.table.model.rows()] == names


def test_of_nobody_chosen_all_sign_ins_are_shown_and_why_they_were_refused(page: PeoplePage) -> None:
    assert shown(page.sign_ins.attempts, "outcome", "person", "name") == [
        ("Signed in", "Anna Berger", "anna"),
        ("Refused: wrong name or password", "Anna Berger", "anna"),
        ("Refused: too many tries", "", "mallory"),
    ]
    assert shown(page.sign_ins.sessions, "person", "program") == [
        ("Anna Berger", "Desktop on PC-1"),
        ("Boris Chief", "a program without a name"),
    ]


def test_of_a_chosen_person_all_is_shown(qtbot: QtBot, page: PeoplePage, server: FakeServer) -> None:
    choose(qtbot, page, "Anna Berger")
    qtbot.waitUntil(lambda: server.asked_for("GET /sessions")[-1].query.get("user_id") == [str(anna().id)])
    assert server.asked_for("GET /sessions")[-1].query["is_live"] == ["true"]
    qtbot.waitUntil(lambda: shown(page.sign_ins.sessions, "program") == [("Desktop on PC-1",)])
    qtbot.waitUntil(lambda: len(shown(page.sign_ins.attempts, "when")) == 2)
    assert shown(page.rights, "kind", "name", "gives")[1:] == [
        ("Plant", "Kiel", "Read, write"),
        ("Warehouse", "Goods (Kiel)", "Read, write; works here by default"),
    ]
    assert ("codes.scan.read", "yes", "Planner") in shown(page.may, "permission", "may", "by")
    assert ("codes.scan.create", "no", "") in shown(page.may, "permission", "may", "by")


def test_attempts_are_narrowed_and_written_to_a_file(
    qtbot: QtBot, page: PeoplePage, server: FakeServer, tmp_path: Path
) -> None:
    scope = page.sign_ins.scope
    page.sign_ins.tabs.setCurrentIndex(1)
    assert scope.isVisible()
    scope.outcome.setCurrentIndex(scope.outcome.findData(SignInOutcome.WRONG))
    scope.outcome.activated.emit(scope.outcome.currentIndex())
    scope.address.setText("10.0.0.9")
    scope.address.editingFinished.emit()
    scope.period.choose(timedelta(days=1))
    scope.period.changed.emit()

    def narrowed() -> bool:
        query = server.asked_for("GET /login-history")[-1].query
        return query.get("outcome") == ["wrong"] and query.get("address") == ["10.0.0.9"] and "from" in query

    qtbot.waitUntil(narrowed, timeout=60_000)
    server.answer_with("GET /login-history/export", lambda _asked: Answer(raw=b"at\r\n1\r\n"))
    (saving,) = page.findChildren(FileSaving)
    saving.save_to(tmp_path / "file.csv")
    qtbot.waitUntil(lambda: (tmp_path / "file.csv").exists(), timeout=60_000)
    assert server.asked_for("GET /login-history/export")[0].query["address"] == ["10.0.0.9"]


def test_sessions_that_ended_say_why(qtbot: QtBot, page: PeoplePage, server: FakeServer) -> None:
    ended = session(4, anna(), ended_at=samples.NOW, end_reason="ended by an administrator")
    server.answer("GET /sessions", [ended])
    page.sign_ins.ended.click()
    qtbot.waitUntil(lambda: shown(page.sign_ins.sessions, "program") == [("Desktop on PC-4",)])
    assert "is_live" not in server.asked_for("GET /sessions")[-1].query
    assert shown(page.sign_ins.sessions, "state")[0][0].endswith(": by an administrator")


def test_a_session_of_somebody_who_is_out_is_not_shown_as_live(
    qtbot: QtBot, page: PeoplePage, server: FakeServer
) -> None:
    server.answer("GET /sessions", [session(4, anna(), is_let_in=False)])
    page.sign_ins.ended.click()
    qtbot.waitUntil(lambda: len(shown(page.sign_ins.sessions, "state")) == 1)
    assert shown(page.sign_ins.sessions, "state") == [("the person's access has ended",)]


def test_a_session_is_ended_after_a_question(qtbot: QtBot, page: PeoplePage, server: FakeServer) -> None:
    one = session(1, anna())
    server.answer(f"DELETE /sessions/{one.id}", one.model_copy(update={"ended_at": samples.NOW}))
    page.sign_ins.sessions.view.select_ids([one.id])
    command(page, "person.end_session").trigger()
    (question,) = page.findChildren(Question)
    assert "Anna Berger" in question.text()
    assert "10.0.0.1" in question.informativeText()
    question.yes.click()
    qtbot.waitUntil(lambda: bool(server.asked_for(f"DELETE /sessions/{one.id}")))
    assert "if-match" not in server.asked_for(f"DELETE /sessions/{one.id}")[0].headers


def test_sign_ins_are_for_who_sees_all_places(qtbot: QtBot, page: PeoplePage, server: FakeServer) -> None:
    export, attempts = command(page, "attempts.export"), page.sign_ins.attempts
    assert export.isEnabled()
    asked = len(server.asked_for("GET /login-history"))
    server.refuse("GET /login-history", 403, "organization_wide", "The login history tells of stations in every plant")
    server.answer("GET /auth/me", samples.me(permissions=list(RIGHTS), all_plants=False))
    with qtbot.waitSignal(page.loaded):
        page.desk.session.look_again()
    assert not export.isEnabled()
    why = "This tells of every plant and warehouse: it needs a role that sees all of them, such as Auditor."
    assert export.toolTip() == attempts.view.notice == why
    assert attempts.model.rowCount() == 0
    page.sign_ins.asked_attempts.emit()
    with qtbot.waitSignal(page.loaded):
        page.reload()
    assert len(server.asked_for("GET /login-history")) == asked
    serve_people(server)
    server.answer("GET /auth/me", samples.me(permissions=list(RIGHTS), all_plants=False, reads_all_plants=True))
    page.desk.session.look_again()
    qtbot.waitUntil(export.isEnabled)
    qtbot.waitUntil(lambda: attempts.model.rowCount() > 0)


class TestWithoutRights:
    """Somebody who may see people and nothing else."""

    @pytest.fixture
    def rights(self) -> tuple[str, ...]:
        return ("identity.user.read",)

    def test_everything_is_there_and_says_why_it_is_not_for_them(self, page: PeoplePage) -> None:
        for id_, right in (
            ("person.new", "identity.user.create"),
            ("person.edit", "identity.user.update"),
            ("person.roles", "identity.user.update"),
            ("person.places", "identity.user.update"),
            ("person.password", "identity.user.update"),
            ("person.switch", "identity.user.update"),
            ("people.import", "identity.user.import"),
            ("person.end_session", "identity.session.end"),
            ("person.password_link", "identity.user.update"),
            ("person.asked_link", "identity.user.update"),
            ("person.pin", "identity.user.update"),
            ("person.remove_pin", "identity.user.update"),
            ("person.badges", "identity.badge.read"),
            ("people.invitations", "identity.invitation.read"),
            ("people.messages", "identity.message.read"),
            ("people.badges", "identity.badge.read"),
            ("people.sign-on", "identity.badge.read"),
            ("people.api-keys", "identity.api_key.read"),
            ("people.roles", "identity.role.read"),
        ):
            assert not command(page, id_).isEnabled(), id_
            assert right in command(page, id_).toolTip()
        assert "identity.session.read" in page.sign_ins.sessions.view.notice
        assert "identity.login_history.read" in page.sign_ins.attempts.view.notice

    def test_a_right_that_is_given_holds_at_once(self, qtbot: QtBot, page: PeoplePage, server: FakeServer) -> None:
        rights = ["identity.user.read", "identity.user.create", "identity.session.read"]
        server.answer("GET /auth/me", samples.me(permissions=rights))
        server.cut_streams()
        qtbot.waitUntil(lambda: command(page, "person.new").isEnabled())
        qtbot.waitUntil(lambda: page.sign_ins.sessions.model.rowCount() == 2)
        assert not command(page, "person.edit").isEnabled()

    def test_what_may_not_be_read_is_not_asked_for(self, page: PeoplePage, server: FakeServer) -> None:
        assert server.asked_for("GET /sessions") == server.asked_for("GET /login-history") == []


def test_every_role_and_outcome_has_words() -> None:
    assert list(ROLES) == list(RoleCode)
    assert set(OUTCOMES) == set(SignInOutcome)
    assert set(ENDINGS) == set(SessionEnd)


def test_who_lost_authenticator_and_codes_is_let_in_by_an_administrator(
    qtbot: QtBot, page: PeoplePage, server: FakeServer
) -> None:
    server.answer(f"DELETE {ANNA}/mfa", status=204)
    choose(qtbot, page, "Anna Berger")
    command(page, "person.take_second_factor").trigger()
    question = page.findChildren(Question)[-1]
    assert question.text() == "Take away the second factor of Anna Berger?"
    with qtbot.waitSignal(page.desk.messages.said):
        question.yes.click()
    assert len(server.asked_for(f"DELETE {ANNA}/mfa")) == 1
    assert page.desk.messages.history[-1].text == "The second factor is taken away: the password alone lets in."
