"""The way out of scanners, gauges and cameras: what they saw is an event on disk when `keep` returns.

outlet.keep(ScanTaken(at=outlet.now(), ...))     # now it may beep
outlet.refuse(configuration, "…")                # a person is told why there is no event
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from unison_domain.stations.events import Event
from unison_domain.stations.peripheral_reports import RefusedValue
from unison_domain.stations.peripherals import PeripheralConfiguration

from unison_station.engine.engine import Deed, Engine
from unison_station.operator.actions import Refused
from unison_station.operator.desk import Desk
from unison_station.operator.doer import Doer
from unison_station.operator.people import Named
from unison_station.operator.recent import Refusal
from unison_station.operator.signing_on import SigningOn
from unison_station.peripherals.refusal_history import RefusalHistory
from unison_station.peripherals.unscanned import Unscanned

log = logging.getLogger(__name__)

LOG_SECONDS = 60.0
"""A scale that swings is refused many times a second: of each peripheral so often at most one goes into the log."""


class NotKept(Exception):
    """The buffer took nothing; the words say why. Nobody may be told that it went well."""


class Outlet:
    """Safe to use from any thread but the engine's own; one order of events for all of them."""

    def __init__(
        self,
        desk: Desk,
        engine: Engine,
        signing_on: SigningOn | None = None,
        history: RefusalHistory | None = None,
    ) -> None:
        self._desk = desk
        self._engine = engine
        self._signing_on = signing_on
        self._history = history
        self._logged: dict[UUID, float] = {}

    def now(self) -> datetime:
        """The moment to stamp an event with: when the bytes or the picture came, by the clock that never steps."""
        return self._engine.now()

    def keep(self, *events: Event, state: Mapping[str, bytes] | None = None, doer: Doer = Doer.PERSON) -> None:
        """Commit events together, with what the operator page shows of them; durable on return.

        A badge among them signs its person on and is none of the events.

        Args:
            state: what `Surroundings.remembered` shall give back, by key.
            doer: who did it.

        Raises:
            NotKept: nothing was kept.
        """
        taken = self._signing_on.without_badges(events) if self._signing_on else events
        if not taken and not state:
            return
        try:
            self._desk.take(taken, self._engine, state, doer=doer)
        except Refused as refused:
            raise NotKept(str(refused)) from None

    def tell(self, event: Event, state: Mapping[str, bytes]) -> None:
        """Commit what happened to one of them, of which the operator page shows nothing. Raises NotKept."""
        try:
            self._desk.note(event, self._engine, state)
        except Refused as refused:
            raise NotKept(str(refused)) from None

    def who_is_at(self, station_id: UUID) -> Named | None:
        """Who works at the station at this moment."""
        return self._desk.people.at(station_id, self.now())

    def monotonic(self) -> float:
        """Seconds since boot, by a clock that never steps."""
        return self._engine.monotonic()

    def is_badge(self, text: str) -> bool:
        """Whether somebody's badge was read, of which nothing is kept, no picture either."""
        return self._signing_on is not None and self._signing_on.is_badge(text)

    def remember(self, state: Mapping[str, bytes]) -> None:
        """Commit what follows from no event, soon; lost where the buffer takes nothing."""
        self._engine.order(lambda _now: Deed((), state, lambda: None))

    def refuse(self, peripheral: PeripheralConfiguration, words: str, raw: str = "", remedy: str | None = None) -> None:
        """Show at the station and tell the server that something came which is no event, and why.

        Args:
            peripheral: where it came from.
            words: why it is no event.
            raw: what a gauge sent; empty where the words tell it.
            remedy: what to do about it, in words.
        """
        self._show(peripheral, words, raw, words, remedy)

    def refuse_scan(self, peripheral: PeripheralConfiguration, came: Unscanned) -> None:
        """The same of what a scanner or camera read; what may be of a badge stays at the station, unlogged."""
        raw, reason = came.told(lambda text, is_whole: self._hides(text, is_whole, peripheral.station_id))
        self._show(peripheral, came.words, raw, reason, came.remedy)

    def _hides(self, text: str, is_whole: bool, station_id: UUID) -> bool:
        return self._signing_on is not None and self._signing_on.hides(text, is_whole, station_id)

    def _show(self, peripheral: PeripheralConfiguration, words: str, raw: str, reason: str, remedy: str | None) -> None:
        """The log is spared most in a row."""
        now = self._engine.monotonic()
        if now - self._logged.get(peripheral.id, -LOG_SECONDS) >= LOG_SECONDS:
            self._logged[peripheral.id] = now
            log.warning("%s: %s", peripheral.name, reason)
        at = self.now()
        told = RefusedValue(at=at, raw=raw, reason=reason, remedy=remedy)
        self._desk.show(Refusal(at, peripheral.station_id, peripheral.name, words, peripheral.id, told))
        if self._history is not None:
            self._history.tell(peripheral.station_id, peripheral.id, told)
