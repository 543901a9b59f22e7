"""Overrides at the page: refused until somebody with the right confirms them, then one event with both names."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import httpx
import orjson
import pytest
from unison_domain.identity.badge_text import badge_hash
from unison_domain.identity.overrides import OverrideKind
from unison_domain.quality.contracts import CharacteristicConfiguration
from unison_station.agent import Agent
from unison_station.operator.doer import Doer
from unison_station.platform.files import private_folder
from unison_station.uplink import Identity, enrol

from tests.station_agent.configurations import MACHINE, SPACE, STATION
from tests.station_agent.devices.slave import Slave
from tests.station_agent.engine.press import Press, connected
from tests.station_agent.operator import killed_confirming
from tests.station_agent.operator.badges import (
    EVE,
    KEY,
    cut,
    knows,
    needs_chromium,
    scan,
    told,
    touch,
    words,
)
from tests.station_agent.operator.chromium import Browser
from tests.station_agent.operator.shop import BENCH, reason_id, shop
from tests.station_agent.operator.talk import Page, events_of
from tests.station_agent.operator.test_takings import one_set
from tests.station_agent.uplink.server import AGENT, ORGANIZATION, FakeServer, running
from tests.station_agent.waiting import until
from tests.station_agent.warm import Child

BORE = CharacteristicConfiguration(
    id=uuid5(SPACE, "bore"), plant_id=uuid5(SPACE, "plant"), name="Bore", unit="mm", lsl="4.00", usl="4.20"
)
EVES = badge_hash(KEY, "EVE-BADGE")


def confirms(asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """A server at which Eve may confirm everything, with her own PIN."""
    if (asked["badge"], asked["pin"]) != (EVES, "4711"):
        return 403, {"title": "", "status": 403, "code": "pin_wrong", "detail": "Name or PIN is wrong"}
    proof = f"word for {asked['act_id']}"
    return 200, {"id": str(uuid5(SPACE, asked["act_id"])), "user_id": str(EVE), "name": "Eve", "proof": proof}


@pytest.fixture
def press() -> Press:
    """One that stands: running without parts would be another state after a while."""
    press = Press()
    press.registers[0] = 0
    return press


@pytest.fixture
def slave(press: Press) -> Iterator[Slave]:
    with connected(press) as slave:
        yield slave


@pytest.fixture
def server(slave: Slave) -> Iterator[FakeServer]:
    wanted = shop(slave.port, agent_id=AGENT, organization_id=ORGANIZATION, characteristics=(BORE,))
    roster = told(countersigned=list(OverrideKind))
    with running(FakeServer(configuration=wanted, roster=roster, signs_on=knows, confirms=confirms)) as server:
        yield server


@pytest.fixture
def identity(tmp_path: Path, server: FakeServer) -> Identity:
    return enrol(tmp_path, server.url, "code_12345678", version="test")


@pytest.fixture
def agent(tmp_path: Path, identity: Identity) -> Iterator[Agent]:
    with Agent(tmp_path, identity=identity) as agent:
        until(lambda: agent.signing_on.countersigned is not None and agent.engine.configuration.version > 0)
        until(lambda: [one.state for one in agent.status().machines if one.machine_id == MACHINE] == ["stopped"])
        yield agent


@pytest.fixture
def page(agent: Agent) -> Iterator[Page]:
    with at(agent) as client:
        yield Page(client)


def at(agent: Agent) -> httpx.Client:
    return httpx.Client(base_url=agent.health.url, trust_env=False)


def refused(answer: httpx.Response, code: str) -> dict[str, Any]:
    assert answer.json().get("code") == code, answer.text
    return dict(answer.json())


def confirm(page: Page, act: dict[str, Any], pin: str = "4711") -> httpx.Response:
    return page.post(orjson.dumps({"do": "confirm", "station_id": str(STATION), "pin": pin, "act": act}))


def show(agent: Agent, page: Page, text: str = "EVE-BADGE") -> None:
    """Who confirms shows the badge, as the page's sheet asks."""
    page.say("await_badge", station_id=str(STATION), waits=True, confirms=True)
    scan(agent, text)


def act(do: str, **said: Any) -> dict[str, Any]:
    return {"do": do, "id": str(uuid4()), "person": "Ben", **said}


def taken(server: FakeServer, *kinds: str) -> list[dict[str, Any]]:
    return [event for event in server.taken if event["kind"] in kinds]


def has_one(server: FakeServer, kind: str) -> bool:
    return len(taken(server, kind)) == 1


