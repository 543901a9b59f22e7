"""A slave on a free port of loopback."""

from collections.abc import Iterator

import pytest

from tests.station_agent.devices.slave import Slave


@pytest.fixture
def slave() -> Iterator[Slave]:
    """Register `a` of unit `u` holds 1000·u + a, bits are odd addresses."""
    with Slave(lambda unit, function, address: address % 2 if function < 3 else 1000 * unit + address) as slave:
        yield slave
