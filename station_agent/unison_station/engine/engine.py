"""The loop of the agent: observations in, rules stepped, events and state committed together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import NamedTuple, Protocol
from uuid import UUID

from unison_domain.stations.configuration import AgentConfiguration
from unison_domain.stations.events import AgentStarted, ClockStepped, Event, Gap
from unison_domain.stations.readings import Moment

from unison_station.clock import Line
from unison_station.devices.observation import Observation
from unison_station.devices.poller import Poller
from unison_station.engine.boundary import KEY as RUNNING_KEY
from unison_station.engine.boundary import Boundary, rebased
from unison_station.engine.derivation import Derivation, Live, Stored, used_leases
from unison_station.platform.boot import boot_id
from unison_station.store.errors import StoreError
from unison_station.store.group_commit import GroupCommit
from unison_station.store.store import Store
from unison_station.wording import count_words

log = logging.getLogger(__name__)

TICK_SECONDS = 0.5
"""How often machines are told the time when nothing is read."""

SAVE_SECONDS = 1.0
"""How often state without events is saved: after a crash, a machine was last seen then. A signal is lost after 3 s, so
an agent that is back at once goes on with the open intervals."""

RETRY_SECONDS = 1.0
"""Pause before a refused commit is tried again."""


class Recorder(Protocol):
    """Whoever keeps what was observed, for a later replay; told before the rules are."""

    def begin(self, configuration: AgentConfiguration, stored: Stored, now: Moment, line: Line) -> None:
        """What the rules start from."""

    def configured(self, configuration: AgentConfiguration, now: Moment, line: Line) -> None:
        """Another configuration holds from here on."""

    def step(self, observations: Sequence[Observation], now: Moment, again: Collection[UUID]) -> None:
        """What the next step is made of."""


class Follower(Protocol):
    """Whoever keeps a state of its own that follows from the events; it is committed with them."""

    def follow(self, events: Sequence[Event], configuration: AgentConfiguration) -> dict[str, bytes]:
        """Take the events of one commit; what `load_state` shall give back, by key."""


class Deed(NamedTuple):
    """What a person's word comes to: events and states that are committed together, and what is `done` after that.

    Attributes:
        at_once: on disk before it is done, also where it has no events; else such a state is written soon.
    """

    events: Sequence[Event]
    state: Mapping[str, bytes]
    done: Callable[[], None]
    at_once: bool = False


Decide = Callable[[datetime], Deed]
"""Called on the engine's loop with the moment the word counts from; what it raises refuses the order."""