@pytest.fixture
def read_elsewhere(server: FakeServer) -> None:
    """Another PC reads the bench, and somebody spoke since its signals did."""
    said = {"machine_id": str(BENCH), "state": "setup", "started_at": "2026-11-21T02:10:00Z", "is_of_office": True}
    server.states = [{**said, "person": "Otto", "by_signals": "running"}]


def test_a_state_against_signals_that_another_pc_reads_is_one_too(
    read_elsewhere: None, agent: Agent, page: Page, server: FakeServer
) -> None:
    until(lambda: page.machine("B1")["state"] == "setup")
    setting = act("state", machine_id=str(BENCH), state="stopped")
    answer = refused(page.post(orjson.dumps(setting)), "override")
    assert answer["parameters"]["kind"] == "machine_state"
    assert events_of(agent, "state_set") == []
    show(agent, page)
    assert confirm(page, setting).status_code == 200
    server.wait_for(lambda: has_one(server, "state_set"))
    assert taken(server, "state_set")[0]["backing"]["person"] == "Eve"
    as_the_signals = page.say("state", machine_id=str(BENCH), state="running", person="Ben")
    assert as_the_signals.status_code == 200, "it says what they say"


def of_bens_stop(page: Page) -> dict[str, Any]:
    """Ada gave the reason of a stop of the bench; Ben is about to give another."""
    page.say("state", machine_id=str(BENCH), state="stopped", person="Ada")
    stop = {"machine_id": str(BENCH), "started_at": page.machine("B1")["stop"]["started_at"]}
    first, other = str(reason_id("Spindle")), str(reason_id("Break"))
    assert page.say("reason", **stop, reason_id=first, person="Ada").status_code == 200
    return act("reason", **stop, reason_id=other, seen_reason_id=first)


def test_anothers_reason_takes_badge_and_pin_and_bears_both(agent: Agent, page: Page, server: FakeServer) -> None:
    change = of_bens_stop(page)
    told_ = refused(page.say(**change), "override")
    assert told_["parameters"] == {"kind": "stop_reason"}
    refused(confirm(page, change), "badge_missing")
    show(agent, page)
    refused(confirm(page, change, "0000"), "confirm_pin_wrong")
    assert confirm(page, change).json() == {"undo": True}
    assert confirm(page, change).json() == {"undo": True}, "it is done already: nobody is asked again"
    (asked,) = [one for one in server.countersigns if one["pin"] == "4711"]
    right, subject, done = OverrideKind.STOP_REASON.right, str(BENCH), change["id"]
    assert (asked["purpose"], asked["subject_id"], asked["act_id"]) == (right, subject, done)
    server.wait_for(lambda: len(taken(server, "stop_reasoned")) == 2)
    event = taken(server, "stop_reasoned")[-1]
    assert (event["id"], event["person"], event["backing"]["person"]) == (change["id"], "Ben", "Eve")
    assert event["backing"]["proof"] == f"word for {change['id']}", "by which a restored server knows it again"
    stop = page.machine("B1")["stop"]
    assert (stop["reason"], stop["person"], stop["confirmed_by"]) == ("Break", "Ben", "Eve")
    assert "4711" not in str([events_of(agent, "stop_reasoned"), agent.store.load_state()])
    assert agent.desk.people.at(STATION, agent.store.clock.now()) is None, "who confirms is not signed on by that"


def test_ones_own_word_is_two_taps(page: Page, server: FakeServer) -> None:
    change = {**of_bens_stop(page), "person": "Ada"}
    assert page.say(**change).status_code == 200
    assert page.say("undo", undoes=change["id"], person="Ada").status_code == 200
    server.wait_for(lambda: len(taken(server, "stop_reasoned")) == 3)
    assert [event.get("backing") for event in taken(server, "stop_reasoned")] == [None] * 3
    assert taken(server, "stop_reasoned")[-1]["undoes"] == change["id"]
    assert server.countersigns == []


def test_what_another_took_is_not_undone_by_anybody(agent: Agent, page: Page, server: FakeServer) -> None:
    tap, value = str(uuid4()), str(uuid4())
    page.say("scan", id=tap, station_id=str(STATION), text="BOX-1", person="Ada")
    page.say("reading", id=value, station_id=str(STATION), characteristic_id=str(BORE.id), value="4.1", person="Ada")
    for id_, kind, event in ((tap, "scan_undone", "scan_undone"), (value, "reading_undone", "reading_undone")):
        back = act("take_back", taking_id=id_)
        assert refused(page.say(**back), "override")["parameters"] == {"kind": kind}
        show(agent, page)
        assert confirm(page, back).status_code == 200
        server.wait_for(partial(has_one, server, event))
        assert (taken(server, event)[0]["person"], taken(server, event)[0]["backing"]["person"]) == ("Ben", "Eve")


