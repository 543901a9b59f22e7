"""`GET /api/v1/events`: what happens, as server-sent events, to those who may know.

One listener per process reads new events once and hands them to every open stream. An event is shown to callers of its
organization who hold `<room>.<thing>.read` of its topic and may read its plant, to the agent it is meant for, and what
is one person's own to that person. Where
a client can't be told everything since the id it has seen (`<epoch>.<position>`), or reads too slowly, it gets `reset`
and reads again what it shows.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import select, text
from starlette.concurrency import run_in_threadpool
from unison_domain.identity.contracts import RIGHTS_HEADER

from unison_server.kernel.access import Access, Caller
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.dispatcher import CHANNEL
from unison_server.kernel.listen import Connection, listen
from unison_server.kernel.outbox import events
from unison_server.kernel.route import note_refusal, services_of
from unison_server.kernel.scope import ActorKind, Scope
from unison_server.kernel.second_factor import second_factor_missing

HEARTBEAT_SECONDS = 5.0
"""A desktop takes 18 s without a byte for a server that is away; so three of them may be late."""
ASKED_SECONDS = 1.0
"""So old at most is what is known of a caller whom events are told, while ends and changes don't reach this process."""
MOST_WAITING = 2_000
"""Events a stream may lag behind before it is reset."""
MOST_REPLAYED = 10_000
_FIELDS = ("id", "topic", "organization_id", "plant_id", "entity", "version", "actor", "occurred_at", "causation")
_NEW = f"select position, {', '.join(_FIELDS)} from events where position > %s order by position limit 5000"  # noqa: S608 - constants
_NOTHING: Mapping[str, str] = {}
_STATE = "select key, value #>> '{}' from platform_settings where key like 'events.%'"


class Sent:
    """One event, encoded once for all who get it."""

    __slots__ = (
        *("data", "entity", "organization_id", "permission", "plant_id", "position", "to_agents", "to_person", "topic"),
    )

    def __init__(
        self,
        epoch: str,
        position: int,
        values: Iterable[Any],
        to_agents: Mapping[str, str] = _NOTHING,
        to_person: Collection[str] = (),
    ) -> None:
        happening = dict(zip(_FIELDS, values, strict=True))
        self.topic: str = happening["topic"]
        self.position = position
        self.entity: UUID | None = happening["entity"]
        self.organization_id: UUID = happening["organization_id"]
        self.plant_id: UUID | None = happening["plant_id"]
        # Of `room.thing.past_verb`. Anything else is a right that nobody has, and never stops what comes after it.
        self.permission = f"{self.topic.rpartition('.')[0]}.read"
        self.to_agents = to_agents.get(self.topic)
        self.to_person = self.topic in to_person
        self.data = _message(epoch, position, "happening", orjson.dumps(happening, option=orjson.OPT_UTC_Z))

    def visible_to(self, scope: Scope) -> bool:
        """Whether the caller may know. An agent is told what is meant for it alone, and a person what is theirs."""
        if scope.actor_kind is ActorKind.AGENT:
            return self.entity == scope.actor_id and self.to_agents in scope.permissions
        if self.to_person:
            return self.entity == scope.user_id
        return scope.may_hear(self.permission, self.plant_id, self.entity)


class Subscriber:
    """One open stream: what waits to be sent to it.

    Attributes:
        checked_at: when (`time.monotonic`) the caller's token was last found good; checked_under: the `Access.listened`
            of then.
    """

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.after = 0
        self.waiting: deque[bytes] = deque()
        self.lost = False
        self.ended = False
        self.wake = asyncio.Event()
        self.checked_at = 0.0
        self.checked_under = 0

    @property
    def left(self) -> float:
        """Seconds until the caller's token or access ends by itself."""
        return self.caller.expires_at - time.time()

    def offer(self, sent: Sent) -> None:
        """Queue an event; a stream that lags too far loses all and is told so."""
        if self.lost or sent.position <= self.after or not sent.visible_to(self.caller.scope):
            return
        self.waiting.append(sent.data)
        if len(self.waiting) > MOST_WAITING:
            self.lose()
        self.wake.set()

    def lose(self) -> None:
        """Forget what waits: the client has to read everything again."""
        self.waiting.clear()
        self.lost = True
        self.wake.set()

    def end(self) -> None:
        """Close the stream."""
        self.ended = True
        self.wake.set()


