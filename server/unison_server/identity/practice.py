"""The practice organization: where the people of an organization try things out on a copy of its masters.

It is an organization like any other, so nothing done there can reach the real one: row level security, tokens and
enrolments hold them apart. Its rows have the ids they have in the real one, which says who and what is who and what.
Made anew, it is another organization under the same code; the one before lets nobody and no station in any more, and
its rows are deleted later (`practice_retirement.py`).

Copied are masters, people with their roles and places, roles and settings. Not copied is what lets somebody in or
reaches out: passwords, second factors, badges, PINs, keys, e-mail addresses; and nothing that belongs to a PC: agents,
devices, tags, instruments. People come in from the real organization alone, where they are signed in already, and are
out as soon as that session is. So nobody has a password or a key there, and nobody is made there (`only_real.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, func, insert, select, update
from unison_domain.identity.contracts import RoleCode, Tokens
from unison_domain.identity.sign_in_contracts import SessionEnd

from unison_server.identity.access_changes import tell_access
from unison_server.identity.consequences import user_search
from unison_server.identity.queries import is_practice
from unison_server.identity.setting_tables import SettingRow
from unison_server.identity.sign_in import Door, end_everybodys_session, is_let_in
from unison_server.identity.sign_in_names import names_of
from unison_server.identity.tables import (
    Organization,
    OwnRole,
    SignInName,
    User,
    UserPlantAccess,
    UserRole,
    UserWarehouseAccess,
)
from unison_server.kernel.audit import record_elsewhere
from unison_server.kernel.crossing import held_to
from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.errors import Clash, NotAllowed, NotFound
from unison_server.kernel.keys import new_id
from unison_server.kernel.outbox import Recorded, record, record_all
from unison_server.kernel.paging import search_tokens
from unison_server.kernel.scope import EVERYWHERE, Scope

CODE = "-PRACTICE"
_LONGEST_CODE = 50
_PEOPLE: tuple[type[Any], ...] = (OwnRole, User, UserRole, UserPlantAccess, UserWarehouseAccess, SettingRow)
_LEFT_OUT = {"hashed_password": None, "email": None, "phone": None, "rights_version": 1}
"""Of people, what is not copied."""
_LOWERED: Mapping[str, str] = {RoleCode.SUPERADMIN: RoleCode.ADMIN}


@dataclass(frozen=True, slots=True)
class Practice:
    """Makes them and lets people in.

    Attributes:
        system: engines of the system role, for the row of an organization nobody is in yet.
        masters: tables of operations that are copied, each after those it refers to.
        emptied: columns of theirs that refer to what is not copied.
        above: those whose rows have others below them. Nothing is made below what is out of use, but what is in use
            there rests: so they are put out of use after all is copied.
    """

    databases: Databases
    system: Databases
    door: Door
    masters: Sequence[Table]
    emptied: Mapping[str, str]
    above: Collection[str]

    def make(self, session: TenantSession, seen: int | None) -> Organization:
        """A practice organization, in place of the one before.

        Args:
            session: of the real organization. seen: the version of the one before; None where there is none.

        Raises:
            Clash: there is one already, or it was changed meanwhile, or this is a practice organization itself.
            NotFound: there is none to be made anew. NotAllowed: no person asks.
        """
        own = session.scope
        if own.user_id is None:
            raise NotAllowed("Only a person makes a practice organization; sign in instead of using a key")
        real = session.scalars(select(Organization).where(Organization.id == own.organization_id)).one()
        if real.practice_of is not None:
            raise Clash("This is a practice organization already: go to the real one", code="is_practice")
        _demand_seen(practice_of(session), seen)
        made = self._begin(real)
        self._copy_masters(own, made)
        # Of two who make one at once, the second sees what the first made.
        lock = func.hashtextextended(f"practice of {own.organization_id}", 0)
        session.execute(select(func.pg_advisory_xact_lock(lock)))
        before = practice_of(session)
        _demand_seen(before, seen)
        if before is not None:
            with acting_in_practice(session, before, "retired its practice organization"):
                retire(session, before)
        return self._finish(session, real, made)

    def sign_in(self, session: TenantSession, client: str | None) -> Tokens:
        """A session of the same person in the practice organization.

        Raises:
            NotFound: there is none, or the person is not in it yet. NotAllowed: no person asks.
        """
        user_id, real_session = session.scope.user_id, session.scope.session_id
        if user_id is None:
            raise NotAllowed("Only a person goes to the practice organization; sign in instead of using a key")
        practice = demand_practice(session)
        with acting_in_practice(session, practice, "signed in to its practice organization"):
            user = session.find(User, user_id)
            if user is None or not is_let_in(user):
                words = f"You are not in {practice.code} yet: people come in when it is made anew"
                raise NotFound(words, thing="user", id=str(user_id))
            return self.door.open_for(session, user, user.username, client, real_session)

    def _begin(self, real: Organization) -> UUID:
        """An organization nobody gets into, committed: what is copied after it is never nobody's."""
        id_ = new_id()
        with self.system.session(Database.IDENTITY, Scope(id_)) as session:
            name = f"{real.name} (practice)"
            session.add(Organization(id=id_, code=_retired_code(id_), name=name, practice_of=real.id, is_active=False))
        return id_

    def _copy_masters(self, own: Scope, practice: UUID) -> None:
        there = _there(own, practice)
        everywhere = replace(own, plants=EVERYWHERE, warehouses=EVERYWHERE)
        with self.databases.session(Database.OPERATIONS, everywhere) as session:
            rows = {table: _rows_of(session, table) for table in (*self.masters, search_tokens)}
            kept = {row["id"] for table in self.masters for row in rows[table]}
            rows[search_tokens] = [row for row in rows[search_tokens] if row["entity_id"] in kept]
            record_elsewhere(session, practice, "copied masters to its practice organization")
            with held_to(session, there):
                for table, copied in rows.items():
                    fixed: dict[str, Any] = {name: None for name in (self.emptied.get(table.name),) if name}
                    fixed |= {"is_active": True} if table.name in self.above else {}
                    _write(session, table, practice, [{**row, **fixed} for row in copied])
                for table in (one for one in self.masters if one.name in self.above):
                    resting = [row["id"] for row in rows[table] if not row["is_active"]]
                    session.execute(update(table).where(table.c.id.in_(resting)).values(is_active=False))

    def _finish(self, session: TenantSession, real: Organization, id_: UUID) -> Organization:
        people = {table: _rows_of(session, table.__table__) for table in _PEOPLE}
        organization = session.scalars(select(Organization).where(Organization.id == id_)).one()
        with acting_in_practice(session, organization, "made its practice organization"):
            session.refresh(organization, with_for_update=True)
            organization.code, organization.is_active = f"{real.code[: _LONGEST_CODE - len(CODE)]}{CODE}", True
            session.flush()
            for table, rows in people.items():
                _write(session, table.__table__, id_, _without_access(table, rows))
            _write(session, SignInName.__table__, id_, [name for row in people[User] for name in _names(row)])
            user_search.index(session, *session.scalars(select(User)))
            record_all(session, [Recorded("identity.user.created", row["id"]) for row in people[User]])
            record(session, "identity.organization.created", id_, version=organization.version)
        return organization


