"""Writing and reading the recorded values of tags."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from sqlalchemy import text
from unison_domain.stations.events import Sample

from unison_server.kernel.database import TenantSession
from unison_server.machines.counting import beyond
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
