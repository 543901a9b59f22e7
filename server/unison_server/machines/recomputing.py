"""Recorded values computed again from what was read, after the scale of their tag was put right.

The rules are those by which the agent values and judges what it reads (scale, range, greatest rate), so the result is
what would have been recorded. When it
was read, by whom, and the raw value stay. A scale fits one register: samples that say they were read from another one
are left alone, whatever their time, for a PC that is cut off reads the former one for hours after the change; so are
those that do not say, unless somebody asks for them. Counts have no part in it: they are put right beside their ledger
(`count_correcting.py`). `recompute_runs.py` goes through them, part by part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import Row, text
from unison_domain.kernel.contracts import EARLIEST
from unison_domain.machines.recomputing import Recompute, Recomputed
from unison_domain.machines.recorded_rates import RateJudge, RateMemory, RateRule
from unison_domain.machines.sources import raw_source_of
from unison_domain.stations.configuration import COUNT_ROLES, SAMPLED_ROLES, TagConfiguration, ValueType
from unison_domain.stations.events import Quality, Value
from unison_domain.stations.registers import revalued

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Invalid
from unison_server.stations.queries import configured_tag
from unison_server.stations.tables import Tag

MOST_LOOKED_AT = 50_000
"""Samples that a preview judges."""
_AT_ONCE = 5_000
_EXACT = 2**53
"""Whole numbers up to here are floats without loss."""
_NUMBER = r"^\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*$|^\s*[+-]?(inf|infinity|nan)\s*$"
"""What `_number` reads, for PostgreSQL."""
_MADE_BY = frozenset(
    {
        "role",
        "type",
        "invert",
        "scale",
        "offset",
        "minimum",
        "maximum",
        "sentinels",
        "max_rate",
        "poll_seconds",
        "heartbeat_seconds",
    }
)
_WHAT_IT_READS = ("device_id", "register_table", "address", "type", "byte_order", "length", "bit", "bit_count")
_WHERE_IT_IS = ("driver", "host", "port", "serial_port", "unit_id")

_IS_OF_IT = "coalesce(source = :source, :unsure and at >= :since)"
_COUNT = text(
    f"""
    select count(*) filter (where {_IS_OF_IT}) as samples,
        count(*) filter (where source <> :source or source is null and at < :since) as others,
        count(*) filter (where source is null and at >= :since and not :unsure) as unsure,
        min(at) filter (where {_IS_OF_IT} and (
            coalesce(raw, text) !~* :is_number or number is null and raw is null and text is not null
        )) as unread_at
    from samples
    where organization_id = :organization and tag_id = :tag and at >= :start and at < :end
    """  # noqa: S608 - constants
)
_PAGE = text(
    f"""
    select at, epoch, seq, number, text, quality, raw from samples
    where organization_id = :organization and tag_id = :tag and at >= :start and at < :end and {_IS_OF_IT}
        and (cast(:after as timestamptz) is null or (at, epoch, seq) > (:after, cast(:epoch as uuid), :seq))
    order by at, epoch, seq limit :limit
    """  # noqa: S608 - constants
)
_BEHIND = text(
    f"""
    select count(*) from samples
    where organization_id = :organization and tag_id = :tag and at >= :start and at < :end and {_IS_OF_IT}
        and (at, epoch, seq) <= (:after, cast(:epoch as uuid), :seq)
    """  # noqa: S608 - constants
)
_WRITE = text(
    """
    update samples set number = (row ->> 3)::float8, text = row ->> 4, quality = row ->> 5, raw = row ->> 6
    from jsonb_array_elements(cast(:rows as jsonb)) as row
    where organization_id = :organization and tag_id = :tag and at >= :start and at < :end
        and at = (row ->> 0)::timestamptz and epoch = (row ->> 1)::uuid and seq = (row ->> 2)::bigint
    """
)
_CHANGED = """
    select max(at) as at from audit_logs where organization_id = :organization
        and table_name = '{table}' and entity_id = :{table} and changed_fields ?| cast(:fields_of_{table} as text[])
