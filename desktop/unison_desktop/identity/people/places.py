"""The plants and warehouses somebody may be let into, by their names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID
from zoneinfo import ZoneInfo

from unison_domain.identity.contracts import Me, PlantRight, UserAnswer, WarehouseRight
from unison_domain.identity.invitation_contracts import InvitationAnswer
from unison_domain.sites.contracts import DepartmentAnswer, PlantAnswer, WarehouseAnswer
from unison_domain.sites.local_days import zone_of_somebody

from unison_desktop.identity.people.rights_editors import DELETE, READ, WRITE, Place
from unison_desktop.kernel.texts import _

PLACES = ("sites.plant", "sites.department", "sites.warehouse")
"""Topics of what changes what is known of them."""
_LACKS = _("You can't give this: you lack it there yourself.")


@dataclass(frozen=True, slots=True)
class Places:
    """What is known of them, and of the departments of the plants."""

    plants: Mapping[UUID, PlantAnswer] = field(default_factory=dict)
    warehouses: Mapping[UUID, WarehouseAnswer] = field(default_factory=dict)
    departments: Mapping[UUID, DepartmentAnswer] = field(default_factory=dict)

    def with_plants(self, known: Iterable[PlantAnswer]) -> Places:
        """The same with these plants."""
        return replace(self, plants={one.id: one for one in known})

    def with_warehouses(self, known: Iterable[WarehouseAnswer]) -> Places:
        """The same with these warehouses."""
        return replace(self, warehouses={one.id: one for one in known})

    def with_departments(self, known: Iterable[DepartmentAnswer]) -> Places:
        """The same with those of these departments that are in use."""
        return replace(self, departments={one.id: one for one in known if one.is_active})

    def plant_name(self, id_: UUID) -> str:
        """What people call a plant."""
        plant = self.plants.get(id_)
        return plant.name if plant is not None else _("a plant that is no longer in use")

    def zone_of(self, person: UserAnswer | None, of_organization: str) -> ZoneInfo:
        """By whose clocks the days of somebody are."""
        plants = (self.plants.get(right.plant_id) for right in (person.plants if person else ()))
        return zone_of_somebody((one.time_zone for one in plants if one is not None), of_organization)

    def department_name(self, id_: UUID) -> str:
        """What people call a department."""
        department = self.departments.get(id_)
        return department.name if department is not None else _("a department that is no longer in use")

    def warehouse_name(self, id_: UUID) -> str:
        """What people call a warehouse, and where it is."""
        warehouse = self.warehouses.get(id_)
        if warehouse is None:
            return _("a warehouse that is no longer in use")
        plant = self.plants.get(warehouse.plant_id)
        return warehouse.name if plant is None else f"{warehouse.name} ({plant.name})"

    def plant_rows(self, giver: Me) -> list[Place]:
        """All plants, with what the giver lacks there."""
        own = {right.plant_id: right for right in giver.plants}
        return _rows(self.plants, self.plant_name, own, giver)

    def warehouse_rows(self, giver: Me) -> list[Place]:
        """All warehouses, with what the giver lacks there."""
        own = {right.warehouse_id: right for right in giver.warehouses}
        return _rows(self.warehouses, self.warehouse_name, own, giver)

    def default_of(self, person: UserAnswer) -> str:
        """The warehouse somebody works in unless they say otherwise; empty for none."""
        default = next((right.warehouse_id for right in person.warehouses if right.is_default), None)
        return "" if default is None else self.warehouse_name(default)

    def plants_text(self, person: UserAnswer | InvitationAnswer) -> str:
        """In which plants somebody was given a right, or will be."""
        return ", ".join(sorted(self.plant_name(right.plant_id) for right in person.plants))

    def warehouses_text(self, person: UserAnswer | InvitationAnswer) -> str:
        """In which warehouses."""
        return ", ".join(sorted(self.warehouse_name(right.warehouse_id) for right in person.warehouses))


def verbs_text(right: PlantRight | WarehouseRight) -> str:
    """What may be done in one place."""
    given = [verb.title for verb in (READ, WRITE, DELETE) if getattr(right, verb.name)]
    return ", ".join(given).capitalize()


def _rows(
    ids: Iterable[UUID], name: Callable[[UUID], str], own: Mapping[UUID, PlantRight | WarehouseRight], giver: Me
) -> list[Place]:
    def barred(id_: UUID) -> dict[str, str]:
        held = own.get(id_)
        return {} if giver.all_plants else {v.name: _LACKS for v in _VERBS if not getattr(held, v.name, False)}

    return sorted((Place(str(id_), name(id_), barred(id_)) for id_ in ids), key=_by_name)


def _by_name(place: Place) -> str:
    return place.name.casefold()


_VERBS = (READ, WRITE, DELETE)
