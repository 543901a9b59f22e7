"""A request is a transaction: opened for the caller's organization, committed before the answer leaves.

A room's router names its database: `APIRouter(route_class=OperationsRoute)` or `IdentityRoute`. Endpoints are plain
`def` functions that take `SessionDep`; they never commit.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial, reduce
from threading import Event
from typing import Annotated, Any, ClassVar

import anyio
import anyio.from_thread
from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from unison_server.kernel import idempotency
from unison_server.kernel.access import Access, Requirement
from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.errors import NotAllowed, Refusal, Unavailable
from unison_server.kernel.idempotency import OnceOnly
from unison_server.kernel.noted_refusals import NotedRefusals, noting
from unison_server.kernel.outbox import has_recorded
from unison_server.kernel.permissions import demand
from unison_server.kernel.problems import refusal_of
from unison_server.kernel.scope import Scope
from unison_server.kernel.second_factor import is_open_without_second_factor, second_factor_missing

ATTEMPTS = 3
_RETRYABLE = {"40001", "40P01"}
"""SQLSTATE of a serialization failure and of a deadlock: the same request again can succeed."""
_AFTER_REFUSAL = "after_refusal"
_STILL_MAY = "still_may"
_HAS_LEFT = "has_left"

OnRefusal = Callable[[TenantSession], None]


@dataclass(frozen=True)
class Services:
    """What requests of one server process share; `app.state.services`.

    Attributes:
        databases: engines as the runtime role; system: as the role that passes row level security.
        wake: set to make a database's dispatcher look at once.
        gates: as many requests at a time as the pool has connections, so that none waits for one while it
            keeps the thread that another needs to give its connection back.
        noted: what is noted of those who may not.
    """

    databases: Databases
    system: Databases
    access: Access
    wake: Mapping[Database, Event]
    gates: Mapping[Database, anyio.CapacityLimiter] = field(init=False)
    noted: NotedRefusals = field(init=False)

    def __post_init__(self) -> None:
        gates = {database: anyio.CapacityLimiter(self.databases.capacity) for database in Database}
        object.__setattr__(self, "gates", gates)
        object.__setattr__(self, "noted", NotedRefusals(self.databases))


class TransactionRoute(APIRoute):
    """Runs its endpoint in one transaction of `database`.

    Commits before the answer leaves, with the row of the `Idempotency-Key`; starts anew when the database asks for it
    (serialization failure, deadlock). After a refusal everything is rolled back, and what `after_refusal` was given is
    written in a transaction of its own.
    """

    database: ClassVar[Database]

    async def before(self, request: Request) -> None:
        """What may refuse the request while it holds no connection yet; `request.state.scope` is who asks."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()
        asked = [one.dependency for one in self.dependencies if isinstance(one.dependency, Requirement)]
        is_open = is_open_without_second_factor(self.dependencies)

        async def handle(request: Request) -> Response:
            services = services_of(request)
            caller = await services.access.known_caller(request)
            request.state.scope = reduce(Scope.held_to, (one.permission for one in asked), caller.scope)
            if caller.scope.lacks_second_factor and not is_open:
                refusal = second_factor_missing()
                async with services.gates[self.database]:
                    await run_in_threadpool(self._note_refusal, services, caller.scope, refusal, request)
                raise refusal
            await self.before(request)
            once = await idempotency.read_key(request, services.access.digest)
            request.state.caller = caller
            async with services.gates[self.database]:
                return await self._run(services, request, once, partial(_allowed, asked, request), inner)

        return handle

    async def _run(
        self,
        services: Services,
        request: Request,
        once: OnceOnly | None,
        allowed: Callable[[], Awaitable[None]],
        inner: Callable[[Request], Coroutine[Any, Any, Response]],
    ) -> Response:
        scope = request.state.scope
        for _ in range(ATTEMPTS):
            session = TenantSession(services.databases.engine_for(self.database, scope.organization_id), scope)
            session.info[_STILL_MAY] = partial(services.access.still_may, request.state.caller)
            session.info[_HAS_LEFT] = request.is_disconnected
            request.state.session = session
            try:
                replay = None
                if once:
                    await allowed()  # before the answer of another time is told
                    replay = await run_in_threadpool(idempotency.claim, session, once)
                response = replay or await inner(request)
                secret = idempotency.is_secret(request)
                await run_in_threadpool(_commit, session, once if replay is None else None, response, secret=secret)
            except BaseException as error:
                with anyio.CancelScope(shield=True):
                    await run_in_threadpool(self._give_up, services, session, error, request)
                if not is_retryable(error):
                    raise
            else:
                if has_recorded(session):
                    services.wake[self.database].set()
                return response
        raise Unavailable("Others keep changing the same rows; try again in a moment", headers={"Retry-After": "1"})

    def _give_up(self, services: Services, session: TenantSession, error: BaseException, request: Request) -> None:
        session.close()
        notes: list[OnRefusal] = session.info.get(_AFTER_REFUSAL, [])
        refusal = refusal_of(error) if isinstance(error, DBAPIError) else error
        if isinstance(refusal, Refusal) and not is_retryable(error):
            self._note_refusal(services, session.scope, refusal, request, notes)

    def _note_refusal(
        self, services: Services, scope: Scope, refusal: Refusal, request: Request, notes: Iterable[OnRefusal] = ()
    ) -> None:
        """In a transaction of its own: what was asked for is rolled back, or was never begun."""
        to_write = list(notes)
        if isinstance(refusal, NotAllowed) and services.noted.takes(self.database, scope, request, refusal):
            to_write.append(partial(noting, request=request, refusal=refusal))
        if to_write:
            with services.databases.session(self.database, scope) as own:
                for note in to_write:
                    note(own)


