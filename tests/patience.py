"""How long a test waits for another thread or program before it calls it broken.

What passes waits no longer for it, and a machine with eight such runs at once is no reason to fail: the five seconds
that httpx and pytest-qt grant unless told otherwise are one here.
"""

from __future__ import annotations

from typing import Any

from httpx import _config
from pytestqt.qtbot import QtBot

MINUTE = 60.0
"""Seconds."""
_WAITS: tuple[Any, ...] = (
    *(QtBot.waitActive, QtBot.waitExposed, QtBot.waitSignal, QtBot.waitSignals),
    *(QtBot.waitUntil, QtBot.waitCallback),
)


def install() -> None:
    """Grant a minute wherever a test names no time of its own."""
    for wait in _WAITS:
        wait.__kwdefaults__["timeout"] = int(MINUTE * 1000)
    # The one object that each way to ask takes for what nobody said.
    granted = _config.DEFAULT_TIMEOUT_CONFIG
    granted.connect = granted.read = granted.write = granted.pool = MINUTE
