"""Writing and reading the recorded values of tags."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import select, text, tuple_
from unison_domain.kernel.contracts import EARLIEST, LATEST, Page
from unison_domain.machines.contracts import SamplePoint
from unison_domain.stations.events import Quality, Sample

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Invalid
from unison_server.machines.counting import beyond
from unison_server.machines.tables import SampleRow
from unison_server.stations.arrival import Arrival, Arrived

_SAMPLES = text(
    """
    insert into samples (organization_id, tag_id, at, epoch, seq, number, text, quality, raw, extra, source)
    select :organization, (row ->> 0)::uuid, (row ->> 1)::timestamptz, :epoch, (row -> 2)::bigint,
        (row ->> 3)::float8, row ->> 4, row ->> 5, row ->> 6, nullif(row -> 7, 'null'),
        nullif(row -> 8, 'null')::integer
    from jsonb_array_elements(cast(:rows as jsonb)) as row
    """
)
_EXACT = 2**53
"""Whole numbers up to here are floats without loss."""


class Samples(NamedTuple):
    """The samples of a batch.

    Attributes:
        rows: as `write_samples` takes them.
        last_signals: newest moment of a good sample, by machine.
        strange: samples of tags that the agent has no say about.
    """

    rows: list[tuple[object, ...]]
    last_signals: dict[UUID, datetime]
    strange: list[Arrived]


class _Tagged:
    """What is collected per tag: one look-up per sample, since most of a batch are samples.

    Attributes:
        newest: its latest good sample, seconds since 1970.
    """

    __slots__ = ("machine_id", "newest")

    def __init__(self, machine_id: UUID | None) -> None:
        self.machine_id = machine_id
        self.newest = 0.0


def read_samples(arrival: Arrival, events: Iterable[Arrived], latest: datetime) -> Samples:
    """Pick the samples out of a batch; what is stamped after `latest` is taken to be of when it arrived."""
    samples = Samples([], {}, [])
    tags: dict[UUID, _Tagged] = {}
    last = latest.timestamp()  # comparing two moments asks both for their zones, twice per sample and at a price
    for one in events:
        seq, sample = one
        if type(sample) is not Sample:
            continue
        tag_id, at, stated = sample.tag_id, sample.at, None
        seconds = at.timestamp()
        tagged = tags.get(tag_id)
        if tagged is None:
            if tag_id not in arrival.assignment.tags:
                samples.strange.append(one)
                continue
            tagged = tags[tag_id] = _Tagged(arrival.assignment.tags[tag_id])
        if seconds > last:
            at, stated = arrival.received_at, at
            seconds = at.timestamp()
        if seconds > tagged.newest and sample.quality is Quality.GOOD:
            tagged.newest = seconds
        samples.rows.append(_row(seq, sample, at, stated))
    for tagged in tags.values():
        if tagged.machine_id is not None and tagged.newest:
            newest = datetime.fromtimestamp(tagged.newest, UTC)
            samples.last_signals[tagged.machine_id] = max(newest, samples.last_signals.get(tagged.machine_id, newest))
    return samples


def write_samples(session: TenantSession, arrival: Arrival, rows: Sequence[tuple[object, ...]]) -> None:
    """Store recorded values."""
    if rows:
        said = {"organization": session.organization_id, "epoch": arrival.epoch, "rows": orjson.dumps(rows).decode()}
        session.execute(_SAMPLES, said)


def _row(seq: int, sample: Sample, at: datetime, stated: datetime | None) -> tuple[object, ...]:
    value, raw, extra = sample.value, sample.raw, sample.model_extra
    number = words = None
    if isinstance(value, str):
        words = value
    elif value is not None:
        number = float(value)
        words = str(value) if isinstance(value, int) and abs(value) > _EXACT else None
    said = None if raw is None else str(raw)
    more = beyond(extra) if extra and len(extra) > 1 else None
    if stated is not None:
        more = {**(more or {}), "stated_at": stated}
    return (sample.tag_id, at, seq, number, words, sample.quality, said, more, sample.source)


def samples_of(
    session: TenantSession, tag_id: UUID, start: datetime, end: datetime, limit: int, cursor: str | None
) -> Page[SamplePoint]:
    """Recorded values of a tag from `start` up to `end`, oldest first.

    Raises:
        Invalid: a cursor that isn't ours.
    """
    key = tuple_(SampleRow.at, SampleRow.epoch, SampleRow.seq)
    statement = select(SampleRow).where(
        SampleRow.organization_id == session.organization_id,
        SampleRow.tag_id == tag_id,
        SampleRow.at >= start,
        SampleRow.at < end,
    )
    if cursor is not None:
        statement = statement.where(key > tuple_(*_read_cursor(cursor)))
    rows = session.scalars(statement.order_by(SampleRow.at, SampleRow.epoch, SampleRow.seq).limit(limit + 1)).all()
    items = [SamplePoint.model_validate(row) for row in rows[:limit]]
    return Page(items=items, next_cursor=_cursor(rows[limit - 1]) if len(rows) > limit else None)


def _cursor(row: SampleRow) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([row.at, row.epoch, row.seq])).decode()


def _read_cursor(cursor: str) -> tuple[datetime, UUID, int]:
    try:
        at, epoch, seq = orjson.loads(base64.urlsafe_b64decode(cursor))
        moment, number = datetime.fromisoformat(at), int(seq)
        if moment.tzinfo is None or not EARLIEST <= moment < LATEST or not 0 <= number < 2**63:
            raise ValueError("no place of a sample")
        return moment, UUID(epoch), number
    except (ValueError, TypeError, AttributeError):
        raise Invalid(f"The cursor {cursor[:50]!r} is none of ours", code="cursor_invalid") from None
