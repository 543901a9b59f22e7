"""Changing what people said caused a stop. Every change is one entry of the history, with what it took away and put.

All of it happens while the machine is held (`signals.hold_signals`), so two changes of one machine never cross. A
change speaks of a stretch of time: words that reach out of it keep their part outside.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import delete, func, insert, or_, select, text
from sqlalchemy.orm import aliased
from unison_domain.kernel.contracts import EARLIEST
from unison_domain.machines.contracts import MachineState
from unison_domain.machines.downtime import NO_STOP
from unison_domain.machines.downtime_contracts import DowntimeChangeKind
from unison_domain.machines.stop_ends import WORK_OF_ITS_OWN

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash
from unison_server.kernel.keys import new_id
from unison_server.kernel.outbox import record
from unison_server.machines.downtime_tables import DowntimeCause, DowntimeChange
from unison_server.machines.speakers import NOBODY, Speaker
from unison_server.machines.tables import Machine


def listed(states: Collection[MachineState]) -> str:
    """These states as a list of SQL."""
    return ", ".join(f"'{state}'" for state in sorted(states))


_END = f"""(
    select n.started_at from machine_states as n
    where n.organization_id = :organization and n.machine_id = {{machine}} and n.started_at > {{moment}}
        and case coalesce((
            select s.state from machine_states as s
            where s.organization_id = :organization and s.machine_id = {{machine}} and s.started_at <= {{moment}}
            order by s.started_at desc limit 1
        ), 'unknown') when 'unknown' then n.state <> 'unknown' or n.source = 'person'
        else n.state in ({listed(NO_STOP)})
            or (n.source = 'person' or n.state in ({listed(WORK_OF_ITS_OWN)}))
                and n.started_at > coalesce({{lasted_at}}, {{moment}})
                and not exists (
                    select from machine_states as b
                    where b.organization_id = :organization and b.machine_id = {{machine}}
                        and b.ended_at = n.started_at and b.state = n.state
                )
        end
    order by n.started_at limit 1
)"""  # noqa: S608 - constants
"""When the stop of a word said at a moment ended, by the law of `stop_ends` in the domain.

Time nothing is known of ends with what is known again, or when the machine is put away. What was part of the stop when
the word was said (`lasted_at`) does not end it.
"""
END_OF_STOP = _END.replace("{lasted_at}", "{moment}")
_STOP_ENDED = text(
    f"select {_END.format(machine=':machine', moment=':moment', lasted_at='cast(:lasted_at as timestamptz)')}"
)
_MOVE_ENDS = """
    with moved as materialized (
        select word.id, word.started_at, word.ended_at,
            least({ended_at}, (
                select min(next.started_at) from downtime_causes as next
                where next.organization_id = :organization and next.machine_id = word.machine_id
                    and next.started_at > word.started_at
            )) as ends_at
        from unnest(cast(:machines as uuid[])) as machine(id)
        join lateral (
            select id, machine_id, started_at, ended_at, lasted_at from downtime_causes
            where organization_id = :organization and machine_id = machine.id and is_of_stop
                and (cast(:since as timestamptz) is null or started_at >= coalesce((
                    select max(earlier.started_at) from downtime_causes as earlier
                    where earlier.organization_id = :organization and earlier.machine_id = machine.id
                        and earlier.is_of_stop and earlier.started_at <= :since
                ), '-infinity'))
            order by started_at desc limit :newest
        ) as word on true
    )
    update downtime_causes as w set ended_at = moved.ends_at
    from moved
    where w.organization_id = :organization and w.id = moved.id and w.ended_at is distinct from moved.ends_at
"""
MOST_NOTED = 2000
"""Characters of a note, as `contracts.Text` has them and the table demands."""
_COLUMNS = tuple(
    column.name for column in DowntimeCause.__table__.columns if column.name not in ("organization_id", "machine_id")
)
_ROWS = TypeAdapter(list[dict[str, Any]])


@dataclass(frozen=True, slots=True)
class Said:
    """A word as it is to be stored; `id` None makes a new one. One without end is of its stop.

    `lasted_at`: as in `DowntimeCause`.
    """

    started_at: datetime
    ended_at: datetime | None
    reason_id: UUID | None
    said_at: datetime
    by: Speaker = NOBODY
    notes: str | None = None
    resolution_notes: str | None = None
    resolved_by: UUID | None = None
    created_at: datetime | None = None
    id: UUID | None = None
    is_of_stop: bool = False
    lasted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What a change is called in the history; its id is given where it is known from elsewhere."""

    kind: DowntimeChangeKind
    said_at: datetime
    by: Speaker = NOBODY
    reason_id: UUID | None = None
    notes: str | None = None
    id: UUID | None = None
    is_effective: bool = True
    remark: str | None = None
    undoes: UUID | None = None


