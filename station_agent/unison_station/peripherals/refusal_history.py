"""What was refused goes to the server as events, each kind of it once in a while with how often it came."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from unison_domain.stations.peripheral_reports import RefusedValue
from unison_domain.stations.refused_values import QUIET_SECONDS, RefusalLedger, ValueRefused

from unison_station.engine.engine import Deed, Engine

log = logging.getLogger(__name__)

CLOSE_SECONDS = 5.0
"""How long the end of the agent waits until the last counts are on disk."""


class RefusalHistory:
    """One for all scanners, gauges and cameras of an agent. Its ledgers live on the engine's loop.

    While the buffer takes nothing only counts of what was refused are lost: a row that goes on is told whole later.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._ledgers: dict[UUID, RefusalLedger] = {}
        self._is_waiting = False

    def tell(self, station_id: UUID, peripheral_id: UUID, value: RefusedValue) -> None:
        """Have it told; from any thread, waits for nothing."""

        def decide(_now: datetime) -> Deed:
            known = self._ledgers.setdefault(peripheral_id, RefusalLedger(station_id, peripheral_id))
            if known.station_id != station_id:
                known = self._ledgers[peripheral_id] = RefusalLedger(station_id, peripheral_id)
            self._wait()
            return _deed(known.refused(value, value.at, self._engine.monotonic()))

        self._engine.order(decide)

    def close(self) -> None:
        """Commit the counts that were not told yet, while the engine still runs; not on its loop."""
        future = self._engine.order(lambda _now: _deed(self._due(ends=True)))
        with suppress(Exception):
            future.result(CLOSE_SECONDS)

    def _wait(self) -> None:
        if not self._is_waiting:
            self._is_waiting = True
            asyncio.get_running_loop().call_later(QUIET_SECONDS, self._tick)

    def _tick(self) -> None:
        self._is_waiting = False
        self._engine.order(self._on_tick)

    def _on_tick(self, _now: datetime) -> Deed:
        told = self._due()
        if self._ledgers:
            self._wait()
        return _deed(told)

    def _due(self, *, ends: bool = False) -> list[ValueRefused]:
        now = self._engine.monotonic()
        told = [event for ledger in self._ledgers.values() for event in ledger.due(now, ends=ends)]
        self._ledgers = {id_: ledger for id_, ledger in self._ledgers.items() if not ledger.is_empty}
        return told


def _deed(events: list[ValueRefused]) -> Deed:
    return Deed(events, {}, lambda: None)
