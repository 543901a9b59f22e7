"""Counts put right after the scale of their counter was wrong: of each, what its register moved by times the scale.

The ledger stays as it was written. Rows beside it say by how much each count is another, the sums of quarters follow in
the same transaction, and counts that arrive later are put right as they come. Who corrects and who counts take turns at
the tag's lease, so each count is put right once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, func, select, text
from unison_domain.kernel.contracts import LATEST
from unison_domain.machines import count_corrections as contracts
from unison_domain.machines.count_corrections import CountCorrect, CountPreview, CountSpan
from unison_domain.machines.counter import modulus_of, scale_of
from unison_domain.stations.configuration import COUNT_ROLES, ValueType
from unison_domain.stations.events import Counted

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Invalid
from unison_server.kernel.keys import new_id
from unison_server.kernel.outbox import record
from unison_server.machines.count_correction_tables import CountCorrection
from unison_server.machines.signals import hold_signals
from unison_server.machines.tables import Machine
from unison_server.sites.queries import demand_writable, names_of
from unison_server.stations.leases import leases_of
from unison_server.stations.tables import Tag

MOST_COUNTS = 500_000
"""In one request; about a minute of work."""
_TOLD = (*CountPreview.model_fields, "id", "scale", "reason", "created_at", "created_by")

_JUDGED = """
    with rules as materialized (
        select (rule ->> 0)::uuid as correction_id, (rule ->> 1)::uuid as tag_id, (rule ->> 2)::timestamptz as begun,
            (rule ->> 3)::timestamptz as until, (rule ->> 4)::numeric as scale, (rule ->> 5)::numeric as least_scale,
            (rule ->> 6)::numeric as modulus, place
        from jsonb_array_elements(cast(:rules as jsonb)) with ordinality as given(rule, place)
    ),
    concerned as (
        select c.id, c.machine_id, c.kind, c.at, c.delta, rule.correction_id, rule.scale, coalesce(
            c.steps,
            c.raw_to - c.raw_from + coalesce(untold.steps, 0) + case when c.rolled_over then rule.modulus else 0 end
        ) as steps
        from machine_counts as c
        cross join lateral (
            select * from rules
            where rules.tag_id = c.tag_id and rules.begun <= c.at and c.at < rules.until
            order by place desc limit 1
        ) as rule
        left join lateral (
            select c.raw_from - former.raw_to + case when c.raw_from < former.raw_to then rule.modulus else 0 end
                as steps
            from machine_counts as former
            where former.organization_id = :organization and former.agent_id = c.agent_id and former.epoch = c.epoch
                and former.seq < c.seq and former.tag_id = c.tag_id and c.steps is null and rule.least_scale < 1
            order by former.seq desc limit 1
        ) as untold on untold.steps > 0 and untold.steps * rule.least_scale < 1
        where c.organization_id = :organization and c.tag_id = any(cast(:tags as uuid[]))
            and c.at >= :start and c.at < :end and (cast(:ids as uuid[]) is null or c.id = any(cast(:ids as uuid[])))
    ),
    judged as materialized (
        select id, machine_id, kind, at, correction_id,
            delta + coalesce((
                select sum(before.quantity) from corrected_counts as before
                where before.organization_id = :organization and before.count_id = concerned.id
            ), 0) as stood,
            case when scale is null or coalesce(steps, -1) < 0 then delta else steps * scale end as is_right,
            scale is not null and coalesce(steps, -1) < 0 as is_unread
        from concerned
    )
"""
"""What stands of each count, and what is right by the newest rule about its moment, which is the last one given.

