"""What a right for one place lets a request see and change."""

from __future__ import annotations

from dataclasses import replace

import pytest
from unison_server.kernel.keys import new_id
from unison_server.kernel.scope import EVERYWHERE, Reach, RolePlace, Scope

HERE, THERE, PRESS = new_id(), new_id(), new_id()
READ, CHANGE, DEPARTMENTS = "machines.machine.read", "machines.machine.update", "sites.department.read"
EVALUATE = "sites.person.evaluate"


def scope(plants: Reach = EVERYWHERE, **placed: frozenset[str]) -> Scope:
    places = {"here": RolePlace(HERE), "press": RolePlace(THERE, PRESS)}
    return Scope(new_id(), plants=plants, placed={places[name]: held for name, held in placed.items()})


@pytest.mark.parametrize("seen_by", [READ, EVALUATE])
def test_what_is_read_is_what_is_where_the_right_holds(seen_by: str) -> None:
    plants = scope(here=frozenset({seen_by})).held_to(seen_by).plants
    assert (plants.read, plants.write, plants.delete) == (frozenset({HERE}),) * 3


def test_who_changes_still_sees_what_they_may_not_change() -> None:
    held = scope(here=frozenset({CHANGE})).held_to(CHANGE)
    assert (held.plants.may_read(THERE), held.plants.may_write(THERE), held.plants.may_write(HERE)) == (
        True,
        False,
        True,
    )


def test_a_role_for_a_plant_gives_no_access_to_it() -> None:
    own = Reach(frozenset({THERE}), frozenset(), frozenset())
    assert scope(own, here=frozenset({READ})).held_to(READ).plants.read == frozenset()


def test_two_rights_hold_where_both_do() -> None:
    both = scope(here=frozenset({CHANGE}), press=frozenset({DEPARTMENTS}))
    assert both.held_to(CHANGE).held_to(DEPARTMENTS).plants.write == frozenset()


def test_a_right_in_the_whole_organization_changes_nothing() -> None:
    everywhere = Scope(new_id(), permissions=frozenset({READ}), placed={RolePlace(HERE): frozenset({READ})})
    assert everywhere.held_to(READ) is everywhere


@pytest.mark.parametrize(
    ("permission", "plant", "heard"),
    [(READ, HERE, True), (READ, THERE, False), (READ, None, True), ("identity.user.read", None, False)],
)
def test_events_are_heard_where_the_right_holds(permission: str, plant: object, heard: bool) -> None:
    listening = scope(here=frozenset({READ, "identity.user.read"}))
    assert listening.may_hear(permission, HERE if plant is HERE else THERE if plant else None, None) is heard


def test_of_a_department_is_heard_what_happens_to_it() -> None:
    listening = scope(press=frozenset({DEPARTMENTS, READ}))
    assert listening.may_hear(DEPARTMENTS, THERE, PRESS)
    assert not listening.may_hear(DEPARTMENTS, THERE, new_id())
    assert not listening.may_hear(READ, THERE, PRESS)


def test_a_scope_is_marked_by_what_it_allows_alone() -> None:
    reach = Reach(frozenset({HERE}), frozenset(), frozenset())
    one = Scope(new_id(), permissions=frozenset([READ, CHANGE]), plants=reach)
    same = replace(one, organization_id=new_id(), permissions=frozenset([CHANGE, READ]), request_id="another")
    assert same.mark == one.mark
    others = (
        replace(one, permissions=frozenset({READ})),
        replace(one, placed={RolePlace(HERE): frozenset({READ})}),
        replace(one, placed={RolePlace(HERE, PRESS): frozenset({READ})}),
        replace(one, plants=replace(reach, write=frozenset({HERE}))),
        replace(one, plants=replace(reach, delete=frozenset({HERE}))),
        replace(one, plants=Reach()),
        replace(one, warehouses=reach),
        replace(one, lacks_second_factor=True),
        replace(one, person_figures=True),
    )
    assert len({one.mark, *(another.mark for another in others)}) == len(others) + 1
