"""What happens at machines and wants a person."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from unison_domain.identity.notification_contracts import NotificationKind
from unison_domain.machines.calls import CallKind, CallState

from unison_server.identity.notices import Notice, Settlement, Sources, Subject
from unison_server.identity.notification_tables import Notification
from unison_server.machines.call_tables import MachineCall
from unison_server.machines.run_notices import RUN_NOTICES
from unison_server.machines.tables import CounterIncident, Machine
from unison_server.sites.tables import Plant

_CALLS = {
    CallKind.SETTER: NotificationKind.CALL_SETTER,
    CallKind.MAINTENANCE: NotificationKind.CALL_MAINTENANCE,
    CallKind.QUALITY: NotificationKind.CALL_QUALITY,
    CallKind.LOGISTICS: NotificationKind.CALL_LOGISTICS,
}
_OF_CALLS = frozenset({NotificationKind.CALL_RAISED, *_CALLS.values()})
_WAITS = (MachineCall.arrived_at.is_(None), MachineCall.done_at.is_(None), MachineCall.withdrawn_at.is_(None))
"""Of a call that somebody is to come to."""


def _call(sources: Sources, organization_id: UUID, entity: UUID | None) -> Subject | None:
    """A call that came late, and that nobody waits for any more, is told to nobody."""
    statement = select(MachineCall.machine_id, MachineCall.called, MachineCall.person, MachineCall.note).where(
        MachineCall.organization_id == organization_id,
        MachineCall.id == entity,
        *_WAITS,
    )
    call = sources.operations.execute(statement).one_or_none()
    machine = _machine(sources, organization_id, call.machine_id) if call else None
    if call is None or machine is None:
        return None
    said = {"called": call.called, "person": call.person or "", "note": call.note or ""}
    return Subject({**machine.parameters, **said}, "machine", call.machine_id, _CALLS.get(call.called))


def _called_again(sources: Sources, organization_id: UUID, entity: UUID | None) -> Subject | None:
    """Nobody is told twice of a call that nobody has read of yet: what was taken back came and went unseen."""
    unread = select(Notification.id).where(
        Notification.organization_id == organization_id,
        Notification.entity == entity,
        Notification.kind.in_(_OF_CALLS),
        Notification.read_at.is_(None),
    )
    if sources.identity.execute(unread.limit(1)).first() is not None:
        return None
    return _call(sources, organization_id, entity)


def _machine(sources: Sources, organization_id: UUID, entity: UUID | None) -> Subject | None:
    statement = (
        select(Machine.machine_code, Machine.name, Plant.code)
        .join(Plant, (Plant.organization_id == Machine.organization_id) & (Plant.id == Machine.plant_id))
        .where(Machine.organization_id == organization_id, Machine.id == entity)
    )
    found = sources.operations.execute(statement).one_or_none()
    if found is None:
        return None
    return Subject({"machine": found.machine_code, "name": found.name, "plant": found.code}, "machine", entity)


def _strayed(sources: Sources, organization_id: UUID, entity: UUID | None) -> Subject | None:
    """With the day it strayed at, by the clocks of its plant: what comes late is not of today."""
    machine = _machine(sources, organization_id, entity)
    found = sources.operations.execute(
        select(CounterIncident.at, Plant.time_zone)
        .join(
            Machine,
            (Machine.organization_id == CounterIncident.organization_id) & (Machine.id == CounterIncident.machine_id),
        )
        .join(Plant, (Plant.organization_id == Machine.organization_id) & (Plant.id == Machine.plant_id))
        .where(CounterIncident.organization_id == organization_id, CounterIncident.id == sources.causation)
    ).one_or_none()
    if machine is None or found is None:
        return machine
    day = found.at.astimezone(ZoneInfo(found.time_zone)).date()
    return replace(machine, parameters={**machine.parameters, "day": day.isoformat()})


def _is_served(sources: Sources, organization_id: UUID, entity: UUID | None) -> bool:
    """Whether nobody need come to a call any more: what was said of it may be taken back by now."""
    still = select(MachineCall.id).where(
        MachineCall.organization_id == organization_id,
        MachineCall.id == entity,
        *_WAITS,
    )
    return sources.operations.execute(still).first() is None


MACHINE_SETTLEMENTS = tuple(
    Settlement(f"machines.call.{step}", _OF_CALLS, _is_served)
    for step in (CallState.ARRIVED, CallState.DONE, CallState.WITHDRAWN)
)
"""Of a call that somebody serves, or that was a mistake, the others need not know any more."""
MACHINE_NOTICES = (
    Notice("machines.call.called", NotificationKind.CALL_RAISED, "machines.call.answer", _call),
    Notice("machines.call.reopened", NotificationKind.CALL_RAISED, "machines.call.answer", _called_again),
    Notice("machines.machine.counter_strayed", NotificationKind.COUNTER_STRAYED, "machines.machine.update", _strayed),
    *RUN_NOTICES,
)
