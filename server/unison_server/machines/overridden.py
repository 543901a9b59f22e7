"""Overrides at machines: stops with another's reason, and states against the signals."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from unison_domain.identity.overrides import Override

from unison_server.kernel.database import TenantSession
from unison_server.machines.downtime_tables import DowntimeChange, DowntimeReason
from unison_server.machines.speakers import speakers_of
from unison_server.machines.tables import Machine, Transition
from unison_server.sites.queries import names_of
from unison_server.stations.override_acts import Act
from unison_server.stations.tables import Device, Tag


def states_set(session: TenantSession, overrides: Sequence[Override]) -> Mapping[Override, Act]:
    """The machines, the states they were set to, and by whom."""
    ids = [one.act_id for one in overrides]
    states = session.execute(select(Transition.id, Transition.state).where(Transition.id.in_(ids)))
    results = {row.id: row.state for row in states}
    said = speakers_of(session, ids)
    return _acts(session, overrides, results, {id_: one.name for id_, one in said.items()})


def reasons_changed(session: TenantSession, overrides: Sequence[Override]) -> Mapping[Override, Act]:
    """The machines that stood, the reasons that were given, and by whom; a reason that was cleared is none."""
    ids = [one.act_id for one in overrides]
    changes = session.scalars(select(DowntimeChange).where(DowntimeChange.id.in_(ids))).all()
    people = names_of(session, (one.said_by for one in changes))
    given = select(DowntimeReason).where(DowntimeReason.id.in_({one.downtime_reason_id for one in changes}))
    reasons = {one.id: f"{one.number} {one.name}" for one in session.scalars(given)}
    results = {one.id: reasons.get(one.downtime_reason_id) for one in changes if one.downtime_reason_id}
    return _acts(session, overrides, results, {one.id: one.speaker.named(people) for one in changes})


def _acts(
    session: TenantSession,
    overrides: Sequence[Override],
    results: Mapping[UUID, str | None],
    by: Mapping[UUID, str | None],
) -> dict[Override, Act]:
    wanted = select(Machine).where(Machine.id.in_({one.subject_id for one in overrides}))
    machines = {one.id: one for one in session.scalars(wanted)}
    stations = _stations_by_tags(session, machines)
    return {
        one: Act(
            f"{machine.machine_code} {machine.name}",
            machine.plant_id,
            machine.station_id or stations.get(machine.id),
            results.get(one.act_id),
            by.get(one.act_id),
        )
        for one in overrides
        if (machine := machines.get(one.subject_id)) is not None
    }


def _stations_by_tags(session: TenantSession, machine_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The station each machine's first tag is read at: of one that is said to stand at none."""
    statement = (
        select(Tag.machine_id, Device.station_id)
        .join(Device, (Device.organization_id == Tag.organization_id) & (Device.id == Tag.device_id))
        .where(Tag.machine_id.in_(machine_ids))
        .order_by(Tag.id.desc())
    )
    return {row.machine_id: row.station_id for row in session.execute(statement)}