def settle(session: TenantSession, machine_id: UUID) -> None:
    """Give the machine's word without end its end, if the stop it is of is over."""
    # Words never overlap, so only the last can have none.
    word = session.scalar(
        select(DowntimeCause)
        .where(DowntimeCause.organization_id == session.organization_id, DowntimeCause.machine_id == machine_id)
        .order_by(DowntimeCause.started_at.desc())
        .limit(1)
    )
    if word is not None and word.ended_at is None:
        word.ended_at = end_of_stop(session, machine_id, word.started_at, word.lasted_at)
        session.flush()


def move_ends(
    session: TenantSession, machine_ids: Collection[UUID], newest: int | None = 1, since: datetime | None = None
) -> None:
    """After states changed: the machines' newest words that are of a stop end where it does.

    Its end may come, or move: as when a person says that a machine runs, and takes that back.

    Args:
        newest: of how many words of each machine; None of all, where more than the last states may be others now.
        since: of those only from the one on that was said last at that moment.
    """
    given = {
        "organization": session.organization_id,
        "machines": list(machine_ids),
        "newest": newest,
        "since": since,
    }
    ended_at = _END.format(machine="word.machine_id", moment="word.started_at", lasted_at="word.lasted_at")
    session.execute(text(_MOVE_ENDS.format(ended_at=ended_at)), given)


def end_of_stop(
    session: TenantSession, machine_id: UUID, moment: datetime, lasted_at: datetime | None = None
) -> datetime | None:
    """When the stop at that moment ended, or the time nothing is known of; None while it goes on.

    Args:
        lasted_at: a later moment that is known to be of it (`DowntimeCause`).
    """
    given = {
        "organization": session.organization_id,
        "machine": machine_id,
        "moment": moment,
        "lasted_at": lasted_at,
    }
    ended: datetime | None = session.scalar(_STOP_ENDED, given)
    return ended


_EARLIER = aliased(DowntimeCause)


def words_between(
    session: TenantSession, machine_id: UUID, start: datetime, end: datetime | None
) -> list[DowntimeCause]:
    """Words that speak of some of that time, in its order."""
    # Words never overlap: none that began before the last one at `start` reaches past it. The index knows starts only.
    begun = select(func.coalesce(func.max(_EARLIER.started_at), EARLIEST)).where(
        _EARLIER.organization_id == session.organization_id,
        _EARLIER.machine_id == machine_id,
        _EARLIER.started_at <= start,
    )
    statement = select(DowntimeCause).where(
        DowntimeCause.organization_id == session.organization_id,
        DowntimeCause.machine_id == machine_id,
        DowntimeCause.started_at >= begun.scalar_subquery(),
        or_(DowntimeCause.ended_at.is_(None), DowntimeCause.ended_at > start),
    )
    if end is not None:
        statement = statement.where(DowntimeCause.started_at < end)
    return list(session.scalars(statement.order_by(DowntimeCause.started_at)))


def together(*notes: str | None) -> str | None:
    """Notes of one event, each once; cut with a sign where they grow too long, for the history has them whole."""
    joined = "\n".join(dict.fromkeys(note for note in notes if note))
    return (joined if len(joined) <= MOST_NOTED else joined[: MOST_NOTED - 1] + "…") or None


def replace_words(
    session: TenantSession,
    machine: Machine,
    span: tuple[datetime, datetime | None],
    said: Sequence[Said],
    entry: Entry,
) -> DowntimeChange:
    """Put these words in place of all that was said of the time `span`, and write it into the history."""
    start, end = span
    taken = words_between(session, machine.id, start, end)
    before = [_plain(row) for row in taken]
    kept = {one.id for one in said}
    rest = [part for row in taken for part in _outside(row, start, end, kept)]
    put = sorted([*rest, *(_row(one) for one in said)], key=lambda row: row["started_at"])
    _exchange(session, machine.id, [row.id for row in taken], put)
    return write_change(session, machine, span, entry, before, put)


def write_change(
    session: TenantSession,
    machine: Machine,
    span: tuple[datetime, datetime | None],
    entry: Entry,
    before: Sequence[dict[str, Any]] = (),
    after: Sequence[dict[str, Any]] = (),
) -> DowntimeChange:
    """Add to the machine's history, and tell it."""
    newest = session.scalar(
        select(func.max(DowntimeChange.number)).where(
            DowntimeChange.organization_id == session.organization_id, DowntimeChange.machine_id == machine.id
        )
    )
    change = DowntimeChange(
        id=entry.id or new_id(),
        machine_id=machine.id,
        number=(newest or 0) + 1,
        kind=entry.kind,
        started_at=span[0],
        ended_at=span[1],
        downtime_reason_id=entry.reason_id,
        notes=entry.notes,
        said_at=entry.said_at,
        **entry.by.columns("said_by"),
        is_effective=entry.is_effective,
        remark=entry.remark,
        undoes=entry.undoes,
        before=_ROWS.dump_python(list(before), mode="json"),
        after=_ROWS.dump_python(sorted(after, key=lambda row: row["started_at"]), mode="json"),
    )
    session.add(change)
    session.flush()
    record(session, f"machines.downtime.{entry.kind}", machine.id, plant_id=machine.plant_id, version=change.number)
    return change


