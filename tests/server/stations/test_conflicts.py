"""Of two PCs that used one identity the one a person chooses goes on, and all that both collected counts once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from unison_station.store.peek import peek
from unison_station.uplink import enrol
from unison_station.uplink.standing import LinkState

from tests.server.stations.floor import Floor
from tests.server.stations.test_restored_server import Rig
from tests.station_agent.stepped import SteppedAgent

SET_ASIDE = "select code from quarantine where code not in ('lease_lost', 'counted_anew')"


@pytest.fixture
def rig(floor: Floor, address: str, tmp_path: Path) -> Iterator[Rig]:
    """Its PC, stopped, has made nothing that was sent since it was in conflict with a copy, and the copy has gone."""
    rig = Rig(floor, address, tmp_path)
    rig.make(1)
    rig.agent.stop()
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    copy = SteppedAgent(tmp_path / "b", lambda _, count: [rig.made] * count)
    copy.start()
    rig.settle(copy)
    rig.made += 2
    rig.settle(copy)
    assert rig.counted == 3
    copy.kill()
    rig.agent.start()
    rig.make(3)
    assert rig.agent.sender.link.state is LinkState.CONFLICT
    rig.agent.kill()
    yield rig
    if rig.agent.is_running:
        rig.agent.stop()


def renewed(rig: Rig) -> str:
    code: str = rig.floor.admin.post(f"/agents/{rig.agent_id}/code").json()["code"]
    return code


def decided(rig: Rig) -> None:
    """A person chose this PC."""
    enrol(rig.folder / "a", rig.address, renewed(rig), version="1.0")


def decided_after_an_answer_was_lost(rig: Rig) -> None:
    """The first code was used, but the PC never heard so."""
    buffer = peek(rig.folder / "a")
    assert buffer is not None
    known = {"epoch": str(buffer.epoch), "acknowledged_through": buffer.acknowledged}
    body = {"code": renewed(rig), "hostname": "pc-1", "version": "1.0", "platform": "linux", **known}
    answer = rig.floor.admin.client.post("/api/v1/stations/enrol", json=body)
    assert answer.json()["begins_anew"]
    decided(rig)


def decided_after_revoking(rig: Rig) -> None:
    """The person ended the identity first."""
    row = rig.floor.admin.get(f"/agents/{rig.agent_id}").json()
    path = f"/agents/{rig.agent_id}/revoke"
    answer = rig.floor.admin.send("POST", path, headers={"If-Match": f'"{row["version"]}"'})
    assert answer.status_code in (200, 204), answer.text
    decided(rig)


@pytest.mark.parametrize("decide", [decided, decided_after_an_answer_was_lost, decided_after_revoking])
def test_the_right_pc_enrolled_anew_after_a_restart_loses_nothing(rig: Rig, decide: Callable[[Rig], None]) -> None:
    decide(rig)
    rig.agent.start()
    rig.settle()
    assert rig.agent.store.outgoing.depth == 0
    rig.make(2)
    rig.settle()
    assert rig.counted == rig.made
    assert rig.floor.rows(SET_ASIDE) == []
    assert rig.floor.rows("select count(*) from fleet_events where agent_id = :id", id=rig.agent_id)[0][0] >= 3
