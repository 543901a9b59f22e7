"""The kernel is asked whether the clock is kept, and nothing of it is changed."""

from __future__ import annotations

import sys

import pytest
from unison_station.clock import PcTime
from unison_station.platform import time_service


def test_asking_changes_nothing() -> None:
    assert time_service.is_synchronised() is PcTime().is_synchronised()


def test_where_nobody_can_be_asked_the_server_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert time_service.is_synchronised() is False
