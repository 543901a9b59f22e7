"""Where bytes of an instrument come from: a serial port, or a keyboard that nobody else may read."""

from __future__ import annotations

import errno
from collections.abc import Callable
from contextlib import suppress
from threading import Event as Flag
from typing import Protocol

import serial
from unison_domain.stations.framing import Frame, Framer
from unison_domain.stations.gauge_settings import FootSwitch
from unison_domain.stations.serial_settings import Framing, SerialSettings

from unison_station.peripherals.peripheral import CanNotBe
from unison_station.platform import serial_port

_NO_LINES = frozenset({errno.ENOTTY, errno.EINVAL})
"""How drivers without control lines answer (ioctl TIOCMGET); one that was pulled out answers otherwise."""


class ByteSource(Protocol):
    """An open port; one thread uses it."""

    def read(self, seconds: float) -> bytes:
        """What came, as soon as anything does; empty when nothing did for so long.

        Raises:
            ConnectionError: it is gone, with the reason in words.
        """

    def close(self) -> None:
        """Let it go."""


Opening = Callable[[Flag], ByteSource]
"""Opens it, or raises `ConnectionError` with the reason in words; the flag ends any wait."""


class SerialSource:
    """A serial port. One that is pulled out raises another error from each call: all of them mean that it is gone."""

    def __init__(self, settings: SerialSettings, ending: Flag) -> None:
        """Open it. Raises ConnectionError."""
        self._name = settings.port
        opened = serial_port.SerialSettings(
            settings.port, settings.baud_rate, settings.parity, settings.stop_bits, settings.data_bits
        )
        self._port: serial.Serial = serial_port.open_serial(opened, ending)

    def read(self, seconds: float) -> bytes:
        """See `ByteSource`."""
        try:
            if self._port.timeout != seconds:
                self._port.timeout = seconds
            first: bytes = self._port.read(1)
            return first + self._port.read(self._port.in_waiting) if first else b""
        except Exception as error:
            raise self._lost(error) from None

    def write(self, data: bytes) -> None:
        """Send, without waiting for the line. Raises ConnectionError."""
        try:
            self._port.write(data)
        except Exception as error:
            raise self._lost(error) from None

    def is_on(self, line: FootSwitch) -> bool:
        """Whether a control line is on. Raises ConnectionError, and CanNotBe where the port has no such lines."""
        try:
            return bool(getattr(self._port, line.value))
        except Exception as error:
            if isinstance(error, OSError) and error.errno in _NO_LINES:
                raise CanNotBe(
                    f"serial port {self._name} has no line {line.value.upper()} for a foot switch: use an adapter that "
                    "has one, or take the foot switch out of the settings"
                ) from None
            raise self._lost(error) from None

    def close(self) -> None:
        """See `ByteSource`."""
        with suppress(Exception):
            self._port.close()

    def _lost(self, error: Exception) -> ConnectionError:
        return ConnectionError(f"serial port {self._name} was lost: {error}")


class FrameReader:
    """Messages of a source. Only a read that waited in vain proves silence: on a busy PC bytes are read late."""

    def __init__(self, source: ByteSource, framing: Framing) -> None:
        self._source = source
        self._framer = Framer(framing)
        self._silent_seconds = 0.0

    def next(self, seconds: float) -> list[Frame]:
        """What ended, after waiting at most so long. Raises ConnectionError."""
        left = self._framer.silence_seconds - self._silent_seconds
        waited = min(seconds, left) if self._framer.pending else seconds
        if content := self._source.read(waited):
            self._silent_seconds = 0.0
            self._framer, frames = self._framer.fed(content, 0.0)
        else:
            self._silent_seconds += waited
            self._framer, frames = self._framer.rested(self._silent_seconds)
        return frames
