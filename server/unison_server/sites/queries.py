"""Look-ups of plants that other rooms use."""

from __future__ import annotations

from uuid import UUID

from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.errors import NotAllowed
from unison_server.kernel.resource import Place
from unison_server.kernel.scope import Scope
from unison_server.sites.tables import Plant


def plant_exists(databases: Databases, scope: Scope, plant_id: UUID) -> bool:
    """Whether there is a plant that this organization and person may see."""
    with databases.session(Database.OPERATIONS, scope) as session:
        return session.find(Plant, plant_id) is not None


def demand_writable(session: TenantSession, plant_id: UUID) -> None:
    """Whether rows of the plant may be changed. Flushes nothing: what is checked next still sees what changed.

    Raises:
        NotFound: it is not readable. NotAllowed: it is, but not writable; names the plant.
    """
    with session.no_autoflush:
        plant = session.need(Plant, plant_id, "plant")
    if not session.scope.may_write(plant_id):
        raise NotAllowed(
            f"You may read but not change what belongs to plant {plant.code} ({plant.name})",
            code="place_read_only",
            plant_id=str(plant_id),
            plant=plant.code,
        )


in_plant = Place("plant_id", demand_writable)
"""For resources whose rows belong to a plant."""
