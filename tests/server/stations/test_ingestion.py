"""Batches are taken once, whole, whatever is in them."""

from __future__ import annotations

import gzip
import threading
from dataclasses import replace
from uuid import uuid4

import httpx
import orjson
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from unison_domain.stations.tail_hash import BEGINNING, Checkpoint
from unison_server.kernel.database import Database, Databases
from unison_station.uplink.verdict import Verdict, verdict

from tests.server.factories import Made, make_organization
from tests.server.serving import SignedIn, sign_in
from tests.server.stations.floor import Floor, build, enrol

COUNTED = "select coalesce(sum(delta), 0) as parts, count(*) as rows from machine_counts"


def test_a_batch_sent_again_changes_nothing(floor: Floor) -> None:
    events = [floor.sample(1), floor.counted(2, 3), floor.changed(3, "running"), floor.sample(4, machine=1)]
    batch = floor.sender.batch(events)
    first, again = floor.sender.post(batch).json(), floor.sender.post(batch).json()
    assert first["acknowledged_through"] == again["acknowledged_through"] == 4
    assert floor.rows(COUNTED) == [(3, 1)]
    assert floor.rows("select count(*) from samples") == [(2,)]
    assert floor.rows("select sum(good) from machine_count_quarters") == [(3,)]
    assert floor.topics().count("machines.machine.state_changed") == 1
    assert floor.topics().count("machines.machine.counted") == 1


def test_the_same_batch_at_once_is_taken_once(floor: Floor, address: str) -> None:
    batch = floor.sender.batch([floor.counted(n) for n in range(50)])
    answers: list[int] = []

    def send() -> None:
        with httpx.Client(base_url=address, timeout=60) as client:
            answers.append(replace(floor.sender, client=client).post(batch).json()["acknowledged_through"])

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [50] * 4
    assert floor.rows(COUNTED) == [(50, 50)]


def test_a_longer_batch_over_taken_events_adds_the_new_ones(floor: Floor) -> None:
    events = [floor.counted(n) for n in range(6)]
    floor.sender.post(floor.sender.batch(events[:4]))
    answer = floor.sender.post(floor.sender.batch(events))
    assert answer.json()["acknowledged_through"] == 6
    assert floor.rows(COUNTED) == [(6, 6)]


def test_an_earlier_try_that_comes_after_its_repetition_is_no_conflict(floor: Floor) -> None:
    events = [floor.counted(n) for n in range(6)]
    early, later = floor.sender.batch(events[:4]), floor.sender.batch(events)
    floor.sender.post(later)
    late = floor.sender.post(early).json()
    assert (late["acknowledged_through"], late["held_through"]) == (0, 6)
    assert floor.admin.get(f"/agents/{floor.agent_id}").json()["state"] == "enrolled"
    refused = floor.sender.post(early | {"is_all": True})
    assert refused.json()["code"] == "identity_conflict", "who never made the other two is somebody else"
    assert floor.rows(COUNTED) == [(6, 6)]


def test_another_history_is_a_conflict_until_a_person_decides(floor: Floor) -> None:
    floor.sender.send([floor.counted(n) for n in range(3)])
    fork = Checkpoint(3, "0" * 64)
    refused = floor.sender.post(floor.sender.batch([floor.counted(9)], fork))
    assert (refused.status_code, refused.json()["code"]) == (409, "identity_conflict")
    assert floor.admin.get(f"/agents/{floor.agent_id}").json()["state"] == "conflict"
    assert "stations.agent.conflicted" in floor.topics()
    rightful = floor.sender.post(floor.sender.batch([floor.counted(10)]))
    assert rightful.status_code == 409, "nobody knows which one is right"

    code = floor.admin.post(f"/agents/{floor.agent_id}/code").json()["code"]
    body = {"code": code, "hostname": "pc-1", "version": "1.0", "platform": "linux"}
    enrolled = floor.sender.client.post("/api/v1/stations/enrol", json=body).json()
    assert floor.sender.post(floor.sender.batch([])).status_code == 401, "the token before has ended"
    assert enrolled["begins_anew"]
    floor.sender.token, floor.sender.epoch, floor.sender.taken = enrolled["device_token"], uuid4(), BEGINNING
    (device,) = floor.sender.call("GET", "/configuration").json()["devices"]
    lease = next(tag["lease"] for tag in device["tags"] if tag["id"] == str(floor.counters[0]))
    floor.sender.send([floor.counted(11), floor.counted(11, lease=lease)])
    assert floor.rows(COUNTED) == [(4, 4)], "what was counted before is part of what is counted from the baseline on"


