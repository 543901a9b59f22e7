"""A scanner that types: its keys as the bytes it would have sent over a serial line."""

from __future__ import annotations

import time

from unison_station.peripherals.us_keyboard import Keyboard
from unison_station.platform.input_device import InputDevice, KeyEvent

KEYS_SECONDS = 1.0
"""So long at most keys that type nothing, as those that write a sign by its number, are followed without a break."""


class KeyboardSource:
    """A `ByteSource` of UTF-8. What is typed while the system loses keys is no text: it is told by U+FFFD."""

    def __init__(self, device: InputDevice) -> None:
        self._device = device
        self._keyboard = Keyboard()

    def read(self, seconds: float) -> bytes:
        """See `ByteSource`; a key that types nothing is no silence, one that hangs and repeats itself is."""
        begun = time.monotonic()
        until = begun + seconds
        while (events := self._device.read(max(0.0, until - time.monotonic()))) is not None:
            if typed := "".join(map(self._typed, events)):
                return typed.encode()
            now = time.monotonic()
            if events:
                until = min(now + seconds, begun + max(seconds, KEYS_SECONDS))
            if now >= until:
                break
        return b""

    def _typed(self, event: KeyEvent) -> str:
        if event.key is None:
            self._keyboard = Keyboard(is_caps=self._keyboard.is_caps)
            return "\N{REPLACEMENT CHARACTER}"
        step = self._keyboard.pressed if event.is_down else self._keyboard.released
        self._keyboard, character = step(event.key)
        return character

    def close(self) -> None:
        """See `ByteSource`."""
        self._device.close()