class Engine:
    """Polls, derives and commits until told to stop.

    Commits run in a thread of their own: a slow disk delays no device, and what arrives meanwhile goes into one next
    commit. While the buffer refuses, nothing is polled: counters tell at the next look what was made meanwhile.

    Attributes:
        live: machines and devices as they stand; replaced as a whole, so any thread may read it.
        turns: grows while the loop goes on, also while the buffer refuses; the watchdog is fed by it.
        committed: events handed to the buffer since the start; samples may still wait there for a moment.
    """

    def __init__(
        self,
        store: Store,
        configuration: AgentConfiguration,
        *,
        version: str,
        recorder: Recorder | None = None,
        followers: Sequence[Follower] = (),
    ) -> None:
        self.live = Live()
        self.committed = 0
        self.turns = 0
        self._store = store
        self._version = version
        self._recorder = recorder
        self._followers = tuple(followers)
        self._orders: list[tuple[Decide, Future[None]]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._stop = asyncio.Event()
        self._waiting: list[Observation] = []
        self._dropped = False
        self._has_ended = False
        self._next: AgentConfiguration | None = None
        self._poller = Poller(self._deliver, self._now)
        self._group = GroupCommit(store)
        self._boundary = Boundary(configuration)
        self._derivation = self._resumed()
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="commit")

    @property
    def refusal(self) -> str | None:
        """Why the buffer takes nothing at the moment; None while it does."""
        return self.live.refusal

    def monotonic(self) -> float:
        """Seconds since boot, by the clock of this engine."""
        return self._store.clock.monotonic()

    def now(self) -> datetime:
        """The moment to stamp events with, by the clock of this engine."""
        return self._store.clock.now()

    @property
    def configuration(self) -> AgentConfiguration:
        """What is being done; a configuration that was given a moment ago may still be on its way."""
        return self._derivation.configuration

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """Where devices are read; None before that begins."""
        return self._loop

    @property
    def poller(self) -> Poller:
        """The devices as they are read, for the local page."""
        return self._poller

    @property
    def derivation(self) -> Derivation:
        """The rules and the last readings, for the local page."""
        return self._derivation

    @property
    def waiting_tags(self) -> tuple[UUID, ...]:
        """Counters whose changed configuration waits for their machine's run to end."""
        return tuple(held.tag_id for held in self._boundary.waiting)

    def configure(self, configuration: AgentConfiguration) -> None:
        """Go over to another version of the configuration; from any thread."""
        self._next = configuration
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    def order(self, decide: Decide) -> Future[None]:
        """Have a person's word decided and committed in its turn; from any thread.

        The future is done when all is on disk. It raises what `decide` raised, or `StoreError` when the buffer takes
        nothing; cancelled before its turn, nothing happens.
        """
        future: Future[None] = Future()
        try:
            if self._loop is None:
                raise RuntimeError
            self._loop.call_soon_threadsafe(self._accept, decide, future)
        except RuntimeError:  # not running, or no more
            future.cancel()
        return future

    async def run(self, stop: asyncio.Event, started: Callable[[], None] = lambda: None) -> None:
        """Work until `stop` is set, then commit what is known and return.

        Args:
            started: called once the first event is committed and devices are being read.

        Raises:
            StoreDamaged: the buffer became corrupt, and a new start recovers it.
            Exception: a fault of the program in a rule; what was committed before is safe.
        """
        self._loop, self._stop = asyncio.get_running_loop(), stop
        stopping = asyncio.create_task(_forward(stop, self._wake))
        try:
            await self._begin()
            started()
            await self._work()
        finally:
            stopping.cancel()
            await self._end()

    async def _begin(self) -> None:
        now = self._now()
        clean = self._store.opening.clean_stop
        started = AgentStarted(at=now.at, version=self._version, boot_id=boot_id(), clean_stop=clean)
        gaps = [
            Gap(at=now.at, reason="buffer_corrupt", lost={}, message=what[:2000])
            for what in self._derivation.unreadable
        ]
        running = {RUNNING_KEY: self.configuration.model_dump_json().encode()}
        await self._commit([started, *gaps, *self._rebased], self._derivation.dump() | running)
        await self._poller.apply(self.configuration)

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        tick, save = loop.time(), loop.time() + SAVE_SECONDS
        while not self._stop.is_set():
            self.turns += 1
            self._look_for_damage()
            await _wait(self._wake, tick - loop.time())
            self._wake.clear()
            if self._next is not None:
                await self._reconfigure()
            observations, self._waiting = self._waiting, []
            if observations:
                await self._step(observations)
            await self._carry_out()
            if loop.time() >= tick:
                tick = loop.time() + TICK_SECONDS
                await self._step(())
            if loop.time() >= save:
                save = loop.time() + SAVE_SECONDS
                await self._commit([], self._derivation.dump())
        await self._poller.stop()
        await self._step(self._waiting)
        await self._commit([], self._derivation.dump())

    async def _step(self, observations: Sequence[Observation]) -> None:
        now, again = self._now(), self._derivation.asked_again()
        if self._recorder is not None:
            self._recorder.step(observations, now, again)
        step = self._derivation.step(observations, now, again)
        delta = None if observations else self._store.clock.step()
        if delta is not None:
            step.events.append(ClockStepped(at=now.at, delta_seconds=delta))
        if step.events:
            followed = self._followed(step.events, self.configuration)
            await self._commit(step.events, {**step.state, **followed})
        if self._next is None and self._boundary.is_reached(self._derivation.producing, self._derivation.lost(now)):
            self._next = self._boundary.wanted
            self._wake.set()
        if step.state or not observations:
            problem = self._group.problem
            self.live = self._derivation.live(None if problem is None else str(problem))

    def _followed(self, events: Sequence[Event], configuration: AgentConfiguration) -> dict[str, bytes]:
        states = [follower.follow(events, configuration) for follower in self._followers]
        return {key: value for state in states for key, value in state.items()}

    def _accept(self, decide: Decide, future: Future[None]) -> None:
        if self._has_ended:
            future.cancel()
            return
        self._orders.append((decide, future))
        self._wake.set()

    async def _carry_out(self) -> None:
        """Commit what people said, each by itself. Their faults are theirs to hear; the engine goes on."""
        orders, self._orders = self._orders, []
        for decide, future in orders:
            if not future.set_running_or_notify_cancel():
                continue
            try:
                deed = decide(self._now().at)
                if deed.events or deed.state:
                    loop = asyncio.get_running_loop()
                    add = partial(self._group.add, deed.events, deed.state, at_once=deed.at_once)
                    await loop.run_in_executor(self._disk, add)
            except Exception as error:
                future.set_exception(error)
                continue
            self.committed += len(deed.events)
            deed.done()
            future.set_result(None)

    async def _reconfigure(self) -> None:
        if self._next is None:
            return
        self._boundary.wanted, self._next = self._next, None
        producing = self._derivation.producing
        configuration = self._boundary.next(self.configuration, producing, self._derivation.lost(self._now()))
        await self._poller.apply(configuration)
        observations, self._waiting = self._waiting, []
        await self._step(observations)
        before = self._derivation.dump().keys()
        moved = list(rebased(self.configuration, configuration, producing, self._now()))
        now, line = self._now(), self._store.timeline.line
        self._derivation.apply(configuration, now, line)
        if self._recorder is not None:
            self._recorder.configured(configuration, now, line)
        state = self._derivation.dump()
        followed = self._followed((), configuration)
        running = {RUNNING_KEY: configuration.model_dump_json().encode()}
        await self._commit([*moved], {**state, **followed, **running})
        await self._forget(list(before - state.keys()))
        await self._poller.apply(configuration)
        log.info("configuration %s runs: %s", configuration.version, count_words(len(configuration.devices), "device"))
        if self._boundary.waiting:
            log.info("%s as before until the run ends", count_words(len(self._boundary.waiting), "counter"))

    async def _commit(self, events: list[Event], state: dict[str, bytes]) -> None:
        """Hand over to the buffer. While it refuses, nothing is polled and nothing else is done than trying again.

        Only a stop ends that: the events are dropped, and no state is saved after them, so the next run derives them
        again.
        """
        if self._dropped:
            return
        loop, refused = asyncio.get_running_loop(), False
        while True:
            try:
                await loop.run_in_executor(self._disk, self._group.add, events, state)
                break
            except StoreError as error:
                if self._stop.is_set():
                    log.error("%s events are not kept: %s", len(events), error)
                    self._dropped = True
                    return
                if not refused:
                    refused = True
                    log.error("nothing is taken any more: %s", error)
                    await self._poller.stop()
                self._look_for_damage()
                self.live = Live(refusal=str(error))
                self.turns += 1
                await asyncio.sleep(RETRY_SECONDS)
        self.committed += len(events)
        if refused:
            self.live = Live()
            log.warning("the buffer takes events again")
            await self._poller.apply(self.configuration)

    def _look_for_damage(self) -> None:
        """Nothing is written to a damaged buffer any more, so this engine ends; a new start recovers it."""
        if self._store.damage is not None:
            raise self._store.damage

    async def _forget(self, keys: list[str]) -> None:
        """Drop the state of what is no longer configured; what stays behind is ignored by the next start."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._disk, self._store.forget_state, keys)
        except StoreError as error:
            log.warning("old state stays in the buffer: %s", error)

    async def _end(self) -> None:
        """Stop polling and let go of the buffer; what waits is written, unless the disk refuses."""
        await self._poller.stop()
        self._has_ended = True
        for _, future in self._orders:
            future.cancel()
        self._orders.clear()
        self._disk.shutdown()
        try:
            self._group.close()
        except StoreError as error:
            log.error("the last samples are not kept: %s", error)

    def _deliver(self, observation: Observation) -> None:
        self._waiting.append(observation)
        self._wake.set()

    def _now(self) -> Moment:
        return Moment(self._store.clock.now(), self._store.clock.monotonic())

    def _resumed(self) -> Derivation:
        """Go on where the last run stopped; what of it can't be read is told and begins anew."""
        stored, now = self._store.load_state(), self._now()
        configuration, self._rebased = self._boundary.resumed(stored, now)
        line = self._store.timeline.line
        if self._store.opening.recovered is not None:
            stored = {**used_leases(configuration), **stored}
        derivation = Derivation(configuration, stored, now, line)
        for what in derivation.unreadable:
            log.error(what)
        if self._recorder is not None:
            self._recorder.begin(configuration, stored, now, line)
        return derivation


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            await event.wait()
    except TimeoutError:
        return


async def _forward(stop: asyncio.Event, wake: asyncio.Event) -> None:
    await stop.wait()
    wake.set()
