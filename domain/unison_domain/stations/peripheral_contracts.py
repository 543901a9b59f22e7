"""What crosses the network about scanners, gauges and cameras, apart from events and the agent's configuration."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, TypeAdapter, field_serializer

from unison_domain.kernel.contracts import Answer, Instant, Request
from unison_domain.kernel.written_pattern import STORED
from unison_domain.stations.camera_settings import CameraSettings
from unison_domain.stations.line import plain_path, port_key
from unison_domain.stations.peripheral_reports import RefusedValue
from unison_domain.stations.peripherals import PeripheralKind, PeripheralSettings, PeripheralState
from unison_domain.stations.scanner_settings import ScannerSettings

_SETTINGS: TypeAdapter[PeripheralSettings] = TypeAdapter(PeripheralSettings)


def _as_known(settings: Any) -> Any:
    """Settings as this version knows them: a newer server may have more."""
    return _SETTINGS.validate_python(settings, extra="ignore", context=STORED)


class PeripheralReplace(Request):
    """PUT: every setting; what is absent gets its default. It stays at its station, and of its kind."""

    settings: PeripheralSettings

    @field_serializer("settings")
    def _as_json(self, settings: PeripheralSettings) -> dict[str, Any]:
        return settings.model_dump(mode="json")


class PeripheralCreate(PeripheralReplace):
    """A scanner, gauge or camera as a planner enters it, at a station."""

    station_id: UUID


class PeripheralAnswer(Answer):
    """A scanner, gauge or camera.

    Attributes:
        kind, name: those of its settings.
        state, message: how it fares as its agent said last, and why it is not online; None while it said nothing.
        told_at: when its agent was heard last, which said so then.
        refused: the last values it sent that became no readings, oldest first, as far as its agent remembers them.
    """

    id: UUID
    version: int
    station_id: UUID
    kind: PeripheralKind
    name: str
    settings: Annotated[PeripheralSettings, BeforeValidator(_as_known)]
    state: PeripheralState | None = None
    message: str | None = None
    told_at: Instant | None = None
    refused: list[RefusedValue] = []
    is_active: bool
    created_at: Instant
    updated_at: Instant


def place_of(settings: PeripheralSettings) -> str | None:
    """What it has to itself at its PC, in words; None for what many can read, such as files and addresses.

    Named by its adapter or by the path of that, a port is the same; otherwise only the PC could tell.
    """
    if isinstance(settings, CameraSettings):
        own = settings.source.startswith("/dev/") or "/" not in settings.source
        return f"camera {plain_path(settings.source)}" if own else None
    if isinstance(settings, ScannerSettings) and settings.keyboard is not None:
        return f"keyboard {plain_path(settings.keyboard)}"
    return port_words(settings.serial.port) if settings.serial else None


def port_words(port: str) -> str:
    """A serial port as `place_of` names it."""
    return f"serial port {port_key(port)}"
