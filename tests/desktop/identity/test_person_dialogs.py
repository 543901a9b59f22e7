"""A person is made, corrected and let go."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QCheckBox, QLineEdit
from pytestqt.qtbot import QtBot
from unison_desktop.frame.question import Question
from unison_desktop.identity.people.end_editor import AccessEndEditor
from unison_desktop.identity.people.forms import NewPersonDialog, PasswordDialog, PasswordEditor, PersonDialog
from unison_desktop.identity.people.page import PeoplePage
from unison_desktop.identity.people.place_fields import place_editor
from unison_desktop.identity.people.rights_editors import (
    DEFAULT,
    WRITE,
)

from tests.desktop.fake_server import FakeServer
from tests.desktop.identity.conftest import TICKED
from tests.desktop.identity.people_page import ANNA, choose, command, page
from tests.desktop.identity.samples import LYON, RAW, anna, person

__all__ = ["page"]


def fill_new(page: PeoplePage, **typed: Any) -> NewPersonDialog:
    command(page, "person.new").trigger()
    (dialog,) = page.findChildren(NewPersonDialog)
    dialog.form.fill(typed)
    return dialog


def test_a_new_person_is_sent_with_password_and_roles(qtbot: QtBot, page: PeoplePage, server: FakeServer) -> None:
    server.answer("POST /users", person(20, "Ida New"), status=201)
    held = [{"role": "operator", "plant_id": None, "department_id": None}]
    fill_new(page, full_name="Ida New", username="ida", password="long enough", held_roles=held).save()
    qtbot.waitUntil(lambda: bool(server.asked_for("POST /users")))
    sent = server.asked_for("POST /users")[0].body
    assert sent == {
        "username": "ida",
        "full_name": "Ida New",
        "email": None,
        "employee_code": None,
        "phone": None,
        "password": "long enough",
        "access_ends_at": None,
        "held_roles": held,
        "plants": [],
        "warehouses": [],
    }


def test_when_access_ends_can_be_read_whole(qtbot: QtBot, page: PeoplePage) -> None:
    dialog = fill_new(page, access_ends_at="2026-12-31T16:00:00+00:00")
    dialog.show()
    (editor,) = dialog.findChildren(AccessEndEditor)
    qtbot.waitUntil(editor.day.isVisible)
    cut = [part for part in (editor.day, editor.within, editor.at) if part.width() < part.sizeHint().width()]
    assert cut == []


def test_a_new_person_is_sent_with_the_places_that_are_ticked(
    qtbot: QtBot, page: PeoplePage, server: FakeServer
) -> None:
    server.answer("POST /users", person(20, "Ida New"), status=201)
    dialog = fill_new(page, full_name="Ida New", username="ida")
    place_editor(dialog.form, "plants").cell(str(LYON), WRITE).setCheckState(TICKED)
    place_editor(dialog.form, "warehouses").cell(str(RAW), DEFAULT).setCheckState(TICKED)
    dialog.save()
    qtbot.waitUntil(lambda: bool(server.asked_for("POST /users")))
    sent = server.asked_for("POST /users")[0].body
    assert sent["plants"] == [{"plant_id": str(LYON), "can_read": True, "can_write": True, "can_delete": False}]
    (raw,) = sent["warehouses"]
    assert raw == {
        "warehouse_id": str(RAW),
        "can_read": True,
        "can_write": False,
        "can_delete": False,
        "is_default": True,
    }


def test_what_is_wrong_stands_beside_its_field(qtbot: QtBot, page: PeoplePage, server: FakeServer) -> None:
    dialog = fill_new(page, full_name="Ida New", username="ida", password="short")
    dialog.save()
    assert server.asked_for("POST /users") == []
    errors = [{"field": "username", "code": "taken", "message": "is taken: somebody signs in with it"}]
    body = {"title": "taken", "status": 409, "code": "taken", "detail": "username is taken", "errors": errors}
    server.answer("POST /users", body, status=409)
    dialog.form.fill({"password": "long enough"})
    dialog.save()
    field = dialog.form.editor("username").field
    qtbot.waitUntil(lambda: field.accessibleDescription() == "is taken: somebody signs in with it")
    dialog.form.open({})
    dialog.close()


def test_a_password_is_hidden_until_it_is_asked_for(page: PeoplePage, qtbot: QtBot, server: FakeServer) -> None:
    server.answer(f"PATCH {ANNA}", anna())
    choose(qtbot, page, "Anna Berger")
    command(page, "person.password").trigger()
    (dialog,) = page.findChildren(PasswordDialog)
    editor = dialog.form.editor("password")
    assert isinstance(editor, PasswordEditor)
    assert editor.line.echoMode() is QLineEdit.EchoMode.Password
    (box,) = editor.findChildren(QCheckBox)
    box.click()
    assert editor.line.echoMode() is QLineEdit.EchoMode.Normal
    editor.set_value("another one")
    dialog.save()
    qtbot.waitUntil(lambda: bool(server.asked_for(f"PATCH {ANNA}")))
    (asked,) = server.asked_for(f"PATCH {ANNA}")
    assert (asked.headers["if-match"], asked.body) == ('"4"', {"password": "another one"})


def test_what_somebody_else_changed_meanwhile_is_shown(qtbot: QtBot, page: PeoplePage, server: FakeServer) -> None:
    current = anna().model_copy(update={"phone": "555", "version": 5}).model_dump(mode="json")
    body = {"title": "clash", "status": 409, "code": "version_clash", "detail": "changed", "current": current}
    server.answer(f"PATCH {ANNA}", body, status=409)
    choose(qtbot, page, "Anna Berger")
    command(page, "person.edit").trigger()
    (dialog,) = page.findChildren(PersonDialog)
    dialog.form.fill({"full_name": "Anna Berg"})
    dialog.save()
    qtbot.waitUntil(dialog.clash.isVisible)
    assert "Phone: was -, is now 555" in dialog.clash.words.text()
    server.answer(f"PATCH {ANNA}", anna())
    dialog.save()
    qtbot.waitUntil(lambda: len(server.asked_for(f"PATCH {ANNA}")) == 2)
    asked = server.asked_for(f"PATCH {ANNA}")[1]
    assert asked.headers["if-match"] == '"5"'
    names = {"username": anna().username, "email": anna().email, "employee_code": anna().employee_code}
    assert asked.body == {"full_name": "Anna Berg", "phone": "555", "access_ends_at": None, **names}


def test_names_that_were_typed_wrong_are_corrected(qtbot: QtBot, page: PeoplePage, server: FakeServer) -> None:
    server.answer(f"PATCH {ANNA}", anna())
    choose(qtbot, page, "Anna Berger")
    command(page, "person.edit").trigger()
    (dialog,) = page.findChildren(PersonDialog)
    right = {"username": "anne", "email": "anne@demo.example", "employee_code": "E-77", "full_name": "Anne Berger"}
    dialog.form.fill(right)
    dialog.save()
    qtbot.waitUntil(lambda: bool(server.asked_for(f"PATCH {ANNA}")))
    assert server.asked_for(f"PATCH {ANNA}")[0].body.items() >= right.items()


def test_somebody_is_deactivated_after_a_question_and_comes_back(
    qtbot: QtBot, page: PeoplePage, server: FakeServer
) -> None:
    gone = anna().model_copy(update={"is_active": False, "version": 5})
    server.answer(f"DELETE {ANNA}", gone)
    choose(qtbot, page, "Anna Berger")
    switch = command(page, "person.switch")
    switch.trigger()
    (question,) = page.findChildren(Question)
    server.answer("GET /users", [gone])
    question.yes.click()
    page.which.setCurrentText("All")
    qtbot.waitUntil(lambda: switch.text() == "Activate again")
    server.answer(f"PATCH {ANNA}", anna())
    switch.trigger()
    qtbot.waitUntil(lambda: bool(server.asked_for(f"PATCH {ANNA}")))
    assert server.asked_for(f"PATCH {ANNA}")[0].body == {"is_active": True}
