"""Writing and reading the recorded values of tags."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy import select, text, tuple_
from unison_domain.kernel.contracts import Page
from unison_domain.machines.contracts import SamplePoint
from unison_domain.stations.events import Sample

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Invalid
from unison_server.machines.counting import beyond
from unison_server.machines.tables import SampleRow
from unison_server.stations.arrival import Arrival, Arrived

_SAMPLES = text(
    """
    insert into samples (organization_id, tag_id, at, epoch, seq, number, text, quality, raw, extra)
    select :organization, (row ->> 0)::uuid, (row ->> 1)::timestamptz, :epoch, (row ->> 2)::bigint,
        (row ->> 3)::float8, row ->> 4, row ->> 5, row ->> 6, nullif(row -> 7, 'null')
    from jsonb_array_elements(cast(:rows as jsonb)) as row
    """
)
_EXACT = 2**53
"""Whole numbers up to here are floats without loss."""


def write_samples(session: TenantSession, arrival: Arrival, samples: Sequence[Arrived]) -> None:
    """Store recorded values."""
    if samples:
        rows = orjson.dumps([_row(seq, sample) for seq, sample in samples]).decode()
        session.execute(_SAMPLES, {"organization": session.organization_id, "epoch": arrival.epoch, "rows": rows})


def _row(seq: int, sample: Sample) -> tuple[object, ...]:
    value, raw, extra = sample.value, sample.raw, sample.model_extra
    number = words = None
    if isinstance(value, str):
        words = value
    elif value is not None:
        number = float(value)
        words = str(value) if abs(value) > _EXACT and isinstance(value, int) else None
    said = None if raw is None else str(raw)
    more = beyond(extra) if extra and len(extra) > 1 else None
    return (sample.tag_id, sample.at, seq, number, words, sample.quality, said, more)


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
        return datetime.fromisoformat(at), UUID(epoch), int(seq)
    except (ValueError, TypeError, AttributeError):
        raise Invalid(f"The cursor {cursor[:50]!r} is none of ours", code="cursor_invalid") from None