An agent that does not say the steps of a count says nothing of those before it that made no whole part: they lie
between what its counter told before and this, as long as they would make none by the least scale there was.
"""
_LOOK = text(
    _JUDGED  # noqa: S608 - constants
    + """
    select count(*) as counts, count(*) filter (where is_right <> stood) as changed,
        count(*) filter (where is_unread) as unread, trim_scale(coalesce(sum(stood), 0)) as parts_before,
        trim_scale(coalesce(sum(is_right), 0)) as parts_after,
        array_agg(distinct machine_id) filter (where is_right <> stood) as machines
    from judged
    """
)
_CORRECT = text(
    _JUDGED  # noqa: S608 - constants
    + """
    , corrected as (
        insert into corrected_counts (organization_id, count_id, correction_id, machine_id, kind, at, quantity)
        select :organization, id, correction_id, machine_id, kind, at, trim_scale(is_right - stood)
        from judged where is_right <> stood
        returning machine_id, kind, at, quantity
    )
    insert into machine_count_quarters as quarter (organization_id, machine_id, started_at, good, scrap, total)
    select :organization, machine_id, date_bin('15 minutes', at, 'epoch'),
        coalesce(sum(quantity) filter (where kind = 'good'), 0),
        coalesce(sum(quantity) filter (where kind = 'scrap'), 0),
        coalesce(sum(quantity) filter (where kind = 'total'), 0)
    from corrected where kind in ('good', 'scrap', 'total')
    group by 2, 3 order by 2, 3
    on conflict (organization_id, machine_id, started_at) do update
    set good = quarter.good + excluded.good, scrap = quarter.scrap + excluded.scrap,
        total = quarter.total + excluded.total
    """
)
_COUNT = text(
    """
    select count(*) from machine_counts
    where organization_id = :organization and tag_id = :tag and at >= :start and at < :end
    """
)
_TODAY = text(
    """
    select booked.machine_id, day.today as day,
        trim_scale(coalesce(sum(corrected.quantity) filter (where corrected.kind = 'good'), 0)) as good,
        trim_scale(coalesce(sum(corrected.quantity) filter (where corrected.kind = 'scrap'), 0)) as scrap,
        trim_scale(coalesce(sum(corrected.quantity) filter (where corrected.kind = 'total'), 0)) as total
    from machines as m
    join plants as p on p.organization_id = m.organization_id and p.id = m.plant_id
    cross join lateral (select (now() at time zone p.time_zone)::date as today) as day
    join corrected_counts as corrected on corrected.organization_id = m.organization_id and corrected.machine_id = m.id
        and corrected.at >= day.today::timestamp at time zone p.time_zone
        and corrected.at < (day.today + 1)::timestamp at time zone p.time_zone
    join machine_counts as booked on booked.organization_id = m.organization_id and booked.id = corrected.count_id
    where m.organization_id = :organization and booked.agent_id = :agent
        and (cast(:epoch as uuid) is null or booked.epoch = :epoch)
    group by booked.machine_id, day.today
    """
)
_CONFIGURED = text(
    """
    select cast(old_values ->> 'scale' as float8) from audit_logs
    where organization_id = :organization and entity_id = :tag and table_name = 'tags' and at > :start
        and changed_fields ? 'scale'
    order by at limit 1
    """
)


@dataclass(frozen=True, slots=True)
class _Rule:
    """A correction as counts are judged by it. `modulus`: of the tag's register, None where that never begins anew."""

    correction_id: UUID
    tag_id: UUID
    start: datetime
    end: datetime
    scale: Decimal | None
    former_scale: Decimal
    modulus: int | None

    def row(self) -> tuple[object, ...]:
        """As `_JUDGED` reads it."""
        scale = None if self.scale is None else str(self.scale)
        least = str(min(self.former_scale, self.scale or self.former_scale))
        return self.correction_id, self.tag_id, self.start, self.end, scale, least, self.modulus


def preview(session: TenantSession, tag: Tag, span: CountSpan) -> CountPreview:
    """What the correction would do; nothing is changed.

    Raises:
        Invalid: as `correct`.
    """
    rule = _rule(session, tag, span)
    return _told(rule, _looked(session, rule))


def correct(session: TenantSession, tag: Tag, body: CountCorrect) -> CountCorrection:
    """Put the tag's counts of that time right, and those that arrive later.

    Raises:
        Invalid: the tag is no counter; the time is none or holds too many counts; without an end the tag is not scaled
            as is said. Nothing is changed.
        NotAllowed, NotFound: counts of a machine whose plant may not be changed, or not be seen.
    """
    leases_of(session, [tag.id])
    rule = _rule(session, tag, body)
    found = _looked(session, rule)
    machines = [session.need(Machine, id_, "machine") for id_ in sorted(found.machines or ())]
    for machine in machines:
        demand_writable(session, machine.plant_id)
    made = CountCorrection(
        id=rule.correction_id,
        position=_next_position(session, tag.id),
        started_at=rule.start,
        ended_at=body.to,
        scale=rule.scale,
        reason=body.reason,
        created_by=session.scope.user_id,
        organization_id=session.organization_id,
        **_told(rule, found).model_dump(),
    )
    session.add(made)
    session.flush()
    hold_signals(session, {machine.id: None for machine in machines})
    _write(session, [rule], rule.start, rule.end, None)
    for machine in machines:
        record(session, "machines.machine.recomputed", machine.id, plant_id=machine.plant_id)
    return made


def correct_arrived(session: TenantSession, ids: Sequence[UUID], counts: Sequence[Counted]) -> None:
    """Put counts right that were stored just now, where their tags were corrected about their time before.

    Args:
        ids: of the counts; the leases of their tags are locked.
    """
    tags = {count.tag_id for count in counts}
    first, last = min(count.at for count in counts), max(count.at for count in counts)
    rules = _rules_about(session, tags, first, last)
    if rules:
        _write(session, rules, first, LATEST, ids)


def corrected_today(session: TenantSession, agent_id: UUID, epoch: UUID | None) -> list[contracts.CorrectedDay]:
    """By how much the agent's counts of today are others than booked, by machine; of one life of its buffer."""
    asked = {"organization": session.organization_id, "agent": agent_id, "epoch": epoch}
    return [contracts.CorrectedDay.model_validate(row) for row in session.execute(_TODAY, asked)]