class Hub:
    """All event streams of one process.

    Args:
        ending: topics after which the streams of the thing they happened to end.
        to_agents: topics that the agent they happened to is told, each with the right it takes.
        to_person: topics that the person they happened to is told, and nobody else.

    Attributes:
        ready: set once new events are read.
    """

    def __init__(
        self,
        databases: Databases,
        system: Databases,
        access: Access,
        *,
        ending: Collection[str] = (),
        to_agents: Mapping[str, str] = _NOTHING,
        to_person: Collection[str] = (),
    ) -> None:
        self.ready = asyncio.Event()
        self._databases = databases
        self._system = system
        self._access = access
        self._ending = ending
        self._told = (to_agents, to_person)
        self._subscribers: defaultdict[UUID, set[Subscriber]] = defaultdict(set)
        self._epoch = ""
        self._position = 0
        self._closed = False
        access.ended.append(self._end_of)

    async def run(self) -> None:
        """Read new events and hand them out, until cancelled; the streams of a server that ended before are over."""
        self.ready, self._closed = asyncio.Event(), False

        async def heard(connection: Connection, _payload: str | None) -> None:
            await self._catch_up(connection)

        await listen(self._system.operations, CHANNEL, begun=self._begin, heard=heard, lost=lambda: None)

    def close(self) -> None:
        """End every stream: the server stops. Clients come back by themselves."""
        self._closed = True
        for subscriber in self._all():
            subscriber.end()

    async def stream(self, caller: Caller, last_id: str | None) -> AsyncIterator[bytes]:
        """The bytes of one stream, from after `last_id`, until the caller's token, session or access ends."""
        await self.ready.wait()
        subscriber, reached = Subscriber(caller), self._position
        seen = _position_of(last_id, self._epoch) if last_id else None
        subscriber.after = max(reached, seen or 0)
        organization = self._subscribers[caller.scope.organization_id]
        organization.add(subscriber)
        try:
            if not await self._still_good(subscriber):  # it may have ended before it was among those who are told
                return
            if last_id is None:
                yield self._here("ready")
            else:
                async for chunk in self._since(seen, reached, subscriber):
                    yield chunk
            while await self._wait(subscriber):
                yield self._taken(subscriber)
        finally:
            organization.discard(subscriber)

    async def _wait(self, subscriber: Subscriber) -> bool:
        """Until there is something to send or a heartbeat is due; False when the stream is over."""
        if self._is_over(subscriber):
            return False
        with suppress(TimeoutError):  # a heartbeat is due
            await asyncio.wait_for(subscriber.wake.wait(), min(HEARTBEAT_SECONDS, subscriber.left))
        return not self._is_over(subscriber) and (
            self._is_told_of_ends(subscriber) or await self._still_good(subscriber)
        )

    def _is_over(self, subscriber: Subscriber) -> bool:
        return self._closed or subscriber.ended or subscriber.left <= 0

    def _is_told_of_ends(self, subscriber: Subscriber) -> bool:
        """Whether the end of what it hangs on reached us since it was asked after, or that was a moment ago."""
        if self._access.listening:
            return subscriber.checked_under == self._access.listened
        return time.monotonic() - subscriber.checked_at < ASKED_SECONDS

    async def _still_good(self, subscriber: Subscriber) -> bool:
        listened, now = self._access.listened, time.monotonic()
        if not await run_in_threadpool(self._access.still_good, subscriber.caller):
            return False
        subscriber.checked_under, subscriber.checked_at = listened, now
        return not subscriber.ended

    def _taken(self, subscriber: Subscriber) -> bytes:
        subscriber.wake.clear()
        if subscriber.lost:
            return self._reset(subscriber)
        chunk = b"".join(subscriber.waiting) or b":\n\n"
        subscriber.waiting.clear()
        return chunk

    def _reset(self, subscriber: Subscriber) -> bytes:
        subscriber.lose()
        subscriber.lost = False
        subscriber.after = self._position
        return self._here("reset")

    async def _since(self, seen: int | None, reached: int, subscriber: Subscriber) -> AsyncIterator[bytes]:
        """What happened after `seen` up to the position live events begin at, or a reset."""
        scope, epoch = subscriber.caller.scope, self._epoch
        if seen is None or reached - seen > MOST_REPLAYED or not await run_in_threadpool(self._is_known, seen):
            yield self._reset(subscriber)
            return
        while seen < reached and not self._is_over(subscriber):
            page = await run_in_threadpool(self._read, scope, epoch, seen, reached)
            if not page:
                return
            seen = page[-1].position
            yield b"".join(sent.data for sent in page if sent.visible_to(scope)) or b":\n\n"

    def _read(self, scope: Scope, epoch: str, after: int, through: int) -> list[Sent]:
        columns = [events.c[name] for name in _FIELDS]
        statement = select(events.c.position, *columns).where(events.c.position > after, events.c.position <= through)
        with self._databases.session(Database.OPERATIONS, scope) as session:
            rows = session.execute(statement.order_by(events.c.position).limit(1000))
            return [Sent(epoch, row[0], row[1:], *self._told) for row in rows]

    def _is_known(self, position: int) -> bool:
        """Whether everything after the position is still there, and the position was given at all."""
        with self._system.operations.connect() as connection:
            state = {str(key): str(value) for key, value in connection.execute(text(_STATE))}
        return int(state["events.pruned_through"]) <= position <= int(state["events.position"])

    async def _begin(self, connection: Connection) -> None:
        found = await (await connection.execute(_STATE)).fetchall()
        state = {str(key): str(value) for key, value in found}
        if state["events.epoch"] != self._epoch:
            self._epoch, self._position = state["events.epoch"], int(state["events.position"])
            for subscriber in self._all():
                subscriber.lose()
        self.ready.set()
        await self._catch_up(connection)

    async def _catch_up(self, connection: Connection) -> None:
        full = True
        while full:
            rows = await (await connection.execute(_NEW, (self._position,))).fetchall()
            for position, *values in rows:
                sent = Sent(self._epoch, int(str(position)), values, *self._told)
                self._position = sent.position
                for subscriber in self._subscribers.get(sent.organization_id, ()):
                    subscriber.offer(sent)
                if sent.entity and sent.topic in self._ending:
                    self._end_of(sent.entity)
            full = len(rows) == 5000

    def _here(self, name: str) -> bytes:
        return _message(self._epoch, self._position, name, b"{}")

    def _end_of(self, id_: UUID) -> None:
        for subscriber in self._all():
            if subscriber.caller.scope.hangs_on(id_):
                subscriber.end()

    def _all(self) -> list[Subscriber]:
        return [subscriber for organization in self._subscribers.values() for subscriber in organization]


def _message(epoch: str, position: int, name: str, data: bytes) -> bytes:
    return b"id: %b.%d\nevent: %b\ndata: %b\n\n" % (epoch.encode(), position, name.encode(), data)


def _position_of(last_id: str, epoch: str) -> int | None:
    said, _, position = last_id.partition(".")
    known = said == epoch and position.isascii() and position.isdecimal() and len(position) < 19
    return int(position) if known else None


router = APIRouter(tags=["events"])


@router.get("/events", response_class=StreamingResponse, responses={200: {"content": {"text/event-stream": {}}}})
async def stream_events(request: Request) -> StreamingResponse:
    """What happens, as server-sent events; `Last-Event-ID` continues where a connection broke."""
    services = services_of(request)
    caller = await services.access.known_caller(request)
    if caller.scope.lacks_second_factor:
        refusal = second_factor_missing()
        await run_in_threadpool(note_refusal, services, caller.scope, request, refusal)
        raise refusal
    hub: Hub = request.app.state.hub
    chunks = hub.stream(caller, request.headers.get("last-event-id"))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", RIGHTS_HEADER: caller.scope.mark}
    return StreamingResponse(chunks, headers=headers, media_type="text/event-stream")