def test_a_set_another_took_is_confirmed_once_for_all_its_codes(agent: Agent, page: Page, server: FakeServer) -> None:
    codes = [code.model_copy(update={"person": "Ada"}) for code in one_set(1, "PART-1", "SN-7", "25")]
    agent.desk.take(codes, agent.engine, doer=Doer.ASKED_BEFORE)
    back = act("take_back", taking_id=str(codes[0].id))
    assert refused(page.say(**back), "override")["parameters"] == {"kind": "scan_undone"}
    show(agent, page)
    assert confirm(page, back).status_code == 200
    server.wait_for(lambda: len(taken(server, "scan_undone")) == 3)
    assert {event["backing"]["person"] for event in taken(server, "scan_undone")} == {"Eve"}
    assert [one["act_id"] for one in server.countersigns] == [str(code.id) for code in codes]


def test_a_value_nobody_would_believe(agent: Agent, page: Page, server: FakeServer) -> None:
    typed = act("reading", station_id=str(STATION), characteristic_id=str(BORE.id), value="42.0")
    assert refused(page.say(**typed), "override")["parameters"] == {"kind": "far_value"}
    show(agent, page)
    assert confirm(page, typed).status_code == 200
    server.wait_for(lambda: len(taken(server, "reading_taken")) == 1)
    assert taken(server, "reading_taken")[0]["backing"]["person_id"] == str(EVE)


def test_a_state_against_the_signals_stands_until_they_change(agent: Agent, page: Page, server: FakeServer) -> None:
    setup = act("state", machine_id=str(MACHINE), state="setup")
    assert page.machine("P1")["can_override"]
    assert refused(page.say(**setup), "override")["parameters"] == {"kind": "machine_state"}
    show(agent, page)
    assert confirm(page, setup).json() == {"undo": False}
    shown = page.machine("P1")
    assert (shown["state"], shown["overridden"], shown["person"], shown["confirmed_by"]) == (
        "setup",
        True,
        "Ben",
        "Eve",
    )
    server.wait_for(lambda: len(taken(server, "state_set")) == 1)


def test_without_the_server_nobody_confirms(agent: Agent, page: Page, server: FakeServer) -> None:
    change = of_bens_stop(page)
    show(agent, page)
    cut(server)
    server.confirms = lambda _asked: (503, {})
    refused(confirm(page, change), "not_confirmed")
    agent.signing_on.server = None
    refused(confirm(page, change), "confirm_needs_server")
    assert page.machine("B1")["stop"]["reason"] == "Spindle"


def test_only_who_may_and_only_known_badges(agent: Agent, page: Page, server: FakeServer) -> None:
    change = of_bens_stop(page)
    show(agent, page, "LOST-BADGE")
    assert words(agent) == ["This badge was reported lost: hand it in"]
    refused(confirm(page, change), "badge_missing")
    show(agent, page, "NOBODYS-BADGE")
    assert page.hear("people")["confirmer"]["name"] is None
    scan(agent, "EVE-BADGE")
    assert page.hear("people")["confirmer"]["name"] == "Eve"
    problem = {"title": "", "status": 403, "code": "may_not_sign", "detail": "Eve lacks the right"}
    server.confirms = lambda _asked: (403, problem)
    refused(confirm(page, change), "may_not_confirm")
    page.say("await_badge", station_id=str(STATION), waits=False)
    refused(confirm(page, change), "badge_missing")


def test_what_the_organization_lets_pass_takes_no_badge(tmp_path: Path, server: FakeServer) -> None:
    server.roster = told(countersigned=[OverrideKind.FAR_VALUE])
    enrolled = enrol(tmp_path, server.url, "code_12345678", version="test")
    with (
        Agent(tmp_path, identity=enrolled) as agent,
        httpx.Client(base_url=agent.health.url, trust_env=False) as client,
    ):
        until(lambda: agent.signing_on.countersigned is not None and agent.engine.configuration.version > 0)
        page = Page(client)
        assert page.say(**of_bens_stop(page)).status_code == 200
        until(lambda: page.machine("P1")["state"] == "stopped")
        assert page.say(**act("state", machine_id=str(MACHINE), state="setup")).status_code == 200


