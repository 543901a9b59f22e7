"""Two stations at one agent: each with its own counter and machine, and one can go to another PC without the other."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from unison_station.uplink import enrol

from tests.server.stations.floor import Floor
from tests.server.stations.test_leases import give
from tests.station_agent.stepped import SteppedAgent

PARTS = "select coalesce(sum(delta), 0)::int from machine_counts where machine_id = :machine"


def settle(*agents: SteppedAgent) -> None:
    for _ in range(6):
        for agent in agents:
            agent.beat()
            agent.look()
            agent.send(2)


def test_one_of_two_stations_goes_to_another_pc(floor: Floor, address: str, tmp_path: Path) -> None:
    made = {0: 0, 50: 0}
    registers = lambda at, count: [made.get(at + place, 0) for place in range(count)]  # noqa: E731
    codes = [floor.admin.post("/agents", {"name": f"PC {number}"}).json() for number in (1, 2)]
    first, second = (UUID(code["agent_id"]) for code in codes)
    give(floor, first)
    body = {"plant_id": str(floor.plant_id), "code": "S2", "name": "Line 2", "agent_id": str(first)}
    station = floor.admin.post("/stations", body).json()
    device = floor.admin.post("/devices", {"station_id": station["id"], "name": "PLC 2", "host": "127.0.0.2"}).json()
    tag = {"device_id": device["id"], "machine_id": str(floor.machines[1]), "name": "parts", "role": "count_good"}
    where = {"table": "holding_register", "address": 50, "type": "uint16", "max_rate": 1_000_000}
    assert floor.admin.post("/tags", {**tag, **where}).status_code == 201
    agents = []
    for number, code in enumerate(codes):
        enrol(tmp_path / str(number), address, code["code"], version="1.0")
        agents.append(SteppedAgent(tmp_path / str(number), registers))
        agents[-1].start()
    settle(*agents)
    assert {one.code for one in agents[0].configuration.stations} == {"S1", "S2"}

    def counted() -> list[int]:
        return [int(floor.rows(PARTS, machine=machine)[0][0]) for machine in floor.machines]

    made[0], made[50] = 1, 1
    settle(*agents)
    assert counted() == [1, 1]
    answer = floor.admin.send(
        "PATCH",
        f"/stations/{station['id']}",
        headers={"If-Match": f'"{station["version"]}"'},
        json={"agent_id": str(second)},
    )
    assert answer.status_code == 200, answer.text
    made[0], made[50] = 2, 40
    agents[0].look()
    agents[0].send()
    settle(*agents)
    assert counted() == [2, 40]
    assert [{one.code for one in agent.configuration.stations} for agent in agents] == [{"S1"}, {"S2"}]
    for agent in agents:
        agent.stop()