def take_back(session: TenantSession, machine: Machine, change: DowntimeChange, entry: Entry) -> DowntimeChange:
    """Put back what a change took away.

    Raises:
        Clash: what it put there is not there any more: a later change must be taken back first.
    """
    before, after = [_read(row) for row in change.before], [_read(row) for row in change.after]
    span = _reach(session, change, [*before, *after])
    now = [_plain(row) for row in words_between(session, machine.id, *span)]
    if _ends_left_out(now, after) != _ends_left_out(after, after):
        raise Clash(
            "A later change touched a part of the same time; take that one back first",
            code="changed_since",
            change=str(change.id),
        )
    newest = max((row["started_at"] for row in before), default=None)
    put = [
        {**row, "ended_at": end_of_stop(session, machine.id, row["started_at"], row["lasted_at"])}
        if row["ended_at"] is None or (row["is_of_stop"] and row["started_at"] == newest)
        else row
        for row in before
    ]
    _exchange(session, machine.id, [row["id"] for row in now], put)
    return write_change(session, machine, (change.started_at, change.ended_at), entry, now, put)


def _reach(
    session: TenantSession, change: DowntimeChange, rows: Sequence[dict[str, Any]]
) -> tuple[datetime, datetime | None]:
    """The time of a change and of all words it took or put, which may reach out of it."""
    spans = [
        (change.started_at, change.ended_at, None),
        *((row["started_at"], row["ended_at"], row["lasted_at"]) for row in rows),
    ]
    ends = [end or end_of_stop(session, change.machine_id, start, lasted) for start, end, lasted in spans]
    return min(start for start, *_ in spans), None if None in ends else max(end for end in ends if end is not None)


def _ends_left_out(rows: Sequence[dict[str, Any]], like: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows, without ends that came later of themselves (`settle`, `move_ends`)."""
    of_stops = {row["id"] for row in like if row["is_of_stop"]}
    return [{**row, "ended_at": None, "is_of_stop": True} if row["id"] in of_stops else row for row in rows]


def _exchange(session: TenantSession, machine_id: UUID, gone: Iterable[UUID], put: Sequence[dict[str, Any]]) -> None:
    session.execute(
        delete(DowntimeCause)
        .where(DowntimeCause.organization_id == session.organization_id, DowntimeCause.id.in_(list(gone)))
        .execution_options(synchronize_session="fetch")
    )
    if put:
        own = {"organization_id": session.organization_id, "machine_id": machine_id}
        session.execute(insert(DowntimeCause.__table__), [{**row, **own} for row in put])  # type: ignore[arg-type]


def _outside(
    row: DowntimeCause, start: datetime, end: datetime | None, kept: Collection[UUID | None]
) -> list[dict[str, Any]]:
    """What a word says of the time before and after; its id goes to the first part that is not `kept` inside."""
    plain, parts = _plain(row), []
    if row.started_at < start:
        parts.append({**plain, "ended_at": start, "is_of_stop": False})
    if end is not None and (row.ended_at is None or row.ended_at > end):
        parts.append({**plain, "started_at": end, "id": new_id() if parts or row.id in kept else row.id})
    return parts


def _row(said: Said) -> dict[str, Any]:
    return {
        "id": said.id or new_id(),
        "started_at": said.started_at,
        "ended_at": said.ended_at,
        "downtime_reason_id": said.reason_id,
        "notes": said.notes,
        "resolution_notes": said.resolution_notes,
        "said_at": said.said_at,
        **said.by.columns("said_by"),
        "resolved_by": said.resolved_by,
        "is_of_stop": said.is_of_stop or said.ended_at is None,
        "lasted_at": said.lasted_at,
        "created_at": said.created_at or said.said_at,
    }


def _plain(row: DowntimeCause) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _COLUMNS}


def _read(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the history as it is stored in the table again."""
    moments = ("started_at", "ended_at", "said_at", "created_at", "lasted_at")
    ids = ("id", "downtime_reason_id", "said_by", "resolved_by")
    older = {
        "is_of_stop": row["ended_at"] is None,
        "said_by_is_verified": None if row["said_by"] is None else True,
        "lasted_at": None,
    }
    row = older | row
    read = {name: datetime.fromisoformat(row[name]) if row[name] else None for name in moments}
    return {**row, **read, **{name: UUID(row[name]) if row[name] else None for name in ids}}
