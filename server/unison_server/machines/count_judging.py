"""Judging counts by corrections of their tag's scale: what stands, what is right, and writing down the difference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, text

from unison_server.kernel.database import TenantSession

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
            and (cast(:share as integer) = 1 or abs(uuid_hash(c.id) % cast(:share as integer)) = 0)
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
_FOUND = """
    select count(*) as counts, count(*) filter (where is_right <> stood) as changed,
        count(*) filter (where is_unread) as unread, trim_scale(coalesce(sum(stood), 0)) as parts_before,
        trim_scale(coalesce(sum(is_right), 0)) as parts_after,
        array_agg(distinct machine_id) filter (where is_right <> stood) as machines
    from judged
"""
LOOK = text(_JUDGED + _FOUND)
_WRITTEN = """
    corrected as (
        insert into corrected_counts (organization_id, count_id, correction_id, machine_id, kind, at, quantity)
        select :organization, id, correction_id, machine_id, kind, at, trim_scale(is_right - stood)
        from judged where is_right <> stood
        returning machine_id, kind, at, quantity
    )
"""
_SUMMED = """
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
_CORRECT = text(f"{_JUDGED}, {_WRITTEN} {_SUMMED}")
CORRECT_PART = text(f"{_JUDGED}, {_WRITTEN} {_FOUND}")
SUM_OF = text(
    f"""
    with corrected as (
        select machine_id, kind, at, quantity from corrected_counts
        where organization_id = :organization and machine_id = any(cast(:machines as uuid[]))
            and at >= :start and at < :end and correction_id = :correction
    )
    {_SUMMED}
    """  # noqa: S608 - constants
)


@dataclass(frozen=True, slots=True)
class Rule:
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


def looked(session: TenantSession, rule: Rule, share: int = 1) -> Row[Any]:
    """What comes of a rule: numbers and sums of the counts of its time, or of every `share`th of them."""
    return session.execute(LOOK, {**asked_of(session, [rule], rule.start, rule.end, None), "share": share}).one()


def write_part(session: TenantSession, rule: Rule, start: datetime, end: datetime) -> Row[Any]:
    """Write what the rule changes of the counts from `start` to before `end`; sums of quarters follow by `sum_up`."""
    return session.execute(CORRECT_PART, asked_of(session, [rule], start, end, None)).one()


def sum_up(session: TenantSession, rule: Rule, machines: Sequence[UUID]) -> None:
    """Add what the rule changed of these machines to their sums of quarters."""
    asked = {"organization": session.organization_id, "correction": rule.correction_id, "machines": machines}
    session.execute(SUM_OF, {**asked, "start": rule.start, "end": rule.end})


def write_corrected(
    session: TenantSession, rules: Sequence[Rule], start: datetime, end: datetime, ids: Iterable[UUID] | None
) -> None:
    """Write what the rules change of these counts, `ids` None: of all of that time, and its sums."""
    session.execute(_CORRECT, asked_of(session, rules, start, end, ids))


def asked_of(
    session: TenantSession, rules: Sequence[Rule], start: datetime, end: datetime, ids: Iterable[UUID] | None
) -> Mapping[str, object]:
    """As the statements want it."""
    return {
        "organization": session.organization_id,
        "rules": orjson.dumps([rule.row() for rule in rules]).decode(),
        "tags": list({rule.tag_id for rule in rules}),
        "start": start,
        "end": end,
        "ids": None if ids is None else list(ids),
        "share": 1,
    }
