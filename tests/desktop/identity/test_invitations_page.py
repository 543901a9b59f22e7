"""The page of invitations, and the one time a link is shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.frame.question import Question
from unison_desktop.identity.invitations.columns import STATES
from unison_desktop.identity.invitations.form import InviteDialog
from unison_desktop.identity.invitations.link import LinkDialog
from unison_desktop.identity.invitations.page import InvitationsPage
from unison_desktop.identity.people.held_roles_editor import HeldRolesEditor
from unison_domain.identity.contracts import RoleHeld
from unison_domain.identity.invitation_contracts import InvitationMade, InvitationState

from tests.desktop import samples
from tests.desktop.fake_server import Answer, Asked, FakeServer
from tests.desktop.identity.opened import MINUTE, command, error_beside, newest, opened, said, shown
from tests.desktop.identity.samples import GOODS, KIEL, PRESS, invitation, invitations

LINK = "https://unison.demo.example/accept-invitation#invitation_1_notarealtoken"


@pytest.fixture
def page(qtbot: QtBot, people_desk: Desk) -> Iterator[InvitationsPage]:
    with opened(qtbot, InvitationsPage, people_desk, Place("invitations")) as made:
        yield made


def made(link: str | None) -> InvitationMade:
    return InvitationMade(**invitation(9, "nea@demo.example").model_dump(), link=link)


def choose(page: InvitationsPage, number: int) -> None:
    page.ended.setChecked(True)
    page._show()
    page.table.view.select_ids([invitation(number, "").id])


def test_those_nobody_answered_are_shown_with_what_became_of_the_mail(page: InvitationsPage) -> None:
    assert shown(page.table, "email", "state", "roles", "mail", "error") == [
        ("ida@demo.example", "waits", "Operator", "sent", ""),
        ("jan@demo.example", "waits", "Planner, Setter", "on its way", "smtp.demo.example: 450 4.2.1 Mailbox busy"),
        ("kim@demo.example", "expired", "Operator", "sent", ""),
    ]
    assert page.head.subtitle == "2 not answered yet, 1 expired"
    page.ended.click()
    assert [row[0] for row in shown(page.table, "state")] == ["waits", "waits", "expired", "accepted", "revoked"]


def test_one_whose_end_came_since_it_was_read_has_expired(
    qtbot: QtBot, page: InvitationsPage, server: FakeServer
) -> None:
    server.answer("GET /invitations", [invitation(1, "ida@demo.example", expires_at=samples.NOW - timedelta(days=1))])
    with qtbot.waitSignal(page.loaded, timeout=MINUTE):
        page.reload()
    assert shown(page.table, "state") == [("expired",)]


def test_an_open_one_is_shown_however_many_came_after_it(
    qtbot: QtBot, page: InvitationsPage, server: FakeServer
) -> None:
    oldest = invitation(1, "ida@demo.example")
    accepted = invitation(2, "jan@demo.example", state=InvitationState.ACCEPTED)

    def answer(asked: Asked) -> Answer:
        one = oldest if asked.query.get("is_open") == ["true"] else accepted
        return Answer({"items": [one.model_dump(mode="json")], "next_cursor": None})

    server.answer_with("GET /invitations", answer)
    with qtbot.waitSignal(page.loaded, timeout=MINUTE):
        page.reload()
    assert shown(page.table, "email") == [("ida@demo.example",)]
    page.ended.click()
    assert sorted(shown(page.table, "email")) == [("ida@demo.example",), ("jan@demo.example",)]


def test_who_is_invited_gets_the_ticked_roles_as_long_as_is_set(
    qtbot: QtBot, page: InvitationsPage, server: FakeServer
) -> None:
    server.answer("POST /invitations", made(None), status=201)
    command(page, "invitation.create").trigger()
    dialog = newest(qtbot, page, InviteDialog)
    dialog.form.fill({"email": "nea", "held_roles": [{"role": "operator"}]})
    dialog.save()
    assert error_beside(qtbot, dialog, "email")
    assert server.asked_for("POST /invitations") == []
    dialog.form.fill({"email": "nea@demo.example"})
    with qtbot.waitSignal(dialog.saved, timeout=MINUTE):
        dialog.save()
    body = server.asked_for("POST /invitations")[0].body
    held = [{"role": "operator", "plant_id": None, "department_id": None}]
    places: dict[str, object] = {"plants": [], "warehouses": []}
    assert body == {"email": "nea@demo.example", "held_roles": held, "expires_at": None, **places}, "the setting's end"
    assert "nea@demo.example is invited: the mail is on its way." in said(page)
    assert not page.findChildren(LinkDialog)


def test_where_no_mail_is_sent_the_link_is_copied_and_told_nowhere_else(
    qtbot: QtBot, page: InvitationsPage, server: FakeServer
) -> None:
    server.answer("POST /invitations", made(LINK), status=201)
    command(page, "invitation.create").trigger()
    dialog = newest(qtbot, page, InviteDialog)
    dialog.form.fill({"email": "nea@demo.example"})
    dialog.save()
    told = newest(qtbot, page, LinkDialog)
    told.reject()
    assert told.isVisible(), "it is not lost by mistake"
    assert "The link was not copied" in told.question.words.text()
    told.copy.click()
    assert QGuiApplication.clipboard().text() == told.secret.text() == LINK
    told.reject()
    assert not told.isVisible()
    assert LINK not in said(page)


def test_who_was_invited_already_is_told_beside_the_address(
    qtbot: QtBot, page: InvitationsPage, server: FakeServer
) -> None:
    server.refuse("POST /invitations", 409, "invited", "nea@demo.example was invited already")
    command(page, "invitation.create").trigger()
    dialog = newest(qtbot, page, InviteDialog)
    dialog.form.fill({"email": "nea@demo.example"})
    dialog.save()
    qtbot.waitUntil(lambda: "was invited already" in dialog._error.text(), timeout=MINUTE)
    dialog._discard()


@pytest.mark.parametrize("number", [1, 3], ids=["waiting", "expired"])
def test_one_is_sent_anew(qtbot: QtBot, page: InvitationsPage, server: FakeServer, number: int) -> None:
    one = invitations()[number - 1]
    route = f"POST /invitations/{one.id}/resend"
    server.answer(route, InvitationMade(**one.model_dump(), link=LINK))
    choose(page, number)
    command(page, "invitation.resend").trigger()
    newest(qtbot, page, LinkDialog).accept()
    assert len(server.asked_for(route)) == 1


def test_one_is_revoked_after_a_question(qtbot: QtBot, page: InvitationsPage, server: FakeServer) -> None:
    one = invitations()[0]
    revoked = one.model_copy(update={"state": InvitationState.REVOKED, "revoked_at": samples.NOW})
    server.answer(f"POST /invitations/{one.id}/revoke", revoked)
    choose(page, 1)
    command(page, "invitation.revoke").trigger()
    question = newest(qtbot, page, Question)
    assert question.text() == "Revoke the invitation of ida@demo.example?"
    server.answer("GET /invitations", [revoked])
    question.yes.click()
    qtbot.waitUntil(lambda: shown(page.table, "state") == [("revoked",)], timeout=MINUTE)


@pytest.mark.parametrize(("number", "state"), [(4, "accepted"), (5, "revoked")])
def test_what_has_ended_is_left_alone(page: InvitationsPage, server: FakeServer, number: int, state: str) -> None:
    choose(page, number)
    for id_ in ("invitation.resend", "invitation.revoke"):
        command(page, id_).trigger()
    assert f"is {state}: nothing can be done" in said(page)
    assert not page.findChildren(Question)
    assert not [one for one in server.asked if one.verb == "POST" and one.path.startswith("/invitations")]


def test_a_mail_that_could_not_be_sent_is_seen_at_once(qtbot: QtBot, page: InvitationsPage, server: FakeServer) -> None:
    failed = invitation(1, "ida@demo.example", message="failed", message_error="550 No such mailbox")
    server.answer("GET /invitations", [failed])
    server.happen("identity.message.failed", failed.id)
    wanted = [("not sent", "550 No such mailbox")]
    qtbot.waitUntil(lambda: shown(page.table, "mail", "error") == wanted, timeout=MINUTE)


class TestWithoutRights:
    """Somebody who may see invitations and nothing else."""

    @pytest.fixture
    def rights(self) -> tuple[str, ...]:
        return ("identity.invitation.read",)

    def test_what_is_not_for_them_says_why(self, page: InvitationsPage, server: FakeServer) -> None:
        for verb in ("create", "resend", "revoke"):
            assert not command(page, f"invitation.{verb}").isEnabled()
            assert f"identity.invitation.{verb}" in command(page, f"invitation.{verb}").toolTip()
        assert shown(page.table, "roles")[1] == ("Planner, Setter",)
        assert server.asked_for("GET /roles") == []


def test_every_state_has_words() -> None:
    assert set(STATES) == set(InvitationState)


def test_roles_are_given_for_one_plant_or_department(qtbot: QtBot, page: InvitationsPage, server: FakeServer) -> None:
    placed = [RoleHeld(role="operator", plant_id=KIEL, department_id=PRESS), RoleHeld(role="planner")]
    one = invitation(1, "ida@demo.example", roles=["operator", "planner"], held_roles=placed)
    server.answer("GET /invitations", [one])
    with qtbot.waitSignal(page.loaded, timeout=MINUTE):
        page.reload()
    assert shown(page.table, "roles") == [("Operator (Press shop, Kiel), Planner",)]
    server.answer("POST /invitations", made(None), status=201)
    command(page, "invitation.create").trigger()
    dialog = newest(qtbot, page, InviteDialog)
    editor = dialog.form.editor("held_roles")
    assert isinstance(editor, HeldRolesEditor)
    assert [editor.place.itemText(index) for index in range(editor.place.count())] == [
        "Whole organization",
        "Kiel",
        "Press shop, Kiel",
        "Lyon",
    ]
    dialog.form.fill({"email": "nea@demo.example", "held_roles": [placed[0].model_dump(mode="json")]})
    with qtbot.waitSignal(dialog.saved, timeout=MINUTE):
        dialog.save()
    body = server.asked_for("POST /invitations")[0].body
    assert body["held_roles"] == [{"role": "operator", "plant_id": str(KIEL), "department_id": str(PRESS)}]


def test_plants_and_warehouses_are_ticked_and_told(qtbot: QtBot, page: InvitationsPage, server: FakeServer) -> None:
    works = {"can_read": True, "can_write": True, "can_delete": False}
    goods = {"warehouse_id": str(GOODS), **works, "is_default": True}
    one = invitation(1, "ida@demo.example", plants=[{"plant_id": KIEL, **works}], warehouses=[goods])
    server.answer("GET /invitations", [one])
    with qtbot.waitSignal(page.loaded, timeout=MINUTE):
        page.reload()
    assert shown(page.table, "plants", "warehouses") == [("Kiel", "Goods (Kiel)")]
    server.answer("POST /invitations", made(None), status=201)
    command(page, "invitation.create").trigger()
    dialog = newest(qtbot, page, InviteDialog)
    dialog.form.fill({"email": "nea@demo.example", "plants": [{"plant_id": str(KIEL), **works}], "warehouses": [goods]})
    with qtbot.waitSignal(dialog.saved, timeout=MINUTE):
        dialog.save()
    body = server.asked_for("POST /invitations")[0].body
    assert (body["plants"], body["warehouses"]) == ([{"plant_id": str(KIEL), **works}], [goods])


@pytest.mark.parametrize(
    ("link", "is_warned"), [("http://127.0.0.1:8450/accept#x", True), ("https://unison.example/accept#x", False)]
)
def test_a_link_that_opens_at_the_servers_own_pc_alone_says_what_to_set(
    qtbot: QtBot, page: InvitationsPage, link: str, is_warned: bool
) -> None:
    dialog = LinkDialog(page.desk, link, page, heading="Nea", whose="Nea", until="for an hour")
    dialog.show()
    assert dialog.against.isVisible() is is_warned
    assert ("UNISON_PUBLIC_ADDRESS" in dialog.against.text()) is is_warned
    dialog.accept()
