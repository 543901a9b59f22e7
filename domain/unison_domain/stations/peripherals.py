"""What a station has beside machines: scanners, gauges and cameras."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from unison_domain.kernel.contracts import Request
from unison_domain.stations.camera_settings import CameraSettings, StoredCode
from unison_domain.stations.gauge_settings import GaugeSettings
from unison_domain.stations.scanner_settings import ScannerSettings


class PeripheralKind(StrEnum):
    """What it is."""

    SCANNER = "scanner"
    GAUGE = "gauge"
    CAMERA = "camera"


class PeripheralState(StrEnum):
    """How it fares."""

    ONLINE = "online"
    OFFLINE = "offline"
    """Not there, or silent where it should answer; it is tried again."""
    REFUSED = "refused"
    """Its settings can't be carried out on this PC; they are tried again when they change."""


PeripheralSettings = Annotated[ScannerSettings | GaugeSettings | CameraSettings, Field(discriminator="kind")]
"""Settings of any of them, told apart by `kind`."""


class _Placed(Request):
    """At which station it is."""

    id: UUID
    station_id: UUID


class ScannerConfiguration(ScannerSettings, _Placed):
    """A scanner as its agent is told of it."""


class GaugeConfiguration(GaugeSettings, _Placed):
    """A gauge or scale as its agent is told of it."""

    is_written: ClassVar[bool] = False


class CameraConfiguration(CameraSettings, _Placed):
    """A camera as its agent is told of it."""

    expected: tuple[StoredCode, ...] = ()


PeripheralConfiguration = Annotated[
    ScannerConfiguration | GaugeConfiguration | CameraConfiguration, Field(discriminator="kind")
]
"""Any of them, told apart by `kind`."""