def note_refusal(services: Services, scope: Scope, request: Request, refusal: NotAllowed) -> None:
    """Note in the audit log what an endpoint refused that is no transaction itself."""
    if services.noted.takes(Database.OPERATIONS, scope, request, refusal):
        with services.databases.session(Database.OPERATIONS, scope) as own:
            noting(own, request, refusal)


class OperationsRoute(TransactionRoute):
    """A transaction of the business database."""

    database = Database.OPERATIONS


class IdentityRoute(TransactionRoute):
    """A transaction of the database of people."""

    database = Database.IDENTITY


def demand_too(session: TenantSession, permission: str) -> None:
    """Ask for a right beside those the endpoint declares; what follows is held to where that holds too.

    Raises:
        NotAllowed: the actor holds it nowhere.
    """
    demand(session.scope, permission)
    session.hold_to(permission)


def after_refusal(session: TenantSession, note: OnRefusal) -> None:
    """Write this if the request is refused: `note` gets a session of its own, after the rollback."""
    session.info.setdefault(_AFTER_REFUSAL, []).append(note)


def still_may(session: TenantSession) -> Callable[[], bool]:
    """Whether the request's caller may still do what they could when it began: to be asked by what outlasts it."""
    asked: Callable[[], bool] = session.info[_STILL_MAY]
    return asked


def demand_waited_for(session: TenantSession) -> None:
    """Let what takes long go on only while somebody waits for its answer: who leaves takes back what they asked for.

    To be called by the thread of a plain endpoint; of a session that no request opened nobody leaves.

    Raises:
        ClientDisconnect: the connection was closed.
    """
    has_left = session.info.get(_HAS_LEFT)
    if has_left is not None and anyio.from_thread.run(has_left):
        raise ClientDisconnect


def is_retryable(error: BaseException) -> bool:
    """Whether the database asks for the same transaction again."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _RETRYABLE


def services_of(request: Request) -> Services:
    """What the requests of this process share."""
    services: Services = request.app.state.services
    return services


async def _session(request: Request) -> TenantSession:
    session: TenantSession = request.state.session
    return session


SessionDep = Annotated[TenantSession, Depends(_session)]
"""The transaction of this request. Not to be committed: the route does."""


async def _services(request: Request) -> Services:
    return services_of(request)


ServicesDep = Annotated[Services, Depends(_services)]


async def _allowed(asked: Iterable[Requirement], request: Request) -> None:
    """Raises NotAllowed where the caller lacks (by now) what the endpoint asks for."""
    for one in asked:
        await one(request)


def _commit(session: TenantSession, once: OnceOnly | None, response: Response, *, secret: bool) -> None:
    if once:
        idempotency.keep(session, once, response, secret=secret)
    session.commit()
    session.close()
