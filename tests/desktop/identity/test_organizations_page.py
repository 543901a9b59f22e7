"""The page of organizations: one's own for most, all of them for a superadministrator."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.frame.question import Question
from unison_desktop.identity.organizations.forms import AdministratorDialog, LinkDialog, OrganizationDialog
from unison_desktop.identity.organizations.page import OrganizationsPage
from unison_domain.identity.organization_contracts import AdministratorMade, OrganizationMade

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer
from tests.desktop.identity.organization_samples import organization, organizations
from tests.desktop.identity.samples import RIGHTS

OURS, ACME, OLD = organizations()
LINK = "https://unison.example/reset-password#reset_2_notarealtoken"
COMMANDS = ("organization.rest", "organization.wake", "organization.admin", "organization.edit", "organization.new")
MADE = AdministratorMade(user_id=OURS.id, username="olga", link=LINK, expires_at=samples.NOW + timedelta(days=7))
SUPER = (*RIGHTS, *(f"platform.organization.{verb}" for verb in ("read", "create", "update", "deactivate")))


@pytest.fixture
def rights() -> tuple[str, ...]:
    """Paula looks after the whole server."""
    return SUPER


@pytest.fixture
def page(qtbot: QtBot, people_desk: Desk) -> Iterator[OrganizationsPage]:
    made = OrganizationsPage(people_desk, Place("organizations"))
    made.resize(1200, 700)
    made.show()
    with qtbot.waitSignal(made.loaded):
        made.reload()
    yield made
    made.close()
    made.deleteLater()


def command(page: OrganizationsPage, id_: str) -> Command:
    return next(one for one in page.commands if one.id == id_)


def choose(page: OrganizationsPage, *chosen: object) -> None:
    page.table.view.select_ids(chosen)


def shown(page: OrganizationsPage) -> list[tuple[str, str]]:
    code, _name, state, *_rest = page.table.model.columns
    return [(code.shown(row), state.shown(row)) for row in page.table.model.rows()]


def test_all_are_listed_with_how_they_stand(page: OrganizationsPage) -> None:
    known = [("DEMO", "active, our own"), ("ACME", "active"), ("OLD", "nobody gets in")]
    assert sorted(shown(page)) == sorted(known)
    page.inactive.click()
    assert sorted(shown(page)) == sorted(known[:2])


@pytest.mark.parametrize("rights", [RIGHTS])
def test_an_administrator_reads_why_nothing_can_be_done(page: OrganizationsPage) -> None:
    for id_ in COMMANDS:
        assert not command(page, id_).isEnabled()
        assert "platform.organization" in command(page, id_).toolTip()


def test_a_new_one_is_made_with_its_administrator_whose_link_is_told_once(
    qtbot: QtBot, page: OrganizationsPage, server: FakeServer
) -> None:
    new = organization(9, "NEW", "New Works")
    server.answer("POST /organizations", OrganizationMade(**new.model_dump(), administrator=MADE), status=201)
    command(page, "organization.new").trigger()
    (dialog,) = page.findChildren(OrganizationDialog)
    dialog.form.fill({"code": "NEW", "name": "New Works", "username": "olga", "full_name": "Olga Otto"})
    dialog.save()
    qtbot.waitUntil(lambda: bool(page.findChildren(LinkDialog)))
    sent = server.asked_for("POST /organizations")[0].body
    assert (sent["code"], sent["name"], sent["industry"]) == ("NEW", "New Works", None)
    assert sent["administrator"] == {"username": "olga", "full_name": "Olga Otto", "email": None}
    (link,) = page.findChildren(LinkDialog)
    assert link.secret.text() == LINK
    link.reject()
    assert not link.question.isHidden()
    link.copy.click()
    assert QGuiApplication.clipboard().text() == LINK
    link.reject()


def test_what_the_server_refuses_stands_beside_its_field(
    qtbot: QtBot, page: OrganizationsPage, server: FakeServer
) -> None:
    error = {"field": "administrator.email", "code": "bad", "message": "is no address"}
    problem = {"title": "no", "status": 422, "code": "invalid", "detail": "no", "errors": [error]}
    server.answer("POST /organizations", problem, status=422)
    command(page, "organization.new").trigger()
    (dialog,) = page.findChildren(OrganizationDialog)
    dialog.form.fill({"code": "NEW", "name": "New", "username": "olga", "full_name": "Olga", "email": "a@b.c"})
    dialog.save()
    qtbot.waitUntil(lambda: dialog.form.editor("email").field.property("invalid") is True)


def test_one_is_changed_at_the_version_that_was_seen(qtbot: QtBot, page: OrganizationsPage, server: FakeServer) -> None:
    server.answer(f"PUT /organizations/{ACME.id}", ACME)
    choose(page, ACME.id)
    command(page, "organization.edit").trigger()
    (dialog,) = page.findChildren(OrganizationDialog)
    dialog.form.fill({"contact_phone": "0123"})
    dialog.save()
    qtbot.waitUntil(lambda: bool(server.asked_for(f"PUT /organizations/{ACME.id}")))
    (asked,) = server.asked_for(f"PUT /organizations/{ACME.id}")
    assert (asked.body["contact_phone"], asked.body["code"], asked.headers["if-match"]) == ("0123", "ACME", '"3"')


def test_deactivating_asks_and_never_ones_own(qtbot: QtBot, page: OrganizationsPage, server: FakeServer) -> None:
    told: list[str] = []
    page.desk.messages.said.connect(lambda message: told.append(message.text))
    choose(page, OURS.id)
    command(page, "organization.rest").trigger()
    assert "another organization" in told[-1]
    assert not page.findChildren(Question)
    route = f"DELETE /organizations/{ACME.id}"
    server.answer(route, ACME.model_copy(update={"is_active": False}))
    choose(page, ACME.id)
    command(page, "organization.rest").trigger()
    (question,) = page.findChildren(Question)
    assert "signed out at once" in question.informativeText()
    question.yes.click()
    qtbot.waitUntil(lambda: bool(server.asked_for(route)))
    assert server.asked_for(route)[0].headers["if-match"] == '"3"'


def test_one_that_rests_is_woken(qtbot: QtBot, page: OrganizationsPage, server: FakeServer) -> None:
    route = f"POST /organizations/{OLD.id}/reactivate"
    server.answer(route, OLD.model_copy(update={"is_active": True}))
    choose(page, OLD.id)
    command(page, "organization.wake").trigger()
    qtbot.waitUntil(lambda: bool(server.asked_for(route)))


def test_another_administrator_gets_a_link(qtbot: QtBot, page: OrganizationsPage, server: FakeServer) -> None:
    route = f"POST /organizations/{ACME.id}/administrators"
    told: list[str] = []
    page.desk.messages.said.connect(lambda message: told.append(message.text))
    server.answer(route, MADE.model_copy(update={"link": None, "sent_to": "olga@acme.example"}), status=201)
    choose(page, ACME.id)
    command(page, "organization.admin").trigger()
    (dialog,) = page.findChildren(AdministratorDialog)
    dialog.form.fill({"username": "olga", "full_name": "Olga Otto", "email": "olga@acme.example"})
    dialog.save()
    qtbot.waitUntil(lambda: "The link for olga goes to olga@acme.example." in told)
    assert not page.findChildren(LinkDialog)


def test_a_name_that_looks_like_another_is_told_before_it_is_sent(
    qtbot: QtBot, page: OrganizationsPage, server: FakeServer
) -> None:
    command(page, "organization.new").trigger()
    (dialog,) = page.findChildren(OrganizationDialog)
    dialog.form.fill({"code": "NEW", "name": "New", "username": "olga", "full_name": "Olga\u00a0Otto"})
    dialog.save()
    qtbot.waitUntil(lambda: dialog.form.editor("full_name").field.property("invalid") is True)
    assert server.asked_for("POST /organizations") == []
