"""How fresh a machine's data is; holding this row is how writers of one machine take turns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

import orjson
from sqlalchemy import select, text
from unison_domain.stations.contracts import MachineReport

from unison_server.kernel.database import TenantSession
from unison_server.kernel.outbox import Recorded, record_all
from unison_server.machines.tables import Machine
from unison_server.stations.arrival import Assignment

_HOLD = text(
    """
    insert into machine_signals (organization_id, id, last_signal_at)
    select :organization, (row ->> 0)::uuid, (row ->> 1)::timestamptz
    from jsonb_array_elements(cast(:rows as jsonb)) as row order by 2
    on conflict (organization_id, id) do update
    set last_signal_at = greatest(machine_signals.last_signal_at, excluded.last_signal_at)
    """
)
_REPORT = text(
    """
    with before as materialized (
        select m.id, m.plant_id, signal.last_signal_at
        from machines as m
        left join machine_signals as signal on signal.organization_id = m.organization_id and signal.id = m.id
        where m.organization_id = :organization
            and m.id in (select (row ->> 0)::uuid from jsonb_array_elements(cast(:rows as jsonb)) as row)
    ),
    written as (
        insert into machine_signals (organization_id, id, last_signal_at, reported_state, reported_since)
        select :organization, (row ->> 0)::uuid, (row ->> 1)::timestamptz, row ->> 2, (row ->> 3)::timestamptz
        from jsonb_array_elements(cast(:rows as jsonb)) as row order by 2
        on conflict (organization_id, id) do update
        set last_signal_at = greatest(machine_signals.last_signal_at, excluded.last_signal_at),
            reported_state = excluded.reported_state, reported_since = excluded.reported_since
        returning id, last_signal_at
    )
    select distinct before.plant_id from before join written using (id)
    where written.last_signal_at is distinct from before.last_signal_at
    """
)


def hold_signals(session: TenantSession, last_signals: Mapping[UUID, datetime | None]) -> None:
    """Raise the moment of the last good signal, and hold these machines until the transaction ends."""
    if last_signals:
        rows = orjson.dumps(list(last_signals.items())).decode()
        session.execute(_HOLD, {"organization": session.organization_id, "rows": rows})


def report(session: TenantSession, assignment: Assignment, reports: Sequence[MachineReport]) -> None:
    """What an agent says its machines do now, so the board is current while a backlog drains.

    Times ahead of the server are taken to be now. Tells once per plant that signals of its machines are newer.
    """
    now = datetime.now(UTC)
    said = {one.machine_id: one for one in reports}
    machines = session.execute(
        select(Machine.id, Machine.station_id).where(
            Machine.organization_id == session.organization_id, Machine.id.in_(said)
        )
    )
    tagged = frozenset(assignment.tags.values())
    own = [said[row.id] for row in machines if row.id in tagged or row.station_id in assignment.stations]
    if own:
        rows = [
            (one.machine_id, one.last_signal_at and min(one.last_signal_at, now), one.state, min(one.since, now))
            for one in own
        ]
        plants = session.scalars(
            _REPORT, {"organization": session.organization_id, "rows": orjson.dumps(rows).decode()}
        ).all()
        record_all(session, [Recorded("machines.machine.signalled", None, plant_id) for plant_id in plants])
