"""An instrument that is plugged in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from unison_station.simulate.instruments import Caliper


@pytest.fixture
def caliper(tmp_path: Path) -> Iterator[Caliper]:
    device = Caliper(tmp_path / "caliper")
    device.cable.plug()
    yield device
    device.cable.unplug()
