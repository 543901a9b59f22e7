"""A press of four registers behind a slave: run bit, alarm word, good counter, temperature in tenths."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.station_agent.devices.slave import Slave


class Press:
    """The machine; a test writes its registers."""

    def __init__(self) -> None:
        self.registers = [1, 0, 100, 215]

    def read(self, unit: int, function: int, address: int) -> int:
        return self.registers[address] if address < len(self.registers) else 0

    def make(self, parts: int) -> None:
        self.registers[2] += parts


@contextmanager
def connected(press: Press) -> Iterator[Slave]:
    """The press on a free port."""
    with Slave(press.read) as slave:
        yield slave
