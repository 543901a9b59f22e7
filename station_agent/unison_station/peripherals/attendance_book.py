"""Tells the server which scanners, gauges and cameras went away and came back, by the rule of `domain`."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

import orjson
from unison_domain.stations.attendance import Attendance
from unison_domain.stations.peripheral_events import PeripheralChanged
from unison_domain.stations.peripheral_reports import PeripheralReport
from unison_domain.stations.peripherals import PeripheralState

from unison_station.peripherals.outlet import NotKept
from unison_station.peripherals.peripheral import STARTING, Surroundings

log = logging.getLogger(__name__)

KEY = "attendance"
"""Under which the buffer remembers who was told as gone, so that a restart tells who is back."""


class AttendanceBook:
    """Of all of an agent; used by one thread."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._outlet = surroundings.outlet
        self._told = _read(surroundings.remembered(KEY))
        self._known: dict[UUID, Attendance] = {}

    def look(self, reports: Iterable[PeripheralReport]) -> None:
        """See how all of them fare; what could not be kept is told again at the next look."""
        now, there = self._outlet.monotonic(), {one.peripheral_id: one for one in reports}
        self._known = {id_: one for id_, one in self._known.items() if id_ in there}
        for id_, report in there.items():
            if (report.state, report.message) == STARTING:
                continue  # nobody knows yet
            known = self._known.get(id_) or Attendance.begun(now, self._told.get(id_, PeripheralState.ONLINE))
            after, telling = known.seen(report.state, now)
            if telling is not None:
                at = self._outlet.now()
                told = PeripheralChanged(
                    at=at,
                    peripheral_id=id_,
                    state=telling.state,
                    since=at - timedelta(seconds=telling.seconds),
                    times=telling.times,
                    message=report.message,
                )
                if not self._tell(told):
                    continue
            self._known[id_] = after

    def _tell(self, told: PeripheralChanged) -> bool:
        gone = {id_: state for id_, state in self._told.items() if id_ != told.peripheral_id}
        if told.state is not PeripheralState.ONLINE:
            gone[told.peripheral_id] = told.state
        try:
            self._outlet.tell(told, {KEY: orjson.dumps({str(id_): state for id_, state in gone.items()})})
        except NotKept as error:
            log.debug("that one is %s is told later: %s", told.state, error)
            return False
        self._told = gone
        return True


def _read(stored: bytes | None) -> dict[UUID, PeripheralState]:
    """Nothing of what can't be read: then it is told once more."""
    try:
        return {UUID(id_): PeripheralState(state) for id_, state in orjson.loads(stored or b"{}").items()}
    except (ValueError, AttributeError):
        return {}
