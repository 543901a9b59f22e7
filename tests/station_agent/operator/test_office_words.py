"""The office is asked about stops and calls only when it has every word said here, however much waits before that."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
from unison_domain.stations.batch import BATCH_EVENTS
from unison_domain.stations.events import Quality, Sample
from unison_domain.stations.tail_hash import Checkpoint
from unison_station.agent import Agent
from unison_station.operator.answers import Answers
from unison_station.operator.office_causes import OfficeCauses
from unison_station.uplink.transport import Answer, Transport

from tests.station_agent.configurations import MACHINE
from tests.station_agent.engine.press import Press
from tests.station_agent.operator.shop import reason_id
from tests.station_agent.operator.talk import Page, events_of
from tests.station_agent.waiting import until


class Office(Transport):
    """Knows of no reason, and takes every call for done."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def get(self, path: str, headers: object = None) -> Answer:
        self.asked.append(path)
        query = parse_qs(urlsplit(path).query)
        items: list[dict[str, Any]] = []
        for told in query.get("stops", []):
            machine, start, _ = told.split("/")
            items.append({"machine_id": machine, "started_at": start, "asks": True, "reason_id": None})
        items += [_done(id_) for id_ in query.get("ids", [])]
        return Answer(200, {}, orjson.dumps({"items": items, "next_cursor": None}), 0.0, 0.0)


def _done(call_id: str) -> dict[str, Any]:
    machine = {"machine_id": str(MACHINE), "machine_code": "P1", "machine_name": "Press 1", "plant_id": str(MACHINE)}
    return {"id": call_id, **machine, "called": "setter", "state": "done", "called_at": "2026-01-01T00:00:00Z"}


def after_an_outage(agent: Agent) -> None:
    """More waits for the server than it takes at once."""
    agent.store.timeline.learn(time.time() - agent.store.clock.monotonic())
    tag = agent.engine.configuration.devices[0].tags[3]
    told = Sample(at=agent.store.clock.now(), tag_id=tag.id, value=1.0, quality=Quality.GOOD)
    agent.store.commit([told] * (BATCH_EVENTS + 1))


def all_is_sent(agent: Agent) -> None:
    agent.store.outgoing.acknowledge(Checkpoint(agent.store.outgoing.newest, "x" * 64))


def test_a_reason_said_after_an_outage_stands_until_the_office_has_it(agent: Agent, page: Page, press: Press) -> None:
    press.registers[0] = 0
    until(lambda: page.machine("P1")["stop"] is not None)
    after_an_outage(agent)
    stop, office = page.machine("P1")["stop"], Office()
    causes = OfficeCauses(agent.desk, agent.engine, agent.store)
    of = {"machine_id": str(MACHINE), "started_at": stop["started_at"]}
    assert page.say("reason", **of, reason_id=str(reason_id("Spindle"))).status_code == 200
    causes.ask(office)
    assert office.asked == []
    assert page.machine("P1")["stop"]["reason"] == "Spindle"
    again = page.say("reason", **of, reason_id=str(reason_id("Sensor")), seen_reason_id=str(reason_id("Spindle")))
    assert again.status_code == 200
    seen = [one["seen_reason_id"] for one in events_of(agent, "stop_reasoned")]
    assert seen == [None, str(reason_id("Spindle"))]
    all_is_sent(agent)
    causes.ask(office)
    assert len(office.asked) == 1, "now it has the word, and what it says about it holds"


def test_a_call_gone_on_with_after_an_outage_stands_until_the_office_knows(agent: Agent, page: Page) -> None:
    after_an_outage(agent)
    assert page.say("call", machine_id=str(MACHINE), called="setter").status_code == 200
    office, answers = Office(), Answers(agent.desk, agent.engine, agent.store)
    answers.ask(office)
    assert office.asked == []
    assert [call["state"] for call in page.machine("P1")["calls"]] == ["called"]
    all_is_sent(agent)
    answers.ask(office)
    until(lambda: page.machine("P1")["calls"] == [])
