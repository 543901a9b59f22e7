"""The table of scanners, gauges and cameras."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Computed, Index, text
from sqlalchemy.orm import Mapped, mapped_column
from unison_domain.stations.peripherals import PeripheralKind

from unison_server.kernel.keys import tenant_fk
from unison_server.kernel.orm import Master, Operations, enum_check

_PATH = r"""regexp_replace(regexp_replace(btrim({0}, e' \t\r\n\v\f'), '/(\.?/)+', '/', 'g'),
    '^/dev/(serial|input|v4l)/by-id/', '')"""
_PORT = rf"""coalesce(
    upper(substring(btrim({{0}}, e' \t\r\n\v\f') from '^(?:\\\\[.?]\\)?([cC][oO][mM][0-9]+):?$')), {_PATH})"""
"""`plain_path` and `port_key` of `unison_domain.stations.line`."""
PLACE = f"""
    case settings ->> 'kind'
        when 'camera' then case
            when settings ->> 'source' like '/dev/%' or settings ->> 'source' not like '%/%'
            then 'camera ' || {_PATH.format("settings ->> 'source'")}
        end
        else coalesce(
            'keyboard ' || {_PATH.format("settings ->> 'keyboard'")},
            'serial port ' || {_PORT.format("settings #>> '{serial,port}'")}
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
