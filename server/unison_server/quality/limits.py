"""By which limits a measurement is judged: those its characteristic had when it was measured."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Numeric, cast, select
from sqlalchemy.dialects.postgresql import array

from unison_server.kernel.audit import audit_logs
from unison_server.kernel.database import TenantSession
from unison_server.quality.tables import Characteristic


class Limits(NamedTuple):
    """Lower and upper specification limit, as far as there are any."""

    lsl: Decimal | None
    usl: Decimal | None


Moment = tuple[UUID, datetime]
"""A characteristic, and when it was measured."""


def former_limits(session: TenantSession, moments: Collection[Moment]) -> dict[Moment, Limits]:
    """Those of characteristics then, where they were changed since as the audit knows; the others have today's."""
    if not moments:
        return {}
    old = audit_logs.c.old_values
    changes = session.execute(
        select(
            audit_logs.c.entity_id,
            audit_logs.c.at,
            cast(old["lsl"].astext, Numeric).label("lsl"),
            cast(old["usl"].astext, Numeric).label("usl"),
        )
        .where(
            audit_logs.c.organization_id == session.organization_id,
            audit_logs.c.entity_id.in_({id_ for id_, _ in moments}),
            audit_logs.c.at > min(at for _, at in moments),
            audit_logs.c.table_name == Characteristic.__tablename__,
            audit_logs.c.action == "update",
            audit_logs.c.changed_fields.has_any(array(["lsl", "usl"])),
        )
        .order_by(audit_logs.c.at)
    ).all()
    found: dict[Moment, Limits] = {}
    for id_, at in moments:
        next_change = next((one for one in changes if one.entity_id == id_ and one.at > at), None)
        if next_change is not None:
            found[id_, at] = Limits(next_change.lsl, next_change.usl)
    return found
