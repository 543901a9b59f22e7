"""Words of agents about what never came: they wait for it, but not for ever, and not in any number."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

MOST_WAITING = 10_000
"""Of one agent; the newest stay."""


def forget_lost_words(
    connection: Connection, came: InstrumentedAttribute[datetime], waits: ColumnElement[bool], before: datetime
) -> None:
    """Forget words that still wait, of all organizations: those that came before a moment, and the oldest of too many.

    Args:
        came: the column with when a word came, of a table with `organization_id`, `id` and `agent_id`.
        waits: whether what the word is about is not here.
    """
    table = came.class_
    connection.execute(delete(table).where(waits, came < before))
    place = func.row_number().over(
        partition_by=(table.organization_id, table.agent_id), order_by=(came.desc(), table.id.desc())
    )
    waiting = select(table.organization_id, table.id, place.label("place")).where(waits).subquery()
    too_many = select(waiting.c.organization_id, waiting.c.id).where(waiting.c.place > MOST_WAITING)
    connection.execute(delete(table).where(tuple_(table.organization_id, table.id).in_(too_many)))
