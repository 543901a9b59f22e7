"""Where roles are given: that the place is there, and which plant a department is of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from unison_domain.identity.contracts import RoleGiven

from unison_server.kernel.errors import NotFound
from unison_server.kernel.scope import Scope

PlaceExists = Callable[[Scope, UUID], bool]
"""Whether there is a plant, or a warehouse, that the actor may see; they are in the other database."""
DepartmentPlant = Callable[[Scope, UUID], UUID | None]
"""The plant of a department that the actor may see."""
G = TypeVar("G", bound=RoleGiven)


@dataclass(frozen=True, slots=True)
class RolePlaces:
    """Asks the other database, so before the session of a request holds a connection that another could wait for."""

    plant_exists: PlaceExists
    department_plant: DepartmentPlant

    def placed(self, scope: Scope, wanted: G) -> G:
        """With the plant of its department.

        Raises:
            NotFound: there is no such place.
        """
        if wanted.department_id is None:
            if wanted.plant_id is not None:
                self.demand_plant(scope, wanted.plant_id)
            return wanted
        plant_id = self.department_plant(scope, wanted.department_id)
        if plant_id is None or wanted.plant_id not in (None, plant_id):
            where = "" if wanted.plant_id is None else f" in plant {wanted.plant_id}"
            message = f"There is no department {wanted.department_id}{where}"
            raise NotFound(message, thing="department", id=str(wanted.department_id))
        return wanted.model_copy(update={"plant_id": plant_id})

    def all_placed(self, scope: Scope, wanted: Iterable[G]) -> list[G]:
        """The same of several; each place is asked for once."""
        asked: dict[tuple[UUID | None, UUID | None], UUID | None] = {}
        for one in wanted:
            place = (one.plant_id, one.department_id)
            if place not in asked:
                asked[place] = self.placed(scope, one).plant_id
        return [one.model_copy(update={"plant_id": asked[one.plant_id, one.department_id]}) for one in wanted]

    def demand_plant(self, scope: Scope, plant_id: UUID) -> None:
        """Raises NotFound where there is no such plant."""
        if not self.plant_exists(scope, plant_id):
            raise NotFound(f"There is no plant {plant_id}", thing="plant", id=str(plant_id))
