"""Who acts, and what a database transaction may therefore see and touch."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


class ActorKind(StrEnum):
    """What kind of actor it is."""

    USER = "user"
    AGENT = "agent"
    """An installation of the station agent, by device token."""
    KEY = "key"
    """A program with an API key, which does no more than the person who made the key may."""
    SUPERADMIN = "superadmin"
    """A person of another organization who acts in this one by a right over all of them (`kernel/crossing.py`)."""
    SYSTEM = "system"
    """A job or a command of the server itself."""


ALL_PLACES = "*"
_OF_NO_PLANT = ("identity.", "server.", "platform.")
"""Rooms whose things are the whole organization's: a right over them holds everywhere, or not at all."""
OF_DEPARTMENTS = "sites.department."
"""What alone belongs to a department."""
_SEES = (".read", ".evaluate", ".review")
"""Verbs of rights that let see and change nothing: where one does not hold, nothing is seen by it."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Places (plants or warehouses) where somebody may read, write and delete; None is every place.

    To delete is to deactivate a master or to cancel a document; to write is every other change.
    """

    read: frozenset[UUID] | None = None
    write: frozenset[UUID] | None = None
    delete: frozenset[UUID] | None = None

    def may_read(self, place_id: UUID) -> bool:
        """Whether what is there is visible."""
        return self.read is None or place_id in self.read

    def may_write(self, place_id: UUID) -> bool:
        """Whether what is there may be changed."""
        return self.write is None or place_id in self.write

    def may_delete(self, place_id: UUID) -> bool:
        """Whether what is there may be deactivated or cancelled."""
        return self.delete is None or place_id in self.delete

    def joined(self, other: Reach) -> Reach:
        """Where either reaches."""
        return Reach(
            _either(self.read, other.read), _either(self.write, other.write), _either(self.delete, other.delete)
        )

    def within(self, places: Collection[UUID], *, is_for_reading: bool) -> Reach:
        """What is left of it in these places. Reading elsewhere stays, unless the reach is for reading."""
        read = _both(self.read, places) if is_for_reading else self.read
        return Reach(read, _both(self.write, places), _both(self.delete, places))


EVERYWHERE = Reach()
NOWHERE = Reach(frozenset(), frozenset(), frozenset())


class RolePlace(NamedTuple):
    """Where a role holds that does not hold in the whole organization: one plant, or one department of it."""

    plant_id: UUID
    department_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class HeldAt:
    """Where a permission holds that does not hold everywhere.

    Attributes:
        plants: with all that belongs to them. departments: of other plants, with what belongs to them alone.
    """

    permission: str
    plants: frozenset[UUID] = frozenset()
    departments: frozenset[UUID] = frozenset()
    plants_of_departments: frozenset[UUID] = frozenset()

    @property
    def counts(self) -> bool:
        """Whether it allows anything."""
        return bool(self.plants or self.departments) and not is_organization_wide(self.permission)

    @property
    def within(self) -> frozenset[UUID]:
        """Plants in which rows may be that it is about."""
        return self.plants | self.plants_of_departments


def only_sees(permission: str) -> bool:
    """Whether the permission is one to see something, not to change it."""
    return permission.endswith(_SEES)


