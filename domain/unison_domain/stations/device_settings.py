"""Where a Modbus slave is, how gently it wants to be asked, and what slaves of one line must agree about."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from unison_domain.kernel.contracts import Name, Request, Text
from unison_domain.stations.line import line_key


class Driver(StrEnum):
    """How a device is reached."""

    MODBUS_TCP = "modbus_tcp"
    MODBUS_RTU = "modbus_rtu"
    """On a serial port of the agent's PC."""
    MODBUS_RTU_TCP = "modbus_rtu_tcp"
    """RTU frames through a serial server: a serial line whose bytes travel over TCP."""


class Parity(StrEnum):
    """Parity of a serial line."""

    NONE = "none"
    EVEN = "even"
    """What the standard asks for (MODBUS over Serial Line 1.02, 2.5.1)."""
    ODD = "odd"


_PLACES: dict[Driver, dict[str, Any]] = {
    Driver.MODBUS_TCP: {"host": None, "port": 502},
    Driver.MODBUS_RTU_TCP: {"host": None, "port": 502},
    Driver.MODBUS_RTU: {"serial_port": None, "baud_rate": 19_200, "parity": Parity.EVEN, "stop_bits": 1},
}
"""The fields that say where a device of each driver is, with their defaults; None must be given."""

LINE_FIELDS = ("driver", "baud_rate", "parity", "stop_bits", "turnaround_seconds")
"""What all devices of one line must agree about."""
LINE_PLACE = ("host", "port", "serial_port")
"""Where the line is."""
_PLACE_FIELDS = tuple(dict.fromkeys(name for fields in _PLACES.values() for name in fields))
_SERIAL_DRIVERS = (Driver.MODBUS_RTU, Driver.MODBUS_RTU_TCP)
_LARGEST_SERIAL_UNIT = 247


def _host(text: str) -> str:
    if any(character.isspace() or character in "/@" for character in text):
        raise ValueError(f"must be a name or an address such as plc-7.plant.example or 192.168.1.20, not {text!r}")
    return text


class DeviceSettings(Request):
    """Where a Modbus slave is and how gently it wants to be asked.

    Attributes:
        host, port: of the drivers over TCP; port 502 unless said otherwise.
        serial_port, baud_rate, parity, stop_bits: of `modbus_rtu`; by default 19,200 baud, even parity, 1 stop bit.
            `serial_port` is the name of the adapter under /dev/serial/by-id, which stays the same wherever it is
            plugged in, or a path (`/dev/ttyS0`, `COM3`) for ports without such a name.
        turnaround_seconds: pause of a serial line between a reply and the next request, beside the silence of 3.5
            characters: so long may a transceiver take to let go of the line.
        unit_id: slave address behind the socket (0 to 255) or on the serial line (1 to 247).
        timeout_seconds: how long a reply may take; on a serial line until it begins.
        retries: further tries of a request that timed out, within one cycle.
        probe_seconds: how often a dead slave is tried again.
        max_registers, max_bits: most registers or bits one request may ask (the protocol allows 125 and 2,000).
        max_gap: unused registers that may be read along to save a request.
        request_gap_seconds: pause of this device before each of its requests.
    """

    name: Name
    driver: Driver = Driver.MODBUS_TCP
    host: Annotated[Text, AfterValidator(_host), Field(min_length=1, max_length=253)] | None = None
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    serial_port: Annotated[Text, Field(min_length=1, max_length=255)] | None = None
    baud_rate: Annotated[int, Field(ge=300, le=4_000_000)] | None = None
    parity: Parity | None = None
    stop_bits: Annotated[int, Field(ge=1, le=2)] | None = None
    turnaround_seconds: Annotated[float, Field(ge=0, le=1)] = 0.0
    unit_id: Annotated[int, Field(ge=0, le=255)] = 1
    timeout_seconds: Annotated[float, Field(ge=0.02, le=30)] = 0.5
    retries: Annotated[int, Field(ge=0, le=3)] = 0
    probe_seconds: Annotated[float, Field(ge=0.1, le=60)] = 2.0
    max_registers: Annotated[int, Field(ge=1, le=125)] = 125
    max_bits: Annotated[int, Field(ge=1, le=2000)] = 2000
    max_gap: Annotated[int, Field(ge=0, le=124)] = 16
    request_gap_seconds: Annotated[float, Field(ge=0, le=1)] = 0.0

    @model_validator(mode="before")
    @classmethod
    def _place_by_default(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        driver = given.get("driver", Driver.MODBUS_TCP)
        defaults = _PLACES.get(Driver(driver), {}) if driver in tuple(Driver) else {}
        return {**given, **{name: value for name, value in defaults.items() if given.get(name) is None}}

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        own = _PLACES[self.driver]
        for name in _PLACE_FIELDS:
            value = getattr(self, name)
            if value is None and name in own:
                raise ValueError(f"device {self.name}: driver {self.driver} needs {name}")
            if value is not None and name not in own:
                owners = " or ".join(driver for driver, fields in _PLACES.items() if name in fields)
                raise ValueError(
                    f"device {self.name}: {name} {value} belongs to driver {owners}; leave it out with {self.driver}"
                )
        if self.driver not in _SERIAL_DRIVERS:
            if self.turnaround_seconds:
                raise ValueError(
                    f"device {self.name}: turnaround_seconds {self.turnaround_seconds:g} belongs to a serial line; "
                    f"leave it out with {self.driver}, or use request_gap_seconds"
                )
        elif not 1 <= self.unit_id <= _LARGEST_SERIAL_UNIT:
            raise ValueError(
                f"device {self.name}: unit_id {self.unit_id} is no slave of a serial line: these have 1 to "
                f"{_LARGEST_SERIAL_UNIT}, 0 is the broadcast nobody answers"
            )
        return self

    @property
    def line(self) -> str:
        """What devices share that take turns: the serial port, or host and port, however they are spelled."""
        return line_key(self.serial_port, self.host, self.port)

    @property
    def line_words(self) -> str:
        """The line and how it is set, e.g. `COM3 at 19200 8E1` or `192.168.1.20:502 (RTU)`."""
        place = self.serial_port or f"{self.host}:{self.port}"
        if self.parity is not None:
            return f"{place} at {self.baud_rate} 8{self.parity[0].upper()}{self.stop_bits}"
        return f"{place} (RTU)" if self.driver is Driver.MODBUS_RTU_TCP else place

    @property
    def line_settings(self) -> tuple[object, ...]:
        """What all devices of one line must agree about."""
        return tuple(getattr(self, name) for name in LINE_FIELDS)

    @property
    def endpoint(self) -> tuple[str, int]:
        """Host and port of a driver over TCP.

        Raises:
            ValueError: the device is on a serial port.
        """
        if self.host is None or self.port is None:
            raise ValueError(f"device {self.name} is on serial port {self.serial_port}, not behind a host")
        return self.host, self.port


def line_disagreement(one: DeviceSettings, other: DeviceSettings) -> str | None:
    """Why two devices can't share their line; None when they can, or have different ones."""
    if one.line != other.line or one.line_settings == other.line_settings:
        return None
    settings = (f"{device.line_words}, turn-around {device.turnaround_seconds:g} s" for device in (one, other))
    return (
        f"{one.name} and {other.name} share the line {one.line}, but one says {' and the other '.join(settings)}: "
        "give both the same driver, speed, parity, stop bits and turn-around, or change the whole line at once"
    )