def practice_of(session: TenantSession) -> Organization | None:
    """The practice organization of the session's, if there is one."""
    own = select(Organization).where(Organization.practice_of == session.organization_id, Organization.is_active)
    return session.scalar(own)


def demand_practice(session: TenantSession) -> Organization:
    """The same. Raises NotFound where there is none."""
    practice = practice_of(session)
    if practice is None:
        words = "There is no practice organization yet; an administrator makes it"
        if is_practice(session):
            words = "This is a practice organization already: go to the real one"
        raise NotFound(words, thing="organization")
    return practice


@contextmanager
def acting_in_practice(session: TenantSession, practice: Organization, done: str) -> Iterator[None]:
    """Hold the session to its own practice organization until the block ends; the person is the same there.

    Raises:
        ValueError: it is not that of the session's organization.
    """
    own = session.scope
    if practice.practice_of != own.organization_id:
        raise ValueError(f"{practice.id} is no practice organization of {own.organization_id}")
    record_elsewhere(session, practice.id, done)
    with held_to(session, _there(own, practice.id)):
        yield


def _there(own: Scope, practice: UUID) -> Scope:
    return replace(own, organization_id=practice, plants=EVERYWHERE, warehouses=EVERYWHERE, session_id=None)


def _demand_seen(before: Organization | None, seen: int | None) -> None:
    if before is None and seen is not None:
        raise NotFound("There is no practice organization yet: make one", thing="organization")
    if before is not None and seen is None:
        raise Clash(f"There is a practice organization already, {before.code}: make it anew", code="exists")
    if before is not None and before.version != seen:
        words = f"It was changed meanwhile: you saw version {seen} of {before.code}, now it is {before.version}"
        raise Clash(words, code="version_clash")


def retire(session: TenantSession, practice: Organization) -> None:
    """Nobody gets in any more; its rows go later."""
    session.refresh(practice, with_for_update=True)
    practice.code, practice.is_active = _retired_code(practice.id), False
    practice.updated_at = datetime.now(UTC)
    session.flush()
    end_everybodys_session(session, practice.id, SessionEnd.PRACTICE_MADE_ANEW)
    tell_access(session, practice.id)
    record(session, "identity.organization.deactivated", practice.id, version=practice.version)


def _retired_code(id_: UUID) -> str:
    return f"PRACTICE-{id_.hex}"


def _rows_of(session: TenantSession, table: Any) -> list[dict[str, Any]]:
    columns = [column for column in table.columns if column.computed is None]
    mine = table.c.organization_id == session.organization_id
    return [dict(row) for row in session.execute(select(*columns).where(mine)).mappings()]


def _write(session: TenantSession, table: Any, organization: UUID, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        session.execute(insert(table), [{**row, "organization_id": organization} for row in rows])


def _without_access(table: type[Any], rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """People as they come in there; who administrates all organizations administrates there this one alone."""
    if table is User:
        return [{**row, **_LEFT_OUT} for row in rows]
    if table is UserRole:
        lowered = [{**row, "role": str(_LOWERED.get(row["role"], row["role"]))} for row in rows]
        held = ("user_id", "role", "plant_id", "department_id")
        return list({tuple(row[name] for name in held): row for row in lowered}.values())
    return [dict(row) for row in rows]


def _names(person: Mapping[str, Any]) -> list[dict[str, Any]]:
    left = {name: value for name, value in person.items() if name not in _LEFT_OUT}
    return [{"name": name, "user_id": person["id"]} for name in sorted(names_of(**left))]
