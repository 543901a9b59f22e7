"""Carries what happens in the identity database into the operations database, exactly once.

The position reached is a row of the operations database, written in the transaction that writes what the events led
to there: their outbox rows, under the same ids, and what each `Consumer` makes of them.
"""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from sqlalchemy import Connection, Engine, RowMapping, select, text
from sqlalchemy.dialects.postgresql import insert

from unison_server.kernel.dispatcher import BATCH
from unison_server.kernel.outbox import events, outbox

CURSOR = "relay.identity"
POLL_SECONDS = 0.1
_CARRIED = [column.name for column in outbox.columns]
_STATE = text("select key, value #>> '{}' as value from platform_settings where key like 'events.%'")
_SEEN = text("select value ->> 'epoch', (value ->> 'position')::bigint from platform_settings where key = :key")
_LOCK = text("select (value ->> 'position')::bigint from platform_settings where key = :key for update")
_MOVE = text("""
    insert into platform_settings (key, value)
    values (:key, jsonb_build_object('epoch', cast(:epoch as text), 'position', cast(:position as bigint)))
    on conflict (key) do update set value = excluded.value
""")


class Consumer(Protocol):
    """What follows in operations from identity's rows: copies of them, or jobs. Both methods read what is true now, so
    a repetition does no harm.
    """

    def changed(self, identity: Connection, operations: Connection, organization_id: UUID, id_: UUID) -> None:
        """Something happened to the thing `id_`; where it is none of the consumer's, nothing is done."""

    def start_over(self, identity: Connection, operations: Connection) -> None:
        """Do so for every row: the events of the past are not known any more, or of another past."""


class Relay:
    """The step of the worker that carries; both engines as the system role."""

    def __init__(self, identity: Engine, *consumers: Consumer) -> None:
        self._identity = identity
        self._consumers = consumers

    def step(self, operations: Connection) -> bool:
        """Carry one batch; True when there may be more at once."""
        with self._identity.connect() as identity:
            state = {str(key): str(value) for key, value in identity.execute(_STATE)}
            epoch, reached = state["events.epoch"], int(state["events.position"])
            seen = operations.execute(_SEEN, {"key": CURSOR}).one_or_none()
            if seen is None or seen[0] != epoch or seen[1] < int(state["events.pruned_through"]):
                for consumer in self._consumers:
                    consumer.start_over(identity, operations)
                self._move(operations, epoch, reached)
                return False
            if seen[1] >= reached:
                return False
            return self._carry(identity, operations, epoch)

    def _carry(self, identity: Connection, operations: Connection, epoch: str) -> bool:
        after = operations.execute(_LOCK, {"key": CURSOR}).scalar_one()
        statement = select(events).where(events.c.position > after).order_by(events.c.position).limit(BATCH)
        rows = identity.execute(statement).mappings().all()
        if not rows:
            return False
        operations.execute(insert(outbox).on_conflict_do_nothing(), [_carried(row) for row in rows])
        for row in rows:
            for consumer in self._consumers if row["entity"] else ():
                consumer.changed(identity, operations, row["organization_id"], row["entity"])
        self._move(operations, epoch, rows[-1]["position"])
        return len(rows) == BATCH

    def _move(self, operations: Connection, epoch: str, position: int) -> None:
        operations.execute(_MOVE, {"key": CURSOR, "epoch": epoch, "position": position})


def _carried(row: RowMapping) -> dict[str, object]:
    return {name: row[name] for name in _CARRIED}
