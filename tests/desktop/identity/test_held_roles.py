"""Roles that hold in one plant or department: given on the page of people, and told with where they hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.identity.people.held_roles import Where
from unison_desktop.identity.people.page import PeoplePage
from unison_desktop.identity.people.rights_forms import RolesDialog
from unison_desktop.identity.people.why_not import REASONS
from unison_domain.identity.contracts import HeldInPlace, RoleHeld, UserAnswer
from unison_domain.identity.role_contracts import Against, EffectivePermission, EffectivePermissions, WhyNot

from tests.desktop import samples
from tests.desktop.fake_server import Answer, Asked, FakeServer
from tests.desktop.identity.conftest import EMPTY, TICKED
from tests.desktop.identity.people_page import ANNA, choose, command, shown, tick
from tests.desktop.identity.samples import KIEL, LYON, PRESS, RIGHTS, anna, people

HELD = [
    RoleHeld(role="night", plant_id=LYON),
    RoleHeld(role="operator", plant_id=KIEL, department_id=PRESS),
    RoleHeld(role="planner"),
]


def known() -> UserAnswer:
    return anna().model_copy(update={"roles": ["night", "operator", "planner"], "held_roles": HELD})


@pytest.fixture
def page(qtbot: QtBot, people_desk: Desk, server: FakeServer) -> Iterator[PeoplePage]:
    server.answer("GET /users", [known(), *people()[1:]])
    made = PeoplePage(people_desk, Place("people"))
    made.resize(1200, 800)
    made.show()
    with qtbot.waitSignal(made.loaded):
        made.reload()
    qtbot.waitUntil(lambda: bool(made._places.departments and made._places.plants))
    yield made
    made.close()
    made.deleteLater()


def dialog_of(qtbot: QtBot, page: PeoplePage) -> RolesDialog:
    choose(qtbot, page, "Anna Berger")
    command(page, "person.roles").trigger()
    (dialog,) = page.findChildren(RolesDialog)
    return dialog


def test_where_roles_hold_is_told(qtbot: QtBot, page: PeoplePage) -> None:
    roles = "Night watch (Lyon), Operator (Press shop, Kiel), Planner"
    assert shown(page.table, "name", "roles")[0] == ("Anna Berger", roles)
    choose(qtbot, page, "Anna Berger")
    rights = shown(page.rights, "name", "gives")
    assert rights[0] == ("Night watch (Lyon)", "Nothing yet: the person has no access to this plant. 1 right")
    assert rights[1][0] == "Operator (Press shop, Kiel)"
    assert "Nothing yet" not in rights[1][1]


def test_each_place_has_its_own_ticks(qtbot: QtBot, page: PeoplePage, server: FakeServer) -> None:
    dialog = dialog_of(qtbot, page)
    editor = dialog.editor
    places = [editor.place.itemText(index) for index in range(editor.place.count())]
    assert places == [
        "Whole organization: Planner",
        "Kiel",
        "Press shop, Kiel: Operator",
        "Lyon: Night watch",
    ]
    assert editor.roles.value() == ["planner"]
    answer = known().model_dump(mode="json")
    server.answer_with(f"POST {ANNA}/assign-role", lambda _asked: Answer(answer))
    editor.choose(Where(KIEL))
    assert editor.roles.value() == []
    tick(editor.roles, "planner", TICKED)
    editor.choose(Where(KIEL, PRESS))
    tick(editor.roles, "operator", EMPTY)
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    assert [one.body for one in server.asked_for(f"POST {ANNA}/assign-role")] == [
        {"role": "planner", "plant_id": str(KIEL)},
        {"role": "operator", "assigned": False, "plant_id": str(KIEL), "department_id": str(PRESS)},
    ]


def test_a_refusal_names_the_role_and_where(qtbot: QtBot, page: PeoplePage, server: FakeServer) -> None:
    def refuse(_asked: Asked) -> Answer:
        return Answer({"title": "no", "status": 403, "code": "beyond_own_rights", "detail": "you lack it"}, 403)

    server.answer_with(f"POST {ANNA}/assign-role", refuse)
    dialog = dialog_of(qtbot, page)
    dialog.editor.choose(Where(KIEL))
    tick(dialog.editor.roles, "planner", TICKED)
    dialog.save()
    qtbot.waitUntil(lambda: dialog._error.text() == "Planner (Kiel): you lack it")
    dialog.form.open({})
    dialog.close()


def test_what_is_held_in_one_plant_is_given_there_alone(qtbot: QtBot, people_desk: Desk, page: PeoplePage) -> None:
    placed = [HeldInPlace(plant_id=KIEL, permissions=["machines.machine.update"])]
    people_desk.session.me = samples.me(permissions=[*RIGHTS, "machines.machine.update"], placed=placed)
    dialog = dialog_of(qtbot, page)

    def is_barred() -> bool:
        item = dialog.editor.roles.item("admin")
        assert item is not None
        return item.isDisabled()

    assert is_barred()
    for place, barred in ((Where(KIEL), False), (Where(KIEL, PRESS), False), (Where(LYON), True)):
        dialog.editor.choose(place)
        assert is_barred() is barred
    dialog.close()


def test_it_is_shown_where_a_right_holds_and_what_counts_nowhere(
    qtbot: QtBot, page: PeoplePage, server: FakeServer
) -> None:
    def one(permission: str, *held: RoleHeld, counts: bool = True) -> EffectivePermission:
        roles = [role.role for role in held]
        return EffectivePermission(permission=permission, given_by=roles, held=list(held), counts=counts)

    wide = [Against(reason=WhyNot.ORGANIZATION_WIDE, places=[HELD[0]])]
    may = [
        one("codes.scan.read", HELD[2], HELD[0]),
        one("identity.user.read", HELD[0], counts=False).model_copy(update={"against": wide}),
        one("machines.machine.read", HELD[0]),
        one("machines.machine.update", counts=False).model_copy(update={"against": [Against(reason=WhyNot.NO_ROLE)]}),
    ]
    told: dict[str, Any] = {"all_places": False, "reads_all_places": False}
    server.answer(f"GET {ANNA}/permissions", EffectivePermissions(user_id=anna().id, permissions=may, **told))
    choose(qtbot, page, "Anna Berger")
    assert shown(page.may, "may", "by", "against") == [
        ("yes", "Planner, Night watch (Lyon)", ""),
        ("no", "Night watch (Lyon)", "it is about the whole organization, and held in places alone: Lyon"),
        ("in Lyon", "Night watch (Lyon)", ""),
        ("no", "", "none of the roles gives it"),
    ]


def test_every_reason_against_a_right_has_words() -> None:
    assert set(REASONS) == set(WhyNot)
