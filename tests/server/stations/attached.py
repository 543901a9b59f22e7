"""Scanners, gauges and cameras as a planner enters them."""

from __future__ import annotations

from typing import Any

import httpx
from pydantic import TypeAdapter
from unison_domain.stations.peripherals import PeripheralSettings

from tests.server.stations.floor import Floor

PORT = "usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0"
SCANNER: dict[str, Any] = {"kind": "scanner", "name": "Hand scanner", "serial": {"port": PORT}}
GAUGE: dict[str, Any] = {
    "kind": "gauge",
    "name": "Caliper",
    "serial": {"port": "/dev/ttyS0", "baud_rate": 2400},
    "format": "mitutoyo",
    "unit": "mm",
}
CALIBRATION: dict[str, Any] = {
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
CAMERA: dict[str, Any] = {
    "kind": "camera",
    "name": "Top camera",
    "source": "usb-046d_C920-video-index0",
    "formats": ["qr", "data_matrix"],
    "region": {"x": 0.25, "y": 0.25, "width": 0.5, "height": 0.5},
}
SETTINGS: TypeAdapter[PeripheralSettings] = TypeAdapter(PeripheralSettings)


def add(floor: Floor, settings: dict[str, Any], station: object = None) -> httpx.Response:
    return floor.admin.post("/peripherals", {"station_id": str(station or floor.station_id), "settings": settings})


def added(floor: Floor, settings: dict[str, Any], station: object = None) -> dict[str, Any]:
    answer = add(floor, settings, station)
    assert answer.status_code == 201, answer.text
    row: dict[str, Any] = answer.json()
    return row


def change(floor: Floor, row: dict[str, Any], settings: dict[str, Any]) -> httpx.Response:
    headers = {"If-Match": f'"{row["version"]}"'}
    return floor.admin.send("PUT", f"/peripherals/{row['id']}", json={"settings": settings}, headers=headers)


def put_away(floor: Floor, row: dict[str, Any]) -> dict[str, Any]:
    headers = {"If-Match": f'"{row["version"]}"'}
    answer = floor.admin.send("DELETE", f"/peripherals/{row['id']}", headers=headers)
    assert answer.status_code == 200, answer.text
    gone: dict[str, Any] = answer.json()
    return gone


def errors(answer: httpx.Response) -> dict[str, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return {entry["field"]: entry["message"] for entry in answer.json()["errors"]}


def station_of(floor: Floor, code: str, **more: Any) -> dict[str, Any]:
    place = {"plant_id": str(floor.plant_id), "code": code, "name": code, **more}
    row: dict[str, Any] = floor.admin.post("/stations", place).json()
    return row


def plainly(change: dict[str, Any]) -> list[dict[str, Any]]:
    """Its fields, without the names of what they refer to."""
    return [{name: field[name] for name in ("field", "old", "new")} for field in change["fields"]]
