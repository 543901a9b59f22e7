"""A whole shop on this machine: the server, the simulated shop, and one agent per station."""

from __future__ import annotations

import fcntl
import json
import shutil
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID
from zlib import crc32

import httpx
from unison_domain.stations.configuration import TagSettings
from unison_domain.stations.device_settings import DeviceSettings
from unison_station.simulate.description import ShopDescription, describe, endpoints_of
from unison_station.simulate.machine import simulated_id
from unison_station.simulate.scenario import load_scenario
from unison_station.uplink.identity import load_identity, save_identity

from unison_dev.api import Api
from unison_dev.demo_organization import ADMIN, ORGANIZATION, PASSWORD, add_plants_and_people
from unison_dev.programs import BIN, Leftovers, Program, ProgramEndedError

if TYPE_CHECKING:
    from unison_server.kernel.embedded import Cluster
    from unison_server.kernel.settings import Settings

Tell = Callable[[str], None]

_MACHINE_FIELDS = (
    "ideal_cycle_seconds",
    "on_delay_seconds",
    "off_delay_seconds",
    "stale_seconds",
    "idle_after_seconds",
)
_SERVER_SECONDS = 300
_ENDING_SECONDS = 3
"""In which a killed server is seen to have ended, after it was missed."""
PORTS = "ports.json"
"""File of the ports a floor keeps."""
_CLUSTER = "postgresql.json"
_HERE = "127.0.0.1"
_FIRST_PORT, _LAST_PORT = 18_450, 32_000


