"""Helping people in: links to new passwords, PINs and badges, from the page of people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from threading import Event
from uuid import UUID

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.frame.question import Question
from unison_desktop.frame.window import MainWindow
from unison_desktop.identity.badges.page import BadgesPage
from unison_desktop.identity.invitations.link import LinkDialog, until
from unison_desktop.identity.people.page import PeoplePage
from unison_desktop.identity.people.pin_form import PinDialog
from unison_domain.identity.password_reset_contracts import PasswordAsked, PasswordResetMade
from unison_domain.identity.sign_in_contracts import SessionsEnded
from unison_domain.kernel.contracts import Page

from tests.desktop import samples
from tests.desktop.fake_server import Answer, FakeServer
from tests.desktop.identity.opened import MINUTE, command, error_beside, newest, opened, said
from tests.desktop.identity.samples import anna, people

ANNA, BORIS = (f"/users/{one.id}" for one in people()[:2])
END = samples.NOW + timedelta(minutes=10)
LINK = "https://unison.demo.example/reset-password#reset_1_notarealtoken"


@pytest.fixture
def page(qtbot: QtBot, people_desk: Desk) -> Iterator[PeoplePage]:
    with opened(qtbot, PeoplePage, people_desk, Place("people")) as made:
        yield made


def made(link: str | None) -> PasswordResetMade:
    return PasswordResetMade(link=link, expires_at=END)


def choose(page: PeoplePage, number: int) -> None:
    page.table.view.select_ids([people()[number].id])
    page._choose([people()[number].id])


def ask(qtbot: QtBot, page: PeoplePage, id_: str) -> Question:
    before = len(page.findChildren(Question))
    command(page, id_).trigger()
    qtbot.waitUntil(lambda: len(page.findChildren(Question)) > before, timeout=MINUTE)
    return page.findChildren(Question)[-1]


def heading(dialog: LinkDialog) -> str:
    return dialog.findChildren(QLabel)[0].text()


def test_a_link_that_was_asked_for_is_told_and_taken_once(
    qtbot: QtBot, page: PeoplePage, people_desk: Desk, server: FakeServer
) -> None:
    asked = PasswordAsked(
        id=UUID(int=1),
        user_id=anna().id,
        user_name="Anna Berger",
        address="192.0.2.7",
        created_at=samples.NOW,
        expires_at=samples.NOW + timedelta(hours=1),
    )
    server.answer("GET /password-resets", Page[PasswordAsked](items=[asked]))
    people_desk.session.changes.announce("identity.password_reset.asked", None)
    qtbot.waitUntil(lambda: "waits for Anna Berger" in page.head.subtitle, timeout=MINUTE)
    server.answer(f"POST {ANNA}/password-reset/hand-over", made(LINK))
    choose(page, 0)
    ask(qtbot, page, "person.asked_link").yes.click()
    told = newest(qtbot, page, LinkDialog)
    assert (told.secret.text(), heading(told)) == (LINK, "A link for Anna Berger")
    assert any(f"good {until(END)}" in label.text() for label in told.findChildren(QLabel))
    server.answer("GET /password-resets", Page[PasswordAsked](items=[]))
    people_desk.session.changes.announce("identity.password_reset.handed_over", None)
    qtbot.waitUntil(lambda: "waits for" not in page.head.subtitle, timeout=MINUTE)
    told.copy.click()
    told.reject()


def test_a_link_is_copied_where_no_mail_goes_to_them(qtbot: QtBot, page: PeoplePage, server: FakeServer) -> None:
    server.answer(f"POST {ANNA}/password-reset", made(LINK))
    choose(page, 0)
    question = ask(qtbot, page, "person.password_link")
    assert question.text() == "Make a link to a new password for Anna Berger?"
    assert "anna@demo.example" in question.informativeText()
    assert server.asked_for(f"POST {ANNA}/password-reset") == []
    question.yes.click()
    told = newest(qtbot, page, LinkDialog)
    assert told.secret.text() == LINK
    assert heading(told) == "A link for Anna Berger"
    told.reject()
    assert told.isVisible(), "it is not lost by mistake"
    told.copy.click()
    told.reject()
    assert LINK not in said(page)


def test_a_link_that_is_mailed_is_not_shown(qtbot: QtBot, page: PeoplePage, server: FakeServer) -> None:
    server.answer(f"POST {ANNA}/password-reset", made(None).model_copy(update={"sent_to": "berger@demo.example"}))
    choose(page, 0)
    ask(qtbot, page, "person.password_link").yes.click()
    words = f"The link for Anna Berger is on its way to berger@demo.example, and good {until(END)}."
    qtbot.waitUntil(lambda: words in said(page), timeout=MINUTE)
    assert not page.findChildren(LinkDialog)


def test_of_two_links_none_is_shown_as_the_others(qtbot: QtBot, page: PeoplePage, server: FakeServer) -> None:
    later = Event()
    slow = Answer(made(f"{LINK}-of-anna").model_dump(mode="json"), wait=later)
    server.answer_with(f"POST {ANNA}/password-reset", lambda _asked: slow)
    server.answer(f"POST {BORIS}/password-reset", made(f"{LINK}-of-boris"))
    for number in (0, 1):
        choose(page, number)
        ask(qtbot, page, "person.password_link").yes.click()
    first = newest(qtbot, page, LinkDialog)
    assert (heading(first), first.secret.text()) == ("A link for Boris Chief", f"{LINK}-of-boris")
    later.set()
    qtbot.waitUntil(lambda: len(page.findChildren(LinkDialog)) == 2, timeout=MINUTE)
    second = page.findChildren(LinkDialog)[-1]
    assert (heading(second), second.secret.text()) == ("A link for Anna Berger", f"{LINK}-of-anna")
    for dialog in (first, second):
        dialog.accept()


def test_a_refused_link_says_why(qtbot: QtBot, page: PeoplePage, server: FakeServer) -> None:
    server.refuse(f"POST {ANNA}/password-reset", 409, "inactive", "Anna Berger is not active: let them in first")
    choose(page, 0)
    ask(qtbot, page, "person.password_link").yes.click()
    qtbot.waitUntil(lambda: "let them in first" in said(page), timeout=MINUTE)


def test_all_sessions_of_a_person_are_ended_after_a_question(
    qtbot: QtBot, page: PeoplePage, server: FakeServer
) -> None:
    server.answer(f"POST {ANNA}/end-sessions", SessionsEnded(ended=2))
    choose(page, 0)
    question = ask(qtbot, page, "person.end_sessions")
    assert question.text() == "End all sessions of Anna Berger?"
    before = len(server.asked_for("GET /sessions"))
    question.yes.click()
    qtbot.waitUntil(lambda: "2 sessions are ended." in said(page), timeout=MINUTE)
    qtbot.waitUntil(lambda: len(server.asked_for("GET /sessions")) > before, timeout=MINUTE)


def test_a_pin_is_set_and_told_nowhere(qtbot: QtBot, page: PeoplePage, server: FakeServer) -> None:
    server.answer(f"PUT {ANNA}/pin", status=204)
    choose(page, 0)
    command(page, "person.pin").trigger()
    dialog = newest(qtbot, page, PinDialog)
    dialog.form.fill({"pin": "12"})
    dialog.save()
    assert error_beside(qtbot, dialog, "pin") == "must be 4 to 12 digits"
    dialog.form.fill({"pin": "846291"})
    with qtbot.waitSignal(dialog.saved, timeout=MINUTE):
        dialog.save()
    assert server.asked_for(f"PUT {ANNA}/pin")[0].body == {"pin": "846291"}
    assert "The PIN is set." in said(page)
    assert "846291" not in said(page)


def test_a_pin_is_removed_after_a_question(qtbot: QtBot, page: PeoplePage, server: FakeServer) -> None:
    server.answer(f"DELETE {ANNA}/pin", status=204)
    choose(page, 0)
    question = ask(qtbot, page, "person.remove_pin")
    assert question.text() == "Remove the PIN of Anna Berger?"
    question.yes.click()
    qtbot.waitUntil(lambda: len(server.asked_for(f"DELETE {ANNA}/pin")) == 1, timeout=MINUTE)
    qtbot.waitUntil(lambda: "by badge alone" in said(page), timeout=MINUTE)


@pytest.mark.parametrize("id_", ["person.password_link", "person.pin", "person.remove_pin", "person.badges"])
def test_one_person_must_be_chosen(page: PeoplePage, id_: str) -> None:
    command(page, id_).trigger()
    assert said(page) == "Choose one person first."
    assert not [one for kind in (Question, PinDialog) for one in page.findChildren(kind)]


@pytest.fixture
def window(qtbot: QtBot, people_desk: Desk) -> Iterator[MainWindow]:
    made = MainWindow(people_desk)
    made.go(Place("people"))
    yield made
    made.close()
    made.deleteLater()


def people_of(qtbot: QtBot, window: MainWindow) -> PeoplePage:
    page = window.page
    assert isinstance(page, PeoplePage)
    qtbot.waitUntil(lambda: page.table.model.rowCount() > 0, timeout=MINUTE)
    return page


def test_from_a_person_to_their_badges(qtbot: QtBot, window: MainWindow) -> None:
    page = people_of(qtbot, window)
    choose(page, 0)
    command(page, "person.badges").trigger()
    assert isinstance(window.page, BadgesPage)
    assert window.page.place == Place("badges", str(anna().id))


@pytest.mark.parametrize("name", ["invitations", "messages", "badges", "sign-on", "roles", "api-keys"])
def test_from_people_and_from_anywhere_to_the_pages_beside(qtbot: QtBot, window: MainWindow, name: str) -> None:
    command(people_of(qtbot, window), f"people.{name}").trigger()
    assert window.page is not None
    assert window.page.place == Place(name)
    window.go(Place("machines"))
    next(one for one in window.commands if one.id == f"go.{name}").trigger()
    assert window.page.place == Place(name)


@pytest.mark.parametrize("id_", ["password", "password_link", "asked_link", "take_second_factor", "pin", "remove_pin"])
def test_ones_own_ways_in_are_changed_on_ones_own_page(qtbot: QtBot, page: PeoplePage, id_: str) -> None:
    page.desk.session.me = samples.me(id=anna().id)
    choose(page, 0)
    with qtbot.waitSignal(page.go) as gone:
        command(page, f"person.{id_}").trigger()
    assert gone.args == [Place("second-factor")]
    assert page.findChildren(Question) == []
