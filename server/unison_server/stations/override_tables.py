"""The table of overrides at stations, with who confirmed each."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column
from unison_domain.identity.overrides import OverrideKind

from unison_server.kernel.keys import tenant_fk
from unison_server.kernel.orm import Operations, Tenant, enum_check


class StationOverride(Tenant, Operations):
    """That somebody with the right confirmed an act of a station; only ever added.

    One act is confirmed once, and one countersignature confirms one act: no other row can be there. Who did the act
    stands with the act itself.

    Attributes:
        subject_id, act_id: as in `Override`.
        countersignature_id: of the other database; None where who let the act in from the quarantine stands behind it.
        at: when the act was done.
    """

    __tablename__ = "station_overrides"
    __table_args__ = (
        tenant_fk("plant_id", "plants"),
        enum_check("kind", OverrideKind),
        UniqueConstraint("organization_id", "act_id", "kind"),
        UniqueConstraint("organization_id", "countersignature_id"),
        Index(None, "organization_id", "plant_id"),
    )

    kind: Mapped[str]
    subject_id: Mapped[UUID]
    act_id: Mapped[UUID]
    plant_id: Mapped[UUID]
    agent_id: Mapped[UUID]
    countersignature_id: Mapped[UUID | None]
    countersigned_by: Mapped[UUID]
    at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
