"""All devices of an agent: lines are started, kept and stopped as the configuration says."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from uuid import UUID

from unison_domain.stations.configuration import AgentConfiguration, DeviceConfiguration, RegisterTable
from unison_domain.stations.readings import Moment

from unison_station.devices.connections import Connection
from unison_station.devices.modbus_device import ModbusDevice
from unison_station.devices.modbus_line import Deliver, ModbusLine
from unison_station.devices.observation import BlockRead


class Poller:
    """Reads every device in the running event loop and delivers what it sees.

    Devices of one line take turns on one connection; different lines never wait for each other.
    """

    def __init__(self, deliver: Deliver, now: Callable[[], Moment]) -> None:
        self._deliver = deliver
        self._now = now
        self._lines: dict[str, tuple[list[DeviceConfiguration], ModbusLine, asyncio.Task[None]]] = {}
        self._connections: dict[str, Connection] = {}
        """Of every line there ever was: a serial line that is stopped may still answer what it was asked."""

    @property
    def lines(self) -> list[ModbusLine]:
        """What is being read; may be asked from any thread."""
        return [line for _, line, _ in tuple(self._lines.values())]

    def device(self, device_id: UUID) -> ModbusDevice | None:
        """A device by its id; None when it is not read."""
        devices = (device for line in self.lines for device in line.devices)
        return next((device for device in devices if device.configuration.id == device_id), None)

    async def read_now(
        self, device_id: UUID, table: RegisterTable, address: int, count: int, *, within_seconds: float | None = None
    ) -> BlockRead | None:
        """Ask a configured device one thing, when its line is free; None when that was not within the time.

        Raises:
            KeyError: no such device is read here, or nothing is read at the moment. LineEnded: not any more.
        """
        for line in self.lines:
            if any(device.configuration.id == device_id for device in line.devices):
                return await line.read_now(device_id, table, address, count, within_seconds)
        raise KeyError(device_id)

    async def apply(self, configuration: AgentConfiguration) -> None:
        """Read the devices of `configuration` from now on; a line that is the same goes on undisturbed."""
        wanted: defaultdict[str, list[DeviceConfiguration]] = defaultdict(list)
        for device in configuration.devices:
            wanted[device.line].append(device)
        await self._end([place for place, (devices, _, _) in self._lines.items() if wanted.get(place) != devices])
        for place in self._connections.keys() - wanted.keys():
            self._connections[place].close()
        for place, devices in wanted.items():
            if place not in self._lines:
                line = ModbusLine(devices, self._deliver, self._now, self._connections.get(place))
                self._connections[place] = line.connection
                task = asyncio.create_task(line.run(), name=f"modbus {place}")
                self._lines[place] = devices, line, task

    async def stop(self) -> None:
        """End all lines and close their connections."""
        await self._end(list(self._lines))
        for connection in self._connections.values():
            connection.close()

    async def _end(self, places: list[str]) -> None:
        tasks = [self._lines.pop(place)[2] for place in places]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
