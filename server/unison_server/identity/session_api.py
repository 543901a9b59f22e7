"""Endpoints of sessions and of the history of sign-ins: one's own, and those of everybody for who may."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import ColumnElement, Select, func, select
from unison_domain.identity.sign_in_contracts import (
    KnownOutcome,
    LoginAttemptAnswer,
    LoginAttemptLine,
    SessionsEnded,
    SignInSessionAnswer,
)
from unison_domain.kernel.contracts import Page
from unison_domain.kernel.csv_dialect import CsvDialect

from unison_server.identity import usecases
from unison_server.identity.all_seen import demand_all_seen
from unison_server.identity.oneself import oneself
from unison_server.identity.queries import full_names, has_access, let_in
from unison_server.identity.roles import LOGIN_HISTORY
from unison_server.identity.tables import LoginHistory, SignInSession, User
from unison_server.kernel.access import requires
from unison_server.kernel.csv_answer import Dialect
from unison_server.kernel.csv_stream import CsvStream, csv_stream
from unison_server.kernel.database import Database, TenantSession
from unison_server.kernel.errors import NotFound
from unison_server.kernel.paging import ListRequest, Order
from unison_server.kernel.route import IdentityRoute, ServicesDep, SessionDep
from unison_server.kernel.time_span import TimeSpan

_LAST_USED = Order(
    {"last_used_at": SignInSession.last_used_at, "created_at": SignInSession.created_at}, "-last_used_at"
)
_NEWEST = Order({"at": LoginHistory.at}, "-at")
_OF_ALL = (
    "The login history tells of stations in every plant: to read it you need a role that sees all plants and "
    "warehouses, such as Auditor"
)
_COLUMNS = (
    *(
        "at",
        "outcome",
        "reason",
        "user_name",
        "name",
        "station_code",
        "purpose",
        "address",
        "client",
        "times",
        "seconds",
    ),
    *("user_id", "session_id", "station_id"),
)

own_router = APIRouter(prefix="/auth", tags=["auth"], route_class=IdentityRoute)
"""One's own sessions and attempts."""
router = APIRouter(tags=["sessions"], route_class=IdentityRoute)
"""Everybody's."""


class OwnSessions(ListRequest):
    """What one's own sessions can be narrowed by.

    Attributes:
        is_live: only those that can still be used, or only those that can't.
    """

    is_live: bool | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """What every session of the list fulfils."""
        if self.is_live is not None:
            of_somebody = select(User.id).where(User.id == SignInSession.user_id, has_access())
            lasts = SignInSession.ended_at.is_(None) & (SignInSession.expires_at > func.now())
            live = lasts & of_somebody.exists()
            yield live if self.is_live else ~live


class Sessions(OwnSessions):
    """What everybody's sessions can be narrowed by."""

    user_id: UUID | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """What every session of the list fulfils."""
        yield from super().conditions()
        if self.user_id is not None:
            yield SignInSession.user_id == self.user_id


class OwnAttempts(TimeSpan, ListRequest):
    """What one's own attempts to sign in can be narrowed by."""

    outcome: KnownOutcome | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """What every attempt of the list fulfils."""
        yield from self.between(LoginHistory.at)
        if self.outcome is not None:
            yield LoginHistory.outcome == self.outcome


class Attempts(OwnAttempts):
    """What everybody's attempts can be narrowed by."""

    user_id: UUID | None = None
    address: Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")] | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """What every attempt of the list fulfils."""
        yield from super().conditions()
        if self.user_id is not None:
            yield LoginHistory.user_id == self.user_id
        if self.address is not None:
            yield LoginHistory.address == self.address


@own_router.get("/sessions")
def list_own_sessions(session: SessionDep, given: Annotated[OwnSessions, Query()]) -> Page[SignInSessionAnswer]:
    """Where one is signed in, last used first."""
    mine = select(SignInSession).where(SignInSession.user_id == _person(session), *given.conditions())
    return _page_of_sessions(session, mine, given)


@own_router.delete("/sessions/{id}")
def end_own_session(session: SessionDep, id: UUID) -> SignInSessionAnswer:  # noqa: A002 - the name in the path
    """Sign a program of one's own out; one that has ended stays so."""
    family = session.need(SignInSession, id, "session")
    if family.user_id != _person(session):
        raise NotFound(f"There is no session {id}", thing="session", id=str(id))
    return _answer(session, usecases.end_somebodys_session(session, family))


