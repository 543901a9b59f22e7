"""A real agent with a real device does what people ask at the real server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from unison_domain.stations.commands import CommandState
from unison_station.agent import Agent
from unison_station.uplink import Identity, heartbeat

from tests.server.stations.floor import Floor
from tests.station_agent.devices.slave import Slave

DEADLINE = 60.0


def until(condition: Callable[[], Any]) -> Any:
    """What the condition gives once it gives something."""
    ends = time.monotonic() + DEADLINE
    while not (found := condition()):
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.01)
    return found


def register(unit: int, function: int, address: int) -> int:
    """Holding registers tell their own address, thousandfold; the others are mute with zeros."""
    return address * 1000 if function == 3 else 0


@contextmanager
def running(floor: Floor, address: str, folder: Path) -> Iterator[Agent]:
    """The floor's agent, on its newest configuration."""
    identity = Identity(
        server=address,
        agent_id=floor.agent_id,
        organization_id=floor.made.scope.organization_id,
        device_token=floor.sender.token,
    )
    with Agent(folder, identity=identity) as agent:
        version = floor.admin.get(f"/agents/{floor.agent_id}").json()["configuration_version"]
        until(lambda: agent.engine.configuration.version == version)
        yield agent


@pytest.fixture
def slave(floor: Floor) -> Iterator[Slave]:
    """The floor's device."""
    with Slave(register) as slave:
        device = {"name": "PLC", "host": "127.0.0.1", "port": slave.port, "timeout_seconds": 0.5}
        put = floor.admin.send("PUT", f"/devices/{floor.device_id}", json=device, headers={"If-Match": '"1"'})
        assert put.status_code == 200, put.text
        yield slave


def ask(floor: Floor, kind: str, **parameters: Any) -> dict[str, Any]:
    """The command, answered."""
    asked = floor.admin.post(f"/agents/{floor.agent_id}/commands", {"kind": kind, "parameters": parameters})
    assert asked.status_code == 201, asked.text
    path = f"/agents/{floor.agent_id}/commands/{asked.json()['id']}"

    def answered() -> dict[str, Any] | None:
        command: dict[str, Any] = floor.admin.get(path).json()
        return command if command["state"] != CommandState.WAITING else None

    command: dict[str, Any] = until(answered)
    return command


def test_a_test_read_comes_back_at_once_with_registers_value_and_duration(
    floor: Floor, slave: Slave, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 10 * DEADLINE)  # the stream tells of it, and no next heartbeat
    with running(floor, address, tmp_path):
        command = ask(floor, "test_read", tag_id=str(floor.gauges[1]))
        answer = command["answer"]
        assert (command["state"], answer["registers"], answer["value"]) == (CommandState.DONE, ["2AF8"], 11_000)
        assert (answer["quality"], answer["address"]) == ("good", 11)
        assert 0 <= answer["seconds"] < 0.5
        stretch = ask(floor, "test_read", device_id=str(floor.device_id), table="input_register", address=7, count=3)
        assert stretch["answer"]["registers"] == ["0000"] * 3
        bits = ask(floor, "test_read", device_id=str(floor.device_id), table="coil", address=0, count=10)
        assert bits["answer"]["registers"] == ["0"] * 10
    assert slave.connections == 1, "one connection, that of the poller"


def test_log_and_dead_letters_from_afar(floor: Floor, slave: Slave, address: str, tmp_path: Path) -> None:
    with running(floor, address, tmp_path) as agent:
        log = ask(floor, "send_log", lines=5)
        assert log["state"] == CommandState.DONE
        listed = ask(floor, "list_dead_letters")["answer"]
        assert (listed["letters"], listed["total"], listed["next_after"]) == ([], 0, None)
        assert listed["epoch"] == str(agent.store.outgoing.epoch)
        other = ask(floor, "discard_dead_letters", epoch=str(uuid4()), sequences=[1], reason="of another buffer")
        assert (other["state"], "began anew" in other["message"]) == (CommandState.FAILED, True)
        none = ask(floor, "retry_dead_letters", epoch=listed["epoch"], sequences=[1])
        assert (none["state"], none["answer"]) == (CommandState.DONE, {"done": 0})


def test_a_counter_changed_during_a_run_waits_for_its_end_and_people_see_both(
    floor: Floor, address: str, tmp_path: Path
) -> None:
    runs, parts = [1], [10]
    counter, machine = str(floor.counters[0]), str(floor.machines[0])

    def answers(unit: int, function: int, place: int) -> int:
        return runs[0] if function == 1 else parts[0] if place == 0 else place

    with Slave(answers) as slave:
        device = {"name": "PLC", "host": "127.0.0.1", "port": slave.port, "timeout_seconds": 0.5}
        put = floor.admin.send("PUT", f"/devices/{floor.device_id}", json=device, headers={"If-Match": '"1"'})
        assert put.status_code == 200, put.text
        run = {"name": "run", "table": "coil", "address": 0, "type": "bool", "role": "run", "poll_seconds": 0.1}
        made = floor.admin.post("/tags", {**run, "device_id": str(floor.device_id), "machine_id": machine})
        assert made.status_code == 201, made.text

        def waiting() -> list[str]:
            told: list[str] = floor.admin.get(f"/agents/{floor.agent_id}").json()["waiting_tags"]
            return told

        with running(floor, address, tmp_path) as agent:
            until(lambda: agent.engine.derivation.producing)
            settings = {"name": "good", "table": "holding_register", "type": "uint16", "role": "count_good"}
            body = {**settings, "address": 40, "machine_id": machine}
            put = floor.admin.send("PUT", f"/tags/{counter}", json=body, headers={"If-Match": '"1"'})
            assert put.status_code == 200, put.text
            until(lambda: waiting() == [counter])
            parts[0] += 3
            until(lambda: floor.rows("select sum(delta) from machine_counts")[0][0] == 3)
            runs[0] = 0
            until(lambda: waiting() == [])
            events = f"/agents/{floor.agent_id}/events"

            def rebased() -> list[dict[str, Any]]:
                items = floor.admin.get(events, params={"limit": 100}).json()["items"]
                return [one["body"] for one in items if one["kind"] == "counter_rebased"]

            (told,) = until(rebased)
            assert (told["tag_id"], told["machine_id"], told["forced"]) == (counter, machine, False)
        assert floor.rows("select sum(delta) from machine_counts")[0][0] == 3
        assert floor.rows("select code from quarantine") == []