"""
_SINCE = text(
    f"""
    select max(at) from ({_CHANGED.format(table="tags")} union all {_CHANGED.format(table="devices")}) as changes
    """  # noqa: S608 - constants
)
"""When what the tag reads, or the place of its device, was changed last."""


_NEWEST = text(
    f"""
    select at, epoch, seq, number, text, quality, raw from samples
    where organization_id = :organization and tag_id = :tag and at >= :start and at < :end and {_IS_OF_IT}
    order by at desc, epoch desc, seq desc limit :limit
    """  # noqa: S608 - constants
)
_RATES = text(
    """
    select distinct cast(old_values ->> 'max_rate' as float8) as max_rate from audit_logs
    where organization_id = :organization and entity_id = :tag and table_name = 'tags' and changed_fields ? 'max_rate'
    """
)


class _Valued(NamedTuple):
    """What of a sample is made anew, as its row has it."""

    number: float | None
    text: str | None
    quality: str
    raw: str | None


class _NoRaw(ValueError):
    """What was read is not known as a number."""


class Place(NamedTuple):
    """Where a sample stands in the order of time."""

    at: datetime
    epoch: UUID
    seq: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How many samples there are of a time, as `Recomputed` has them."""

    samples: int
    others: int
    unsure: int


def preview(session: TenantSession, tag: Tag, asked: Recompute) -> Recomputed:
    """What it would do, of the first `MOST_LOOKED_AT` samples; nothing is changed. Raises as `work_of` and `count`."""
    work, found = work_of(session, tag, asked), Outcome()
    counts = work.count(session)
    place: Place | None = None
    while found.looked_at < MOST_LOOKED_AT and (page := work.page(session, place, _AT_ONCE)):
        found.take(page, work)
        place = place_of(page[-1])
    return Recomputed(tag_id=tag.id, **asdict(found), **asdict(counts))


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be valued anew, and how.

    Attributes:
        span: names the samples. chosen: those of them that are valued.
        made_by: changes with whatever they are valued by.
    """

    span: dict[str, Any]
    chosen: dict[str, Any]
    made_by: str
    value_of: Callable[[Any], Value | None]
    judge: RateJudge

    def count(self, session: TenantSession) -> Counts:
        """How many samples it is about.

        Raises:
            Invalid: one has a value whose raw number is not known.
        """
        row = session.execute(_COUNT, {**self.chosen, "is_number": _NUMBER}).one()
        if row.unread_at is not None:
            raise _refused(row.unread_at)
        return Counts(row.samples, row.others, row.unsure)

    def page(self, session: TenantSession, place: Place | None, limit: int) -> Sequence[Row[Any]]:
        """The next samples after that place, in order of time."""
        return session.execute(_PAGE, {**self.chosen, **_after(place), "limit": limit}).all()

    def behind(self, session: TenantSession, place: Place) -> int:
        """How many samples there are by now up to that place."""
        return int(session.execute(_BEHIND, {**self.chosen, **_after(place)}).scalar_one())

    def write(self, session: TenantSession, rows: Sequence[tuple[Any, ...]]) -> None:
        """Write samples as `Outcome.take` made them."""
        if rows:
            session.execute(_WRITE, {**self.span, "rows": orjson.dumps(rows).decode()})

    def valued(self, row: Row[Any]) -> _Valued | None:
        """As it would have been recorded; None for a sample that has no value to be made anew.

        Raises:
            Invalid: what was read is not known as a number.
        """
        if row.number is None and row.raw is None:
            if row.text is not None:
                raise _refused(row.at)
            self.judge.judge(row.at, None, Quality(row.quality), None, Quality(row.quality))
            return None
        try:
            new = _valued(row, self.value_of)
        except _NoRaw:
            raise _refused(row.at) from None
        quality = self.judge.judge(row.at, row.number, Quality(row.quality), new.number, Quality(new.quality))
        return new._replace(quality=quality.value)


@dataclass(slots=True)
class Outcome:
    """What was found so far."""

    looked_at: int = 0
    changed: int = 0
    implausible: int = 0
    plausible: int = 0

    def take(self, page: Sequence[Row[Any]], work: Work) -> list[tuple[Any, ...]]:
        """Count a page in; answers with the rows that are others now."""
        rows = []
        for row in page:
            new = work.valued(row)
            if new is None or new == (row.number, row.text, row.quality, row.raw):
                continue
            rows.append((row.at, row.epoch, row.seq, *new))
            self.implausible += row.quality == Quality.GOOD != new.quality
            self.plausible += row.quality != Quality.GOOD == new.quality
        self.looked_at += len(page)
        self.changed += len(rows)
        return rows


def work_of(session: TenantSession, tag: Tag, asked: Recompute, memory: RateMemory | None = None) -> Work:
    """How the tag's samples of that time are valued anew, as far as they were read from what it reads now.

    Args:
        memory: of the samples before those that are valued; None: they begin the time.

    Raises:
        Invalid: the time is none; the tag counts, only tells a state, or holds text.
    """
    _demand_recorded(tag)
    _demand_comparable(tag, asked.from_, asked.to)
    device, configured = configured_tag(session, tag)
    source, since, rates = raw_source_of(device, configured), _since(session, tag), _rates(session, configured)
    span = {"organization": session.organization_id, "tag": tag.id, "start": asked.from_, "end": asked.to}
    chosen = {**span, "source": source, "unsure": asked.unsure, "since": since}
    settings = configured.model_dump(mode="json", include=set(_MADE_BY))
    said = orjson.dumps([settings, source, since, sorted({str(rate) for rate in rates})], option=orjson.OPT_SORT_KEYS)
    rule = RateRule(configured.max_rate, rates, configured.poll_seconds, configured.heartbeat_seconds)
    made_by = blake2b(said, digest_size=8).hexdigest()
    work = Work(span, chosen, made_by, revalued(configured), RateJudge(rule, memory))
    if memory is None and rule.max_rate is not None:
        _look_back(session, work, timedelta(seconds=rule.heartbeat_seconds + 2 * rule.poll_seconds))
    return work


def place_of(row: Row[Any]) -> Place:
    """Where it stands."""
    return Place(row.at, row.epoch, row.seq)


def _after(place: Place | None) -> dict[str, Any]:
    at, epoch, seq = place or (None, None, None)
    return {"after": at, "epoch": epoch, "seq": seq}


def _look_back(session: TenantSession, work: Work, silent_after: timedelta) -> None:
    """Judge what was read just before, as the first sample is judged against it."""
    before = {**work.chosen, "start": work.chosen["start"] - silent_after, "end": work.chosen["start"]}
    newest = {**before, "limit": _AT_ONCE}
    for row in reversed(session.execute(_NEWEST, newest).all()):
        with suppress(Invalid):  # nothing is made anew of it
            work.valued(row)


def _rates(session: TenantSession, tag: TagConfiguration) -> list[float | None]:
    """What was believed of the tag at any time."""
    rows = session.execute(_RATES, {"organization": session.organization_id, "tag": tag.id})
    return [tag.max_rate, *(row.max_rate for row in rows)]


def _demand_recorded(tag: Tag) -> None:
    """Whether its values are kept. Register steps are not all told: those that made no whole part leave no count."""
    if tag.role in COUNT_ROLES:
        raise Invalid(
            f"Tag {tag.name} counts parts, and parts that were booked stay as they were written: correct its counts "
            "instead, with the right scale and a reason",
            code="counts_stay",
        )
    if tag.role not in SAMPLED_ROLES:
        raise Invalid(
            f"Tag {tag.name} has the role {tag.role}: its values are not recorded, only what follows from them. "
            "Choose a tag with the role sample or speed",
            code="not_recorded",
        )


def _demand_comparable(tag: Tag, start: datetime, end: datetime) -> None:
    if start >= end:
        raise Invalid(f"From {start.isoformat()} to {end.isoformat()} is no time", code="span_invalid")
    if tag.type == ValueType.STRING:
        raise Invalid(f"Tag {tag.name} holds text, which has no scale", code="no_scale")


def _since(session: TenantSession, tag: Tag) -> datetime:
    """From when on, as far as anybody changed it here, the tag may have read what it reads now."""
    said = {
        "organization": session.organization_id,
        "tags": tag.id,
        "devices": tag.device_id,
        "fields_of_tags": list(_WHAT_IT_READS),
        "fields_of_devices": list(_WHERE_IT_IS),
    }
    return session.execute(_SINCE, said).scalar_one() or EARLIEST


def _valued(row: Row[Any], value_of: Callable[[Any], Value | None]) -> _Valued:
    """As its raw number alone says."""
    raw = _raw(row)
    value = value_of(raw)
    if value is None or isinstance(value, str):
        return _Valued(None, None, Quality.BAD.value, str(raw))
    words = str(value) if isinstance(value, int) and abs(value) > _EXACT else None
    quality = Quality.GOOD.value if row.quality == Quality.BAD else row.quality
    return _Valued(float(value), words, quality, None if raw == value else str(raw))


def _raw(row: Row[Any]) -> int | float:
    """What was read. It is absent where it equalled the value."""
    if row.raw is None:
        if row.text is not None:
            return _number(row.text)
        return int(row.number) if float(row.number).is_integer() else float(row.number)
    return _number(row.raw)


def _number(said: str) -> int | float:
    try:
        return int(said)
    except ValueError:
        pass
    try:
        return float(said)
    except ValueError:
        raise _NoRaw(said) from None


def _refused(at: datetime) -> Invalid:
    return Invalid(
        f"What was read at {at.isoformat()} is not known as a number, so it has no other value: leave it out",
        code="raw_missing",
        at=at.isoformat(),
    )
