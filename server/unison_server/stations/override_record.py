"""Overrides at stations from both databases as one list: countersignatures and refusals are kept with the people,
what was done, or set aside, with the business.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import Select, exists, func, or_, select, tuple_
from unison_domain.identity.overrides import Override, OverrideKind
from unison_domain.identity.sign_in_contracts import SignInOutcome
from unison_domain.stations.override_contracts import DONE, OverrideAnswer, OverrideOutcome
from unison_domain.stations.quarantine_contracts import Decision

from unison_server.identity.badge_tables import Countersignature
from unison_server.identity.tables import LoginHistory
from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.newest_first import Place
from unison_server.kernel.scope import Scope
from unison_server.sites.queries import names_of
from unison_server.stations.override_acts import Act, Describers
from unison_server.stations.override_request import OverrideList
from unison_server.stations.override_tables import StationOverride
from unison_server.stations.overriding import UNSIGNED, USED
from unison_server.stations.quarantine_tables import QuarantineDecision, QuarantinedEvent
from unison_server.stations.tables import Station

_LEAST_READ, _MOST_READS = 200, 20
"""So many rows are read at once, and so often, for a page of those that are asked for: then it is a short one."""
_MOST_COUNTED = 5_000
"""Rows that are read to count those that are asked for."""
_EVENTS = {
    "stop_reasoned": (OverrideKind.STOP_REASON, "machine_id", "id"),
    "state_set": (OverrideKind.MACHINE_STATE, "machine_id", "id"),
    "scan_undone": (OverrideKind.SCAN_UNDONE, "scan_id", "scan_id"),
    "reading_undone": (OverrideKind.READING_UNDONE, "reading_id", "reading_id"),
    "reading_taken": (OverrideKind.FAR_VALUE, "characteristic_id", "id"),
}
"""The kind of override an event that was set aside is, and where it names subject and act."""
_BY_RIGHT = {kind.right: kind for kind in OverrideKind}


class _Found(NamedTuple):
    """One row, whichever table it is of; `place` orders them."""

    place: Place
    row: Any


class _Known(NamedTuple):
    """What the rows of a block refer to."""

    stations: Mapping[UUID, Station]
    done: Mapping[UUID, StationOverride]
    decided: Mapping[UUID, QuarantineDecision]
    acts: Mapping[Override, Act]
    people: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class OverrideRecord:
    """Reads them, a transaction at a time: no connection of one database waits for one of the other."""

    databases: Databases
    describers: Describers

    def page(
        self, scope: Scope, given: OverrideList, most: int, before: Place | None
    ) -> tuple[list[OverrideAnswer], Place | None]:
        """At most so many, newest first, and where the next page begins; a page may be short and not the last."""
        stations = self._stations(scope, given)
        found: list[OverrideAnswer] = []
        for _ in range(_MOST_READS):
            size = max(most + 1, _LEAST_READ)
            block = self._block(scope, given, stations, size, before)
            found += self._answers(scope, given, stations, block)
            if len(found) > most:
                last = found[most - 1]
                return found[:most], Place(last.at, last.id)
            if len(block) < size:
                return found, None
            before = block[-1].place
        return found, before

    def count(self, scope: Scope, given: OverrideList) -> int | None:
        """How many there are; None where only reading a great many would tell."""
        stations = self._stations(scope, given)
        rows = 0
        for database, statements in _kept(given, stations):
            with self.databases.session(database, scope) as session:
                for column, statement in statements:
                    narrowed = statement.where(*given.between(column)).subquery()
                    rows += session.scalars(select(func.count()).select_from(narrowed)).one()
        if given.is_told_by_rows and scope.plants.read is None:
            return rows
        return sum(1 for _ in self._all(scope, given)) if rows <= _MOST_COUNTED else None

    def _all(self, scope: Scope, given: OverrideList) -> Iterator[OverrideAnswer]:
        before, is_begun = None, False
        while before is not None or not is_begun:
            found, before = self.page(scope, given, _MOST_COUNTED, before)
            is_begun = True
            yield from found

    def _stations(self, scope: Scope, given: OverrideList) -> Mapping[UUID, Station]:
        statement = select(Station)
        if given.plant_id is not None:
            statement = statement.where(Station.plant_id == given.plant_id)
        if given.station_id is not None:
            statement = statement.where(Station.id == given.station_id)
        with self.databases.session(Database.OPERATIONS, scope) as session:
            return {station.id: station for station in session.scalars(statement)}

    def _block(
        self, scope: Scope, given: OverrideList, stations: Mapping[UUID, Station], size: int, before: Place | None
    ) -> list[_Found]:
        lists: list[list[_Found]] = []
        for database, statements in _kept(given, stations):
            with self.databases.session(database, scope) as session:
                for column, statement in statements:
                    table = column.class_
                    narrowed = statement.where(*given.between(column))
                    if before is not None:
                        narrowed = narrowed.where(tuple_(column, table.id) < before)
                    newest = narrowed.order_by(column.desc(), table.id.desc()).limit(size)
                    rows = session.scalars(newest)
                    lists.append([_Found(Place(getattr(row, column.key), row.id), row) for row in rows])
        return list(islice(merge(*lists, key=lambda one: one.place, reverse=True), size))

    def _answers(
        self, scope: Scope, given: OverrideList, stations: Mapping[UUID, Station], block: Sequence[_Found]
    ) -> list[OverrideAnswer]:
        with self.databases.session(Database.OPERATIONS, scope) as session:
            known = self._known(session, stations, block)
        answers = (_answer(one, known) for one in block)
        return [one for one in answers if _is_seen(scope, one) and given.holds(one)]

    def _known(self, session: TenantSession, stations: Mapping[UUID, Station], block: Sequence[_Found]) -> _Known:
        rows = [one.row for one in block]
        signed = [row.id for row in rows if isinstance(row, Countersignature)]
        done = session.scalars(select(StationOverride).where(StationOverride.countersignature_id.in_(signed)))
        kept = [row.id for row in rows if isinstance(row, QuarantinedEvent)]
        decided = session.scalars(select(QuarantineDecision).where(QuarantineDecision.id.in_(kept)))
        people = {getattr(row, "user_id", None) or getattr(row, "countersigned_by", None) for row in rows}
        return _Known(
            stations,
            {one.countersignature_id: one for one in done if one.countersignature_id},
            {one.id: one for one in decided},
            self._acts(session, {override for row in rows if (override := _override(row)) is not None}),
            names_of(session, people),
        )

    def _acts(self, session: TenantSession, overrides: Collection[Override]) -> Mapping[Override, Act]:
        acts: dict[Override, Act] = {}
        for kind, describe in self.describers.items():
            if own := [one for one in overrides if one.kind == kind]:
                acts.update(describe(session, own))
        return acts


def _kept(
    given: OverrideList, stations: Mapping[UUID, Station]
) -> tuple[tuple[Database, Iterator[tuple[Any, Select[Any]]]], ...]:
    """What each database has."""
    return (
        (Database.IDENTITY, _of_people(given, stations.values())),
        (Database.OPERATIONS, _of_business(given)),
    )


def _of_people(given: OverrideList, stations: Collection[Station]) -> Iterator[tuple[Any, Select[Any]]]:
    """What the identity database has, at these stations; each with the moment it is ordered by."""
    signed = select(Countersignature).where(Countersignature.station_id.in_([one.id for one in stations]))
    yield (
        Countersignature.created_at,
        signed if given.kind is None else signed.where(Countersignature.purpose == given.kind.right),
    )
    if given.done is not True:
        refused = select(LoginHistory).where(
            or_(LoginHistory.act_id.is_not(None), LoginHistory.outcome == SignInOutcome.NOT_ALLOWED),
            LoginHistory.outcome != SignInOutcome.COUNTERSIGNED,
            # Of rows from before this was kept nobody knows at which station they were.
            or_(LoginHistory.station_id.in_([one.id for one in stations]), LoginHistory.station_id.is_(None)),
        )
        yield (
            LoginHistory.at,
            refused if given.kind is None else refused.where(LoginHistory.purpose == given.kind.right),
        )


def _of_business(given: OverrideList) -> Iterator[tuple[Any, Select[Any]]]:
    """What the business database alone has: what was let in, and what was not."""
    if given.done is not False:
        let_in = select(StationOverride).where(StationOverride.countersignature_id.is_(None))
        yield (
            StationOverride.received_at,
            let_in if given.kind is None else let_in.where(StationOverride.kind == given.kind),
        )
    if given.done is not True:
        accepted = exists().where(
            QuarantineDecision.organization_id == QuarantinedEvent.organization_id,
            QuarantineDecision.id == QuarantinedEvent.id,
            QuarantineDecision.decision == Decision.ACCEPTED,
        )
        kinds = [name for name, (kind, *_) in _EVENTS.items() if given.kind in (None, kind)]
        set_aside = select(QuarantinedEvent).where(
            QuarantinedEvent.code.in_((UNSIGNED, USED)), QuarantinedEvent.kind.in_(kinds), ~accepted
        )
        yield QuarantinedEvent.received_at, set_aside


def _is_seen(scope: Scope, answer: OverrideAnswer) -> bool:
    """What is of no plant that is known is seen by who sees all of them."""
    return answer.plant_id is not None or scope.plants.read is None


def _override(row: Any) -> Override | None:
    if isinstance(row, StationOverride):
        return Override(OverrideKind(row.kind), row.subject_id, row.act_id)
    if isinstance(row, Countersignature | LoginHistory):
        kind, subject_id, act_id = _BY_RIGHT.get(row.purpose or ""), row.subject_id, row.act_id
        return Override(kind, subject_id, act_id) if kind and subject_id and act_id else None
    if isinstance(row, QuarantinedEvent):
        raw, (kind, subject, act) = orjson.loads(row.raw), _EVENTS[row.kind]
        return Override(kind, UUID(raw[subject]), UUID(raw[act]))
    return None


def _answer(found: _Found, known: _Known) -> OverrideAnswer:
    row, override = found.row, _override(found.row)
    act = known.acts.get(override) if override else None
    told = _told(row, act, known)
    station_id = told.pop("station_id", None) or (act and act.station_id)
    station = known.stations.get(station_id) if station_id else None
    return OverrideAnswer(
        id=found.place.id,
        at=found.place.at,
        kind=override.kind if override else None,
        plant_id=station.plant_id if station else told.pop("plant_id", None) or (act and act.plant_id),
        station_id=station_id,
        station_code=station.code if station else told.pop("station_code", None),
        station_name=station and station.name,
        subject=act and act.subject,
        **{name: value for name, value in told.items() if name not in ("plant_id", "station_code")},
    )


def _told(row: Any, act: Act | None, known: _Known) -> dict[str, Any]:
    """What is told of a row beside what it is done to and where."""
    if isinstance(row, LoginHistory):
        who = {"confirmed_by": row.name if row.user_id else None, "right": row.purpose}
        where = {"station_id": row.station_id, "station_code": row.station_code}
        return {**who, **where, "outcome": OverrideOutcome.REFUSED, "refused_for": row.reason}
    if isinstance(row, QuarantinedEvent):
        decision, raw = known.decided.get(row.id), orjson.loads(row.raw)
        outcome = OverrideOutcome.DISCARDED if decision else OverrideOutcome.WAITING
        remark = decision.reason if decision else row.message
        return {"outcome": outcome, "remark": remark, "done_by": raw.get("person"), "station_id": row.station_id}
    done: StationOverride | None
    if isinstance(row, StationOverride):
        done, outcome, by = row, OverrideOutcome.ACCEPTED, known.people.get(row.countersigned_by)
        place: dict[str, Any] = {"plant_id": row.plant_id}
    else:
        done, by = known.done.get(row.id), known.people.get(row.user_id)
        outcome = OverrideOutcome.DONE if done else OverrideOutcome.NOT_DONE
        place = {"station_id": row.station_id, "right": row.purpose}
    told = {**place, "outcome": outcome, "confirmed_by": by}
    if outcome in DONE and done is not None:
        told |= {"done_at": done.at, "result": act and act.result, "done_by": act and act.by}
    return told
