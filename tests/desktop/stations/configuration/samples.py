"""One PC with one station, one device and two tags, as a server would answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from unison_domain.identity.contracts import Me
from unison_domain.machines.recomputing import Recomputed, RecomputeRun
from unison_domain.machines.tag_runs import RunState
from unison_domain.sites.contracts import PlantAnswer
from unison_domain.stations.commands import CommandAnswer, CommandKind, CommandState, TestReadAnswer
from unison_domain.stations.contracts import AgentAnswer, DeviceAnswer, StationAnswer, TagAnswer
from unison_domain.stations.events import Quality

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer

PLANT, STATION, DEVICE, GOOD, HEAT = (UUID(int=500 + n) for n in range(5))
COMMAND = UUID(int=600)
RECOMPUTES = f"/tags/{HEAT}/recompute-runs"
MADE = {"version": 1, "is_active": True, "created_at": samples.NOW, "updated_at": samples.NOW}


def me() -> Me:
    """Somebody who may do everything at stations."""
    things = ("station", "device", "tag")
    rights = [f"stations.{thing}.{verb}" for thing in things for verb in ("read", "create", "update", "deactivate")]
    beside = ["stations.agent.read", "stations.agent.test_read", "stations.tag.import", "machines.machine.read"]
    beside += ["machines.sample.recompute", "machines.count.correct"]
    return samples.me(permissions=[*rights, *beside])


def agent(**changes: Any) -> AgentAnswer:
    return samples.agent(1, **changes)


def device(**changes: Any) -> DeviceAnswer:
    known = {"id": DEVICE, "station_id": STATION, "name": "Press", "host": "10.0.0.5", "port": 502}
    return DeviceAnswer(**{**MADE, **known, **changes})


def tag(id_: UUID = GOOD, **changes: Any) -> TagAnswer:
    known = {"id": id_, "device_id": DEVICE, "name": "Good parts", "table": "holding_register", "address": 4}
    return TagAnswer(**{**MADE, **known, "type": "uint32", "role": "count_good", **changes})


def heat() -> TagAnswer:
    return tag(HEAT, name="Heat", role="sample", address=8, type="int16", scale=0.1, unit="°C")


def station() -> StationAnswer:
    return StationAnswer(id=STATION, plant_id=PLANT, agent_id=agent().id, code="L1", name="Line 1 left", **MADE)


def serve(server: FakeServer, **of_agent: Any) -> None:
    """Answer all that the page asks."""
    plant = PlantAnswer(
        id=PLANT, code="K", name="Kiel", time_zone="Europe/Berlin", plant_type=None, address=None, manager_user_id=None,
        **MADE,
    )  # fmt: skip
    server.answer("GET /agents", [agent(**of_agent)])
    server.answer("GET /stations", [station()])
    server.answer("GET /devices", [device()])
    server.answer("GET /tags", [tag(), heat()])
    server.answer("GET /plants", [plant])
    server.answer("GET /machines", [])
    server.answer(f"GET /agents/{agent().id}/devices", [])


def command(state: CommandState, **changes: Any) -> CommandAnswer:
    known = {"id": COMMAND, "agent_id": agent().id, "kind": CommandKind.TEST_READ, "state": state, "parameters": {}}
    return CommandAnswer(**{**known, "created_at": samples.NOW, **changes})


def read(*registers: str, **changes: Any) -> dict[str, Any]:
    """The answer of a test read from holding register 8 on."""
    known = {"device_id": DEVICE, "table": "holding_register", "address": 8, "quality": Quality.GOOD, "seconds": 0.023}
    return TestReadAnswer(**{**known, "registers": registers, **changes}).model_dump(mode="json")


def recompute_run(
    state: RunState, *, changed: int = 0, others: int = 0, left_unsure: int = 0, **changes: Any
) -> RecomputeRun:
    """A run of the heat; `changed`, `others` and `left_unsure` are of its outcome."""
    left = {"others": others, "unsure": left_unsure}
    known = {"id": UUID(int=701), "tag_id": HEAT, "state": state, "samples": 900_000, "done": 0, "unsure": False}
    known |= {"from": samples.NOW, "to": samples.NOW, "reached": None, "created_at": samples.NOW, **changes}
    told = Recomputed(tag_id=HEAT, samples=known["samples"], changed=changed, looked_at=known["done"], **left)
    return RecomputeRun(**{**known, "outcome": told})