def is_organization_wide(permission: str) -> bool:
    """Whether it is about what belongs to no plant."""
    return permission.startswith(_OF_NO_PLANT)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a transaction is held to; every transaction tells PostgreSQL, whose policies enforce it.

    Attributes:
        organization_id: the one organization whose rows exist for this transaction.
        actor_id: user, agent or key id, of a superadmin that in their own organization; None for the system.
        plants: whose rows it may read and change. warehouses: whose stock and places it may change.
        permissions: flat set of `room.thing.verb` that hold in the whole organization.
        placed: further ones that hold in one place.
        held: where the permission holds that was asked for; None: everywhere.
        session_id: sign-in session of a user.
        person_figures: the organization has what single persons did asked for; of a user and their keys.
        lacks_second_factor: of a user who must have one; nothing is open to them but what leads to it.
        follows: with whose end or change what it allows ends, too: an API key's owner, who practises' real session.
        request_id, address: for logs and audit.
    """

    organization_id: UUID
    actor_kind: ActorKind = ActorKind.SYSTEM
    actor_id: UUID | None = None
    plants: Reach = EVERYWHERE
    warehouses: Reach = EVERYWHERE
    permissions: frozenset[str] = field(default_factory=frozenset)
    placed: Mapping[RolePlace, frozenset[str]] = field(default_factory=dict)
    held: HeldAt | None = None
    session_id: UUID | None = None
    lacks_second_factor: bool = False
    person_figures: bool = False
    follows: frozenset[UUID] = frozenset()
    request_id: str = ""
    address: str = ""

    @property
    def actor(self) -> str:
        """`user:<id>`, `agent:<id>`, `key:<id>`, `superadmin:<id>` or `system`, as outbox and audit name it."""
        return f"{self.actor_kind}:{self.actor_id}" if self.actor_id else str(self.actor_kind)

    @property
    def user_id(self) -> UUID | None:
        """The person of this organization, where it is one."""
        return self.actor_id if self.actor_kind is ActorKind.USER else None

    @property
    def sees_all_places(self) -> bool:
        """Whether every plant and warehouse is readable."""
        return self.plants.read is None and self.warehouses.read is None

    def hangs_on(self, id_: UUID) -> bool:
        """Whether what it allows ends or changes with that session, actor, organization or what else it follows."""
        return id_ in (self.session_id, self.actor_id, self.organization_id) or id_ in self.follows

    def held_at(self, permission: str) -> HeldAt:
        """Where the permission holds by roles for a place; one for a department counts for what departments have."""
        places = [place for place, held in self.placed.items() if permission in held]
        plants = frozenset(place.plant_id for place in places if place.department_id is None)
        if not permission.startswith(OF_DEPARTMENTS):
            return HeldAt(permission, plants)
        of = {
            place.department_id: place.plant_id
            for place in places
            if place.department_id and place.plant_id not in plants
        }
        return HeldAt(permission, plants, frozenset(of), frozenset(of.values()))

    def holds(self, permission: str) -> bool:
        """Whether it allows anything, in the whole organization or in some place."""
        return permission in self.permissions or self.held_at(permission).counts

    def held_to(self, permission: str) -> Scope:
        """This scope for what asks for the permission: no row is read or changed where that does not hold."""
        if permission in self.permissions:
            return self
        held = self.held_at(permission)
        if self.held is not None:
            held = replace(held, plants=held.plants & self.held.within)
        plants = self.plants.within(held.within, is_for_reading=only_sees(permission))
        return replace(self, plants=plants, held=held)

    def looking_up(self, permission: str) -> Scope:
        """This scope for a change that looks things up: what is told of them is of where that may be read, too."""
        if self.held is None or permission in self.permissions:
            return self
        places = self.held_at(permission).plants | self.held.within
        return replace(self, plants=replace(self.plants, read=_both(self.plants.read, places)))

    @property
    def mark(self) -> str:
        """The same as long as who has this scope may do the same in the same places; it tells nothing else."""
        placed = sorted((str(place), sorted(held)) for place, held in self.placed.items())
        reaches = [
            one if one is None else sorted(map(str, one))
            for of in (self.plants, self.warehouses)
            for one in (of.read, of.write, of.delete)
        ]
        told = sorted(self.permissions), placed, reaches, self.lacks_second_factor, self.person_figures
        return hashlib.blake2b(repr(told).encode(), digest_size=12).hexdigest()

    def may_act_in(self, plant_id: UUID | None, permission: str) -> bool:
        """Whether the permission holds there and the plant may be changed; of no plant: in the whole organization."""
        if plant_id is None or not self.holds(permission):
            return permission in self.permissions
        plants = self.held_to(permission).plants
        return plants.may_read(plant_id) and plants.may_write(plant_id)

    def may_hear(self, permission: str, plant_id: UUID | None, entity: UUID | None) -> bool:
        """Whether what happened to a thing, in a plant or in none, may be told to who reads such things."""
        if plant_id is not None and not self.plants.may_read(plant_id):
            return False
        if permission in self.permissions:
            return True
        held = self.held_at(permission)
        return held.counts and (plant_id is None or plant_id in held.plants or entity in held.departments)

    def settings(self) -> dict[str, str]:
        """The `app.*` settings that policies and the audit trigger read."""
        return {
            "app.organization_id": str(self.organization_id),
            "app.actor_kind": str(self.actor_kind),
            "app.actor_id": str(self.actor_id or ""),
            "app.request_id": self.request_id,
            "app.address": self.address,
            "app.read_plants": _array(self.plants.read),
            "app.write_plants": _array(self.plants.write),
            "app.write_warehouses": _array(self.warehouses.write),
        }


def _array(places: Iterable[UUID] | None) -> str:
    return ALL_PLACES if places is None else "{" + ",".join(map(str, places)) + "}"


def _both(reach: frozenset[UUID] | None, places: Collection[UUID]) -> frozenset[UUID]:
    return frozenset(places) if reach is None else reach.intersection(places)


def _either(one: frozenset[UUID] | None, other: frozenset[UUID] | None) -> frozenset[UUID] | None:
    return None if one is None or other is None else one | other
