"""What the tree of reasons and the rules of alarms say of a machine."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from unison_domain.machines.reasons import AlarmRule, ReasonClass, reason_of_alarm

from unison_server.kernel.database import TenantSession
from unison_server.machines.downtime_tables import AlarmReason, DowntimeReason, PastAlarmReason
from unison_server.machines.tables import Machine


@dataclass(frozen=True, slots=True)
class Meanings:
    """What reasons and alarms of an organization mean.

    Attributes:
        reasons: by id, also those no longer offered: old stops keep theirs.
    """

    reasons: Mapping[UUID, DowntimeReason]
    rules: Mapping[str, Sequence[AlarmRule]]

    def class_of(self, reason_id: UUID) -> ReasonClass:
        """The class of a reason."""
        return ReasonClass.of(self.reasons[reason_id].number)

    def reason_of(self, alarm: str, at: datetime, machine: Machine) -> UUID | None:
        """What an alarm of the machine is mapped to, in a stop that began at that moment."""
        held = [rule for rule in self.rules.get(alarm, ()) if rule.holds_at(at)]
        return reason_of_alarm(held, alarm, machine.id, machine.machine_type)


def meanings(session: TenantSession) -> Meanings:
    """The organization's reasons and rules as they are now, with what the rules gave before."""
    return Meanings({reason.id: reason for reason in session.scalars(select(DowntimeReason))}, rules_of(session))


def rules_of(session: TenantSession, alarms: Collection[str] | None = None) -> dict[str, list[AlarmRule]]:
    """The rules of these alarms, by default of all, as they are now and as they were before, by alarm."""
    statement = select(
        AlarmReason.id,
        AlarmReason.alarm,
        AlarmReason.machine_type,
        AlarmReason.machine_id,
        AlarmReason.downtime_reason_id,
        AlarmReason.holds_since,
        AlarmReason.is_active,
    )
    written = session.execute(statement if alarms is None else statement.where(AlarmReason.alarm.in_(alarms))).all()
    if not written:
        return {}
    past = select(
        PastAlarmReason.alarm_reason_id,
        PastAlarmReason.downtime_reason_id,
        PastAlarmReason.started_at,
        PastAlarmReason.ended_at,
    )
    if alarms is not None:
        past = past.where(PastAlarmReason.alarm_reason_id.in_([row.id for row in written]))
    by_id = {row.id: row for row in written}
    given: list[tuple[Any, UUID, datetime | None, datetime | None]]
    given = [(row, row.downtime_reason_id, row.holds_since, None) for row in written if row.is_active]
    given += [(by_id[id_], reason, since, until) for id_, reason, since, until in session.execute(past)]
    rules: dict[str, list[AlarmRule]] = {}
    for row, reason_id, since, until in given:
        rule = AlarmRule(row.alarm, reason_id, row.machine_type, row.machine_id, since, until)
        rules.setdefault(row.alarm, []).append(rule)
    return rules
