"""Tells the server what is so now, beside the sequence of events, and learns its time and the configuration to run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Protocol
from uuid import UUID

from pydantic import ValidationError
from unison_domain.kernel.contracts import EARLIEST, LATEST
from unison_domain.machines.count_corrections import CorrectedDay
from unison_domain.stations.attached import AttachedReport
from unison_domain.stations.configuration import AgentConfiguration
from unison_domain.stations.contracts import DeviceReport, Heartbeat, HeartbeatAnswer, MachineReport, SignalReport
from unison_domain.stations.peripheral_reports import PeripheralReport
from unison_domain.stations.readings import LastRead

from unison_station.clock import Line, ServerTime, SystemTime
from unison_station.store import Store, StoreError
from unison_station.uplink.standing import ENROL_AGAIN, Link, LinkState
from unison_station.uplink.transport import Answer, Transport, Unreachable, Untrusted
from unison_station.uplink.trust import Trust
from unison_station.uplink.verdict import Verdict, problem_in, verdict

PATH = "/api/v1/stations/me/heartbeat"
CONFIGURATION_PATH = "/api/v1/stations/me/configuration"

BEAT_SECONDS = 5.0
SILENT_SECONDS = 1.5
"""How soon a silent server is tried again; its first answer ends the sender's wait too."""

SIGNALS_SECONDS = 30.0
"""How often is told when each tag was read: there may be thousands."""

LOOK_SECONDS = 0.25
"""How often is looked whether something changed, which is told at once."""

CONFIGURATION_RETRY_SECONDS = 60.0
"""How long a configuration that can't be used is left alone."""


log = logging.getLogger(__name__)

EVENTS_MISSING = "events_missing"
"""Code by which a restored server says that it wants the events it lacks before it gives a configuration."""

_HEARD = "the server answers"
_UNAUTHORIZED = "the server refuses this PC"


class Live(Protocol):
    """Machines, devices and the buffer as they stand."""

    @property
    def machines(self) -> tuple[MachineReport, ...]:
        """What each machine does now."""

    @property
    def devices(self) -> tuple[DeviceReport, ...]:
        """How each device answers now."""

    @property
    def refusal(self) -> str | None:
        """Why nothing is collected; None while it is."""


