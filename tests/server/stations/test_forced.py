"""A person wants a change of a counter at once: it holds whatever is changed after it, and history keeps why."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from unison_domain.stations.configuration import TagConfiguration
from unison_domain.stations.contracts import DeviceReplace, TagReplace

from tests.server.stations.floor import Floor
from tests.server.stations.test_configuring import changes
from tests.server.stations.test_real_agent import running, until
from tests.station_agent.devices.slave import Slave

WHY = "the cable is on the other gateway already"


def put(floor: Floor, path: str, contract: type[DeviceReplace | TagReplace], **changed: Any) -> None:
    """All its settings as they are, but for these."""
    now = floor.admin.get(path).json()
    body = {name: now[name] for name in contract.model_fields if name in now} | {"forced_reason": None} | changed
    answer = floor.admin.send("PUT", path, json=body, headers={"If-Match": f'"{now["version"]}"'})
    assert answer.status_code == 200, answer.text


def change(floor: Floor, **changed: Any) -> None:
    """Change the counter of the first machine."""
    put(floor, f"/tags/{floor.counters[0]}", TagReplace, **changed)


def told(floor: Floor) -> TagConfiguration:
    """The counter as the PC is told of it now."""
    found = floor.told()
    return next(tag for device in found.devices for tag in device.tags if tag.id == floor.counters[0])


def test_a_force_outlasts_what_is_changed_after_it(floor: Floor) -> None:
    assert told(floor).forced_at is None
    change(floor, address=5, forced_reason=WHY)
    forced_at = told(floor).forced_at
    assert isinstance(forced_at, datetime)
    change(floor, max_rate=9.0)
    assert (told(floor).forced_at, told(floor).max_rate) == (forced_at, 9.0)
    ended = floor.admin.send("DELETE", f"/tags/{floor.counters[0]}", headers={"If-Match": '"3"'})
    assert ended.status_code == 200, ended.text
    back = floor.admin.post(f"/tags/{floor.counters[0]}/reactivate", {}, headers={"If-Match": '"4"'})
    assert back.status_code == 200, back.text
    assert told(floor).forced_at == forced_at, "what comes back is forced by nobody"
    assert [one["reason"] for one in changes(floor, entity_id=str(floor.counters[0]))] == [None, None, None, WHY, None]


def test_forced_again_in_the_same_words_it_is_another_force(floor: Floor) -> None:
    change(floor, forced_reason=WHY)
    first = told(floor).forced_at
    change(floor, forced_reason=WHY)
    second = told(floor).forced_at
    assert first is not None
    assert second is not None
    assert first < second
    assert [one["reason"] for one in changes(floor, entity_id=str(floor.counters[0]))] == [WHY, WHY, None]


def test_a_device_that_moved_is_applied_now_and_a_harmless_change_after_it_undoes_nothing(
    floor: Floor, address: str, tmp_path: Path
) -> None:
    machine, counter = str(floor.machines[0]), str(floor.counters[0])

    def answers(unit: int, function: int, place: int) -> int:
        return 1 if function == 1 else 10 if place == 0 else place

    def waiting() -> list[str]:
        found: list[str] = floor.admin.get(f"/agents/{floor.agent_id}").json()["waiting_tags"]
        return found

    def rebased() -> list[tuple[str, bool]]:
        items = floor.admin.get(f"/agents/{floor.agent_id}/events", params={"limit": 100}).json()["items"]
        bodies = [one["body"] for one in items if one["kind"] == "counter_rebased"]
        return [(one["tag_id"], one["forced"]) for one in bodies if one["tag_id"] == counter]

    with Slave(answers) as here, Slave(answers) as there:
        device = f"/devices/{floor.device_id}"
        put(floor, device, DeviceReplace, host="127.0.0.1", port=here.port)
        run = {"name": "run", "table": "coil", "address": 0, "type": "bool", "role": "run", "poll_seconds": 0.1}
        made = floor.admin.post("/tags", {**run, "device_id": str(floor.device_id), "machine_id": machine})
        assert made.status_code == 201, made.text
        with running(floor, address, tmp_path) as agent:
            until(lambda: agent.engine.derivation.producing)
            put(floor, device, DeviceReplace, port=there.port)
            until(lambda: waiting() == [counter])
        change(floor, forced_reason=WHY)
        change(floor, max_rate=9.0)
        put(floor, device, DeviceReplace, name="PLC of the press")
        with running(floor, address, tmp_path):
            until(lambda: there.requests)
            until(lambda: waiting() == [])
            assert until(rebased) == [(counter, True)]
    assert [one["reason"] for one in changes(floor, entity_id=counter)] == [None, WHY, None]
