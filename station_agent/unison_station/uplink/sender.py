"""Sends the buffer to the server: in order, one batch in flight, and never gives up an event that is not refused."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta

from pydantic import ValidationError
from unison_domain.stations.batch import BATCH_BYTES, BATCH_EVENTS, PROTOCOL, Acknowledgement, ClockReading, Rejected

from unison_station.clock import ServerTime
from unison_station.store import Store
from unison_station.store.rows import Row, is_event
from unison_station.uplink.backoff import Backoff
from unison_station.uplink.composing import chain, compose
from unison_station.uplink.identity import Identity
from unison_station.uplink.standing import ENROL_AGAIN, Link, LinkState
from unison_station.uplink.transport import Answer, Transport, Unreachable, Untrusted
from unison_station.uplink.verdict import Verdict, is_without_details, problem_in, retry_after, verdict

PATH = "/api/v1/stations/me/events"

log = logging.getLogger(__name__)

_OF_EVENTS_ALONE = (LinkState.CONFLICT, LinkState.REFUSED)
"""What only the sender learns; the rest the heartbeat learns first, and logs."""

ENVELOPE_BYTES = 1024
LINGER_SECONDS = 0.5
"""Samples wait so long for more of them; everything else leaves at once."""

SLOW_RETRY_SECONDS = 60.0
"""How often is asked again when only a person can mend it."""

REFUSED_IN_A_ROW = 20
"""When so many events are refused one after the other, the fault is not in the events: stop making dead letters."""

DUTY = 0.5
"""Share of the time a backlog may keep the server busy."""


class Sender:
    """Takes one step at a time and says when the next is due, so that a thread drives it and a test does too.

    Attributes:
        link: how it fares.
        configuration_offered: newest configuration version an answer named.
    """

    def __init__(
        self,
        store: Store,
        transport: Transport,
        identity: Identity,
        server_time: ServerTime,
        configuration: Callable[[], int],
        backoff: Backoff | None = None,
    ) -> None:
        """Begin with whatever the buffer holds; `configuration` tells the version that runs."""
        self._store = store
        self._outgoing = store.outgoing
        self._transport = transport
        self._identity = identity
        self._server_time = server_time
        self._configuration = configuration
        self._backoff = backoff or Backoff()
        self._limit = BATCH_EVENTS
        self._urgent = True
        self._not_before = 0.0
        self._linger_until: float | None = None
        self._refused_in_a_row = 0
        self._rewound = False
        self._is_all = False
        self._asks = False
        self._silent = False
        self.configuration_offered = 0
        self.link = Link(LinkState.STARTING, None, store.clock.now())

    def committed(self, urgent: bool) -> None:
        """Something was committed; when `urgent`, it leaves with the next step."""
        if urgent:
            self._urgent = True

    def reached_server(self) -> None:
        """Another request was answered: a wait for a silent server is over."""
        if self._silent:
            self._silent = False
            self._not_before = 0.0

    def ask(self) -> None:
        """The server seems to lack what it acknowledged: the next step asks, also when there is nothing to send."""
        self._asks = True

    def replace_identity(self, transport: Transport, identity: Identity) -> None:
        """Go on under another identity at once."""
        self._transport.close()
        self._transport, self._identity = transport, identity
        self._not_before, self._urgent = 0.0, True

    def close(self) -> None:
        """Close the connection; on the thread that takes the steps."""
        self._transport.close()

    def step(self) -> float | None:
        """Send one batch if one is due; returns the seconds until the next step, None for "when something comes"."""
        now = self._store.clock.monotonic()
        if now < self._not_before:
            return self._not_before - now
        if self._store.timeline.correction is None:
            return None  # the first heartbeat brings the server's time; no stamp leaves before it can be corrected
        if not self._urgent and not self._asks and self._outgoing.depth < BATCH_EVENTS:
            if self._outgoing.depth == 0:
                return None
            self._linger_until = self._linger_until or now + LINGER_SECONDS
            if now < self._linger_until:
                return self._linger_until - now
        self._urgent, self._linger_until = False, None
        rows = self._outgoing.pending(self._limit, BATCH_BYTES - ENVELOPE_BYTES)
        if not rows and not self._asks:
            return None
        self._asks = False
        wait = self._send(rows)
        self._not_before = self._store.clock.monotonic() + wait
        return wait

    def _send(self, rows: Sequence[Row]) -> float:
        try:
            batch = self._batch(rows)
        except (ValueError, KeyError, TypeError):
            return self._bury_damaged(rows)
        try:
            answer = self._transport.post(PATH, batch)
        except Unreachable as error:
            self._silent = True
            state = LinkState.UNTRUSTED if isinstance(error, Untrusted) else LinkState.UNREACHABLE
            return self._later(state, str(error), self._backoff.next())
        self._silent = False
        match verdict(answer.status, answer.body):
            case Verdict.TAKEN:
                return self._taken(rows, answer)
            case Verdict.TOO_LARGE | Verdict.REFUSED:
                return self._refused(rows, answer)
            case Verdict.FOREIGN:
                words = f"the server does not speak protocol {PROTOCOL} of this agent: update the older of the two"
                return self._later(LinkState.REFUSED, f"{words} ({_words(answer)})", SLOW_RETRY_SECONDS)
            case Verdict.UNAUTHORIZED:
                words = f"{_words(answer).rstrip('.')}: {ENROL_AGAIN}"
                return self._later(LinkState.UNAUTHORIZED, words, SLOW_RETRY_SECONDS)
            case Verdict.CONFLICT:
                return self._later(LinkState.CONFLICT, _words(answer), SLOW_RETRY_SECONDS)
            case Verdict.BUSY:
                # What stands before the server does not know when it is back: an answered heartbeat does.
                self._silent = is_without_details(answer.status, answer.body)
                asked = retry_after(answer.headers, self._store.clock.now())
                wait = self._backoff.next() if asked is None else asked
                return self._later(LinkState.UNREACHABLE, _words(answer), wait)
            case Verdict.FAILED:
                return self._later(LinkState.UNREACHABLE, _words(answer), self._backoff.next())

    def _bury_damaged(self, rows: Sequence[Row]) -> float:
        """Events that broke in their rows can't be made right for sending: people see them, and the rest goes on."""
        damaged = [row.seq for row in rows if not is_event(row)]
        if not damaged:
            raise ValueError(f"events {rows[0].seq} to {rows[-1].seq} can not be put into a batch")
        for seq in damaged:
            self._outgoing.refuse(Rejected(seq=seq, code="damaged", message="It broke in this PC's buffer."))
        log.error("events %s broke in the buffer: see `unison-station dead list`", ", ".join(map(str, damaged)))
        self._urgent = True
        return 0.0

    def _batch(self, rows: Sequence[Row]) -> bytes:
        timeline = self._store.timeline
        correction = timeline.correction or 0.0
        line = timeline.clock.line
        ahead = self._server_time.ahead
        reading = ClockReading(
            sent_at=timeline.clock.now() + timedelta(seconds=correction),
            monotonic_seconds=line.monotonic,
            boot_id=line.boot_id,
            offset_seconds=None if ahead is None else ahead - (line.utc - line.monotonic) - correction,
        )
        return compose(
            agent_id=self._identity.agent_id,
            epoch=self._outgoing.epoch,
            previous=self._outgoing.cursor,
            configuration=self._configuration(),
            clock=reading,
            is_all=self._is_all,
            rows=rows,
            lines=timeline.lines,
        )

    def _taken(self, rows: Sequence[Row], answer: Answer) -> float:
        try:
            acknowledged = Acknowledgement.model_validate_json(answer.body)
        except ValidationError:
            words = f"not an answer of a Unison server: {answer.body[:200].decode(errors='replace')}"
            return self._later(LinkState.UNREACHABLE, words, self._backoff.next())
        self._server_time.observe(answer.sent, answer.received, acknowledged.server_time)
        self.configuration_offered = max(self.configuration_offered, acknowledged.configuration)
        if acknowledged.resend_from is not None:
            return self._rewind(acknowledged.resend_from)
        if acknowledged.held_through is not None:
            return self._fell_short(rows, acknowledged.held_through)
        if not rows:
            self._tell(LinkState.ONLINE, None)
            return 0.0
        through = min(acknowledged.acknowledged_through, rows[-1].seq)
        if through <= self._outgoing.cursor.sequence:
            words = f"the server took nothing: it stands at {acknowledged.acknowledged_through}"
            return self._later(LinkState.UNREACHABLE, words, self._backoff.next())
        sent = {row.seq for row in rows}
        rejected = [r for r in acknowledged.rejected if r.seq in sent and r.seq <= through]
        self._outgoing.acknowledge(chain(self._outgoing.cursor, rows, through), rejected)
        self._rewound = self._is_all = False
        self._refused_in_a_row = 0
        self._limit = min(self._limit * 2, BATCH_EVENTS)
        self._backoff.reset()
        self._tell(LinkState.ONLINE, None)
        return self._after_success(through < rows[-1].seq, answer.received - answer.sent)

    def _after_success(self, partly: bool, took: float) -> float:
        if partly or self._limit < BATCH_EVENTS:
            self._urgent = True
        return took * (1 / DUTY - 1) if self._outgoing.depth >= BATCH_EVENTS else 0.0

    def _rewind(self, sequence: int) -> float:
        self._outgoing.rewind(max(1, sequence))
        again, self._rewound = self._rewound, True
        if not again:
            self._urgent = True
            return 0.0
        words = f"the server asks again and again for events from {sequence} on"
        return self._later(LinkState.UNREACHABLE, words, self._backoff.next())

    def _fell_short(self, rows: Sequence[Row], held_through: int) -> float:
        """A batch sent before this one reached further: send as much again, or say that this buffer never had it."""
        self._limit = BATCH_EVENTS
        self._is_all = not rows or not self._outgoing.reaches(held_through)
        words = f"the server took nothing: it holds events up to {held_through}"
        return self._later(LinkState.UNREACHABLE, words, self._backoff.next())

    def _refused(self, rows: Sequence[Row], answer: Answer) -> float:
        if not rows:
            return self._later(LinkState.REFUSED, _words(answer), SLOW_RETRY_SECONDS)
        self._urgent = True
        if len(rows) > 1:
            self._limit = len(rows) // 2
            return 0.0
        if self._refused_in_a_row >= REFUSED_IN_A_ROW:
            return self._later(LinkState.REFUSED, _words(answer), SLOW_RETRY_SECONDS)
        code, message = problem_in(answer.status, answer.body)
        self._outgoing.refuse(Rejected(seq=rows[0].seq, code=code, message=message))
        self._refused_in_a_row += 1
        return 0.0

    def _later(self, state: LinkState, message: str, seconds: float) -> float:
        self._urgent = True
        self._tell(state, message)
        return seconds

    def _tell(self, state: LinkState, message: str | None) -> None:
        if (self.link.state, self.link.message) != (state, message):
            before = self.link
            since = before.since if before.state is state else self._store.clock.now()
            self.link = Link(state, message, since)
            if before.state is not state:
                self._log(before.state, state, message)

    def _log(self, before: LinkState, now: LinkState, message: str | None) -> None:
        if now in _OF_EVENTS_ALONE:
            log.error("events are not taken (%s), nothing is lost: %s", now, message)
        elif before in _OF_EVENTS_ALONE and now is LinkState.ONLINE:
            log.info("events are taken again")


def _words(answer: Answer) -> str:
    return problem_in(answer.status, answer.body)[1]
