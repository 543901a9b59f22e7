"""Access that was taken away after a backup was made does not come back with it: a restore takes it away again.

What it was is read from the databases in use, before the restored ones take their place; what can't be read there is
told and holds nothing up. Passwords, PINs, second factors, roles and places are those of the backup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import URL, Connection, Row, create_engine, pool, select, text
from sqlalchemy.exc import SQLAlchemyError
from unison_domain.identity.badge_contracts import BadgeState
from unison_domain.stations.contracts import AgentState

from unison_server.identity.api_keys import revoke_api_key
from unison_server.identity.badge_tables import Badge
from unison_server.identity.badges import end_badge
from unison_server.identity.sign_in import end_session
from unison_server.identity.tables import ApiKey, Organization, SignInSession, User
from unison_server.identity.usecases import rights_changed
from unison_server.kernel import revisions
from unison_server.kernel.database import Database, TenantSession
from unison_server.kernel.scope import Scope
from unison_server.stations.tables import Agent
from unison_server.stations.usecases import revoke

_ENDED = "ended again after a restore"
Former = Row[Any]
TakeAway = Callable[[TenantSession, Sequence[Former]], Iterator[str]]
"""Takes away again what these rows of one organization say was taken away; tells of each that came back."""


@dataclass
class TakenAway:
    """What a restore takes away again.

    Attributes:
        told: a sentence of each thing that was, or could not be.
        is_known: there were databases in use that could tell.
    """

    told: list[str] = field(default_factory=list)
    is_known: bool = True

    def again(self, in_use: Mapping[Database, URL], restored: Mapping[Database, URL]) -> None:
        """In one transaction of each restored database, of which nobody has anything yet; addresses are the owner's."""
        codes = self._codes(restored[Database.IDENTITY])
        for database, kinds in _KINDS.items():
            found = [(take, self._read(in_use[database], what, query)) for what, query, take in kinds]
            engine = create_engine(restored[database], poolclass=pool.NullPool)
            with engine.begin() as connection:
                for take, rows in found:
                    self._take(connection, take, rows, codes)

    def _codes(self, identity: URL) -> Mapping[UUID, str]:
        engine = create_engine(identity, poolclass=pool.NullPool)
        with engine.connect() as connection:
            return {row.id: row.code for row in connection.execute(select(Organization.id, Organization.code))}

    def _read(self, url: URL, what: str, query: str) -> Sequence[Former]:
        try:
            engine = create_engine(url, poolclass=pool.NullPool)
            with engine.connect() as connection:
                if revisions.current(connection) is None:
                    self.is_known = False
                    return []
                return connection.execute(text(query)).all()
        except SQLAlchemyError as error:
            why = str(getattr(error, "orig", error)).strip().partition("\n")[0]
            self.told.append(f"{what}: what was taken away since can't be read ({why}), look after it by hand")
            return []

    def _take(self, connection: Connection, take: TakeAway, rows: Sequence[Former], codes: Mapping[UUID, str]) -> None:
        for organization, own in groupby(rows, lambda row: row.organization_id):
            code = codes.get(organization)
            if code is None:
                continue  # it was made after the backup
            with TenantSession(connection, Scope(organization, request_id="restore")) as session, session.begin():
                self.told += [f"{code}: {words}" for words in take(session, list(own))]


def _people(session: TenantSession, rows: Sequence[Former]) -> Iterator[str]:
    for row in rows:
        user = session.find(User, row.id)
        if user is None:
            continue
        if user.is_active and not row.is_active:
            user.is_active = False
            rights_changed(session, user)
            yield f"{user.full_name} ({user.username}) is deactivated"
        elif _is_sooner(row.access_ends_at, user.access_ends_at):
            user.access_ends_at = row.access_ends_at
            rights_changed(session, user)
            yield f"the access of {user.full_name} ({user.username}) ends at {row.access_ends_at:%Y-%m-%d %H:%M %Z}"


def _is_sooner(end: datetime | None, than: datetime | None) -> bool:
    return end is not None and (than is None or end < than)


def _badges(session: TenantSession, rows: Sequence[Former]) -> Iterator[str]:
    for row in rows:
        badge = session.find(Badge, row.id)
        if badge is not None and badge.state == BadgeState.ACTIVE:
            end_badge(session, badge, BadgeState.LOST if row.state == BadgeState.LOST else BadgeState.REVOKED)
            yield f"the badge {badge.label or badge.id} of {_name(session, badge.user_id)} is {badge.state}"


def _keys(session: TenantSession, rows: Sequence[Former]) -> Iterator[str]:
    for row in rows:
        key = session.find(ApiKey, row.id)
        if key is not None and key.revoked_at is None:
            revoke_api_key(session, key)
            yield f"the API key {key.name} of {_name(session, key.user_id)} is revoked"


def _sessions(session: TenantSession, rows: Sequence[Former]) -> Iterator[str]:
    ended = {row.id for row in rows}
    live = session.scalars(select(SignInSession).where(SignInSession.ended_at.is_(None)))
    families = [family for family in live if family.id in ended]
    for family in families:
        end_session(session, family, _ENDED)
    session.flush()
    if families:
        yield f"sessions ended: {len(families)}, of {', '.join(_names(session, families))}"


def _agents(session: TenantSession, rows: Sequence[Former]) -> Iterator[str]:
    for row in rows:
        agent = session.find(Agent, row.id)
        if agent is None or agent.token_hash is None or agent.token_hash == row.token_hash:
            continue
        revoke(session, agent)
        why = "" if row.state == AgentState.REVOKED else ", for it was enrolled anew since: give it a new code"
        yield f"the PC {agent.name} is revoked{why}"


def _name(session: TenantSession, user_id: UUID) -> str:
    user = session.find(User, user_id)
    return user.full_name if user else str(user_id)


def _names(session: TenantSession, families: Sequence[SignInSession]) -> list[str]:
    return sorted({_name(session, family.user_id) for family in families})


_KINDS: Mapping[Database, Sequence[tuple[str, str, TakeAway]]] = {
    Database.IDENTITY: (
        (
            "people",
            "select organization_id, id, is_active, access_ends_at from users"
            " where not is_active or access_ends_at is not null order by 1",
            _people,
        ),
        ("badges", "select organization_id, id, state from badges where state <> 'active' order by 1", _badges),
        ("API keys", "select organization_id, id from api_keys where revoked_at is not null order by 1", _keys),
        (
            "sessions",
            "select organization_id, id from sessions where ended_at is not null and expires_at > now() order by 1",
            _sessions,
        ),
    ),
    Database.OPERATIONS: (("PCs", "select organization_id, id, state, token_hash from agents order by 1", _agents),),
}
