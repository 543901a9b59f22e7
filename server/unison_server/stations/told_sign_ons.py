"""Carries what stations tell of badges into the login history, which is in the other database, exactly once.

A batch of events leaves rows in operations; a worker writes them to identity under ids that are theirs alone, and
deletes them after that is committed. Killed in between it finds them again, and writes nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Connection, Engine, Row, delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from unison_domain.identity.sign_in_contracts import SignInOutcome
from unison_domain.stations.sign_on_events import SignOnTold, kept_id

from unison_server.identity.badge_tables import Badge
from unison_server.identity.pins import UNKNOWN_PERSON
from unison_server.identity.tables import LoginHistory, User
from unison_server.kernel.database import TenantSession
from unison_server.sites.queries import demand_writable
from unison_server.stations.arrival import Arrival, Arrived, EventRoom, Refused
from unison_server.stations.queries import plants_of_stations
from unison_server.stations.tables import Station
from unison_server.stations.told_sign_on_tables import ToldSignOn

POLL_SECONDS = 0.2
_BATCH = 200
_OUTCOMES: Mapping[str, SignInOutcome] = {"badge_elsewhere": SignInOutcome.ELSEWHERE}

log = structlog.get_logger(__name__)


def _take(session: TenantSession, arrival: Arrival, events: Sequence[Arrived]) -> list[Refused]:
    plants = plants_of_stations(session, {event.station_id for _, event in events})
    refused, rows = list[Refused](), list[dict[str, Any]]()
    for seq, event in events:
        if event.station_id not in plants:
            message = f"There is no station {event.station_id}"
            refused.append(Refused(seq, "unknown_station", message, permanent=True))
        elif (stranger := arrival.stranger(seq, event.station_id, event)) is not None:
            refused.append(stranger)
        else:
            rows.append(_row(session, arrival, event))
    if rows:
        session.connection().execute(insert(ToldSignOn).on_conflict_do_nothing(), rows)
    return refused


def _row(session: TenantSession, arrival: Arrival, event: SignOnTold) -> dict[str, Any]:
    person_id = event.person_id if event.refused_for is None else None
    return {
        "organization_id": session.organization_id,
        "id": kept_id(arrival.agent_id, event.id, event.badge, person_id),
        "station_id": event.station_id,
        "agent_id": arrival.agent_id,
        "at": arrival.moment_of(event.at),
        "badge": event.badge,
        "person_id": person_id,
        "refused_for": event.refused_for,
        "address": session.scope.address,
    }


def _demand_writable(session: TenantSession, event: SignOnTold) -> None:
    station = session.find(Station, event.station_id)
    if station is not None:
        demand_writable(session, station.plant_id)


SIGN_ON_EVENTS = EventRoom({"sign_on_told": SignOnTold}, _take, demand_writable=_demand_writable)


class SignOnsCarried:
    """The step of the worker over operations; `identity` is an engine of the system role too."""

    def __init__(self, identity: Engine) -> None:
        self._identity = identity

    def is_behind(self, operations: Connection) -> bool:
        """Whether any waits."""
        with operations.begin():
            return bool(operations.scalar(select(exists(select(ToldSignOn.id)))))

    def step(self, operations: Connection) -> bool:
        """Carry one batch; True when there may be more at once."""
        its = (Station.organization_id == ToldSignOn.organization_id) & (Station.id == ToldSignOn.station_id)
        waiting = select(ToldSignOn.__table__, Station.code).join(Station, its)
        oldest = waiting.order_by(ToldSignOn.received_at, ToldSignOn.id).limit(_BATCH)
        found = operations.execute(oldest.with_for_update(of=ToldSignOn)).all()
        if found:
            with self._identity.begin() as identity:
                for row in found:
                    self._carry(identity, row)
            operations.execute(delete(ToldSignOn).where(ToldSignOn.id.in_([row.id for row in found])))
        return len(found) == _BATCH

    def _carry(self, identity: Connection, row: Row[Any]) -> None:
        try:
            with identity.begin_nested():
                identity.execute(insert(LoginHistory).values(_kept(identity, row)).on_conflict_do_nothing())
        except OperationalError:  # the database is gone: all of it is begun anew
            raise
        except Exception:  # one that can't be kept is no reason to keep none after it, for ever
            log.exception("a sign-on at a station is not kept", id=str(row.id), organization=str(row.organization_id))


def _kept(identity: Connection, row: Row[Any]) -> dict[str, Any]:
    person = _person(identity, row)
    let_in = row.refused_for is None
    return {
        "organization_id": row.organization_id,
        "id": row.id,
        "at": row.at,
        "outcome": SignInOutcome.SIGNED_IN if let_in else _OUTCOMES.get(row.refused_for, SignInOutcome.WRONG),
        "name": person.full_name if person else UNKNOWN_PERSON,
        "user_id": person.id if person else None,
        "address": row.address,
        "reason": row.refused_for,
        "station_id": row.station_id,
        "station_code": row.code,
        "times": 1,
    }


def _person(identity: Connection, row: Row[Any]) -> Row[UUID, str] | None:
    """Whom the station named, or else whose badge it is."""
    people = select(User.id, User.full_name).where(User.organization_id == row.organization_id)
    if row.person_id is not None:
        return identity.execute(people.where(User.id == row.person_id)).one_or_none()
    its = (Badge.organization_id == User.organization_id) & (Badge.user_id == User.id)
    shown = people.join(Badge, its).where(Badge.text_hash == row.badge)
    newest = shown.order_by(Badge.state != "active", Badge.created_at.desc())
    return identity.execute(newest.limit(1)).first()
