"""All slaves behind one host and port or on one serial line: one request at a time, each rate group on its beat."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from uuid import UUID

from unison_domain.stations.configuration import DeviceConfiguration, RegisterTable
from unison_domain.stations.device_settings import Driver
from unison_domain.stations.readings import Moment

from unison_station.devices.connections import Connection, connection_of
from unison_station.devices.modbus_device import ModbusDevice
from unison_station.devices.observation import BlockRead, Observation
from unison_station.devices.schedule import Schedule

log = logging.getLogger(__name__)

PROBE_SHARE = 0.1
LONGEST_PROBE_PAUSE = 2.0
"""On a serial line waiting for a dead slave keeps everybody waiting: after a probe without answer the next one, of
whichever slave, waits until probes had no more than this share of the line, but no longer than this many seconds, so
that a slave is found again soon. Where several are dead each waits for all of them: they share those seconds, and the
line with those that live, half and half at worst."""

Deliver = Callable[[Observation], None]


class LineEnded(Exception):
    """The line is not read any more."""


@dataclass(slots=True)
class _Job:
    """A rate group of a device, or (without period) its probe while it is off line."""

    device: ModbusDevice
    period: float | None
    schedule: Schedule
    done_at: float = 0.0

    @property
    def is_wanted(self) -> bool:
        return self.device.is_offline == (self.period is None)


class ModbusLine:
    """A task that reads the devices of one line for ever; no fault of one device ends it.

    Devices without tags are not polled, only read when somebody asks (`read_now`).

    Attributes:
        name: host and port, or the serial port.
        connection: what reaches it; it stays open when the line ends, for the next line there.
        devices: in the order of the configuration.
        lateness: how long after its beat the last reading began, seconds.
        overruns: readings skipped because the line was still busy.
    """

    def __init__(
        self,
        devices: Sequence[DeviceConfiguration],
        deliver: Deliver,
        now: Callable[[], Moment],
        before: Connection | None = None,
    ) -> None:
        """`before`: the connection of the line that was here until now."""
        self.name = devices[0].line
        self.connection = connection_of(devices, before)
        self._is_socket = devices[0].driver is Driver.MODBUS_TCP
        self._turn = asyncio.Lock()
        self.devices = [
            ModbusDevice(device, self.connection, now, self._turn if device.request_gap_seconds else None)
            for device in devices
        ]
        if not self._is_socket:
            for device in self.devices:
                device.doubt()
        self.lateness = 0.0
        self._deliver = deliver
        self._now = now
        self._jobs: list[_Job] = []
        self._ended = False

    @property
    def overruns(self) -> int:
        """Readings skipped since the start; probes don't count."""
        return sum(job.schedule.overruns for job in self._jobs if job.period is not None)

    async def run(self) -> None:
        """Read until cancelled."""
        loop = asyncio.get_running_loop()
        self._jobs = list(_jobs(self.devices, loop.time()))
        try:
            async with asyncio.TaskGroup() as crews:
                for jobs in _crews(self._jobs):
                    crews.create_task(self._work(jobs))
                await loop.create_future()
        finally:
            self._ended = True

    async def _work(self, jobs: Sequence[_Job]) -> None:
        loop = asyncio.get_running_loop()
        while wanted := [job for job in jobs if job.is_wanted]:
            job = min(wanted, key=lambda job: (job.schedule.due, job.done_at))
            await asyncio.sleep(max(0.0, job.schedule.due - loop.time()))
            async with self._turn_for(job.device):
                self.lateness = loop.time() - job.schedule.due
                await self._do(job)

    def _turn_for(self, device: ModbusDevice) -> AbstractAsyncContextManager[object]:
        """Holds the line for a look; a device that rests between its requests holds it for each of them."""
        return nullcontext() if device.configuration.request_gap_seconds else self._turn

    async def read_now(
        self, device_id: UUID, table: RegisterTable, address: int, count: int, within_seconds: float | None
    ) -> BlockRead | None:
        """Ask one device one thing between two beats, on the same connection, as somebody at the desktop wants to see.

        Returns:
            What came of it; None when the line was not free within the time, and nothing was asked.

        Raises:
            KeyError: the line has no such device. LineEnded: another configuration holds by now.
        """
        device = {device.configuration.id: device for device in self.devices}[device_id]
        loop = asyncio.get_running_loop()
        wanted_at = loop.time()
        async with self._turn_for(device):
            if self._ended:
                raise LineEnded(self.name)
            if within_seconds is not None and loop.time() - wanted_at > within_seconds:
                return None
            return await device.ask(table, address, count)

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
        job.done_at = loop.time()
        job.schedule.advance(job.done_at)
        if job.period is None and device.is_offline:
            self._spare_the_line(began, job.done_at)
        if device.is_offline != was_offline:
            self._reschedule(device, began)
            self._log_change(device, observation)
        self._deliver(observation)

    def _log_change(self, device: ModbusDevice, seen: Observation) -> None:
        configuration = device.configuration
        if device.is_offline:
            log.warning("%s (%s) is off line: %s", configuration.name, self.name, seen.silence)
        else:
            log.info("%s (%s) answers again", configuration.name, self.name)

    def _spare_the_line(self, began: float, ended: float) -> None:
        """A dead slave was asked in vain: slaves that live come before the next dead one."""
        dead = sum(device.is_offline for device in self.devices)
        if self._is_socket or dead == len(self.devices):
            return
        took = ended - began
        pause = min(took * (1 / PROBE_SHARE - 1), max(LONGEST_PROBE_PAUSE / dead, took))
        for job in self._jobs:
            if job.period is None:
                job.schedule.postpone(ended + pause)

    def _reschedule(self, device: ModbusDevice, began: float) -> None:
        """Gone off line: probe from now on. Back again: read everything at once, then on the old beats."""
        for job in self._jobs:
            if job.device is not device:
                continue
            if job.period is None:
                job.schedule = Schedule(device.configuration.probe_seconds, began + device.configuration.probe_seconds)
            else:
                job.schedule.hurry(asyncio.get_running_loop().time())


def _crews(jobs: Sequence[_Job]) -> Iterator[list[_Job]]:
    """Jobs that are done one after another; while a device rests between its requests, others are read."""
    resting = {job.device for job in jobs if job.device.configuration.request_gap_seconds}
    yield [job for job in jobs if job.device not in resting]
    for device in resting:
        yield [job for job in jobs if job.device is device]


def _jobs(devices: Sequence[ModbusDevice], start: float) -> list[_Job]:
    groups = [_Job(device, period, Schedule(period, start)) for device in devices for period in device.periods]
    probes = [_Job(device, None, Schedule(device.configuration.probe_seconds, start)) for device in devices]
    return groups + probes
