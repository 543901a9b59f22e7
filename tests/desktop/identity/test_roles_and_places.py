"""Roles and places are given to a person, as far as one's own rights go."""

from __future__ import annotations

from typing import Any

from pytestqt.qtbot import QtBot
from unison_desktop.identity.people.page import PeoplePage
from unison_desktop.identity.people.place_fields import place_editor
from unison_desktop.identity.people.rights_editors import (
    DEFAULT,
    DELETE,
    READ,
    WRITE,
    PlacesEditor,
    RolesEditor,
)
from unison_desktop.identity.people.rights_forms import PlacesDialog, RolesDialog

from tests.desktop.fake_server import Answer, Asked, FakeServer
from tests.desktop.identity.conftest import EMPTY, TICKED
from tests.desktop.identity.people_page import ANNA, choose, command, page, tick
from tests.desktop.identity.samples import GOODS, KIEL, LYON, RAW, anna

__all__ = ["page"]


def roles_dialog(qtbot: QtBot, page: PeoplePage) -> tuple[RolesDialog, RolesEditor]:
    choose(qtbot, page, "Anna Berger")
    command(page, "person.roles").trigger()
    (dialog,) = page.findChildren(RolesDialog)
    return dialog, dialog.editor.roles


def test_roles_are_given_and_taken_one_after_the_other(qtbot: QtBot, page: PeoplePage, server: FakeServer) -> None:
    path, version = f"{ANNA}/assign-role", [4]

    def assigned(_asked: Asked) -> Answer:
        version[0] += 1
        return Answer(anna().model_copy(update={"version": version[0]}).model_dump(mode="json"))

    server.answer_with(f"POST {path}", assigned)
    dialog, editor = roles_dialog(qtbot, page)
    assert editor.value() == ["planner"]
    tick(editor, "planner", EMPTY)
    tick(editor, "night", TICKED)
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    told = [(one.headers["if-match"], one.body) for one in server.asked_for(f"POST {path}")]
    assert told == [('"4"', {"role": "night"}), ('"5"', {"role": "planner", "assigned": False})]


def test_a_role_beyond_ones_own_rights_is_barred_and_says_why(qtbot: QtBot, page: PeoplePage) -> None:
    dialog, editor = roles_dialog(qtbot, page)
    item = editor.item("admin")
    assert item is not None
    assert item.isDisabled()
    assert item.text(1) == "You can't give or take this role: you lack “change machines” (machines.machine.update)."
    dialog.close()


def test_what_is_refused_is_named_and_what_was_given_stays(qtbot: QtBot, page: PeoplePage, server: FakeServer) -> None:
    def assign(asked: Asked) -> Answer:
        if asked.body["role"] == "night":
            given = anna().model_copy(update={"version": 5, "roles": ["planner", "night"]})
            return Answer(given.model_dump(mode="json"))
        refused = {"title": "no", "status": 403, "code": "beyond_own_rights", "detail": "you lack it"}
        return Answer(refused, 403)

    server.answer_with(f"POST {ANNA}/assign-role", assign)
    dialog, editor = roles_dialog(qtbot, page)
    tick(editor, "night", TICKED)
    tick(editor, "planner", EMPTY)
    dialog.save()
    qtbot.waitUntil(lambda: dialog._error.text() == "Planner: you lack it")
    assert dialog.version == 5
    dialog.form.open({})
    dialog.close()


def places_dialog(qtbot: QtBot, page: PeoplePage) -> PlacesDialog:
    choose(qtbot, page, "Anna Berger")
    command(page, "person.places").trigger()
    (dialog,) = page.findChildren(PlacesDialog)
    return dialog


def state(editor: PlacesEditor, id_: Any) -> str:
    """The verbs that are ticked, by their first letters; D stands for delete, * for the default."""
    marks = {READ: "R", WRITE: "W", DELETE: "D", DEFAULT: "*"}
    offered = [verb for verb in marks if verb in editor._verbs]
    return "".join(marks[verb] for verb in offered if editor.cell(str(id_), verb).checkState() is TICKED)


def test_there_is_one_default_and_who_writes_reads(qtbot: QtBot, page: PeoplePage) -> None:
    dialog = places_dialog(qtbot, page)
    editor = place_editor(dialog.form, "warehouses")
    assert (state(editor, GOODS), state(editor, RAW)) == ("RW*", "")
    editor.cell(str(RAW), DEFAULT).setCheckState(TICKED)
    assert (state(editor, GOODS), state(editor, RAW)) == ("RW", "R*")
    editor.cell(str(RAW), DELETE).setCheckState(TICKED)
    editor.cell(str(GOODS), READ).setCheckState(EMPTY)
    assert (state(editor, GOODS), state(editor, RAW)) == ("", "RD*")
    dialog.form.open(dialog.form.values())
    dialog.close()


def test_rights_in_places_are_sent_where_they_changed(qtbot: QtBot, page: PeoplePage, server: FakeServer) -> None:
    for kind in ("plant", "warehouse"):
        server.answer(f"POST {ANNA}/assign-{kind}", anna())
    dialog = places_dialog(qtbot, page)
    place_editor(dialog.form, "plants").cell(str(LYON), WRITE).setCheckState(TICKED)
    place_editor(dialog.form, "plants").cell(str(KIEL), READ).setCheckState(EMPTY)
    place_editor(dialog.form, "warehouses").cell(str(RAW), DEFAULT).setCheckState(TICKED)
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    plants = [one.body for one in server.asked_for(f"POST {ANNA}/assign-plant")]
    assert plants == [
        {"plant_id": str(KIEL), "can_read": False},
        {"plant_id": str(LYON), "can_read": True, "can_write": True, "can_delete": False},
    ]
    sent = [one.body for one in server.asked_for(f"POST {ANNA}/assign-warehouse")]
    stores = [(body["warehouse_id"], body["is_default"]) for body in sent]
    assert sorted(stores) == [(str(RAW), True), (str(GOODS), False)]
