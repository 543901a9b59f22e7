"""Which roles somebody has and where each holds, in the words of people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from unison_domain.identity.contracts import Me, RoleHeld, UserAnswer
from unison_domain.identity.invitation_contracts import InvitationAnswer

from unison_desktop.identity.people.places import Places
from unison_desktop.identity.people.roles import RoleBook
from unison_desktop.kernel.texts import _


class Where(NamedTuple):
    """The whole organization, one plant, or one department of it."""

    plant_id: UUID | None = None
    department_id: UUID | None = None


def held_by(person: UserAnswer | InvitationAnswer) -> list[RoleHeld]:
    """The roles of a person, or of somebody invited; a server that knows no places tells codes alone."""
    return person.held_roles or [RoleHeld(role=code) for code in person.roles]


def everywhere(person: UserAnswer) -> list[str]:
    """Codes of the roles that hold in the whole organization."""
    return [one.role for one in held_by(person) if one.plant_id is None]


def where(held: RoleHeld) -> Where:
    """Where a role holds."""
    return Where(held.plant_id, held.department_id)


def where_text(place: Where, places: Places) -> str:
    """Where it is, e.g. `Kiel` or `Press shop, Kiel`."""
    if place.plant_id is None:
        return _("Whole organization")
    plant = places.plant_name(place.plant_id)
    return plant if place.department_id is None else f"{places.department_name(place.department_id)}, {plant}"


def role_text(held: RoleHeld, roles: RoleBook, places: Places) -> str:
    """A role, with where it holds unless that is everywhere."""
    name = roles.name(held.role)
    return name if held.plant_id is None else f"{name} ({where_text(where(held), places)})"


def roles_text(held: Iterable[RoleHeld], roles: RoleBook, places: Places) -> str:
    """Several in a line."""
    return ", ".join(role_text(one, roles, places) for one in held)


def lacks_access(held: RoleHeld, person: UserAnswer, roles: RoleBook) -> bool:
    """Whether a role for a plant does nothing, because the person was not let into the plant."""
    if held.plant_id is None or roles.reigning([*everywhere(person), held.role]):
        return False
    return all(right.plant_id != held.plant_id for right in person.plants)


def all_places(places: Places) -> list[Where]:
    """All that a role may be for: the organization, then each plant with its departments."""
    found = [Where()]
    for plant_id in sorted(places.plants, key=lambda id_: places.plant_name(id_).casefold()):
        found.append(Where(plant_id))
        own = [one for one in places.departments.values() if one.plant_id == plant_id]
        found += [Where(plant_id, one.id) for one in sorted(own, key=lambda one: one.name.casefold())]
    return found


def held_at(giver: Me, place: Where) -> frozenset[str]:
    """What who gives may do in the place, and so may give there."""
    single = frozenset[str]().union(*(one.permissions for one in giver.placed))
    held = frozenset(giver.permissions) - single | frozenset(giver.withheld)
    for one in giver.placed:
        if one.plant_id == place.plant_id and one.department_id in (None, place.department_id):
            held |= frozenset(one.permissions)
    return held