class Beater:
    """Takes one step at a time, like the sender, on a connection of its own: a slow backlog delays no heartbeat.

    Attributes:
        problem: why the last heartbeat or configuration failed, in words; None when all is well.
        failure: why the last heartbeat was not taken; None once one is.
        refused: that this PC was refused, or doubted the server, at the last beat, and since when; None else.
    """

    def __init__(
        self,
        store: Store,
        transport: Transport,
        system: SystemTime,
        server_time: ServerTime,
        *,
        version: str,
        live: Callable[[], Live],
        running: Callable[[], int],
        offered: Callable[[], int],
        etag: Callable[[], str | None],
        take: Callable[[AgentConfiguration, str | None], None],
        commanded: Callable[[], None] = lambda: None,
        waiting_tags: Callable[[], tuple[UUID, ...]] = tuple,
        peripherals: Callable[[], tuple[PeripheralReport, ...]] = tuple,
        signals: Callable[[], Mapping[UUID, LastRead]] = dict,
        lacking: Callable[[], None] = lambda: None,
        trust: Callable[[], Trust | None] = lambda: None,
        roster_at: Callable[[], datetime | None] = lambda: None,
        corrected: Callable[[tuple[CorrectedDay, ...]], None] = lambda _: None,
        picture_problem: Callable[[], str | None] = lambda: None,
        page_problem: Callable[[], str | None] = lambda: None,
        attached: Callable[[], tuple[AttachedReport, ...]] = tuple,
    ) -> None:
        """Begin with a beat at once.

        Args:
            running: version of the configuration that runs.
            offered: newest version any other answer named.
            etag: the server's own mark of the configuration that runs; None when it gave none.
            take: what to do with a new configuration and its mark; called on this thread.
            commanded: told that commands wait for this agent.
            waiting_tags: counters whose change waits for their machine's run to end.
            peripherals: how scanners, gauges and cameras fare.
            signals: what every tag gave last.
            lacking: told that the server lacks events it acknowledged.
            trust: what is believed of the server, which knows until when its certificates hold.
            roster_at: when the server last told which badges name whom, by its own time.
            corrected: told what was put right of today's counts, with every answer that says so.
            picture_problem: why kept pictures are not at the server.
            page_problem: why the operator page is not at its port.
            attached: what is plugged into this PC.
        """
        self._store = store
        self._transport = transport
        self._system = system
        self._server_time = server_time
        self._version = version
        self._live = live
        self._running = running
        self._offered = offered
        self._etag = etag
        self._take = take
        self._commanded = commanded
        self._waiting_tags = waiting_tags
        self._peripherals = peripherals
        self._signals = signals
        self._lacking = lacking
        self._trust = trust
        self._roster_at = roster_at
        self._corrected = corrected
        self._picture_problem = picture_problem
        self._page_problem = page_problem
        self._attached = attached
        self._signals_due = 0.0
        self._due = 0.0
        self._told: object = None
        self._not_fetched_before = 0.0
        self._logged: str | None = None
        self._unusable: str | None = None
        self.problem: str | None = None
        self.failure: str | None = None
        self.refused: Link | None = None

    def replace_transport(self, transport: Transport) -> None:
        """Go on with another token at once."""
        self._transport.close()
        self._transport = transport
        self._due = 0.0

    def hurry(self) -> None:
        """Send the next heartbeat at the next look; from any thread."""
        self._due = 0.0

    @property
    def transport(self) -> Transport:
        """The connection; on the thread that takes the steps."""
        return self._transport

    def close(self) -> None:
        """Close the connection; on the thread that takes the steps."""
        self._transport.close()

    def step(self) -> bool:
        """Send a heartbeat if one is due or something changed; True when the server answered one."""
        now = self._store.clock.monotonic()
        live = self._live()
        machines = self._machines(live)
        standing = (_standing(machines, live), self._waiting_tags(), self._peripherals())
        if now < self._due and standing == self._told:
            return False
        self._due = now + BEAT_SECONDS
        self._told = standing
        try:
            beat = self._heartbeat(live, machines, with_signals=now >= self._signals_due)
            answered = self._answered(self._transport.post(PATH, beat.model_dump_json().encode()))
            if answered and beat.signals is not None:
                self._signals_due = now + SIGNALS_SECONDS
            return answered
        except Unreachable as error:
            if isinstance(error, Untrusted):
                self._is_refused("the server is not believed", str(error), LinkState.UNTRUSTED)
            else:
                self._fails("the server is not reached", str(error))
            self._due = now + SILENT_SECONDS
            return False

    def _machines(self, live: Live) -> tuple[MachineReport, ...]:
        """The machines with right times; none before the server's time is known, which the first answer brings."""
        line = self._store.timeline.line
        return () if line.correction is None else tuple(_settled(report, line) for report in live.machines)

    def _signal_reports(self) -> tuple[SignalReport, ...]:
        line = self._store.timeline.line
        return tuple(
            SignalReport(
                tag_id=tag,
                at=line.settled(one.newest.at),
                quality=one.newest.quality,
                good_at=None if one.good_at is None else line.settled(one.good_at),
            )
            for tag, one in self._signals().items()
        )

    def _heartbeat(self, live: Live, machines: tuple[MachineReport, ...], *, with_signals: bool) -> Heartbeat:
        timeline = self._store.timeline
        is_known = timeline.correction is not None
        ahead = self._server_time.ahead
        standing = self._store.standing
        oldest = standing.oldest_at
        trust = self._trust()
        return Heartbeat(
            at=timeline.settled_now,
            agent_version=self._version,
            configuration=self._running(),
            configuration_problem=self._unusable,
            queue_depth=self._store.outgoing.depth,
            oldest_unsent_at=timeline.line.settled(oldest) if oldest and is_known else None,
            dead_letters=standing.dead_letters or 0,
            waiting_tags=self._waiting_tags(),
            clock_offset_seconds=None if ahead is None else self._offset(ahead),
            refusal=live.refusal or standing.problem,
            epoch=standing.epoch,
            acknowledged_through=standing.acknowledged,
            certificate_ends_at=_told_end(trust.certificate_ends) if trust else None,
            authority_ends_at=_told_end(trust.authority_ends) if trust else None,
            roster_at=self._roster_at(),
            picture_problem=self._picture_problem(),
            page_problem=self._page_problem(),
            machines=machines,
            devices=live.devices,
            peripherals=tuple(_timed(report, timeline.line) for report in self._peripherals()),
            signals=self._signal_reports() if with_signals and is_known else None,
            attached=self._attached() if with_signals and is_known else None,
        )

    def _offset(self, ahead: float) -> float:
        """Of the PC's clock or of the stamps, whichever is further off: a server may tell a wrong time at first."""
        clock = ahead + self._system.monotonic() - self._system.wall()
        return max(clock, self._store.timeline.behind(ahead) or 0.0, key=abs)

    def _answered(self, answer: Answer) -> bool:
        if not 200 <= answer.status < 300:
            words = problem_in(answer.status, answer.body)[1]
            if verdict(answer.status, answer.body) is Verdict.UNAUTHORIZED:
                self._is_refused(_UNAUTHORIZED, f"{words.rstrip('.')}: {ENROL_AGAIN}", LinkState.UNAUTHORIZED)
            else:
                self._fails("the server takes no heartbeat", words)
            return False
        try:
            told = HeartbeatAnswer.model_validate_json(answer.body)
        except ValidationError:
            words = answer.body[:200].decode(errors="replace")
            self._fails("the server is not reached", f"not an answer of a Unison server: {words}")
            return False
        self._server_time.observe(answer.sent, answer.received, told.server_time)
        self._learn_time()
        self._is_heard()
        if told.resend_from is not None:
            self._lacking()
        if told.commands:
            self._commanded()
        if told.corrected is not None:
            self._corrected(told.corrected)
        # Another version, not only a newer one: after a new enrolment the count begins again.
        if told.configuration != self._running() or self._offered() > self._running():
            self._fetch()
        else:
            self._unusable = None
        return True

    def _learn_time(self) -> None:
        """A buffer that takes nothing learns it from a later answer; this one counts all the same."""
        ahead = self._server_time.ahead
        with suppress(StoreError):
            if ahead is not None:
                self._store.timeline.learn(ahead)

    def _fails(self, what: str, problem: str) -> None:
        """Told to the log when it begins, not with every try."""
        self.problem = self.failure = problem
        self.refused = None
        if what != self._logged:
            log.warning("%s; what happens is kept and sent later: %s", what, problem)
            self._logged = what

    def _is_refused(self, what: str, problem: str, state: LinkState) -> None:
        before = self.refused
        since = before.since if before and before.state is state else self._store.clock.now()
        self._fails(what, problem)
        self.refused = Link(state, problem, since)

    def _is_heard(self) -> None:
        self.problem = self.failure = self.refused = None
        if self._logged != _HEARD:
            log.info("%s", _HEARD)
            self._logged = _HEARD

    def _fetch(self) -> None:
        now = self._store.clock.monotonic()
        if now < self._not_fetched_before:
            return
        answer = self._transport.get(CONFIGURATION_PATH, self._known())
        if answer.status == 304:
            self._unusable = None
            return
        if answer.status == 503 and problem_in(answer.status, answer.body)[0] == EVENTS_MISSING:
            self.problem = problem_in(answer.status, answer.body)[1]
            self._due = now + SILENT_SECONDS
            return
        try:
            if answer.status != 200:
                raise ValueError(problem_in(answer.status, answer.body)[1])
            self._take(AgentConfiguration.model_validate_json(answer.body), answer.headers.get("ETag"))
            self._unusable = None
        except (ValueError, OSError) as error:
            reason = str(error) or repr(error)
            self.problem = f"the new configuration can not be used, the old one runs on: {reason}"
            if self._unusable != reason:
                log.error("%s", self.problem)
                self._unusable = reason
            self._not_fetched_before = now + CONFIGURATION_RETRY_SECONDS

    def _known(self) -> dict[str, str]:
        """What the server goes by when it gives a configuration."""
        etag = self._etag()
        outgoing = self._store.outgoing
        known = {
            "Unison-Running": str(self._running()),
            "Unison-Epoch": str(outgoing.epoch),
            "Unison-Acknowledged": str(outgoing.acknowledged),
        }
        return known if etag is None else {**known, "If-None-Match": etag}


def _told_end(ends: datetime | None) -> datetime | None:
    """None for certificates that never end, whose date no moment of the protocol can hold."""
    return None if ends is None or not EARLIEST <= ends < LATEST else ends


def _standing(machines: Sequence[MachineReport], live: Live) -> object:
    return [(report.machine_id, report.state) for report in machines], live.devices, live.refusal


def _timed(report: PeripheralReport, line: Line) -> PeripheralReport:
    """With the right times of what it refused; without those of it before the server's time is known."""
    known = report.refused if line.correction is not None else ()
    return report.model_copy(
        update={"refused": tuple(one.model_copy(update={"at": line.settled(one.at)}) for one in known)}
    )


def _settled(report: MachineReport, line: Line) -> MachineReport:
    if not line.correction:
        return report
    signal = report.last_signal_at and line.settled(report.last_signal_at)
    return report.model_copy(update={"since": line.settled(report.since), "last_signal_at": signal})