def test_killed_between_the_countersignature_and_the_event(tmp_path: Path, server: FakeServer) -> None:
    folder, act_id = private_folder(tmp_path / "agent"), uuid4()
    enrolled = enrol(folder, server.url, "code_12345678", version="test")
    with Child(tmp_path / "said", killed_confirming.main, folder, act_id) as child:
        until(lambda: killed_confirming.SIGNED in child.lines)
        child.end(signal.SIGKILL)
    assert taken(server, "reading_taken") == []
    with Agent(folder, identity=enrolled) as agent, at(agent) as client:
        page, typed = Page(client), killed_confirming.typed(act_id)
        refused(page.say(**typed), "override")
        show(agent, page)
        for _ in range(2):
            assert confirm(page, typed).status_code == 200
        server.wait_for(lambda: len(taken(server, "reading_taken")) == 1)
    (event,) = taken(server, "reading_taken")
    assert (UUID(event["id"]), event["backing"]["person"]) == (act_id, "Eve")


@needs_chromium
@pytest.mark.parametrize("language", ["en", "de"])
def test_the_page_asks_who_confirms(
    tmp_path: Path, agent: Agent, page: Page, server: FakeServer, language: str
) -> None:
    of_bens_stop(page)
    with Browser(tmp_path / "browser", language=language) as browser:
        browser.open(agent.health.url + "station/S1#B1")
        browser.until("catalogue && machine()?.code === 'B1'")
        touch(browser, "#state")
        touch(browser, f"#reasons [data-reason='{reason_id('Break')}']")
        browser.until("document.querySelector('#confirm-sheet').open")
        scan_when_awaited(agent)
        browser.until("document.querySelector('#confirm-badge').innerText.includes('Eve')")
        for digit in "4711":
            touch(browser, f"#confirm-sheet .keys button:nth-child({digit})")
        touch(browser, "#confirm-sheet .primary")
        browser.until("!document.querySelector('#confirm-sheet').open")
        browser.until(
            "document.querySelector('#state .why b').innerText.includes(word('confirmed_by', { name: 'Eve' }))"
        )
        assert browser.problems == []
    server.wait_for(lambda: len(taken(server, "stop_reasoned")) == 2)


@needs_chromium
def test_a_state_is_set_against_the_signals_and_given_up(tmp_path: Path, agent: Agent, server: FakeServer) -> None:
    with Browser(tmp_path / "browser") as browser:
        browser.open(agent.health.url + "station/S1#P1")
        browser.until("catalogue && machine()?.code === 'P1' && machine().state === 'stopped'")
        assert browser.run("document.querySelector('#by-hand').hidden")
        touch(browser, "#override")
        browser.until("!document.querySelector('#by-hand').hidden")
        touch(browser, "#by-hand button:nth-child(3)")
        browser.until("document.querySelector('#confirm-sheet').open")
        assert "No scanner is at this station" in browser.run("el.confirmBadge.innerText")
        assert browser.run("el.confirmWhat.innerText.startsWith(`${machine().name}: ${word('state_setup')}. `)")
        touch(browser, "#confirm-sheet .close")
        browser.until("document.querySelector('#said').innerText.includes(word('confirm_given_up'))")
        assert browser.run("document.querySelector('#by-hand').hidden")
        touch(browser, "#override")
        touch(browser, "#by-hand button:nth-child(3)")
        browser.until("document.querySelector('#confirm-sheet').open")
        scan_when_awaited(agent)
        browser.until("people.confirmer?.name === 'Eve'")
        browser.run("el.confirmPin.value = '4711'")
        touch(browser, "#confirm-sheet .primary")
        browser.until("machine().overridden && machine().state === 'setup'")
        assert browser.problems == []


@needs_chromium
def test_a_far_value_is_asked_about_then_confirmed(tmp_path: Path, agent: Agent, server: FakeServer) -> None:
    with Browser(tmp_path / "browser") as browser:
        browser.open(agent.health.url + "station/S1")
        browser.until("catalogue && takings && !document.querySelector('#type-value').hidden")
        touch(browser, "#type-value")
        browser.run("el.value.value = '42.0'; typeValue(); typeValue()")
        browser.until("document.querySelector('#confirm-sheet').open")
        touch(browser, "#confirm-sheet .close")
        browser.until("el.value.value === '42.0'")
        browser.run("typeValue(); typeValue()")
        browser.until("document.querySelector('#confirm-sheet').open")
        scan_when_awaited(agent)
        browser.until("people.confirmer?.name === 'Eve'")
        browser.run("el.confirmPin.value = '4711'")
        touch(browser, "#confirm-sheet .primary")
        browser.until("takings.readings.length === 1 && !document.querySelector('#confirm-sheet').open")
        assert browser.problems == []
    server.wait_for(lambda: len(taken(server, "reading_taken")) == 1)


def scan_when_awaited(agent: Agent) -> None:
    """The page said that it waits for who confirms."""
    until(lambda: agent.signing_on.awaited.confirms_at(STATION))
    scan(agent, "EVE-BADGE")
