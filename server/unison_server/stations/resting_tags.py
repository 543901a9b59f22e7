"""Tags rest with the machine they are of: while it is put away no PC is told to read them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, column, or_, select, table
from unison_domain.stations.contracts import TagAnswer

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Invalid
from unison_server.stations.tables import Tag

_MACHINES = table(
    "machines", column("organization_id", Uuid), column("id", Uuid), column("machine_code"), column("is_active")
)
"""Of a room above this one: what of them is in use is asked here, nothing else."""


def machines_put_away(session: TenantSession, ids: Collection[UUID | None]) -> dict[UUID, str]:
    """Of these machines those that are out of use, with their codes."""
    which = _MACHINES.c.organization_id == session.organization_id, _MACHINES.c.id.in_([id_ for id_ in ids if id_])
    rows = session.execute(select(_MACHINES.c.id, _MACHINES.c.machine_code).where(*which, ~_MACHINES.c.is_active))
    return {row.id: row.machine_code for row in rows}


def is_read(organization_id: UUID) -> ColumnElement[bool]:
    """Whether a tag's machine is in use, or it is of none."""
    resting = select(_MACHINES.c.id).where(_MACHINES.c.organization_id == organization_id, ~_MACHINES.c.is_active)
    return or_(Tag.machine_id.is_(None), Tag.machine_id.not_in(resting))


def tag_answers_of(session: TenantSession, tags: Sequence[Tag]) -> list[TagAnswer]:
    """Tags, each with the machine it rests with."""
    away = machines_put_away(session, {tag.machine_id for tag in tags})
    answers = [TagAnswer.model_validate(tag) for tag in tags]
    return [
        one.model_copy(update={"rests_with": away[one.machine_id]}) if one.machine_id in away else one
        for one in answers
    ]


def demand_read(session: TenantSession, tag: Tag) -> None:
    """Whether a PC reads the tag, as far as its machine goes. Raises Invalid."""
    for code in machines_put_away(session, [tag.machine_id]).values():
        raise Invalid(
            f"No PC reads {tag.name}, for its machine {code} is out of use: bring the machine back first",
            code="not_configured",
        )
