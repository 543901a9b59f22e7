"""The page of roles, and the form of the organization's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.frame.question import Question
from unison_desktop.identity.roles.forms import RoleDialog
from unison_desktop.identity.roles.page import RolesPage
from unison_domain.identity.role_contracts import RoleAnswer
from unison_domain.kernel.contracts import Page

from tests.desktop.fake_server import FakeServer
from tests.desktop.identity.samples import SCOPES, role, roles

NIGHT = roles()[-1]
PUT, DELETE = f"PUT /roles/{NIGHT.id}", f"DELETE /roles/{NIGHT.id}"


@pytest.fixture
def page(qtbot: QtBot, people_desk: Desk) -> Iterator[RolesPage]:
    made = RolesPage(people_desk, Place("roles"))
    made.resize(1200, 800)
    made.show()
    with qtbot.waitSignal(made.loaded):
        made.reload()
    yield made
    made.close()
    made.deleteLater()


def command(page: RolesPage, id_: str) -> Command:
    return next(one for one in page.commands if one.id == id_)


def choose(page: RolesPage, *codes: str) -> None:
    page.table.view.select_ids(codes)
    page._show_rights()


def opened(page: RolesPage) -> RoleDialog:
    (dialog,) = page.findChildren(RoleDialog)
    return dialog


def test_chosen_roles_are_compared_right_by_right(page: RolesPage) -> None:
    choose(page, "planner", "operator")
    given = {row.permission: row.given_by for row in page.rights.model.rows()}
    assert list(given) == list(SCOPES)
    assert given["machines.machine.read"] == "Planner"
    assert given["codes.scan.create"] == "Operator"
    assert given["quality.measurement.read"] == ""


def test_a_new_role_begins_like_the_chosen_one(qtbot: QtBot, page: RolesPage, server: FakeServer) -> None:
    server.answer("POST /roles", NIGHT, status=201)
    choose(page, "planner")
    command(page, "role.new").trigger()
    dialog = opened(page)
    dialog.form.fill({"code": "gate", "name": "Gate"})
    next(one for one in dialog.scopes._items() if one.text(1) == "codes.scan.read").setCheckState(
        0, Qt.CheckState.Checked
    )
    dialog.save()
    qtbot.waitUntil(lambda: bool(server.asked_for("POST /roles")))
    assert server.asked_for("POST /roles")[0].body == {
        "code": "gate",
        "name": "Gate",
        "description": None,
        "permissions": ["codes.scan.read", "machines.machine.read"],
    }


def test_a_code_that_is_taken_is_told_beside_it(qtbot: QtBot, page: RolesPage, server: FakeServer) -> None:
    errors = [{"field": "code", "code": "taken", "message": "is taken: there is a role night"}]
    body = {"title": "taken", "status": 409, "code": "taken", "detail": "code is taken", "errors": errors}
    server.answer("POST /roles", body, status=409)
    command(page, "role.new").trigger()
    dialog = opened(page)
    dialog.form.fill({"code": "night", "name": "Night"})
    dialog.save()
    field = dialog.form.editor("code").field
    qtbot.waitUntil(lambda: field.accessibleDescription() == "is taken: there is a role night")
    dialog.form.open(dialog.form.values())
    dialog.close()


def test_what_somebody_else_ticked_meanwhile_is_shown(qtbot: QtBot, page: RolesPage, server: FakeServer) -> None:
    theirs = NIGHT.model_copy(update={"permissions": ["codes.scan.read"], "version": 2})
    current = theirs.model_dump(mode="json")
    body = {"title": "clash", "status": 409, "code": "version_clash", "detail": "changed", "current": current}
    server.answer(PUT, body, status=409)
    choose(page, "night")
    command(page, "role.edit").trigger()
    dialog = opened(page)
    dialog.form.fill({"name": "Watch"})
    dialog.save()
    qtbot.waitUntil(dialog.clash.isVisible)
    assert "Rights: was see machines, is now see scans" in dialog.clash.words.text()
    server.answer(PUT, theirs)
    dialog.save()
    qtbot.waitUntil(lambda: len(server.asked_for(PUT)) == 2)
    asked = server.asked_for(PUT)[1]
    assert asked.headers["if-match"] == '"2"'
    assert asked.body == {"name": "Watch", "description": None, "permissions": ["codes.scan.read"]}


def test_a_role_of_the_system_is_not_changed(qtbot: QtBot, page: RolesPage) -> None:
    choose(page, "planner")
    with qtbot.waitSignal(page.desk.messages.said):
        command(page, "role.edit").trigger()
    assert page.findChildren(RoleDialog) == []
    assert "Planner is a role of the system" in page.desk.messages.history[0].text


def test_a_role_is_put_out_of_use_after_a_question(qtbot: QtBot, page: RolesPage, server: FakeServer) -> None:
    gone = NIGHT.model_copy(update={"is_active": False, "version": 2})
    server.answer(DELETE, gone)
    choose(page, "night")
    command(page, "role.switch").trigger()
    (question,) = page.findChildren(Question)
    server.answer("GET /roles", Page[RoleAnswer](items=[role("planner", "Planner"), gone]))
    question.yes.click()
    qtbot.waitUntil(lambda: page.table.model.total == 2)
    assert server.asked_for(DELETE)[0].headers["if-match"] == '"1"'
    choose(page, "night")
    command(page, "role.edit").trigger()
    dialog = opened(page)
    assert "Saving brings it back" in dialog._intro.text()
    dialog.close()


class TestWithoutRights:
    """Somebody who may see roles and nothing else."""

    @pytest.fixture
    def rights(self) -> tuple[str, ...]:
        return ("identity.role.read",)

    def test_what_is_not_for_them_says_why(self, page: RolesPage) -> None:
        for id_, verb in (("role.new", "create"), ("role.edit", "update"), ("role.switch", "deactivate")):
            assert not command(page, id_).isEnabled()
            assert f"identity.role.{verb}" in command(page, id_).toolTip()
