"""Counts put right after the scale of their counter was wrong: of each, what its register moved by times the scale.

The ledger stays as it was written. Rows beside it say by how much each count is another, the sums of quarters follow in
the same transaction, and counts that arrive later are put right as they come. Who corrects and who counts take turns at
the tag's lease, so each count is put right once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

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
from unison_server.machines.count_judging import Rule, looked, write_corrected
from unison_server.machines.signals import hold_signals
from unison_server.machines.tables import Machine
from unison_server.sites.queries import demand_writable, names_of
from unison_server.stations.leases import leases_of
from unison_server.stations.tables import Tag

MOST_COUNTS = 50_000
"""In one request; some seconds of work. More are corrected in the background (`correction_runs.py`)."""
MOST_LOOKED_AT = 100_000
"""Counts that a preview judges; of more it judges every so manieth."""
_TOLD = (
    *(name for name in CountPreview.model_fields if name != "is_estimate"),
    "id",
    "scale",
    "reason",
    "created_at",
    "created_by",
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


def preview(session: TenantSession, tag: Tag, span: CountSpan) -> CountPreview:
    """What the correction would do; nothing is changed.

    Raises:
        Invalid: as `correct`.
    """
    rule, counts = rule_of(session, tag, span)
    share = -(-counts // MOST_LOOKED_AT) or 1
    found = told_of(rule, looked(session, rule, share))
    return found if share == 1 else _reckoned(found, counts)


def correct(session: TenantSession, tag: Tag, body: CountCorrect) -> CountCorrection:
    """Put the tag's counts of that time right, and those that arrive later.

    Raises:
        Invalid: the tag is no counter; the time is none or holds too many counts; without an end the tag is not scaled
            as is said. Nothing is changed.
        NotAllowed, NotFound: counts of a machine whose plant may not be changed, or not be seen.
    """
    leases_of(session, [tag.id])
    rule, counts = rule_of(session, tag, body)
    if counts > MOST_COUNTS:
        raise Invalid(
            f"{counts} counts lie in that time, {MOST_COUNTS} go at once: take a shorter one, or "
            f"POST /tags/{tag.id}/count-correction-runs",
            code="too_many_counts",
        )
    found = looked(session, rule)
    machines = writable_machines(session, found.machines or ())
    made = CountCorrection(
        id=rule.correction_id,
        position=next_position(session, tag.id),
        started_at=rule.start,
        ended_at=body.to,
        scale=rule.scale,
        reason=body.reason,
        created_by=session.scope.user_id,
        organization_id=session.organization_id,
        **told_of(rule, found).model_dump(exclude={"is_estimate"}),
    )
    session.add(made)
    session.flush()
    hold_signals(session, {machine.id: None for machine in machines})
    write_corrected(session, [rule], rule.start, rule.end, None)
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
        write_corrected(session, rules, first, LATEST, ids)


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


def rule_of(session: TenantSession, tag: Tag, span: CountSpan) -> tuple[Rule, int]:
    """The correction as counts are judged by it, and how many counts lie in its time.

    Raises:
        Invalid: as `correct`, but for the number of counts.
    """
    _demand_counter(tag, span)
    end = span.to or LATEST
    asked = {"organization": session.organization_id, "tag": tag.id, "start": span.from_, "end": end}
    counts = int(session.execute(_COUNT, asked).scalar_one())
    former = _former_scale(session, tag, span.from_)
    return Rule(new_id(), tag.id, span.from_, end, span.scale, former, _modulus(tag)), counts


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


def _rules_about(session: TenantSession, tags: Collection[UUID], first: datetime, last: datetime) -> list[Rule]:
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
        Rule(made.id, tag.id, made.started_at, made.ended_at or LATEST, made.scale, made.former_scale, _modulus(tag))
        for made, tag in rows
    ]


def writable_machines(session: TenantSession, ids: Iterable[UUID]) -> list[Machine]:
    """These machines, whose plants may be changed.

    Raises:
        NotAllowed, NotFound: a plant may not be changed, or not be seen.
    """
    machines = [session.need(Machine, id_, "machine") for id_ in sorted(ids)]
    for machine in machines:
        demand_writable(session, machine.plant_id)
    return machines


def _reckoned(part: CountPreview, counts: int) -> CountPreview:
    """What a part of the counts says of all of them, in whole counts and parts."""
    times = Decimal(counts) / (part.counts or 1)
    sums = {name: round(getattr(part, name) * times) for name in ("changed", "unread")}
    parts = {name: Decimal(round(getattr(part, name) * times)) for name in ("parts_before", "parts_after")}
    return part.model_copy(update={**sums, **parts, "counts": counts, "is_estimate": True})


def told_of(rule: Rule, found: Row[Any]) -> CountPreview:
    """The numbers that were found, with the rule's."""
    sums = {name: getattr(found, name) for name in ("counts", "changed", "unread", "parts_before", "parts_after")}
    return CountPreview(tag_id=rule.tag_id, former_scale=rule.former_scale, **sums)


def next_position(session: TenantSession, tag_id: UUID) -> int:
    """Of the next correction of the tag; its lease is locked."""
    last = session.scalar(
        select(func.max(CountCorrection.position)).where(
            CountCorrection.organization_id == session.organization_id, CountCorrection.tag_id == tag_id
        )
    )
    return (last or 0) + 1


def _modulus(tag: Tag) -> int | None:
    return modulus_of(ValueType(tag.type), tag.rollover, tag.bit_count)
