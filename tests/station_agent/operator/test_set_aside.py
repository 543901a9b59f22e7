"""Who made an entry at a station learns on its page that it was set aside or discarded, the server there or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from unison_domain.stations.configuration import AgentConfiguration
from unison_domain.stations.set_aside_words import SetAsideWord
from unison_station.agent import Agent
from unison_station.configuration_file import save_configuration
from unison_station.operator.set_aside import SEEN_KEPT, SetAside, sight_of
from unison_station.uplink import enrol

from tests.station_agent.configurations import MACHINE, STATION
from tests.station_agent.operator.chromium import MISSING, PROGRAM, Browser
from tests.station_agent.operator.shop import BENCH, OTHER_STATION, reason_id, shop
from tests.station_agent.operator.talk import Page
from tests.station_agent.peripherals.station import CHARACTERISTICS
from tests.station_agent.uplink.server import AGENT, ORGANIZATION, FakeServer, running
from tests.station_agent.waiting import until

WHY = "It changes the reason of a stop that another person gave"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unison_station.uplink.heartbeat.BEAT_SECONDS", 0.1)
    monkeypatch.setattr("unison_station.operator.office_set_aside.ASKED_EVERY_SECONDS", 0.1)


def configured() -> AgentConfiguration:
    return shop(agent_id=AGENT, organization_id=ORGANIZATION, characteristics=CHARACTERISTICS)


def word(kind: str, **fields: Any) -> dict[str, Any]:
    """As the server tells it."""
    at = "2026-03-02T06:00:00Z"
    return {"id": str(uuid4()), "epoch": str(uuid4()), "seq": 1, "kind": kind, "message": WHY, "said_at": at, **fields}


def reasoned(**fields: Any) -> dict[str, Any]:
    said = {"machine_id": str(BENCH), "reason_id": str(reason_id("Break")), "started_at": "2026-03-02T05:50:00Z"}
    return word("stop_reasoned", **said | fields)


@contextmanager
def agent_of(folder: Path, server: FakeServer) -> Iterator[Agent]:
    """The agent enrolled at this server, which may be gone."""
    with Agent(folder, identity=enrolled(folder, server)) as agent:
        yield agent


def enrolled(folder: Path, server: FakeServer) -> Any:
    identity = enrol(folder, server.url, "code_12345678", version="test")
    save_configuration(folder / "configuration.json", configured())
    return identity


@contextmanager
def page_of(agent: Agent, station: str = "S1") -> Iterator[Page]:
    with httpx.Client(base_url=agent.health.url, trust_env=False) as client:
        yield Page(client, station)


def shown(page: Page) -> list[dict[str, Any]]:
    words: list[dict[str, Any]] = page.hear("set_aside")["words"]
    return words


def awaited(page: Page) -> list[dict[str, Any]]:
    """What is shown once something is."""
    until(lambda: shown(page) != [])
    return shown(page)


def test_it_is_told_until_it_is_seen_also_while_the_server_is_away(tmp_path: Path) -> None:
    entry = reasoned(person="Ada")
    with running(FakeServer(configuration=configured(), set_aside=[entry])) as server:
        identity = enrolled(tmp_path, server)
        with Agent(tmp_path, identity=identity) as agent, page_of(agent) as page:
            until(lambda: shown(page) != [])
    with Agent(tmp_path, identity=identity) as agent, page_of(agent) as page:
        (one,) = shown(page)
        assert (one["machine"], one["reason"], one["person"]) == ("Glue bench", "Break", "Ada")
        assert (one["decision"], one["why"]) == ("waits", WHY)
        assert page.say("seen", sight=one["sight"]).status_code == 200
        assert shown(page) == []
    with (
        running(FakeServer(configuration=configured(), set_aside=[entry])) as server,
        agent_of(tmp_path, server) as agent,
        page_of(agent) as page,
    ):
        beats = len(server.heartbeats)
        until(lambda: sum("/set-aside" in path for _, path, _ in server.requests) > 1)
        until(lambda: len(server.heartbeats) > beats)
        assert shown(page) == [], "it was seen"
        server.set_aside = [entry | {"decision": "discarded", "reason": "no stop", "decided_by_name": "Quinn"}]
        (one,) = awaited(page)
        assert (one["decision"], one["why"], one["by"]) == ("discarded", "no stop", "Quinn")
        server.set_aside = []
        until(lambda: not shown(page))


def test_what_was_decided_is_told_no_more_but_silence_decides_nothing(tmp_path: Path) -> None:
    with (
        running(FakeServer(configuration=configured(), set_aside=[reasoned()])) as server,
        agent_of(tmp_path, server) as agent,
        page_of(agent) as page,
    ):
        until(lambda: shown(page) != [])
        server.set_aside = None  # an older server, that knows no such question
        asked = sum("/set-aside" in path for _, path, _ in server.requests)
        until(lambda: sum("/set-aside" in path for _, path, _ in server.requests) > asked + 1)
        assert len(shown(page)) == 1
        server.set_aside = []
        until(lambda: not shown(page))


def test_each_station_is_told_its_own_and_what_is_no_stations(tmp_path: Path) -> None:
    mine, nobodys = reasoned(), word("scan_undone", taking_id=str(uuid4()))
    others = word("scan_taken", station_id=str(OTHER_STATION), taking_id=str(uuid4()))
    with (
        running(FakeServer(configuration=configured(), set_aside=[mine, others, nobodys])) as server,
        agent_of(tmp_path, server) as agent,
    ):
        with page_of(agent) as page:
            until(lambda: shown(page) != [])
            assert [one["kind"] for one in shown(page)] == ["stop_reasoned", "scan_undone"]
        with page_of(agent, "S%2F2%20%C3%BC") as page:
            assert [one["kind"] for one in shown(page)] == ["scan_taken", "scan_undone"]


def test_a_dead_letter_is_told_as_long_as_it_is_one(tmp_path: Path) -> None:
    with running(FakeServer(configuration=configured(), set_aside=[])) as server:
        server.reject = lambda event: event["kind"] == "scan_taken"
        with agent_of(tmp_path, server) as agent, page_of(agent) as page:
            assert page.say("scan", station_id=str(STATION), text="X-1").status_code == 200
            until(lambda: agent.store.dead_letters.count() == 1)
            (letter,) = agent.store.dead_letters.list()
            numbered = {"epoch": str(agent.store.outgoing.epoch), "seq": letter.seq, "is_refused": True}
            server.set_aside = [word("scan_taken", station_id=str(STATION), taking_id=letter.event["id"], **numbered)]
            (one,) = awaited(page)
            assert (one["decision"], one["taken"]) == ("refused", "X-1")
            server.reject = lambda _event: False
            agent.store.dead_letters.retry([letter.seq])
            until(lambda: not shown(page))


def test_a_dead_letter_that_is_discarded_is_told_with_by_whom_and_why_as_far_as_that_is_known(tmp_path: Path) -> None:
    with running(FakeServer(configuration=configured(), set_aside=[])) as server:
        server.reject = lambda event: event["kind"] == "scan_taken"
        with agent_of(tmp_path, server) as agent, page_of(agent) as page:
            assert page.say("scan", station_id=str(STATION), text="X-1").status_code == 200
            until(lambda: agent.store.dead_letters.count() == 1)
            (letter,) = agent.store.dead_letters.list()
            numbered = {"epoch": str(agent.store.outgoing.epoch), "seq": letter.seq, "is_refused": True}
            entry = word("scan_taken", station_id=str(STATION), taking_id=letter.event["id"], **numbered)
            server.set_aside = [entry]
            (one,) = awaited(page)
            assert page.say("seen", sight=one["sight"]).status_code == 200
            agent.store.dead_letters.discard([letter.seq], "counted twice")
            (one,) = awaited(page)
            assert (one["decision"], one["why"], one["by"]) == ("given_up", WHY, None), "at this PC"
            server.set_aside = [
                entry | {"decision": "discarded", "reason": "counted twice", "decided_by_name": "Quinn"}
            ]
            until(lambda: shown(page)[0]["decision"] == "discarded")
            (one,) = shown(page)
            assert (one["why"], one["by"]) == ("counted twice", "Quinn")


def test_an_entry_keeps_its_moments_however_the_clock_is_known_later() -> None:
    first = SetAsideWord.model_validate(reasoned())
    later = first.model_copy(update={"said_at": first.said_at and first.said_at + timedelta(milliseconds=3)})
    known = SetAside().told([first])
    assert known.told([later]) == known
    assert known.told([]).words == ()
    assert SetAside.load(known.after_seeing(sight_of(first)).dump()).unseen == ()


def test_what_was_seen_is_remembered_within_bounds() -> None:
    known = SetAside()
    for number in range(SEEN_KEPT + 5):
        known = known.after_seeing(f"{UUID(int=number)} waits")
    assert len(known.seen) == SEEN_KEPT
    assert known.seen[-1] == f"{UUID(int=SEEN_KEPT + 4)} waits"


@pytest.mark.skipif(PROGRAM is None, reason=MISSING)
def test_a_finger_puts_away_what_was_read(tmp_path: Path) -> None:
    entry, state = (
        reasoned(),
        word("state_set", machine_id=str(MACHINE), state="setup", started_at="2026-03-02T05:50:00Z"),
    )
    with (
        running(FakeServer(configuration=configured(), set_aside=[entry, state])) as server,
        agent_of(tmp_path / "agent", server) as agent,
        Browser(tmp_path / "browser", language="de") as browser,
    ):
        browser.open(agent.health.url + "station/S1#B1")
        browser.until("document.querySelector('#set-aside').innerText.startsWith('2 Eingaben zählen nicht')")
        browser.tap("#set-aside")
        first, second = browser.texts("#aside-sheet li > span")
        assert "Glue bench · Grund „Break“ zum Stillstand von" in first
        assert "zählt noch nicht, das Büro entscheidet" in first
        assert "Es ändert den Grund eines Stillstands, den eine andere Person nannte" in first
        assert "Press 1 · „Rüsten“ ab" in second
        for left in (1, 0):
            browser.until("performance.now() > deafUntil")
            browser.tap("#aside-sheet li button")
            browser.until(f"document.querySelectorAll('#aside-sheet li').length === {left}")
        browser.until("document.querySelector('#set-aside').hidden && !document.querySelector('#aside-sheet').open")
        assert agent.desk.set_aside.known.unseen == ()
        assert browser.problems == []
