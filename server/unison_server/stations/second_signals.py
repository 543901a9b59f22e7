"""Machines that get a second signal of one meaning: it may be meant, but is mostly a slip of a row."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from unison_domain.kernel.csv_file import CsvError
from unison_domain.stations.configuration import SINGLE_ROLES
from unison_domain.stations.tag_csv import MACHINE

from unison_server.kernel.database import TenantSession
from unison_server.stations.tables import Device, Tag


def second_signals(session: TenantSession, rows: Mapping[UUID, int], codes: Mapping[UUID, str]) -> list[CsvError]:
    """What to ask oneself about these tags, each with its row of the file: another was there before, or above it.

    `codes` are those of machines, by id.
    """
    signals: dict[tuple[UUID, str], list[tuple[Tag, str]]] = {}
    for tag, device in _signals(session, rows):
        if tag.machine_id is not None:
            signals.setdefault((tag.machine_id, tag.role), []).append((tag, device))
    warnings: list[CsvError] = []
    for (machine_id, role), found in signals.items():
        for tag, _device in found:
            row = rows.get(tag.id)
            earlier = next(
                ((one, of) for one, of in found if one is not tag and rows.get(one.id, 0) < (row or 0)), None
            )
            if row is not None and earlier is not None:
                machine = codes.get(machine_id, "")
                message = f"{machine} has the signal {role} already: {earlier[0].name} of {earlier[1]}"
                warnings.append(CsvError(row=row, column=MACHINE, message=message))
    return sorted(warnings, key=lambda warning: warning.row)


def _signals(session: TenantSession, tags: Mapping[UUID, int]) -> list[tuple[Tag, str]]:
    """All signals in use of the machines these tags are of, with the names of their devices."""
    machines = select(Tag.machine_id).where(Tag.id.in_(tags), Tag.machine_id.is_not(None))
    statement = (
        select(Tag, Device.name)
        .join(Device, (Device.organization_id == Tag.organization_id) & (Device.id == Tag.device_id))
        .where(Tag.machine_id.in_(machines), Tag.role.in_(SINGLE_ROLES), Tag.is_active, Device.is_active)
        .order_by(Device.name, Tag.name, Tag.id)
    )
    return [(tag, device) for tag, device in session.execute(statement)]
