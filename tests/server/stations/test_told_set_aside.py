"""Agents are told which entries of people were set aside or discarded, so that those learn of it at the station."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from tests.server.codes.scanning import scanned
from tests.server.quality.gauging import characteristic, reading
from tests.server.stations.confirming import Confirmer, confirmer
from tests.server.stations.floor import Floor, Sender, stamp
from tests.server.stations.test_leases import second_agent
from tests.server.stations.test_override_end_to_end import told
from tests.server.stations.test_quarantine import decide, listed
from tests.server.stations.test_real_agent import until
from tests.station_agent.operator.talk import Page


def heard(sender: Sender) -> list[dict[str, Any]]:
    answer = sender.call("GET", "/set-aside")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def reasoned(floor: Floor, seconds: float, **fields: Any) -> dict[str, Any]:
    """A reason for a stop nobody saw: nothing is known of the machine then."""
    said = {"id": str(uuid4()), "machine_id": str(floor.machines[0]), "started_at": stamp(seconds), "reason_id": None}
    return floor.sender.event("stop_reasoned", seconds + 60, **said | fields)


def test_what_waits_is_told_with_its_reason(floor: Floor) -> None:
    floor.sender.send([reasoned(floor, 0, person="Ada"), scanned(floor, 1)])
    (event,) = listed(floor)
    (word,) = heard(floor.sender)
    assert (word["kind"], word["decision"], word["is_refused"]) == ("stop_reasoned", None, False)
    assert (word["machine_id"], word["person"]) == (str(floor.machines[0]), "Ada")
    assert (word["started_at"], word["said_at"]) == (stamp(0), stamp(60))
    assert word["message"] == event["message"]
    assert (word["epoch"], word["seq"]) == (str(floor.sender.epoch), 1)


def test_what_was_accepted_counts_and_is_told_no_more(floor: Floor) -> None:
    bore = characteristic(floor, lsl="4.00", usl="4.20")
    floor.sender.send([reading(floor, 0, bore, "42.0", source="typed")])
    (event,) = listed(floor)
    (word,) = heard(floor.sender)
    assert (word["taking_id"], word["value"]) == (orjson.loads(event["raw"])["id"], "42.0")
    assert decide(floor, event, "accept").status_code == 200
    assert heard(floor.sender) == []


def test_what_was_discarded_is_told_with_the_reason_for_a_while(floor: Floor) -> None:
    floor.sender.send([reasoned(floor, 0)])
    (event,) = listed(floor)
    assert decide(floor, event, "discard", "it was no stop").status_code == 200
    (word,) = heard(floor.sender)
    assert (word["decision"], word["reason"]) == ("discarded", "it was no stop")


def test_a_dead_letter_that_the_office_discarded_is_told_with_by_whom_and_why(floor: Floor) -> None:
    floor.made.until_people_are_copied()
    floor.sender.send(
        [scanned(floor, 0) | {"station_id": str(uuid4())}, scanned(floor, 1) | {"station_id": str(uuid4())}]
    )
    later, first = heard(floor.sender)
    assert (first["is_refused"], first["decision"]) == (True, None)
    wanted = {"epoch": first["epoch"], "sequences": [first["seq"]], "reason": "scanned twice"}
    body = {"kind": "discard_dead_letters", "parameters": wanted}
    asked = floor.admin.post(f"/agents/{floor.agent_id}/commands", body)
    assert asked.status_code == 201, asked.text
    assert [one["decision"] for one in heard(floor.sender)] == [None, None], "the agent did not do it yet"
    done = {"command_id": asked.json()["id"], "ok": True, "answer": {"done": 1}}
    floor.sender.send([floor.sender.event("command_answered", 2, **done)])
    still, gone = heard(floor.sender)
    assert still == later
    assert (gone["decision"], gone["reason"], bool(gone["decided_by_name"])) == ("discarded", "scanned twice", True)


def test_parts_and_what_a_camera_saw_are_nobodys_entries(floor: Floor) -> None:
    stranger = str(uuid4())
    seen = scanned(floor, 0) | {"station_id": stranger, "source": "camera"}
    floor.sender.send([seen, floor.counted(1, 4) | {"tag_id": stranger}, scanned(floor, 2) | {"station_id": stranger}])
    assert len(listed(floor)) == 3
    (word,) = heard(floor.sender)
    assert (word["kind"], word["is_refused"], word["station_id"]) == ("scan_taken", True, stranger)


def test_what_cant_be_read_is_told_as_far_as_it_can(floor: Floor) -> None:
    floor.sender.send([reasoned(floor, 0, started_at="yesterday", person=7, machine_id="press")])
    (word,) = heard(floor.sender)
    assert (word["started_at"], word["person"], word["machine_id"]) == (None, None, None)
    assert word["said_at"] == stamp(60)


def test_nobody_else_hears_of_it(floor: Floor) -> None:
    floor.sender.send([reasoned(floor, 0)])
    assert heard(second_agent(floor)) == []
    assert floor.admin.get("/stations/me/set-aside").status_code == 403


@pytest.fixture
def quinn(floor: Floor) -> Confirmer:
    return confirmer(floor)


def test_who_typed_it_learns_at_the_station_what_the_office_made_of_it(
    floor: Floor, quinn: Confirmer, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real agent that did not know yet that far values are to be confirmed."""
    monkeypatch.setattr("unison_station.operator.office_set_aside.ASKED_EVERY_SECONDS", 0.1)
    monkeypatch.setattr("unison_station.uplink.heartbeat.BEAT_SECONDS", 0.1)
    bore = characteristic(floor, lsl="4.00", usl="4.20")
    typed: dict[str, Any] = {
        "station_id": str(floor.station_id),
        "characteristic_id": str(bore),
        "value": "42.0",
        "person": "Ada",
    }
    with told(floor, address, tmp_path) as agent, httpx.Client(base_url=agent.health.url, trust_env=False) as client:
        until(lambda: agent.engine.configuration.characteristics)
        agent.desk.countersigned = frozenset
        page = Page(client)
        assert page.say("reading", **typed).status_code == 200

        def shown() -> list[dict[str, Any]]:
            words: list[dict[str, Any]] = page.hear("set_aside")["words"]
            return words

        (word,) = until(shown)
        assert (word["decision"], word["taken"], word["person"]) == ("waits", "42.0", "Ada")
        (event,) = listed(floor)
        assert word["why"] == event["message"]
        assert page.say("seen", sight=word["sight"]).status_code == 200
        assert shown() == []
        assert decide(floor, event, "discard", "42 was 4.2").status_code == 200
        (word,) = until(shown)
        assert (word["decision"], word["why"]) == ("discarded", "42 was 4.2")
