"""A station with a scanner, a caliper and a camera, as a server would answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from unison_domain.identity.contracts import Me
from unison_domain.quality.contracts import CharacteristicAnswer
from unison_domain.stations.contracts import StationAnswer
from unison_domain.stations.peripheral_contracts import PeripheralAnswer

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer
from tests.desktop.machines.samples import plant

PLANT, ELSEWHERE, STATION, SCANNER, CALIPER, CAMERA, WIDTH, WEIGHT = (UUID(int=700 + n) for n in range(8))
CALIBRATION = {
    "board": {"columns": 10, "rows": 7, "square": 10},
    "width": 1280,
    "height": 720,
    "camera_matrix": [900, 0, 640, 0, 900, 360, 0, 0, 1],
    "distortion": [0, 0, 0, 0, 0],
    "plane": [0.1, 0, 0, 0, 0.1, 0, 0, 0, 1],
    "residual": 0.2,
    "plane_uncertainty": 0.001,
    "calibrated_at": "2026-11-21T10:00:00Z",
}
MADE = {"version": 1, "is_active": True, "created_at": samples.NOW, "updated_at": samples.NOW}


def me(*less: str) -> Me:
    """Somebody who may do everything with them, less some rights."""
    rights = {f"stations.peripheral.{verb}" for verb in ("read", "create", "update", "deactivate")}
    beside = {"stations.agent.read", "stations.station.read", "quality.characteristic.read"}
    return samples.me(permissions=sorted((rights | beside) - set(less)))


def scanner(**changes: Any) -> PeripheralAnswer:
    settings = {
        "kind": "scanner",
        "name": "Hand scanner",
        "serial": {"port": "usb-Honeywell_Scanner-if00", "baud_rate": 115_200},
        "framing": {"end": "stx_etx"},
    }
    return _answer(SCANNER, settings, changes)


def caliper(**changes: Any) -> PeripheralAnswer:
    settings = {
        "kind": "gauge",
        "name": "Caliper",
        "serial": {"port": "/dev/ttyUSB1", "baud_rate": 2_400},
        "format": "mitutoyo",
        "unit": "mm",
        "channels": [{"channel": "1", "characteristic_id": str(WIDTH)}],
    }
    return _answer(CALIPER, settings, changes)


def camera(**changes: Any) -> PeripheralAnswer:
    settings = {
        "kind": "camera",
        "name": "Top camera",
        "source": "/srv/pictures",
        "formats": ["qr", "data_matrix"],
        "expected": [{"name": "part", "pattern": "P\\d+"}, {"name": "serial", "pattern": "S=\\w+"}],
        "tools": [
            {"tool": "circle", "id": str(UUID(int=9)), "name": "Bore", "characteristic_id": str(WIDTH)}
            | {"x": 300, "y": 200, "inner": 20, "outer": 40}
        ],
    }
    return _answer(CAMERA, settings, changes)


def characteristic(id_: UUID, name: str, unit: str, plant: UUID = PLANT) -> CharacteristicAnswer:
    return CharacteristicAnswer(id=id_, plant_id=plant, characteristic_name=name, measurement_unit=unit, **MADE)


def serve(server: FakeServer) -> None:
    """Answer all that the page asks."""
    station = StationAnswer(
        id=STATION, plant_id=PLANT, agent_id=samples.agent(1).id, code="A1", name="Assembly 1", **MADE
    )
    server.answer("GET /auth/me", me())
    server.answer("GET /agents", [samples.agent(1)])
    server.answer("GET /stations", [station])
    server.answer("GET /plants", [plant(PLANT, "Asia/Kathmandu")])
    state = {"state": "offline", "message": "it was unplugged"}
    server.answer("GET /peripherals", [scanner(state="online"), caliper(**state), camera()])
    width, weight = characteristic(WIDTH, "Width", "mm"), characteristic(WEIGHT, "Weight", "g", ELSEWHERE)
    server.answer("GET /inspection-characteristics", [width, weight])


def _answer(id_: UUID, settings: dict[str, Any], changes: dict[str, Any]) -> PeripheralAnswer:
    told = {**settings, **changes.pop("settings", {})}
    known = {"id": id_, "station_id": STATION, "kind": told["kind"], "name": told["name"], "settings": told}
    return PeripheralAnswer.model_validate({**MADE, **known, **changes})
