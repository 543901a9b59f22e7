"""A simulated serial line in a thread of its own, with slaves that misbehave on demand."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from unison_domain.stations.configuration import DeviceConfiguration, DeviceSettings, RegisterTable, TagConfiguration
from unison_station.simulate.serial_bus import SerialBus
from unison_station.simulate.slave import Disturbance, Slave

from tests.station_agent.configurations import device

ALL_TABLES = tuple(RegisterTable)


class Registers(Mapping[int, int]):
    """Addresses 0 to 999, each value worked out when it is read."""

    def __init__(self, value: Callable[[int], int]) -> None:
        self._value = value

    def __getitem__(self, address: int) -> int:
        if not 0 <= address < 1000:
            raise KeyError(address)
        return self._value(address)

    def __iter__(self) -> Iterator[int]:
        return iter(range(1000))

    def __len__(self) -> int:
        return 1000


class Line:
    """A line whose slave `u` holds `value(u, address)`; plugged in inside `with`.

    Attributes:
        requests: the unit of everything asked, in order.
    """

    def __init__(self, folder: Path, units: int = 3, baud_rate: int = 115_200, value: Any = None) -> None:
        self.requests: list[int] = []
        self.bus = SerialBus(folder / "line", baud_rate, self.requests.append)
        holds = value or (lambda unit, address: 1000 * unit + address)
        for unit in range(1, units + 1):
            registers = Registers(lambda address, unit=unit: holds(unit, address))
            self.bus.slaves[unit] = Slave(dict.fromkeys(ALL_TABLES, registers))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def path(self) -> str:
        """What a device is configured with."""
        return str(self.bus.link)

    def __enter__(self) -> Self:
        self._thread.start()
        self.plug()
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def plug(self) -> None:
        """Put the adapter in."""
        self._run(self.bus.plug())

    def unplug(self) -> None:
        """Pull it out."""
        self._run(self.bus.unplug())

    def disturb(self, unit: int, do: str, delay: float = 0.0, code: int = 0) -> None:
        """From now on the unit misbehaves so."""
        self.bus.slaves[unit].disturbance = Disturbance(do, delay, code)

    def mend(self, unit: int) -> None:
        """The unit behaves again."""
        self.bus.slaves[unit].disturbance = None

    def settings(self, **more: Any) -> DeviceSettings:
        """How the line is reached."""
        fields = {"driver": "modbus_rtu", "serial_port": self.path, "baud_rate": self.bus.baud_rate, **more}
        return DeviceSettings.model_validate({"name": "line", **fields})

    def device(self, unit: int, *tags: TagConfiguration, **more: Any) -> DeviceConfiguration:
        """A slave of the line that gets 0.1 s to begin its reply."""
        place = {"driver": "modbus_rtu", "serial_port": self.path, "baud_rate": self.bus.baud_rate, "unit_id": unit}
        return device(f"unit {unit}", None, *tags, **{**place, "host": None, **more})

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)
