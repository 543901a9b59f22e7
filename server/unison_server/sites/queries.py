"""Look-ups of plants and people that other rooms use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import select

from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.errors import NotAllowed
from unison_server.kernel.resource import Place
from unison_server.kernel.scope import Scope
from unison_server.sites.tables import Plant, UserCopy


def plant_exists(databases: Databases, scope: Scope, plant_id: UUID) -> bool:
    """Whether there is a plant that this organization and person may see."""
    with databases.session(Database.OPERATIONS, scope) as session:
        return session.find(Plant, plant_id) is not None


def names_of(session: TenantSession, people: Iterable[UUID | None]) -> Mapping[UUID, str]:
    """What people of the organization are called, also those who left.

    Who may read a record may read who made it: that asks for no right over the accounts of people.
    """
    ids = {id_ for id_ in people if id_ is not None}
    if not ids:
        return {}
    rows = session.execute(select(UserCopy.id, UserCopy.full_name).where(UserCopy.id.in_(ids)))
    return {row.id: row.full_name for row in rows}


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


def demand_all_plants(session: TenantSession, what: str) -> None:
    """Whether what all plants share may be changed; `what` is it, with its verb.

    Raises:
        NotAllowed: some plant is not writable.
    """
    if session.scope.write_plants is not None:
        raise NotAllowed(
            f"{what} the whole organization's: to change it you need write access to all plants",
            code="organization_wide",
        )


in_plant = Place("plant_id", demand_writable)
"""For resources whose rows belong to a plant."""
