"""Where roles and rights are given: that the place is there, and which plant a department is of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from unison_domain.identity.contracts import RightsGiven, RoleGiven

from unison_server.kernel.errors import Clash, NotFound
from unison_server.kernel.scope import Scope

PlaceInUse = Callable[[Scope, UUID], bool | None]
"""Whether a plant, or a warehouse, is in use; None where the actor may see none. They are in the other database."""
DepartmentPlant = Callable[[Scope, UUID], UUID | None]
"""The plant of a department that the actor may see."""
G = TypeVar("G", bound=RoleGiven)
R = TypeVar("R", bound=RightsGiven)


@dataclass(frozen=True, slots=True)
class RolePlaces:
    """Asks the other database, so before the session of a request holds a connection that another could wait for."""

    plant_in_use: PlaceInUse
    department_plant: DepartmentPlant
    warehouse_in_use: PlaceInUse

    def all_given(self, scope: Scope, wanted: R) -> R:
        """What somebody new is given, with the plants of departments.

        Raises:
            NotFound: there is no such place. Clash: it is out of use.
        """
        held_roles = self.all_placed(scope, wanted.held_roles)
        for plant in wanted.plants:
            self.demand_plant(scope, plant.plant_id, is_given=True)
        for warehouse in wanted.warehouses:
            self.demand_warehouse(scope, warehouse.warehouse_id, is_given=True)
        return wanted.model_copy(update={"held_roles": held_roles})

    def placed(self, scope: Scope, wanted: G, *, is_given: bool = True) -> G:
        """With the plant of its department.

        Args:
            is_given: the role is given there, not taken away.

        Raises:
            NotFound: there is no such place. Clash: it is out of use, and the role is given.
        """
        if wanted.department_id is None:
            if wanted.plant_id is not None:
                self.demand_plant(scope, wanted.plant_id, is_given=is_given)
            return wanted
        plant_id = self.department_plant(scope, wanted.department_id)
        if plant_id is None or wanted.plant_id not in (None, plant_id):
            where = "" if wanted.plant_id is None else f" in plant {wanted.plant_id}"
            message = f"There is no department {wanted.department_id}{where}"
            raise NotFound(message, thing="department", id=str(wanted.department_id))
        if is_given:
            self.demand_plant(scope, plant_id, is_given=True)
        return wanted.model_copy(update={"plant_id": plant_id})

    def all_placed(self, scope: Scope, wanted: Iterable[G]) -> list[G]:
        """The same of several; each place is asked for once."""
        asked: dict[tuple[UUID | None, UUID | None], UUID | None] = {}
        for one in wanted:
            place = (one.plant_id, one.department_id)
            if place not in asked:
                asked[place] = self.placed(scope, one).plant_id
        return [one.model_copy(update={"plant_id": asked[one.plant_id, one.department_id]}) for one in wanted]

    def demand_plant(self, scope: Scope, plant_id: UUID, *, is_given: bool = False) -> None:
        """Raises NotFound where there is no such plant, and Clash where rights there are given and it is out of use."""
        _demand_place("plant", plant_id, self.plant_in_use(scope, plant_id), is_given=is_given)

    def demand_warehouse(self, scope: Scope, warehouse_id: UUID, *, is_given: bool = False) -> None:
        """The same of a warehouse."""
        _demand_place("warehouse", warehouse_id, self.warehouse_in_use(scope, warehouse_id), is_given=is_given)


def _demand_place(kind: str, id_: UUID, in_use: bool | None, *, is_given: bool) -> None:
    if in_use is None:
        raise NotFound(f"There is no {kind} {id_}", thing=kind, id=str(id_))
    if is_given and not in_use:
        raise Clash(f"This {kind} is out of use: bring it back first", code="out_of_use", kind=kind, id=str(id_))
