"""How an agent is to be configured for a simulated shop: stations, devices with tags, machines."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from unison_domain.kernel.contracts import Code, Request
from unison_domain.quality.contracts import CharacteristicConfiguration
from unison_domain.stations.camera_settings import CodeFormat
from unison_domain.stations.configuration import (
    AgentConfiguration,
    DeviceConfiguration,
    MachineConfiguration,
    StationConfiguration,
)
from unison_domain.stations.device_settings import Driver, Parity
from unison_domain.stations.gauge_settings import GaugeChannel, GaugeFormat
from unison_domain.stations.peripherals import (
    CameraConfiguration,
    GaugeConfiguration,
    PeripheralConfiguration,
    ScannerConfiguration,
)
from unison_domain.stations.picture_tools import CalibrationBoard, CircleDiameter, PlaneCalibration
from unison_domain.stations.serial_settings import SerialSettings

from unison_station.simulate.camera_scene import (
    BOARD_COLUMNS,
    BOARD_ROWS,
    BOARD_SQUARE,
    BORE_PLACE,
    FOCAL,
    HEIGHT,
    PIXELS_PER_MILLIMETRE,
    USUAL_BORE,
    WIDTH,
)
from unison_station.simulate.instrument_plans import CameraPlan, InstrumentPlan, ScannerPlan
from unison_station.simulate.machine import simulated_id, tags_of
from unison_station.simulate.makers import MAKERS
from unison_station.simulate.scenario import MachinePlan, Scenario

DEFAULT_SERIAL_FOLDER = Path(tempfile.gettempdir()) / "unison-serial"
"""Where serial lines appear unless said otherwise."""


_FORMATS = {"caliper": GaugeFormat.MITUTOYO, "scale": GaugeFormat.MT_SICS}
_CALIPER_CHANNEL = "1"
"""What a Mitutoyo interface with one input calls it."""


_MILLIMETRES = 1 / PIXELS_PER_MILLIMETRE
_CALIBRATION = PlaneCalibration(
    board=CalibrationBoard(columns=BOARD_COLUMNS, rows=BOARD_ROWS, square=BOARD_SQUARE),
    width=WIDTH,
    height=HEIGHT,
    camera_matrix=(FOCAL, 0.0, WIDTH / 2, 0.0, FOCAL, HEIGHT / 2, 0.0, 0.0, 1.0),
    distortion=(0.0,) * 5,
    plane=(_MILLIMETRES, 0.0, 0.0, 0.0, _MILLIMETRES, 0.0, 0.0, 0.0, 1.0),
    residual=0.05,
    plane_uncertainty=0.0005,
    distance_uncertainty=0.0005,
    calibrated_at=datetime(2026, 1, 5, 8, tzinfo=UTC),
)
"""A camera without distortion, straight above the table."""


class ShopDescription(Request):
    """What the shop consists of; `plants` gives the plant code of every station code.

    Ids derive from the codes, so two runs describe the same things; a loader may replace them by its own.
    """

    name: str
    plants: dict[Code, Code]
    stations: tuple[StationConfiguration, ...]
    devices: tuple[DeviceConfiguration, ...]
    machines: tuple[MachineConfiguration, ...]
    peripherals: tuple[PeripheralConfiguration, ...] = ()
    characteristics: tuple[CharacteristicConfiguration, ...] = ()

    @property
    def configuration(self) -> AgentConfiguration:
        """All of it for one agent that knows no server: what the commands take as `--configuration`."""
        return AgentConfiguration(
            agent_id=simulated_id("agent", self.name),
            organization_id=simulated_id("organization", self.name),
            version=1,
            name=self.name,
            stations=self.stations,
            devices=self.devices,
            machines=self.machines,
            peripherals=self.peripherals,
            characteristics=self.characteristics,
        )


def endpoint_of(plan: MachinePlan) -> str:
    """Name of the port a machine is behind."""
    return plan.endpoint or plan.code


def endpoints_of(scenario: Scenario) -> list[str]:
    """Names of all TCP ports of a shop, in order of their first machine."""
    lines = {line.code for line in scenario.serial_lines}
    return [name for name in dict.fromkeys(endpoint_of(plan) for plan in scenario.machines) if name not in lines]


def describe(
    scenario: Scenario,
    host: str,
    ports: Mapping[str, int],
    speed: float = 1.0,
    serial_folder: Path = DEFAULT_SERIAL_FOLDER,
) -> ShopDescription:
    """The configuration that fits a shop whose endpoints listen on these ports and whose serial lines are there."""
    places: dict[str, dict[str, Any]] = {name: {"host": host, "port": port} for name, port in ports.items()}
    for line in scenario.serial_lines:
        path = str((serial_folder / line.code).absolute())
        # Pseudo-terminals have no parity.
        settings = {"baud_rate": line.baud_rate, "parity": Parity.NONE}
        places[line.code] = {"driver": Driver.MODBUS_RTU, "serial_port": path, **settings}
    return ShopDescription(
        name=scenario.name,
        plants={station.code: station.plant for station in scenario.stations},
        stations=tuple(
            StationConfiguration(id=simulated_id("station", station.code), code=station.code, name=station.name)
            for station in scenario.stations
        ),
        devices=tuple(_device(plan, places[endpoint_of(plan)], speed) for plan in scenario.machines),
        machines=tuple(_machine(plan, speed) for plan in scenario.machines),
        peripherals=tuple(_peripheral(plan, serial_folder) for plan in scenario.instruments),
        characteristics=tuple(_characteristics(scenario)),
    )


def _peripheral(plan: InstrumentPlan, folder: Path) -> PeripheralConfiguration:
    known: dict[str, Any] = {
        "id": simulated_id("peripheral", plan.code),
        "station_id": simulated_id("station", plan.station),
        "name": plan.name,
    }
    place = str((folder / plan.code).absolute())
    if isinstance(plan, ScannerPlan):
        return ScannerConfiguration(**known, serial=SerialSettings(port=place))
    if isinstance(plan, CameraPlan):
        return _camera(plan, known, place)
    measured = GaugeChannel(characteristic_id=simulated_id("characteristic", plan.code))
    if plan.kind == "caliper":
        measured = measured.model_copy(update={"channel": _CALIPER_CHANNEL})
    said = {"format": _FORMATS[plan.kind], "unit": plan.measures.unit, "channels": (measured,)}
    return GaugeConfiguration(**known, serial=SerialSettings(port=place), **said)


def _camera(plan: CameraPlan, known: dict[str, Any], place: str) -> CameraConfiguration:
    bore = CircleDiameter(
        id=simulated_id("tool", plan.code),
        name=plan.measures.name,
        characteristic_id=simulated_id("characteristic", plan.code),
        x=BORE_PLACE[0],
        y=BORE_PLACE[1],
        inner=USUAL_BORE * PIXELS_PER_MILLIMETRE / 3,
        outer=USUAL_BORE * PIXELS_PER_MILLIMETRE * 2 / 3,
    )
    return CameraConfiguration(
        **known,
        source=place,
        rate=5.0,
        formats=(CodeFormat.QR,),
        calibration=_CALIBRATION,
        tools=(bore,),
        ring_seconds=plan.ring_seconds,
    )


def _characteristics(scenario: Scenario) -> Iterator[CharacteristicConfiguration]:
    plants = {station.code: station.plant for station in scenario.stations}
    for plan in scenario.instruments:
        if not isinstance(plan, ScannerPlan):
            measured = plan.measures
            yield CharacteristicConfiguration(
                id=simulated_id("characteristic", plan.code),
                plant_id=simulated_id("plant", plants[plan.station]),
                name=measured.name,
                unit=measured.unit,
                target=measured.target,
                lsl=measured.target - measured.tolerance,
                usl=measured.target + measured.tolerance,
                resolution=measured.resolution,
            )


def _device(plan: MachinePlan, place: Mapping[str, Any], speed: float) -> DeviceConfiguration:
    return DeviceConfiguration(
        id=simulated_id("device", plan.code),
        station_id=simulated_id("station", plan.station),
        name=f"{MAKERS[plan.maker].name}, {plan.name}",
        **place,
        unit_id=plan.unit_id,
        tags=tags_of(plan, speed),
    )


def _machine(plan: MachinePlan, speed: float) -> MachineConfiguration:
    return MachineConfiguration(
        id=simulated_id("machine", plan.code),
        station_id=simulated_id("station", plan.station),
        code=plan.code,
        name=plan.name,
        ideal_cycle_seconds=plan.ideal_cycle_seconds / speed,
        on_delay_seconds=plan.on_delay_seconds,
        off_delay_seconds=plan.off_delay_seconds,
        idle_after_seconds=plan.idle_after_seconds,
    )
