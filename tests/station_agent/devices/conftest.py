"""A slave on a free port of loopback, and slaves on a serial line."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.station_agent.devices.serial_line import Line
from tests.station_agent.devices.slave import Slave


@pytest.fixture
def slave() -> Iterator[Slave]:
    """Register `a` of unit `u` holds 1000·u + a, bits are odd addresses."""
    with Slave(lambda unit, function, address: address % 2 if function < 3 else 1000 * unit + address) as slave:
        yield slave


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    """Three slaves; register `a` of unit `u` holds 1000·u + a."""
    with Line(tmp_path) as line:
        yield line
