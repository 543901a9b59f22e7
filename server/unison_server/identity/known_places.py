"""Plants, departments and warehouses by the codes people write; their rows are in the other database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from unison_server.kernel.scope import RolePlace, Scope

_MOST_NAMED = 10


class UnknownPlaceError(LookupError):
    """There is no such place; says which there are."""


@dataclass(frozen=True, slots=True)
class KnownPlaces:
    """What the actor may see of them. A place out of sight is written as its id, and read where somebody has it.

    Attributes:
        departments: by plant and code. zones: of plants.
    """

    plants: Mapping[str, UUID]
    departments: Mapping[tuple[UUID, str], UUID]
    warehouses: Mapping[str, UUID]
    zones: Mapping[UUID, str] = field(default_factory=dict)

    def plant(self, code: str, held: Iterable[UUID]) -> UUID:
        """The plant of a code, or of an id that is among those somebody has. Raises UnknownPlaceError."""
        return _found("plant", code, self.plants, held)

    def warehouse(self, code: str, held: Iterable[UUID]) -> UUID:
        """The same of a warehouse."""
        return _found("warehouse", code, self.warehouses, held)

    def role_place(self, text: str, held: Iterable[RolePlace]) -> RolePlace:
        """The plant `KIEL`, or the department `KIEL/PRESS`. Raises UnknownPlaceError."""
        own = list(held)
        if text in self.plants or "/" not in text:
            return RolePlace(self.plant(text, [place.plant_id for place in own]))
        plant, _, code = text.partition("/")
        plant_id = self.plant(plant, [place.plant_id for place in own])
        there = {name: id_ for (of, name), id_ in self.departments.items() if of == plant_id}
        departments = [place.department_id for place in own if place.department_id and place.plant_id == plant_id]
        return RolePlace(plant_id, _found(f"department in {plant}", code, there, departments))

    def plant_text(self, id_: UUID) -> str:
        """How a plant is written."""
        return _code(self.plants, id_)

    def warehouse_text(self, id_: UUID) -> str:
        """How a warehouse is written."""
        return _code(self.warehouses, id_)

    def role_place_text(self, place: RolePlace) -> str:
        """How a place of a role is written."""
        plant = self.plant_text(place.plant_id)
        if place.department_id is None:
            return plant
        return f"{plant}/{_code({code: id_ for (_, code), id_ in self.departments.items()}, place.department_id)}"


PlacesOf = Callable[[Scope], KnownPlaces]
"""Asks the other database for what the actor may see."""


def _code(codes: Mapping[str, UUID], id_: UUID) -> str:
    return next((code for code, known in codes.items() if known == id_), str(id_))


def _found(kind: str, code: str, known: Mapping[str, UUID], held: Iterable[UUID]) -> UUID:
    if code in known:
        return known[code]
    for id_ in held:
        if str(id_) == code.lower():
            return id_
    named = ", ".join([*sorted(known)[:_MOST_NAMED], *(["…"] if len(known) > _MOST_NAMED else [])])
    raise UnknownPlaceError(f"there is no {kind} {code}; there {'is' if len(known) == 1 else 'are'} {named or 'none'}")
