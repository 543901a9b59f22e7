"""A batch as bytes: the envelope is encoded, the events are joined as they lie in the buffer.

Only events of a boot whose clock was wrong are opened: every time in them (`at`, `…_at`, at any depth) is settled along
the boot's line (`clock.Line`: times of former boots are right already), and `stamped_at` keeps the first stamp of `at`.
Events of a boot that ended before it ever heard the server's time can't be corrected; they carry `clock_unsynced`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from unison_domain.stations.batch import PROTOCOL, ClockReading
from unison_domain.stations.tail_hash import Checkpoint, next_hash

from unison_station.clock import Line
from unison_station.store.rows import Row
from unison_station.store.timeline import UNKNOWN


def compose(
    *,
    agent_id: UUID,
    epoch: UUID,
    previous: Checkpoint,
    configuration: int,
    clock: ClockReading,
    is_all: bool,
    rows: Sequence[Row],
    lines: Mapping[int, Line],
) -> bytes:
    """The JSON of a `Batch`; `lines` tell what the stamps of each boot mean."""
    envelope = orjson.dumps(
        {
            "protocol": PROTOCOL,
            "agent_id": agent_id,
            "epoch": epoch,
            "previous_sequence": previous.sequence,
            "previous_hash": previous.hash,
            "configuration": configuration,
            "clock": clock.model_dump(),
            "is_all": is_all,
        }
    )
    events = b",".join(_event(row, lines.get(row.boot, UNKNOWN)) for row in rows)
    return b'%b,"events":[%b]}' % (envelope[:-1], events)


def chain(previous: Checkpoint, rows: Iterable[Row], through: int) -> Checkpoint:
    """The checkpoint at `through` after those of `rows` that lie before it."""
    digest = previous.hash
    for row in rows:
        if row.seq <= through:
            digest = next_hash(digest, row.seq, row.kind, row.stamped_at)
    return Checkpoint(through, digest)


def _event(row: Row, line: Line) -> bytes:
    if line.correction == 0.0:
        return b'{"seq":%d,%b' % (row.seq, row.body[1:])
    if line.correction is None:
        return b'{"seq":%d,"clock_unsynced":true,%b' % (row.seq, row.body[1:])
    event = orjson.loads(row.body)
    moved = _moved(event, line)
    return orjson.dumps({"seq": row.seq, "stamped_at": event["at"], **moved})


def _moved(value: Any, line: Line) -> Any:
    if isinstance(value, list):
        return [_moved(item, line) for item in value]
    if isinstance(value, dict):
        return {
            key: _moved_time(item, line) if _is_time(key, item) else _moved(item, line) for key, item in value.items()
        }
    return value


def _is_time(key: str, value: object) -> bool:
    return isinstance(value, str) and (key == "at" or key.endswith("_at"))


def _moved_time(text: str, line: Line) -> str:
    try:
        return line.settled(datetime.fromisoformat(text)).isoformat()
    except (ValueError, OverflowError, TypeError):  # no time of ours: some text, too far away, or without a zone
        return text
