"""From a machine that stops before a camera to the pictures a person asks for, by an agent's own process."""

from __future__ import annotations

import hashlib
import signal
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from unison_station.cli import main
from unison_station.simulate.camera_pictures import show_nothing
from unison_station.uplink import Identity
from unison_station.uplink.identity import save_identity

from tests.server.stations.floor import Floor
from tests.server.stations.test_pictures import download, listed
from tests.server.stations.test_real_agent import until
from tests.station_agent.engine.press import Press, connected
from tests.station_agent.warm import Child

RING = 2
RUN = 20
"""The register with the run bit."""


@pytest.fixture
def press(floor: Floor) -> Iterator[Press]:
    """The floor's first machine, running; no stop of it is too short for pictures."""
    press = Press()
    press.registers = [0] * (RUN + 1)
    press.registers[RUN] = 1
    with connected(press) as slave:
        device = {"name": "PLC", "host": "127.0.0.1", "port": slave.port, "timeout_seconds": 0.5}
        put = floor.admin.send("PUT", f"/devices/{floor.device_id}", json=device, headers={"If-Match": '"1"'})
        assert put.status_code == 200, put.text
        run = {"device_id": str(floor.device_id), "machine_id": str(floor.machines[0]), "name": "run", "role": "run"}
        at = {"table": "holding_register", "address": RUN, "type": "bool", "poll_seconds": 0.1}
        made = floor.admin.post("/tags", {**run, **at})
        assert made.status_code == 201, made.text
        row = floor.admin.get(f"/machines/{floor.machines[0]}").json()
        every = {"micro_stop_seconds": 0}
        put = floor.admin.send(
            "PATCH", f"/machines/{floor.machines[0]}", json=every, headers={"If-Match": f'"{row["version"]}"'}
        )
        assert put.status_code == 200, put.text
        yield press


@pytest.fixture
def camera(floor: Floor, tmp_path: Path) -> str:
    """One that keeps the seconds around stops for a week."""
    seen = tmp_path / "seen"
    seen.mkdir()
    show_nothing(seen)
    settings = {"kind": "camera", "name": "eye", "source": str(seen), "ring_seconds": RING}
    body = {"station_id": str(floor.station_id), "settings": {**settings, "retention_days": 7}}
    made = floor.admin.post("/peripherals", body)
    assert made.status_code == 201, made.text
    id_: str = made.json()["id"]
    return id_


def program(floor: Floor, address: str, folder: Path) -> Child:
    """`unison-station run` as the floor's agent."""
    identity = Identity(
        server=address,
        agent_id=floor.agent_id,
        organization_id=floor.made.scope.organization_id,
        device_token=floor.sender.token,
    )
    save_identity(folder, identity)
    return Child(folder.with_suffix(".log"), main, ["run", "--data", str(folder), "--port", "0"])


def stood(floor: Floor) -> dict[str, Any] | None:
    """The stop of the first machine."""
    events = floor.admin.get("/downtime-events", params={"machine_id": str(floor.machines[0])}).json()["items"]
    return next(iter(events), None)


def state_of_camera(floor: Floor, camera: str) -> str | None:
    state: str | None = floor.admin.get(f"/peripherals/{camera}").json()["state"]
    return state


def around(floor: Floor, stop: dict[str, Any]) -> list[dict[str, Any]]:
    """The pictures the server has of the seconds around a stop, asked for as a person does, oldest first."""
    began = datetime.fromisoformat(stop["started_at"])
    begins, ends = began - timedelta(seconds=RING + 1), began + timedelta(seconds=RING + 1)
    wanted = {"machine_id": floor.machines[0], "reason": "stop", "from": begins.isoformat(), "to": ends.isoformat()}
    found = [one for one in listed(floor, **wanted, limit=200) if one["stored_at"]]
    return sorted(found, key=lambda one: str(one["taken_at"]))


def test_what_a_camera_saw_around_a_stop_is_found_by_the_stop_also_after_a_kill(
    floor: Floor, address: str, tmp_path: Path, press: Press, camera: str
) -> None:
    folder = tmp_path / "agent"
    folder.mkdir()
    with program(floor, address, folder) as agent:
        until(lambda: state_of_camera(floor, camera) == "online" or not agent.is_running)
        assert agent.is_running, agent.lines
        until(lambda: floor.rows("select 1 from machine_states where state = 'running' and ended_at is null"))
        press.registers[RUN] = 0
        stop = until(lambda: stood(floor))
        began = datetime.fromisoformat(stop["started_at"])
        last = began + timedelta(seconds=RING / 2)
        until(lambda: any(datetime.fromisoformat(one["taken_at"]) > last for one in around(floor, stop)))
        agent.end(signal.SIGKILL)
    pictures = around(floor, stop)
    ages = [(datetime.fromisoformat(one["taken_at"]) - began).total_seconds() for one in pictures]
    assert min(ages) < 0 < max(ages)
    assert {(one["peripheral_id"], one["machine_id"]) for one in pictures} == {(camera, str(floor.machines[0]))}
    lasting = {datetime.fromisoformat(one["ends_at"]) - datetime.fromisoformat(one["taken_at"]) for one in pictures}
    assert lasting == {timedelta(days=7)}
    for sha256 in {one["sha256"] for one in pictures}:
        assert hashlib.sha256(download(floor, sha256).content).hexdigest() == sha256
    with program(floor, address, folder):
        until(lambda: not [one for one in (folder / "pictures").iterdir() if one.suffix == ".jpg"])
        until(lambda: state_of_camera(floor, camera) == "online")
    after = around(floor, stop)
    assert {one["id"] for one in pictures} <= {one["id"] for one in after}
    assert len({one["taken_at"] for one in after}) == len(after), "nothing came twice"
