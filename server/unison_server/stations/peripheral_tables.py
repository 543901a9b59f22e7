"""The table of scanners, gauges and cameras."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Computed, Index, text
from sqlalchemy.orm import Mapped, mapped_column
from unison_domain.stations.peripherals import PeripheralKind

from unison_server.kernel.keys import tenant_fk
from unison_server.kernel.orm import Master, Operations, enum_check

PLACE = r"""
    case settings ->> 'kind'
        when 'camera' then case
            when settings ->> 'source' like '/dev/%' or settings ->> 'source' not like '%/%'
            then 'camera ' || regexp_replace(settings ->> 'source', '^/dev/(serial|input|v4l)/by-id/', '')
        end
        else coalesce(
            'keyboard ' || regexp_replace(settings ->> 'keyboard', '^/dev/(serial|input|v4l)/by-id/', ''),
            'serial port ' || regexp_replace(settings #>> '{serial,port}', '^/dev/(serial|input|v4l)/by-id/', '')
        )
    end
"""
"""`place_of` of a peripheral's settings."""


class Peripheral(Master, Operations):
    """A scanner, gauge or camera of a station; `settings` are its `PeripheralSettings`.

    `place` is what it has to itself at its PC (`place_of`); that nothing else there has it is held by a trigger.
    """

    __tablename__ = "peripherals"
    __table_args__ = (
        tenant_fk("station_id", "stations"),
        Index(
            "ix_peripherals_name",
            "organization_id",
            "station_id",
            "name",
            unique=True,
            postgresql_where=text("is_active"),
        ),
        Index("ix_peripherals_station_id", "organization_id", "station_id"),
        enum_check("kind", PeripheralKind),
    )

    station_id: Mapped[UUID]
    settings: Mapped[dict[str, Any]]
    kind: Mapped[str] = mapped_column(Computed("settings ->> 'kind'", persisted=True))
    name: Mapped[str] = mapped_column(Computed("settings ->> 'name'", persisted=True))
    place: Mapped[str | None] = mapped_column(Computed(PLACE, persisted=True))