@own_router.get("/login-history")
def list_own_login_history(session: SessionDep, given: Annotated[OwnAttempts, Query()]) -> Page[LoginAttemptAnswer]:
    """Attempts to sign in as oneself, newest first."""
    mine = select(LoginHistory).where(LoginHistory.user_id == _person(session), *given.conditions())
    return _page_of_attempts(session, mine, given)


@router.get("/sessions", dependencies=[requires("identity.session.read")])
def list_sessions(session: SessionDep, given: Annotated[Sessions, Query()]) -> Page[SignInSessionAnswer]:
    """Where people are signed in, last used first."""
    return _page_of_sessions(session, select(SignInSession).where(*given.conditions()), given)


@router.delete("/sessions/{id}", dependencies=[requires("identity.session.end")])
def end_session(session: SessionDep, id: UUID) -> SignInSessionAnswer:  # noqa: A002 - the name in the path
    """Sign somebody's program out; one that has ended stays so."""
    family = session.need(SignInSession, id, "session")
    return _answer(session, usecases.end_somebodys_session(session, family))


@router.post("/users/{id}/end-sessions", dependencies=[requires("identity.session.end")])
def end_sessions(session: SessionDep, id: UUID) -> SessionsEnded:  # noqa: A002 - the name in the path
    """Sign every program of a person out; keys and badges stay."""
    return SessionsEnded(ended=usecases.end_all_sessions(session, session.need(User, id, "user")))


@router.get("/login-history", dependencies=[requires(LOGIN_HISTORY)])
def list_login_history(session: SessionDep, given: Annotated[Attempts, Query()]) -> Page[LoginAttemptAnswer]:
    """Attempts to sign in, newest first; also those with names that nobody has."""
    demand_all_seen(session.scope, _OF_ALL)
    return _page_of_attempts(session, select(LoginHistory).where(*given.conditions()), given)


@router.get(
    "/login-history/export",
    dependencies=[requires(LOGIN_HISTORY)],
    response_class=CsvStream,
    response_model=None,
)
def export_login_history(
    session: SessionDep,
    services: ServicesDep,
    given: Annotated[Attempts, Query()],
    dialect: Dialect = CsvDialect.POINT,
) -> CsvStream:
    """The same as CSV, whole."""
    demand_all_seen(session.scope, _OF_ALL)
    return csv_stream(
        services,
        session,
        select(LoginHistory).where(*given.conditions()),
        _NEWEST,
        LoginHistory.id,
        name="login_history",
        columns=_COLUMNS,
        answers=_lines,
        dialect=dialect,
        database=Database.IDENTITY,
    )


def _lines(session: TenantSession, rows: Sequence[LoginHistory]) -> list[LoginAttemptLine]:
    names = full_names(session, (row.user_id for row in rows if row.user_id))
    return [
        LoginAttemptLine(
            **LoginAttemptAnswer.model_validate(row).model_dump(),
            user_name=names.get(row.user_id) if row.user_id else None,
        )
        for row in rows
    ]


def _person(session: TenantSession) -> UUID:
    return oneself(session, "signs in here")


def _page_of_sessions(
    session: TenantSession, statement: Select[SignInSession], given: ListRequest
) -> Page[SignInSessionAnswer]:
    rows, cursor = _LAST_USED.page(session, statement, given, SignInSession.id)
    return Page(items=_answers(session, rows), next_cursor=cursor)


def _page_of_attempts(
    session: TenantSession, statement: Select[LoginHistory], given: ListRequest
) -> Page[LoginAttemptAnswer]:
    rows, cursor = _NEWEST.page(session, statement, given, LoginHistory.id)
    return Page(items=[LoginAttemptAnswer.model_validate(row) for row in rows], next_cursor=cursor)


def _answer(session: TenantSession, family: SignInSession) -> SignInSessionAnswer:
    return _answers(session, [family])[0]


def _answers(session: TenantSession, families: Sequence[SignInSession]) -> list[SignInSessionAnswer]:
    names = full_names(session, (family.user_id for family in families))
    people = let_in(session, names)
    derived = ("user_name", "is_current", "is_let_in")
    columns = [name for name in SignInSessionAnswer.model_fields if name not in derived]
    return [
        SignInSessionAnswer(
            **{name: getattr(family, name) for name in columns},
            user_name=names[family.user_id],
            is_current=family.id == session.scope.session_id,
            is_let_in=family.user_id in people,
        )
        for family in families
    ]
