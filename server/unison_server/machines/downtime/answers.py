"""Events as they are answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from unison_domain.identity.overrides import OverrideKind
from unison_domain.machines.downtime_contracts import DowntimeChange as ChangeAnswer
from unison_domain.machines.downtime_contracts import DowntimeChangeKind, DowntimeEvent
from unison_domain.machines.reasons import category_of

from unison_server.kernel.database import TenantSession
from unison_server.machines.downtime.meanings import Meanings
from unison_server.machines.downtime.reading import Found
from unison_server.machines.downtime_tables import DowntimeCause, DowntimeChange
from unison_server.sites.queries import names_of
from unison_server.stations.overriding import confirmed_by


def answer_of(found: Found, known: Meanings) -> DowntimeEvent:
    """One event with names and figures."""
    event, machine, row = found.event, found.machine, _said(found.cause_row)
    cause = event.cause
    reason = known.reasons[cause.reason_id] if cause and cause.reason_id else None
    seconds = event.seconds(datetime.now(UTC))
    return DowntimeEvent(
        id=event.id,
        version=found.version,
        machine_id=machine.id,
        machine_code=machine.machine_code,
        machine_name=machine.name,
        plant_id=machine.plant_id,
        started_at=event.started_at,
        ended_at=event.known_until,
        duration_seconds=seconds,
        duration_minutes=round(seconds / 60, 2),
        downtime_reason_id=reason.id if reason else None,
        downtime_reason_code=str(reason.number) if reason else None,
        downtime_reason_name=reason.name if reason else None,
        downtime_category=category_of(cause.reason_class) if cause else None,
        cause_source=cause.source if cause else None,
        is_failure=cause is not None and cause.is_failure,
        stop_class=event.stop_class(machine.micro_stop_seconds),
        states=list(event.states),
        first_out_alarm=event.first_out,
        alarms=list(event.alarms),
        machine_reason_id=event.machine_reason_id,
        notes=row.notes if row else None,
        resolution_notes=row.resolution_notes if row else None,
        reported_by=row.said_by if row else None,
        reported_by_name=found.said_by if row else None,
        reported_by_is_verified=row.said_by_is_verified if row else None,
        resolved_by=row.resolved_by if row else None,
        created_at=row.created_at if row else None,
        can_undo=found.to_undo is not None,
    )


def _said(row: DowntimeCause | None) -> DowntimeCause | None:
    """The word, unless it only cuts: of that nobody is the reporter."""
    return row if row and (row.downtime_reason_id or row.notes or row.resolution_notes) else None


def change_answers(session: TenantSession, rows: Sequence[DowntimeChange]) -> list[ChangeAnswer]:
    """Entries of the history with the names of who made them, and what they took back."""
    people = names_of(session, (row.said_by for row in rows if row.said_by_name is None))
    confirmed = confirmed_by(session, OverrideKind.STOP_REASON, [row.id for row in rows])
    kinds = _kinds_of(session, [row.undoes for row in rows if row.undoes is not None])
    return [
        ChangeAnswer.model_validate(row).model_copy(
            update={
                "undone": kinds.get(row.undoes),
                "said_by_name": row.speaker.named(people),
                "confirmed_by_name": confirmed.get(row.id),
            }
        )
        for row in rows
    ]


def _kinds_of(session: TenantSession, ids: Sequence[UUID]) -> dict[UUID | None, DowntimeChangeKind]:
    if not ids:
        return {}
    wanted = select(DowntimeChange.id, DowntimeChange.kind).where(
        DowntimeChange.organization_id == session.organization_id, DowntimeChange.id.in_(ids)
    )
    return {row.id: DowntimeChangeKind(row.kind) for row in session.execute(wanted)}
