"""All slaves behind one host and port: one connection, one request at a time, each rate group on its beat."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from unison_domain.stations.configuration import DeviceConfiguration
from unison_domain.stations.readings import Moment

from unison_station.devices.modbus_connection import ModbusConnection
from unison_station.devices.modbus_device import ModbusDevice
from unison_station.devices.observation import Observation
from unison_station.devices.schedule import Schedule

log = logging.getLogger(__name__)

Deliver = Callable[[Observation], None]


@dataclass(slots=True)
class _Job:
    """A rate group of a device, or (without period) its probe while it is off line."""

    device: ModbusDevice
    period: float | None
    schedule: Schedule

    @property
    def is_wanted(self) -> bool:
        return self.device.is_offline == (self.period is None)


class ModbusLine:
    """A task that reads the devices of one host and port for ever; no fault of one device ends it.

    Attributes:
        name: host and port.
        devices: in the order of the configuration.
        lateness: how long after its beat the last reading began, seconds.
        overruns: readings skipped because the line was still busy.
    """

    def __init__(self, devices: Sequence[DeviceConfiguration], deliver: Deliver, now: Callable[[], Moment]) -> None:
        self.name = f"{devices[0].host}:{devices[0].port}"
        self._connection = ModbusConnection(devices[0].host, devices[0].port)
        self.devices = [ModbusDevice(device, self._connection, now) for device in devices]
        self.lateness = 0.0
        self._deliver = deliver
        self._now = now
        self._jobs: list[_Job] = []

    @property
    def overruns(self) -> int:
        """Readings skipped since the start; probes don't count."""
        return sum(job.schedule.overruns for job in self._jobs if job.period is not None)

    async def run(self) -> None:
        """Read until cancelled; the connection is closed then."""
        loop = asyncio.get_running_loop()
        self._jobs = list(_jobs(self.devices, loop.time()))
        try:
            while wanted := [job for job in self._jobs if job.is_wanted]:
                job = min(wanted, key=lambda job: job.schedule.due)
                await asyncio.sleep(max(0.0, job.schedule.due - loop.time()))
                self.lateness = loop.time() - job.schedule.due
                await self._do(job)
        finally:
            self._connection.close()

    async def _do(self, job: _Job) -> None:
        loop = asyncio.get_running_loop()
        device, was_offline = job.device, job.device.is_offline
        began = loop.time()
        try:
            observation = await (device.probe() if job.period is None else device.poll(job.period))
        except Exception as error:
            log.exception("reading %s met a fault of the program; it is tried again", device.configuration.name)
            silence = f"fault of the program: {error!r}"
            observation = Observation(device.configuration.id, (), (), silence, True, self._now())
        job.schedule.advance(loop.time())
        if device.is_offline != was_offline:
            self._reschedule(device, began)
        self._deliver(observation)

    def _reschedule(self, device: ModbusDevice, began: float) -> None:
        """Gone off line: probe from now on. Back again: read everything at once, then on the old beats."""
        for job in self._jobs:
            if job.device is not device:
                continue
            if job.period is None:
                job.schedule = Schedule(device.configuration.probe_seconds, began + device.configuration.probe_seconds)
            else:
                job.schedule.hurry(asyncio.get_running_loop().time())


def _jobs(devices: Sequence[ModbusDevice], start: float) -> list[_Job]:
    groups = [_Job(device, period, Schedule(period, start)) for device in devices for period in device.periods]
    probes = [_Job(device, None, Schedule(device.configuration.probe_seconds, start)) for device in devices]
    return groups + probes