def test_an_epoch_two_histories_were_sent_in_is_over(floor: Floor) -> None:
    floor.sender.send([floor.counted(n) for n in range(3)])
    floor.sender.post(floor.sender.batch([floor.counted(9)], Checkpoint(3, "0" * 64)))
    code = floor.admin.post(f"/agents/{floor.agent_id}/code").json()["code"]
    body = {"code": code, "hostname": "pc-1", "version": "1.0", "platform": "linux"}
    floor.sender.token = floor.sender.client.post("/api/v1/stations/enrol", json=body).json()["device_token"]
    floor.sender.next_seq = 2
    refused = floor.sender.post(floor.sender.batch([floor.counted(12)], Checkpoint(1, "1" * 64)))
    assert (refused.status_code, refused.json()["code"]) == (409, "identity_conflict"), refused.text
    assert floor.rows("select code from quarantine") == [], "its numbers are taken: nothing of it was acknowledged"


def test_an_event_that_is_set_aside_already_holds_up_nothing(floor: Floor) -> None:
    aside = [floor.sender.event("telepathy", n) for n in range(2)]
    floor.sender.send(aside)
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        session.execute(text("update agent_cursors set checkpoints = '[]', acked_through = 0"))
    floor.sender.taken = BEGINNING
    floor.sender.send([*aside, floor.counted(5)])
    assert floor.rows("select seq from quarantine order by seq") == [(1,), (2,)]
    assert floor.rows(COUNTED) == [(1, 1)]


def test_events_the_server_lost_are_asked_for_again(floor: Floor) -> None:
    floor.sender.send([floor.counted(n) for n in range(3)])
    ahead = floor.sender.post(floor.sender.batch([floor.counted(9)], Checkpoint(3 + 2, "f" * 64)))
    assert ahead.status_code == 422, "its own sequence does not fit what it says came before"
    floor.sender.next_seq = 8
    ahead = floor.sender.post(floor.sender.batch([floor.counted(9)], Checkpoint(7, "f" * 64)))
    assert (ahead.json()["acknowledged_through"], ahead.json()["resend_from"]) == (3, 4)
    assert floor.rows(COUNTED) == [(3, 3)]


def test_what_is_not_understood_is_kept_aside_and_acknowledged(floor: Floor) -> None:
    events = [
        floor.sender.event("telepathy", 1, thought="coffee"),
        floor.counted(2, -5),
        floor.sample(3, "with \x00 inside"),
        floor.sender.event("sample", 4),
        floor.sender.event("sample\x00", 4),
        floor.counted(5, 2**63),
        floor.counted(6, 2),
    ]
    answer = floor.sender.send(events)
    assert answer["rejected"] == []
    kept = floor.rows("select seq, code, raw from quarantine order by seq")
    assert [(row.seq, row.code) for row in kept] == [
        (1, "unknown_kind"),
        (2, "invalid"),
        (3, "nul"),
        (4, "invalid"),
        (5, "nul"),
        (6, "not_storable"),
    ]
    assert orjson.loads(kept[2].raw) == events[2]
    shown = floor.admin.get(f"/agents/{floor.agent_id}/quarantine", params={"limit": 4}).json()
    assert [one["message"] for one in shown["items"] if one["seq"] == 1] or shown["next_cursor"]
    assert len(floor.admin.get(f"/agents/{floor.agent_id}/quarantine").json()["items"]) == 6
    assert floor.rows(COUNTED) == [(2, 1)]
    assert floor.topics().count("stations.agent.quarantined") == 1


def test_unknown_fields_of_newer_agents_are_kept(floor: Floor) -> None:
    floor.sender.send([floor.sample(1, humidity=40), floor.counted(2, mood="good")])
    assert floor.rows("select extra from samples") == [({"humidity": 40},)]
    assert floor.rows("select extra from machine_counts") == [({"mood": "good"},)]


def test_a_tag_nobody_has_is_rejected_each_time(floor: Floor) -> None:
    stranger = floor.sender.event("sample", 1, tag_id="01890000-0000-7000-8000-000000000000", value=1)
    batch = floor.sender.batch([stranger, floor.sample(2)])
    first, again = floor.sender.post(batch).json(), floor.sender.post(batch).json()
    assert [one["code"] for one in first["rejected"]] == ["unknown_tag"]
    assert first["rejected"] == again["rejected"]
    assert first["acknowledged_through"] == 2


def test_another_organizations_machine_is_nobodys(
    floor: Floor, made: Made, client: httpx.Client, system_databases: Databases
) -> None:
    other_made = make_organization(made.databases, system_databases)
    other_made.add_user("anna")
    other = build(sign_in(client, other_made), other_made)
    answer = floor.sender.send([{**floor.counted(1), "machine_id": str(other.machines[0])}])
    assert [one["code"] for one in answer["rejected"]] == ["unknown_machine"]
    assert other.rows(COUNTED) == [(0, 0)]


def test_another_agents_machine_is_kept_aside(floor: Floor) -> None:
    code = floor.admin.post("/agents", {"name": "Hall 2"}).json()["code"]
    mine, floor.sender = floor.sender, enrol(floor.admin.client, code)
    answer = floor.sender.send([floor.counted(1), floor.sample(2)])
    assert answer["rejected"] == []
    assert floor.rows("select distinct code from quarantine") == [("lease_lost",)]
    floor.sender = mine
    floor.sender.send([floor.counted(1)])
    assert floor.rows(COUNTED) == [(1, 1)]


