"""Parts a PC counts while a restored server takes it over anew are in its next count: nobody is asked about them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from unison_server.kernel.database import Database
from unison_server.stations.waiting_events import any_waits

from tests.server.stations.floor import Floor
from tests.server.stations.test_leases import counter, parts, told
from tests.server.stations.test_next_holder import HOUR, decided, moved, of
from tests.server.stations.test_restored_server import Rig

WAIT_BEGAN = "stations.agent.events_wait"

NAMES = """
    select t.name as tag, d.name as device from tags as t join devices as d on d.id = t.device_id where t.id = :id
"""


@pytest.fixture
def rig(floor: Floor, address: str, tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(floor, address, tmp_path)
    yield rig
    if rig.agent.is_running:
        rig.agent.stop()


def undo_configuration(rig: Rig) -> None:
    """The backup is older than the configuration the agent runs."""
    with rig.floor.made.databases.session(Database.OPERATIONS, rig.floor.made.scope) as session:
        session.execute(text("update agents set told_version = told_version - 1 where id = :id"), {"id": rig.agent_id})
        session.execute(
            text("update agents set configuration_version = told_version where id = :id"), {"id": rig.agent_id}
        )


def late_tag(event: dict[str, Any]) -> str:
    return str(json.loads(event["raw"])["tag_id"])


def kept(rig: Rig, state: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = rig.floor.admin.get(f"/agents/{rig.agent_id}/quarantine?state={state}").json()[
        "items"
    ]
    return items


@pytest.mark.parametrize("is_sent_at_once", [True, False])
def test_a_part_made_while_the_answer_was_under_way_waits_for_nobody(rig: Rig, is_sent_at_once: bool) -> None:
    rig.make(5)
    undo_configuration(rig)

    def make_one(_what: str) -> bool:
        rig.made += 1
        rig.agent.look()
        if is_sent_at_once:
            rig.agent.send()
        return False

    rig.agent.dies_before = make_one
    rig.agent.beat()
    rig.agent.mend()
    assert rig.agent.configuration.devices[0].tags[0].lease > 0
    rig.make(2)
    assert rig.counted == rig.made == 8
    assert kept(rig, "open") == []
    assert WAIT_BEGAN not in rig.floor.topics(), "nobody is called to decide about it"
    late, _of_the_other_machine = kept(rig, "all")
    assert (late["code"], late["decision"], late["decided_by"]) == ("counted_anew", "discarded", None)
    names = rig.floor.rows(NAMES, id=late_tag(late))[0]
    assert f"The counter {names.tag} of device {names.device}" in late["message"]
    assert "part of the " in late["reason"]


def taken_over_anew(floor: Floor) -> tuple[dict[str, Any], int]:
    """Counted up to 100, then the restored server renews all leases; what was counted meanwhile, and the new lease."""
    floor.sender.send([moved(floor, floor.sender, 0, 0, 10, (0, 100))])
    late = moved(floor, floor.sender, 0, 10, 20, (100, 110))
    told(floor.sender, running=told(floor.sender).version + 1_000)
    return late, counter(floor, floor.sender).lease


@pytest.mark.parametrize(("what", "may_accept", "counted"), [("accept", False, 140), ("discard", True, 110)])
def test_behind_a_long_gap_they_wait_for_what_a_person_says_of_it(
    floor: Floor, what: str, may_accept: bool, counted: int
) -> None:
    sender = floor.sender
    late, lease = taken_over_anew(floor)
    sender.send([late])
    assert WAIT_BEGAN not in floor.topics()
    sender.send([moved(floor, sender, lease, 10, HOUR, (100, 140), across_gap=True)])
    assert floor.topics().count(WAIT_BEGAN) == 1
    gap, waiting = sorted(of(floor, sender), key=lambda one: one["code"])
    assert (gap["code"], waiting["code"]) == ("count_across_gap", "counted_anew")
    assert decided(floor, sender, gap, what) == 200
    (settled,) = [one for one in of(floor, sender) if one["code"] == "counted_anew"]
    assert (settled["decision"] is None) is settled["may_accept"] is may_accept
    assert decided(floor, sender, settled, "accept") == (200 if may_accept else 409)
    assert parts(floor) == counted


def test_they_call_a_person_once_their_machine_is_put_away(floor: Floor) -> None:
    late, _lease = taken_over_anew(floor)
    floor.sender.send([late])
    assert WAIT_BEGAN not in floor.topics()
    path = f"/machines/{floor.machines[0]}"
    away = floor.admin.send("DELETE", path, headers={"If-Match": floor.admin.get(path).headers["etag"]})
    assert away.status_code == 200, away.text
    assert floor.topics().count(WAIT_BEGAN) == 1
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        assert any_waits(session, floor.agent_id), "no next count is to come"
    device = floor.admin.get(f"/devices/{floor.device_id}").json()
    told_read = floor.admin.get(f"/agents/{floor.agent_id}").json()["tags"]
    assert device["tag_count"] == told_read, "those that rest are in neither"


@pytest.mark.parametrize("fields", [{"after_reset": True}, {"across_gap": False}])
def test_what_no_booked_count_is_known_to_hold_waits(floor: Floor, fields: dict[str, Any]) -> None:
    late, lease = taken_over_anew(floor)
    sender = floor.sender
    own = {"across_gap": True, **fields}
    sender.send([late, moved(floor, sender, lease, 10, 50, (100, 140), **own)])
    (waiting,) = [one for one in of(floor, sender) if one["code"] == "counted_anew"]
    assert waiting["decision"] is None


def test_what_stands_beyond_the_count_is_no_part_of_it(floor: Floor) -> None:
    late, lease = taken_over_anew(floor)
    sender = floor.sender
    beyond = moved(floor, sender, 0, 20, 30, (110, 150))
    sender.send([late, beyond, moved(floor, sender, lease, 10, 50, (100, 140), across_gap=True)])
    found = {json.loads(one["raw"])["raw_to"]: one["decision"] for one in of(floor, sender)}
    assert found == {110: "discarded", 150: None}
    assert parts(floor) == 140
