"""The forms of a scanner, a gauge and a camera."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from PySide6.QtWidgets import QWidget
from unison_domain.quality.contracts import CharacteristicConfiguration
from unison_domain.stations.camera_settings import CameraSettings, Region
from unison_domain.stations.gauge_settings import GaugeFormat, GaugeSettings
from unison_domain.stations.peripheral_contracts import PeripheralAnswer, PeripheralCreate, PeripheralReplace
from unison_domain.stations.peripherals import PeripheralKind, PeripheralSettings
from unison_domain.stations.scanner_settings import ScannerSettings
from unison_domain.stations.serial_settings import Framing, SerialSettings

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.fields import Field, Values
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.texts import _
from unison_desktop.stations.peripherals import calls
from unison_desktop.stations.peripherals.camera_fields import USUAL_GAMMA, camera_fields
from unison_desktop.stations.peripherals.fields import gauge_fields, scanner_fields, station_field
from unison_desktop.stations.peripherals.shape import IDLE, STATION, TIMEOUT, field_name, flat, nested
from unison_desktop.stations.peripherals.trial import GaugeTrial

Names = Mapping[str, str]
"""Names by id, for choosing."""

_CONTRACTS: dict[PeripheralKind, type[BaseModel]] = {
    PeripheralKind.SCANNER: ScannerSettings,
    PeripheralKind.GAUGE: GaugeSettings,
    PeripheralKind.CAMERA: CameraSettings,
}
_NEW = {
    PeripheralKind.SCANNER: _("New scanner"),
    PeripheralKind.GAUGE: _("New gauge or scale"),
    PeripheralKind.CAMERA: _("New camera"),
}
_INTROS = {
    PeripheralKind.SCANNER: _("What it reads counts for its station, wherever the keyboard is."),
    PeripheralKind.GAUGE: _("Each value it sends becomes a measurement, with the digits it shows."),
    PeripheralKind.CAMERA: _("It reads codes and measures in its pictures; only what you say is kept."),
}


class PeripheralDialog(FormDialog):
    """Makes a scanner, gauge or camera, or changes the one that is given."""

    def __init__(
        self,
        desk: Desk,
        kind: PeripheralKind,
        given: PeripheralAnswer | Mapping[str, Any],
        stations: Names,
        characteristics: Names,
        measurable: Sequence[CharacteristicConfiguration],
        parent: QWidget,
    ) -> None:
        """`given` is what is changed, or what a new one begins with; `measurable` are the characteristics as stations
        are told of them.
        """
        known = given if isinstance(given, PeripheralAnswer) else None
        fields = _fields(kind, characteristics)
        super().__init__(
            desk,
            fields if known else (station_field(stations), *fields),
            _CONTRACTS[kind],
            title=known.name if known else _NEW[kind],
            values=_values(known) if known else {**new_values(kind), **dict(given)},
            version=known.version if known else None,
            intro="" if known else _INTROS[kind],
            parent=parent,
        )
        self._known = known
        self.trial: GaugeTrial | None = None
        if kind is PeripheralKind.GAUGE:
            self.trial = GaugeTrial(desk.theme, measurable, self)
            self.column.insertWidget(self.column.indexOf(self.form) + 1, self.trial)
            self.form.changed.connect(self._try)
            self._try()

    def send(self, body: BaseModel) -> Call:
        client = self.desk.session.client
        assert isinstance(body, ScannerSettings | GaugeSettings | CameraSettings)  # noqa: S101 - the form's contract
        if self._known is not None and self.version is not None:
            changed = PeripheralReplace(settings=body)
            return calls.change(client, self._known.id, changed, version=self.version, owner=self)
        return calls.make(client, self._new(body), key=self.key, owner=self)

    def typed(self) -> dict[str, object]:
        return nested(super().typed())

    def field_of(self, path: str) -> str:
        return field_name(path)

    def shown(self, current: Values) -> Values:
        return {**flat(current["settings"]), "version": current["version"]}

    def _new(self, settings: PeripheralSettings) -> PeripheralCreate:
        return PeripheralCreate(station_id=UUID(str(self.form.values()[STATION])), settings=settings)

    def _try(self) -> None:
        if self.trial is not None:
            self.trial.show_settings(self.form.values())


def peripheral_fields() -> tuple[Field, ...]:
    """All fields there are, for what people call them."""
    return tuple(field for kind in PeripheralKind for field in _fields(kind, {}))


def new_values(kind: PeripheralKind) -> dict[str, Any]:
    """What a new one begins with: the defaults of its settings."""
    defaults: dict[PeripheralKind, BaseModel] = {
        PeripheralKind.SCANNER: ScannerSettings(name="-", serial=SerialSettings(port="-"), framing=Framing()),
        PeripheralKind.GAUGE: GaugeSettings(
            name="-", serial=SerialSettings(port="-"), framing=Framing(), format=GaugeFormat.MITUTOYO
        ),
        PeripheralKind.CAMERA: CameraSettings(
            name="-", source="-", gamma=USUAL_GAMMA, region=Region(x=0.25, y=0.25, width=0.5, height=0.5)
        ),
    }
    values = flat(defaults[kind].model_dump(mode="json"))
    named = {"name": None, "serial_port": None, "source": None, "is_part": False, TIMEOUT: None, IDLE: None}
    return values | {name: value for name, value in named.items() if name in values}


def _values(known: PeripheralAnswer) -> dict[str, Any]:
    return new_values(known.kind) | flat(known.settings.model_dump(mode="json"))


def _fields(kind: PeripheralKind, characteristics: Names) -> tuple[Field, ...]:
    if kind is PeripheralKind.CAMERA:
        return camera_fields()
    return scanner_fields() if kind is PeripheralKind.SCANNER else gauge_fields(characteristics)