@pytest.mark.parametrize("depth", [90, 98, 300, 1000])
@pytest.mark.parametrize(("opens", "closes"), [('{"a":', "}"), ("[", "]")])
def test_what_is_nested_without_end_stops_no_agent(floor: Floor, depth: int, opens: str, closes: str) -> None:
    deep = opens * depth + '"\\u00e4\\u0000"' + closes * depth
    deep_events = [
        floor.sample(1, more="deep"),
        floor.sender.event("later", body="deep"),
        floor.changed(2, "running", reason="deep"),
    ]
    batch = floor.sender.batch([*deep_events, floor.counted(3), floor.sample(4)])
    body = orjson.dumps(batch).replace(b'"deep"', deep.encode())
    answers = [floor.sender.post(gzip.compress(body), **{"Content-Encoding": "gzip"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
    assert answers[1].json()["acknowledged_through"] == 5
    kept = floor.rows("select seq, code, message, raw from quarantine order by seq")
    assert [(row.seq, row.code) for row in kept] == [(n, "nul" if depth < 100 else "too_deep") for n in (1, 2, 3)]
    assert all(row.raw.replace("ä", "\\u00e4").count(deep) == 1 for row in kept), "nothing of it is lost"
    assert floor.rows(COUNTED) == [(1, 1)]


@pytest.mark.parametrize("event", ["[", '{"seq":[', '{"seq":1,"at":"x","kind":[', '{"seq":1,"kind":"x","at":['])
def test_a_batch_without_order_is_refused_however_deep(floor: Floor, event: str) -> None:
    deep = event + "[" * 990 + "]" * 990 + "]" + "}" * event.startswith("{")
    body = orjson.dumps(floor.sender.batch([])).replace(b'"events":[]', b'"events":[%b]' % deep.encode())
    refused = floor.sender.post(gzip.compress(body), **{"Content-Encoding": "gzip"})
    assert (refused.status_code, refused.json()["code"]) == (422, "batch_invalid")


def test_a_body_that_is_no_batch_is_refused_with_words(floor: Floor) -> None:
    bomb = gzip.compress(b"[" + b" " * 20_000_000 + b"]")
    assert len(bomb) < 100_000
    refusals = [
        floor.sender.post(b"not json"),
        floor.sender.post(b"not gzip", **{"Content-Encoding": "gzip"}),
        floor.sender.post(gzip.compress(b"{}")[:-4], **{"Content-Encoding": "gzip"}),
        floor.sender.post(b"{}", **{"Content-Encoding": "br"}),
        floor.sender.post(floor.sender.batch([{"seq": "1", "kind": "sample", "at": "now"}])),
        floor.sender.post(floor.sender.batch([floor.sample(1), {**floor.sample(2), "seq": 1}])),
        floor.sender.post({**floor.sender.batch([]), "agent_id": str(floor.machines[0])}),
    ]
    assert [answer.status_code for answer in refusals] == [422] * 7, [answer.text for answer in refusals]
    assert all(answer.json()["detail"] for answer in refusals)
    assert floor.sender.post(bomb, **{"Content-Encoding": "gzip"}).status_code == 413


def test_people_can_not_send_events(floor: Floor, admin: SignedIn) -> None:
    refused = admin.post("/stations/me/events", floor.sender.batch([floor.sample(1)]))
    assert (refused.status_code, refused.json()["code"]) == (403, "agents_only")


def test_agents_can_not_do_what_people_do(floor: Floor) -> None:
    signed = {"Authorization": f"Bearer {floor.sender.token}"}
    assert floor.sender.client.get("/api/v1/machines", headers=signed).status_code == 403


def test_a_protocol_of_another_time_is_kept_by_the_agent(floor: Floor) -> None:
    for protocol in (99, 0):
        strange = {**floor.sender.batch([floor.counted(1)]), "protocol": protocol, "clock": "of a later shape"}
        refused = floor.sender.post(strange)
        assert (refused.status_code, refused.json()["code"]) == (503, "protocol_unknown")
        assert verdict(refused.status_code) is Verdict.BUSY
        assert refused.headers["retry-after"] == "60"
    assert floor.rows(COUNTED) == [(0, 0)]


def test_the_documented_bodies_refer_to_nothing_that_is_not_there(app: FastAPI) -> None:
    document = app.openapi()
    for path in ("events", "heartbeat"):
        body = orjson.dumps(document["paths"][f"/api/v1/stations/me/{path}"]["post"]["requestBody"])
        assert b"$ref" not in body
    beat = document["paths"]["/api/v1/stations/me/heartbeat"]["post"]["requestBody"]
    devices = beat["content"]["application/json"]["schema"]["properties"]["devices"]
    assert "message" in devices["items"]["properties"]["tags"]["items"]["properties"]
