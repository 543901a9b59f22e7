"""Carries what happens in the identity database into the operations database, exactly once.

The position reached is a row of the operations database, written in the transaction that writes what the events led
to there: their outbox rows, under the same ids, and what each `Consumer` makes of them.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol
from uuid import UUID

from sqlalchemy import Connection, Engine, RowMapping, select
from sqlalchemy.dialects.postgresql import insert

from unison_server.kernel.cursor import Cursor, Lookout, state_of
from unison_server.kernel.dispatcher import BATCH
from unison_server.kernel.outbox import events, outbox

CURSOR = Cursor("relay.identity")
POLL_SECONDS = 0.1
_CARRIED = [column.name for column in outbox.columns]


class Consumer(Protocol):
    """What follows in operations from identity's rows: copies of them, or jobs. Both methods read what is true now, so
    a repetition does no harm.
    """

    def changed(
        self, identity: Connection, operations: Connection, organization_id: UUID, ids: Collection[UUID]
    ) -> None:
        """Something happened to these things; with those that are none of the consumer's nothing is done."""

    def start_over(self, identity: Connection, operations: Connection) -> None:
        """Do so for every row: the events of the past are not known any more, or of another past."""


class Relay:
    """The step of the worker that carries, and its `lookout`; both engines as the system role."""

    def __init__(self, identity: Engine, *consumers: Consumer) -> None:
        self._identity = identity
        self._consumers = consumers
        self.lookout = Lookout(identity)

    def step(self, operations: Connection) -> bool:
        """Carry one batch; True when there may be more at once."""
        with self._identity.connect() as identity:
            there = state_of(identity)
            seen = CURSOR.read(operations)
            if seen is None or seen.epoch != there.epoch or seen.position < there.pruned_through:
                for consumer in self._consumers:
                    consumer.start_over(identity, operations)
                CURSOR.move(operations, there.epoch, there.position)
                return False
            if seen.position >= there.position:
                self.lookout.reached = there
                return False
            return self._carry(identity, operations, there.epoch)

    def _carry(self, identity: Connection, operations: Connection, epoch: str) -> bool:
        after = CURSOR.lock(operations)
        statement = select(events).where(events.c.position > after).order_by(events.c.position).limit(BATCH)
        rows = identity.execute(statement).mappings().all()
        if not rows:
            return False
        operations.execute(insert(outbox).on_conflict_do_nothing(), [_carried(row) for row in rows])
        changed: dict[UUID, dict[UUID, None]] = {}
        for row in rows:
            if row["entity"]:
                changed.setdefault(row["organization_id"], {})[row["entity"]] = None
        for organization_id, ids in changed.items():
            for consumer in self._consumers:
                consumer.changed(identity, operations, organization_id, ids)
        CURSOR.move(operations, epoch, rows[-1]["position"])
        return len(rows) == BATCH


def _carried(row: RowMapping) -> dict[str, object]:
    return {name: row[name] for name in _CARRIED}
