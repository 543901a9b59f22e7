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
    """What the actor may see of them. A place out of their sight is read where somebody has it, and written as it is.

    Attributes:
        departments: by plant and code. zones: of plants.
        codes: of all plants, departments and warehouses of the organization, also those out of sight.
    """

    plants: Mapping[str, UUID]
    departments: Mapping[tuple[UUID, str], UUID]
    warehouses: Mapping[str, UUID]
    zones: Mapping[UUID, str] = field(default_factory=dict)
    codes: Mapping[UUID, str] = field(default_factory=dict)

    def plant(self, code: str, held: Iterable[UUID]) -> UUID:
        """The plant of a code, or of an id, that is in sight or among those somebody has. Raises UnknownPlaceError."""
        return self._found("plant", code, self.plants, held)

    def warehouse(self, code: str, held: Iterable[UUID]) -> UUID:
        """The same of a warehouse."""
        return self._found("warehouse", code, self.warehouses, held)

    def role_place(self, text: str, held: Iterable[RolePlace]) -> RolePlace:
        """The plant `KIEL`, or the department `KIEL/PRESS`. Raises UnknownPlaceError."""
        own = list(held)
        is_plant = text in self.plants or any(self.codes.get(place.plant_id) == text for place in own)
        if is_plant or "/" not in text:
            return RolePlace(self.plant(text, [place.plant_id for place in own]))
        plant, _, code = text.partition("/")
        plant_id = self.plant(plant, [place.plant_id for place in own])
        there = {name: id_ for (of, name), id_ in self.departments.items() if of == plant_id}
        departments = [place.department_id for place in own if place.department_id and place.plant_id == plant_id]
        return RolePlace(plant_id, self._found("department", code, there, departments, f" in {plant}"))

    def text(self, id_: UUID) -> str:
        """How a plant or warehouse is written."""
        return self.codes.get(id_, str(id_))  # all have a code: none is ever removed

    def role_place_text(self, place: RolePlace) -> str:
        """How a place of a role is written."""
        parts = (place.plant_id, place.department_id)
        return "/".join(self.text(id_) for id_ in parts if id_ is not None)

    def _found(self, kind: str, code: str, known: Mapping[str, UUID], held: Iterable[UUID], within: str = "") -> UUID:
        if code in known:
            return known[code]
        for id_ in held:
            if code == self.codes.get(id_) or code.lower() == str(id_):
                return id_
        raise _unknown(kind, f"{code}{within}", known)


PlacesOf = Callable[[Scope], KnownPlaces]
"""Asks the other database for what the actor may see."""


def _unknown(kind: str, code: str, known: Mapping[str, UUID]) -> UnknownPlaceError:
    named = ", ".join([*sorted(known)[:_MOST_NAMED], *(["…"] if len(known) > _MOST_NAMED else [])])
    return UnknownPlaceError(f"there is no {kind} {code}; there {'is' if len(known) == 1 else 'are'} {named or 'none'}")
