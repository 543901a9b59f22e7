"""PCs that were enrolled after a backup keep their access through its restore, and count on without a part lost."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from unison_domain.stations.tail_hash import BEGINNING
from unison_server.cli.taken_away import TakenAway
from unison_server.kernel.backup import backup, restore
from unison_server.kernel.database import Database
from unison_server.kernel.settings import Settings

from tests.server.cli.test_ended_doors import code_tried
from tests.server.cli.test_taken_away import agents
from tests.server.factories import Made
from tests.server.kernel.test_backup import pair
from tests.server.serving import sign_in
from tests.server.stations.floor import Sender, build, enrol
from tests.server.stations.test_leases import count, counter, parts, quarantined, told
from tests.server.stations.test_restored_words import own, served

__all__ = ["own", "pair"]


def beat(sender: Sender, configuration: int) -> int:
    said = {"at": "2026-03-02T06:00:00Z", "agent_version": "1.1", "configuration": configuration, "queue_depth": 0}
    return sender.call("POST", "/heartbeat", json=said).status_code


def lets_in(client: httpx.Client, sender: Sender) -> bool:
    sender.client = client
    return sender.call("GET", "/roster").status_code == 200


def restored(made: Made, settings: Settings, folder: Path) -> list[str]:
    made.databases.dispose()
    taken = TakenAway()
    restore(settings, folder, taken.again)
    return [words.removeprefix(f"{made.code}: ") for words in taken.told]


@pytest.mark.parametrize("restores", [1, 2])
def test_a_pc_that_took_anothers_place_counts_on(own: tuple[Settings, Made], tmp_path: Path, restores: int) -> None:
    settings, made = own
    with served(settings) as client:
        floor = build(sign_in(client, made), made)
        before = floor.sender
        counter(floor, before)  # it is told its configuration
        before.send([count(floor, before, 3, 103)])
        name = floor.admin.get(f"/agents/{floor.agent_id}").json()["name"]
        backup(settings, tmp_path / "monday")
        since = enrol(client, floor.admin.post(f"/agents/{floor.agent_id}/code").json()["code"])
        running, lease = told(since).version, counter(floor, since).lease
        sent = [count(floor, since, 4, 107, lease)]
        since.send(sent)
        assert (beat(since, running), parts(floor)) == (200, 7)
    for _ in range(restores):  # one in which nothing was heard of it tells the next no less
        assert restored(made, settings, tmp_path / "monday") == [f"the PC {name}, enrolled since, keeps its new access"]
    with served(settings) as client:
        floor.admin = sign_in(client, made)
        assert (lets_in(client, before), lets_in(client, since)) == (False, True)
        known = {"epoch": since.epoch, "acknowledged": 1, "running": running}
        headers = {f"Unison-{one.title()}": str(value) for one, value in known.items()}
        assert since.call("GET", "/configuration", headers=headers).json()["code"] == "events_missing"
        since.taken = BEGINNING
        since.send(sent)
        assert (parts(floor), quarantined(floor)) == (3, [("counted", "counted_anew")])
        tag = next(tag for device in told(since, **known).devices for tag in device.tags if tag.id == floor.counters[0])
        assert tag.baseline is not None
        assert (tag.baseline.raw, tag.lease > lease) == (103, True)
        since.send([count(floor, since, 5, 108, tag.lease)])
        assert parts(floor) == 8
        assert floor.admin.get(f"/agents/{floor.agent_id}").json()["hostname"] == "pc-1"


def test_only_pcs_that_were_heard_since_keep_it(own: tuple[Settings, Made], tmp_path: Path) -> None:
    settings, made = own
    anew = ", for it was enrolled anew since: give it a new code"
    with served(settings) as client:
        admin = sign_in(client, made)
        waiting = {
            name: admin.post("/agents", {"name": name}).json() for name in ("Asked", "Heard", "New", "Unheard", "Waits")
        }
        with made.databases.session(Database.OPERATIONS, made.scope) as session:
            session.execute(text("update agents set told_version = 7 where name = 'New'"))  # to the PC before it
        backup(settings, tmp_path / "monday")
        codes = {name: one["code"] for name, one in waiting.items()}
        codes["Asked"] = admin.post(f"/agents/{waiting['Asked']['agent_id']}/code").json()["code"]
        since = {name: enrol(client, codes[name]) for name in ("Asked", "Heard", "New", "Unheard")}
        assert [beat(since[name], 0) for name in ("Asked", "Heard", "New")] == [200, 200, 200]
    assert restored(made, settings, tmp_path / "monday") == [
        "the PC Asked, enrolled since, keeps its new access",
        "the PC Heard, enrolled since, keeps its new access",
        f"the PC New is revoked{anew}",
        f"the PC Unheard is revoked{anew}",
    ]
    states = {"Asked": "enrolled", "Heard": "enrolled", "New": "revoked", "Unheard": "revoked", "Waits": "waiting"}
    assert agents(made) == states
    with served(settings) as client:
        assert [name for name, one in since.items() if lets_in(client, one)] == ["Asked", "Heard"]
        tried = {name: code_tried(client, code) for name, code in codes.items()}
        assert tried == {"Asked": 409, "Heard": 409, "New": 422, "Unheard": 422, "Waits": 200}
        assert code_tried(client, waiting["Asked"]["code"]) == 422
