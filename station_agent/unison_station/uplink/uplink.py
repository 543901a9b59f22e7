"""The agent's line to its server: threads for events, for heartbeats and for commands, until closed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Self, TypeVar
from uuid import UUID

from unison_domain.machines.count_corrections import CorrectedDay
from unison_domain.stations.commands import CommandKind
from unison_domain.stations.configuration import AgentConfiguration
from unison_domain.stations.peripheral_reports import PeripheralReport
from unison_domain.stations.readings import LastRead

from unison_station.clock import PcTime, ServerTime, SystemTime
from unison_station.configuration_file import etag_of, save_configuration
from unison_station.platform.attached import attached
from unison_station.store import Store, StoreError
from unison_station.uplink.commands import Handler
from unison_station.uplink.heartbeat import LOOK_SECONDS, Beater, Live
from unison_station.uplink.identity import Identity, NotEnrolled, load_identity
from unison_station.uplink.picture_uploads import PictureUploads, TellLost
from unison_station.uplink.remote_control import RemoteControl
from unison_station.uplink.sender import Sender
from unison_station.uplink.standing import Link, LinkState
from unison_station.uplink.transport import Transport
from unison_station.uplink.trust import Trust

CONFIGURATION_FILE = "configuration.json"
"""The last configuration the server gave, for a start without it."""

RETRY_SECONDS = 5.0
"""Pause after the buffer or the program itself failed."""

LOOK_FOR_IDENTITY_SECONDS = 5.0
"""How often a refused agent looks whether it was enrolled anew."""

_PERHAPS_ENROLLED_ANEW = (LinkState.UNTRUSTED, LinkState.UNAUTHORIZED, LinkState.CONFLICT)

SILENT_AFTER_SECONDS = 15.0
"""Three heartbeats: a server that hangs takes connections, and requests wait longer for it than a person does."""
_ANSWERS_NOTHING = "The server takes what is sent to it, and answers nothing"
_SAYS_MORE = (LinkState.UNAUTHORIZED, LinkState.CONFLICT, LinkState.REFUSED)
"""What the sender was told by the server itself."""

T = TypeVar("T")

log = logging.getLogger(__name__)


class Uplink:
    """Connects a buffer to the server. Both run on without each other.

    Safe to use from several threads; a context manager that closes itself.
    """

    def __init__(
        self,
        store: Store,
        folder: Path,
        identity: Identity,
        *,
        version: str,
        live: Callable[[], Live],
        running: Callable[[], int],
        on_configuration: Callable[[AgentConfiguration], None],
        system: SystemTime | None = None,
        handlers: Mapping[CommandKind, Handler] | None = None,
        waiting_tags: Callable[[], tuple[UUID, ...]] = tuple,
        peripherals: Callable[[], tuple[PeripheralReport, ...]] = tuple,
        signals: Callable[[], Mapping[UUID, LastRead]] = dict,
        on_beat: Callable[[Transport], None] | None = None,
        roster_at: Callable[[], datetime | None] = lambda: None,
        corrected: Callable[[tuple[CorrectedDay, ...]], None] = lambda _: None,
        page_problem: Callable[[], str | None] = lambda: None,
        tell_lost: TellLost = lambda _reason, _pictures: False,
    ) -> None:
        """Start the threads.

        Args:
            folder: where identity and configuration are kept.
            version: of the agent.
            live: machines and devices as they stand.
            running: version of the configuration that runs, 0 for none.
            on_configuration: takes a new configuration, which is kept in `folder` already; on the heartbeat's thread.
            handlers: what carries out the commands of the server; without any it is not asked for them.
            waiting_tags: counters whose change waits for their machine's run to end.
            peripherals: how scanners, gauges and cameras fare.
            signals: what every tag gave last.
            roster_at: when the server last told which badges name whom, by its own time.
            corrected: told what was put right of today's counts; on the heartbeat's thread.
            page_problem: why the operator page is not at its port.
            tell_lost: has the server told of lost pictures (`PictureUploads`).
            on_beat: called after each answered heartbeat, on its thread, to ask more on its connection.
        """
        self._store = store
        self._folder = folder
        self._version = version
        self._on_configuration = on_configuration
        self._on_beat = on_beat
        self._stop = Flag()
        self._wake = Flag()
        self._identity = identity
        self._server_time = ServerTime()
        self._heard: float | None = None
        self._system = system or PcTime()
        self._trust = self._trust_of(identity)
        store.outgoing.belong_to(identity.owner, all_again=identity.all_again)
        self._sender = Sender(store, self._transport(identity), identity, self._server_time, running)
        self._beater = Beater(
            store,
            self._transport(identity),
            self._system,
            self._server_time,
            version=version,
            live=live,
            running=running,
            offered=lambda: self._sender.configuration_offered,
            etag=lambda: etag_of(folder / CONFIGURATION_FILE, running()),
            take=self._take,
            commanded=self._commanded,
            waiting_tags=waiting_tags,
            peripherals=peripherals,
            signals=signals,
            lacking=self._lacking,
            trust=lambda: self._trust,
            roster_at=roster_at,
            corrected=corrected,
            picture_problem=lambda: self.picture_problem,
            page_problem=page_problem,
            attached=attached,
        )
        store.listen(self._committed)
        self._threads = [
            Thread(target=self._send, name="uplink-events", daemon=True),
            Thread(target=self._beat, name="uplink-heartbeat", daemon=True),
        ]
        self._remote_control: RemoteControl | None = None
        if handlers:
            self._remote_control = RemoteControl(
                store,
                self._server_time,
                handlers,
                identity=lambda: self._identity,
                transport=self._transport,
                decided=self._beater.hurry,
            )
        self._picture_uploads = PictureUploads(
            folder,
            events=store.outgoing,
            identity=lambda: self._identity,
            transport=self._transport,
            tell_lost=tell_lost,
        )
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        """Close at the end of the block."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Stop sending."""
        self.close()

    @property
    def link(self) -> Link:
        """How sending fares.

        That one side refuses the other a heartbeat learns first: the sender waits to try again, or has nothing to send.
        That the server hangs neither learns before its request is given up. On a slow line each answer is a sign of
        life.
        """
        sending, refused = self._sender.link, self._beater.refused
        if refused is not None and sending.state not in _SAYS_MORE:
            return refused
        if sending.state is not LinkState.ONLINE:
            return sending
        answered, heard = self._server_time.answered, self._heard
        if (failure := self._beater.failure) is not None and answered is not None and self._is_long_ago(answered):
            return Link(LinkState.UNREACHABLE, failure, self._moment(answered))
        if heard is not None and self._is_long_ago(heard):
            return Link(LinkState.UNREACHABLE, _ANSWERS_NOTHING, self._moment(heard))
        return sending

    @property
    def heartbeat_problem(self) -> str | None:
        """Why the last heartbeat or configuration failed; None when all is well."""
        return self._beater.problem

    @property
    def picture_problem(self) -> str | None:
        """Why kept pictures stay on this PC, or which are lost; None when all is well."""
        return self._picture_uploads.problem

    @property
    def answered_at(self) -> datetime | None:
        """When the server answered last, to events or a heartbeat (steady UTC); None before it ever did."""
        answered = self._server_time.answered
        return None if answered is None else self._moment(answered)

    @property
    def certificate_ends(self) -> datetime | None:
        """Until when the server's certificate holds, as it was seen last; None without one."""
        return self._trust.certificate_ends

    @property
    def authority_ends(self) -> datetime | None:
        """Until when the pinned authority holds; None without one."""
        return self._trust.authority_ends

    def connected(self) -> Transport:
        """A connection of its own for one question; whoever asks closes it."""
        return self._transport(self._identity)

    def hurry(self) -> None:
        """Send a heartbeat at once."""
        self._beater.hurry()

    def close(self) -> None:
        """Stop both threads; a request under way is given two seconds, then left to end by itself."""
        self._stop.set()
        self._wake.set()
        self._picture_uploads.close()
        if self._remote_control is not None:
            self._remote_control.close()
        for thread in self._threads:
            thread.join(timeout=2.0)

    def _hear(self, at: float) -> None:
        self._heard = at

    def _is_long_ago(self, at: float) -> bool:
        """By the boot clock: stamps may leap."""
        return self._store.clock.monotonic() - at > SILENT_AFTER_SECONDS

    def _moment(self, at: float) -> datetime:
        clock = self._store.clock
        return clock.now() - timedelta(seconds=clock.monotonic() - at)

    def _transport(self, identity: Identity) -> Transport:
        transport = Transport(
            identity.server,
            version=self._version,
            monotonic=self._store.clock.monotonic,
            trust=self._trust,
            heard=self._hear,
        )
        transport.authorize(identity.device_token)
        return transport

    def _trust_of(self, identity: Identity) -> Trust:
        return Trust(identity.authority, self._folder, wall=self._system.wall, monotonic=self._store.clock.monotonic)

    def _committed(self, urgent: bool) -> None:
        self._sender.committed(urgent)
        self._wake.set()

    def _commanded(self) -> None:
        if self._remote_control is not None:
            self._remote_control.wake()

    def _lacking(self) -> None:
        self._sender.ask()
        self._wake.set()

    def _take(self, configuration: AgentConfiguration, etag: str | None) -> None:
        if configuration.agent_id != self._identity.agent_id:
            raise ValueError(f"it is for agent {configuration.agent_id}, this is {self._identity.agent_id}")
        save_configuration(self._folder / CONFIGURATION_FILE, configuration, etag)
        self._on_configuration(configuration)

    def _send(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            wait = self._guarded(self._sender.step)
            if self._sender.link.state in _PERHAPS_ENROLLED_ANEW or self._beater.problem is not None:
                wait = LOOK_FOR_IDENTITY_SECONDS if wait is None else min(wait, LOOK_FOR_IDENTITY_SECONDS)
                self._guarded(self._look_for_identity)
            self._wake.wait(wait)
        self._sender.close()

    def _beat(self) -> None:
        known = self._identity
        while not self._stop.is_set():
            if known is not self._identity:
                known = self._identity
                self._beater.replace_transport(self._transport(known))
            if self._guarded(self._beater.step):
                self._remember_time()
                self._sender.reached_server()
                self._wake.set()
                self._guarded(self._ask_more)
            self._stop.wait(LOOK_SECONDS)
        self._beater.close()

    def _ask_more(self) -> None:
        if self._on_beat is not None:
            self._on_beat(self._beater.transport)

    def _remember_time(self) -> None:
        ahead = self._server_time.ahead
        if ahead is not None:
            self._trust.told(datetime.fromtimestamp(ahead + self._store.clock.monotonic(), UTC))

    def _look_for_identity(self) -> None:
        """Take up a new enrolment. What the old identity may have sent under a conflict stays with it."""
        try:
            found = load_identity(self._folder)
        except NotEnrolled:
            return
        if found == self._identity:
            return
        self._store.outgoing.belong_to(found.owner, all_again=found.all_again)
        self._identity, self._trust = found, self._trust_of(found)
        self._sender.replace_identity(self._transport(found), found)

    def _guarded(self, step: Callable[[], T]) -> T | None:
        """Collecting never ends because sending met something unforeseen: it is told, and tried again."""
        try:
            return step()
        except StoreError as error:
            if not self._stop.is_set():
                log.error("sending waits: %s", error)
        except Exception:
            log.exception("sending met a fault of the program; it is tried again")
        self._stop.wait(RETRY_SECONDS)
        self._wake.set()
        return None