class Floor:
    """Programs over one data folder, which keeps everything for the next start.

    Attributes:
        url: where the server answers. ledger: what the simulated shop truly did.
        agents_url: where agents are told that the server is; another one before the first start leads them there.
        server, shop, agents: the programs, started in this order and ended in the other.
    """

    def __init__(self, folder: Path, scenario: str, tell: Tell = lambda _: None, *, log_level: str = "warning") -> None:
        """Nothing is started; ports are chosen at the first time and kept, because devices and desktops know them.

        Args:
            log_level: of the server; `info` has a line per request, which a bench should not pay for.
        """
        self.folder, self.scenario, self.ledger = folder, load_scenario(scenario), folder / "ledger.jsonl"
        self._tell = tell
        self._ending = ExitStack()
        self._begun, self._loaded = folder / "begun", folder / "loaded"
        self._leftovers = Leftovers(folder / "programs.json")
        folder.mkdir(parents=True, exist_ok=True)
        self._ports = _kept_ports(folder / PORTS, len(endpoints_of(self.scenario)), len(self.scenario.stations))
        self.url = self.agents_url = f"http://127.0.0.1:{self._ports['server']}"
        # A clone's programs know nothing of an installation on the same machine.
        own = {"UNISON_DATA": str(folder), "UNISON_PORT": str(self._ports["server"]), "UNISON_HOST": "127.0.0.1"}
        self._environment = {**own, "UNISON_CONFIG": str(folder / "unison.toml"), "UNISON_LOG_LEVEL": log_level}
        self.server = self._program("server", "unison", "serve")
        pages = {station.code: port for port, station in enumerate(self.scenario.stations, self._ports["agents"])}
        self.shop = self._program(
            "shop",
            "unison-station",
            "simulate",
            scenario,
            f"--port-base={self._ports['machines']}",
            f"--control-port={self._ports['control']}",
            f"--ledger={self.ledger}",
            f"--ports-file={folder / 'shop.json'}",
            f"--serial-folder={folder / 'serial'}",
            *(f"--page={code}=http://127.0.0.1:{port}/" for code, port in pages.items()),
        )
        self.agents = [
            self._program(
                f"agent {code}",
                "unison-station",
                "run",
                f"--data={self.agent_folder(code)}",
                f"--port={port}",
            )
            for code, port in pages.items()
        ]

    def __enter__(self) -> Self:
        """Take the folder's place as its one floor, and end what a killed one left running.

        Raises:
            ProgramEndedError: another one has it, or it is no floor's.
        """
        if (self.folder / _CLUSTER).exists() and not self._begun.exists() and not self._loaded.exists():
            raise ProgramEndedError(
                f"{self.folder} holds a server's data that is not the demo's: set UNISON_DATA to another"
            )
        lock = self._ending.enter_context((self.folder / "floor.lock").open("a+"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ProgramEndedError(
                f"{self.folder} is in use by another start: end that first, or set UNISON_DATA"
            ) from None
        (self.folder / "unison.toml").touch()
        if ended := self._leftovers.end():
            self._tell(f"ended {ended} programs that an earlier start left running")
        return self

    def __exit__(self, *_: object) -> None:
        """End all programs, the last started first, and PostgreSQL where the server was killed."""
        self._ending.close()
        if self.server.was_killed and (cluster := self.cluster()) is not None:
            cluster.stop()

    def agent_folder(self, station: str) -> Path:
        """Where the agent of a station keeps its buffer and identity."""
        return self.folder / "agents" / station

    def start(self) -> Api:
        """Start all programs; at the first time also make the organization and enrol the agents.

        Returns:
            The API as the administrator.
        """
        if (self.folder / _CLUSTER).exists() and not self._loaded.exists():
            self._tell("the first start was cut short")
            self.begin_anew()
        self._demand_ports()
        if not self._loaded.exists():
            self._begun.touch()
        self.launch(self.shop)
        self._tell("starting PostgreSQL and the server")
        self.launch(self.server)
        moved = self._moved_ports()
        if moved:
            self._lead_agents_here()
        if self._loaded.exists():
            self._launch_agents()
        api = self._ending.enter_context(Api(self.url))
        self.server.wait_until(api.is_up, _SERVER_SECONDS, "it answered")
        if not self._loaded.exists():
            self._make_organization()
        if not api.sign_in(ORGANIZATION, ADMIN.username, PASSWORD):
            raise ProgramEndedError(f"{ADMIN.username} can't sign in to {self.folder}: begin anew with --fresh")
        if not self._loaded.exists():
            self._load_watched(api)
            self._launch_agents()
        elif moved:
            self._follow(api, moved)
        self._loaded.write_text(json.dumps(self._ports), "utf-8")
        return api

    def command(self, *words: str, of: str = "unison") -> None:
        """Run a command of a program over this floor's data to its end.

        Raises:
            ProgramEndedError: with what it said, but not with what it was told, which may be a secret.
        """
        program = self._program(words[0], of, *words)
        program.start()
        if program.wait() != 0:
            raise ProgramEndedError(f"{of} {words[0]} failed.\n{program.tail()}")

    def stop_agents(self) -> None:
        """End the agents, so that nothing more happens."""
        for agent in self.agents:
            agent.stop()

    def settings(self) -> Settings:
        """Settings of the server of this floor, with the addresses of its running databases."""
        from unison_dev.floor_databases import settings_of

        return settings_of(self._environment)

    def cluster(self) -> Cluster | None:
        """The embedded PostgreSQL, or None where the settings name servers."""
        from unison_dev.floor_databases import cluster_of

        return cluster_of(self._environment)

    def begin_anew(self) -> None:
        """Forget everything that earlier starts kept, except the ports."""
        self._tell("forgetting what earlier starts kept")
        self._forget_databases()
        for kept in ("agents", "desktop", "logs"):
            shutil.rmtree(self.folder / kept, ignore_errors=True)
        for file in (self.ledger, self._begun, self._loaded):
            file.unlink(missing_ok=True)

    def forget(self) -> None:
        """Delete everything, the databases too. Programs must have ended."""
        self._forget_databases()
        shutil.rmtree(self.folder)

    @property
    def pages(self) -> list[str]:
        """Addresses of the agents' local pages."""
        return [f"http://127.0.0.1:{self._ports['agents'] + place}" for place in range(len(self.agents))]

    def _demand_ports(self) -> None:
        used = range(self._ports["server"], self._ports["end"])
        if taken := [str(port) for port in used if not _is_free(port)]:
            file = self.folder / PORTS
            which = f"ports {', '.join(taken)} are" if len(taken) > 1 else f"port {taken[0]} is"
            raise ProgramEndedError(
                f"{which} taken by another program: end that, or delete {file} and start again, so that others are "
                "chosen; nothing that was recorded is lost by it"
            )

    def _moved_ports(self) -> dict[int, int]:
        """Ports of machines as the devices have them, and as they are now, where others were chosen since."""
        if not self._loaded.exists() or not (written := self._loaded.read_text("utf-8")):
            return {}
        first, now = json.loads(written)["machines"], self._ports["machines"]
        return {first + n: now + n for n in range(self._ports["end"] - now)} if first != now else {}

    def _lead_agents_here(self) -> None:
        for station in self.scenario.stations:
            folder = self.agent_folder(station.code)
            save_identity(folder, load_identity(folder).model_copy(update={"server": self.agents_url}))

    def _follow(self, api: Api, moved: dict[int, int]) -> None:
        """Tell the devices' new ports, as a planner would."""
        self._tell("telling the devices' new ports")
        for device in api.each("/devices"):
            if device["host"] == _HERE and device["port"] in moved:
                settings = {name: device[name] for name in DeviceSettings.model_fields}
                body = {**settings, "port": moved[device["port"]]}
                api.put(f"/devices/{device['id']}", device["version"], body)

    def _forget_databases(self) -> None:
        cluster = self.cluster()
        if cluster is not None:
            cluster.destroy()

    def _program(self, name: str, program: str, *words: str) -> Program:
        log = self.folder / "logs" / f"{name.replace(' ', '-').lower()}.log"
        return Program(name, [BIN / program, *words], log, self._environment)

    def launch(self, program: Program) -> None:
        """Start a program that ends with the floor."""
        self.restart(program)
        self._ending.callback(program.stop)

    def restart(self, program: Program) -> None:
        """Start a program of the floor that has ended again, as a service manager does."""
        program.start()
        self._leftovers.note(program.pid)

    def _launch_agents(self) -> None:
        self._tell("starting the station agents")
        for agent in self.agents:
            self.launch(agent)

    def _make_organization(self) -> None:
        from unison_dev.floor_databases import add_organization

        self._tell("making the organization Nordwerk")
        add_organization(self.settings())

    def _load_watched(self, api: Api) -> None:
        """Load, and say why it failed where the server ended under it."""
        try:
            self._load(api)
        except (httpx.TransportError, ProgramEndedError) as error:
            if not wait_for(lambda: not self.server.running, _ENDING_SECONDS):
                raise
            told = f"the server {self.server.ending} during the first start: start again.\n{self.server.tail()}"
            raise ProgramEndedError(f"{told}\n{error}" if isinstance(error, ProgramEndedError) else told) from None

    def _load(self, api: Api) -> None:
        shop = self._description()
        self._tell(f"adding people, plants, {len(shop.machines)} machines and their signals")
        plants = add_plants_and_people(api)
        codes = _load_shop(api, shop, plants)
        self._tell(f"enrolling {len(codes)} station agents")
        for station, code in codes.items():
            words = ["enrol", f"--server={self.agents_url}", f"--code={code}", f"--data={self.agent_folder(station)}"]
            self.command(*words, of="unison-station")

    def _description(self) -> ShopDescription:
        ports = {name: self._ports["machines"] + place for place, name in enumerate(endpoints_of(self.scenario))}
        return describe(self.scenario, _HERE, ports, serial_folder=self.folder / "serial")


def _load_shop(api: Api, shop: ShopDescription, plants: dict[str, str]) -> dict[str, str]:
    """Enter stations, machines, devices and tags as a planner would; gives each station's enrolment code."""
    codes, stations, centers, machines = {}, {}, {}, {}
    for station in shop.stations:
        agent = api.post("/agents", {"name": f"PC {station.name}"})
        codes[station.code] = agent["code"]
        body = {"plant_id": plants[shop.plants[station.code]], "agent_id": agent["agent_id"]}
        stations[station.id] = api.post("/stations", {**body, "code": station.code, "name": station.name})
        line = {"plant_id": body["plant_id"], "code": station.code, "name": station.name}
        centers[station.id] = api.post("/work-centers", line)["id"]
    for machine in shop.machines:
        if machine.station_id is None:
            raise ValueError(f"machine {machine.code} of {shop.name} stands at no station")
        station_row, center = stations[machine.station_id], centers[machine.station_id]
        facts = machine.model_dump(mode="json", include=set(_MACHINE_FIELDS), exclude_none=True)
        place = {"plant_id": station_row["plant_id"], "station_id": station_row["id"], "work_center_id": center}
        body = {**place, "machine_code": machine.code, "name": machine.name, **facts}
        machines[machine.id] = api.post("/machines", body)["id"]
    for device in shop.devices:
        settings = device.model_dump(mode="json", include=set(DeviceSettings.model_fields))
        row = api.post("/devices", {**settings, "station_id": stations[device.station_id]["id"]})
        for tag in device.tags:
            body = tag.model_dump(mode="json", include=set(TagSettings.model_fields))
            body["machine_id"] = machines[tag.machine_id] if tag.machine_id else None
            api.post("/tags", {**body, "device_id": row["id"]})
    _load_instruments(api, shop, plants, stations)
    return codes


def _load_instruments(
    api: Api, shop: ShopDescription, plants: dict[str, str], stations: dict[UUID, dict[str, Any]]
) -> None:
    """Enter what is measured, and the scanners, gauges and cameras; `stations` are rows by the description's ids."""
    of_plant = {simulated_id("plant", code): id_ for code, id_ in plants.items()}
    measured = {}
    for one in shop.characteristics:
        facts = one.model_dump(mode="json", include={"target", "lsl", "usl", "resolution"}, exclude_none=True)
        named = {"plant_id": of_plant[one.plant_id], "characteristic_name": one.name, "measurement_unit": one.unit}
        measured[str(one.id)] = api.post("/inspection-characteristics", {**named, **facts})["id"]
    for peripheral in shop.peripherals:
        settings = peripheral.model_dump(mode="json", exclude={"id", "station_id"})
        for part in (*settings.get("channels", ()), *settings.get("tools", ())):
            part["characteristic_id"] = measured[part["characteristic_id"]]
        api.post("/peripherals", {"station_id": stations[peripheral.station_id]["id"], "settings": settings})


def _kept_ports(file: Path, machines: int, agents: int) -> dict[str, int]:
    if file.exists():
        kept: dict[str, int] = json.loads(file.read_text("utf-8"))
        return kept
    first = _free_ports(2 + agents + machines, crc32(bytes(file)))
    ports = {"server": first, "control": first + 1, "agents": first + 2, "machines": first + 2 + agents}
    ports["end"] = ports["machines"] + machines
    file.write_text(json.dumps(ports), "utf-8")
    return ports


def _free_ports(wanted: int, seed: int) -> int:
    """The first of so many neighbouring free ports, below those the system hands out; elsewhere for each folder."""
    blocks = (_LAST_PORT - _FIRST_PORT) // wanted
    for block in range(blocks):
        first = _FIRST_PORT + (seed + block) % blocks * wanted
        if all(_is_free(port) for port in range(first, first + wanted)):
            return first
    raise RuntimeError(f"no {wanted} neighbouring ports are free between {_FIRST_PORT} and {_LAST_PORT}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def wait_for(ready: Callable[[], Any], seconds: float, pause: float = 0.1) -> bool:
    """Whether `ready()` became true in time."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
