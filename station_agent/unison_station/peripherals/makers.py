"""What is made of each kind of configuration: here one more kind of peripheral is added."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import assert_never

from unison_domain.kernel.written_pattern import written_pattern
from unison_domain.stations.peripherals import (
    CameraConfiguration,
    GaugeConfiguration,
    PeripheralConfiguration,
    ScannerConfiguration,
)

from unison_station.cameras.camera import CameraWorker
from unison_station.peripherals.byte_source import Opening, SerialSource
from unison_station.peripherals.gauge import Gauge
from unison_station.peripherals.keyboard_source import KeyboardSource
from unison_station.peripherals.peripheral import CanNotBe, Peripheral, Surroundings
from unison_station.peripherals.scanner import Scanner
from unison_station.peripherals.worker import Worker
from unison_station.platform.input_device import InputDevice


def make(configuration: PeripheralConfiguration, surroundings: Surroundings) -> Peripheral:
    """A peripheral, not started yet. Raises CanNotBe."""
    match configuration:
        case ScannerConfiguration():
            return Worker(configuration.name, Scanner(configuration, surroundings.outlet, opening_of(configuration)))
        case GaugeConfiguration():
            _demand(configuration.demand_pattern)
            settings = configuration.serial
            gauge = Gauge(configuration, surroundings, lambda ending: SerialSource(settings, ending))
            return Worker(configuration.name, gauge)
        case CameraConfiguration():
            for one in configuration.expected:
                _demand(partial(written_pattern, one.pattern))
            return CameraWorker(configuration, surroundings)
    assert_never(configuration)


def _demand(pattern: Callable[[], object]) -> None:
    """One that was stored when more was taken than is now says why it does nothing."""
    try:
        pattern()
    except ValueError as error:
        raise CanNotBe(str(error)) from None


def opening_of(scanner: ScannerConfiguration) -> Opening:
    """How the port of a scanner is opened."""
    if scanner.serial is not None:
        settings = scanner.serial
        return lambda ending: SerialSource(settings, ending)
    keyboard = scanner.keyboard or ""
    return lambda _: KeyboardSource(InputDevice(keyboard))
