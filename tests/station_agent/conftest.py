"""The agent's tests wait for real bytes at their pace."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.station_agent.stalls import AskedAnew


def pytest_configure(config: pytest.Config) -> None:
    """Before the first of them runs."""
    config.pluginmanager.register(AskedAnew(Path(__file__).parent))