def corrections_told(session: TenantSession, made: Sequence[CountCorrection]) -> list[contracts.CountCorrection]:
    """Corrections as they are answered, with the names of who made them."""
    names = names_of(session, (one.created_by for one in made))
    return [
        contracts.CountCorrection(
            **{name: getattr(one, name) for name in _TOLD},
            **{"from": one.started_at},
            to=one.ended_at,
            created_by_name=names.get(one.created_by) if one.created_by else None,
        )
        for one in made
    ]


def _rule(session: TenantSession, tag: Tag, span: CountSpan) -> _Rule:
    _demand_counter(tag, span)
    end = span.to or LATEST
    asked = {"organization": session.organization_id, "tag": tag.id, "start": span.from_, "end": end}
    counts = int(session.execute(_COUNT, asked).scalar_one())
    if counts > MOST_COUNTS:
        raise Invalid(
            f"{counts} counts lie in that time, {MOST_COUNTS} go at once: take a shorter one", code="too_many_counts"
        )
    former = _former_scale(session, tag, span.from_)
    return _Rule(new_id(), tag.id, span.from_, end, span.scale, former, _modulus(tag))


def _demand_counter(tag: Tag, span: CountSpan) -> None:
    if tag.role not in COUNT_ROLES:
        raise Invalid(
            f"Tag {tag.name} has the role {tag.role}: it counts nothing. Compute its values anew instead",
            code="no_counter",
        )
    if span.to is not None and span.from_ >= span.to:
        raise Invalid(f"From {span.from_.isoformat()} to {span.to.isoformat()} is no time", code="span_invalid")
    present = scale_of(tag.scale)
    if span.to is None and span.scale not in (None, present):
        raise Invalid(
            f"Tag {tag.name} has the scale {present}, so what it counts from now on can't be right by {span.scale}: "
            f"give it the scale {span.scale} first, or say until when it was wrong",
            code="scale_not_set",
            scale=str(present),
        )


def _former_scale(session: TenantSession, tag: Tag, start: datetime) -> Decimal:
    """The scale that stood at that moment: of the correction that holds, else as the tag was configured."""
    about = _rules_about(session, {tag.id}, start, start)
    standing = [rule for rule in about if rule.start <= start < rule.end]
    if standing and standing[-1].scale is not None:
        return standing[-1].scale
    asked = {"organization": session.organization_id, "tag": tag.id, "start": start}
    configured: float | None = session.execute(_CONFIGURED, asked).scalar()
    return scale_of(tag.scale if configured is None else configured)


def _rules_about(session: TenantSession, tags: Collection[UUID], first: datetime, last: datetime) -> list[_Rule]:
    """Corrections of these tags that touch the time from `first` to `last`, in the order they were made."""
    rows = session.execute(
        select(CountCorrection, Tag)
        .join(Tag, (Tag.organization_id == CountCorrection.organization_id) & (Tag.id == CountCorrection.tag_id))
        .where(
            CountCorrection.organization_id == session.organization_id,
            CountCorrection.tag_id.in_(tags),
            CountCorrection.started_at <= last,
            func.coalesce(CountCorrection.ended_at, LATEST) > first,
        )
        .order_by(CountCorrection.position)
    )
    return [
        _Rule(made.id, tag.id, made.started_at, made.ended_at or LATEST, made.scale, made.former_scale, _modulus(tag))
        for made, tag in rows
    ]


def _looked(session: TenantSession, rule: _Rule) -> Row[Any]:
    return session.execute(_LOOK, _asked(session, [rule], rule.start, rule.end, None)).one()


def _write(
    session: TenantSession, rules: Sequence[_Rule], start: datetime, end: datetime, ids: Iterable[UUID] | None
) -> None:
    session.execute(_CORRECT, _asked(session, rules, start, end, ids))


def _asked(
    session: TenantSession, rules: Sequence[_Rule], start: datetime, end: datetime, ids: Iterable[UUID] | None
) -> Mapping[str, object]:
    return {
        "organization": session.organization_id,
        "rules": orjson.dumps([rule.row() for rule in rules]).decode(),
        "tags": list({rule.tag_id for rule in rules}),
        "start": start,
        "end": end,
        "ids": None if ids is None else list(ids),
    }


def _told(rule: _Rule, found: Row[Any]) -> CountPreview:
    sums = {name: getattr(found, name) for name in ("counts", "changed", "unread", "parts_before", "parts_after")}
    return CountPreview(tag_id=rule.tag_id, former_scale=rule.former_scale, **sums)


def _next_position(session: TenantSession, tag_id: UUID) -> int:
    last = session.scalar(
        select(func.max(CountCorrection.position)).where(
            CountCorrection.organization_id == session.organization_id, CountCorrection.tag_id == tag_id
        )
    )
    return (last or 0) + 1


def _modulus(tag: Tag) -> int | None:
    return modulus_of(ValueType(tag.type), tag.rollover, tag.bit_count)
