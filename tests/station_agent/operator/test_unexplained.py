"""What waits for a word is on the page, whatever else is there; and where no signal tells anything, people can."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from unison_domain.machines.contracts import MachineState
from unison_domain.stations.configuration import AgentConfiguration
from unison_station.agent import Agent
from unison_station.operator.stops import Stop
from unison_station.operator.view import RECENT

from tests.station_agent.configurations import MACHINE, device, machine_tags, tag
from tests.station_agent.devices.slave import Fault, Slave
from tests.station_agent.engine.press import Press
from tests.station_agent.operator.chromium import MISSING, PROGRAM, Browser
from tests.station_agent.operator.shop import reason_id, shop
from tests.station_agent.operator.talk import Page, events_of
from tests.station_agent.operator.test_chromium import touch
from tests.station_agent.waiting import until

PRESS: dict[str, Any] = {"machine_id": str(MACHINE)}
needs_chromium = pytest.mark.skipif(PROGRAM is None, reason=MISSING)


def over(agent: Agent, number: int, reason: UUID | None) -> Stop:
    """One of ten minutes, the higher its number the newer."""
    began = agent.store.clock.now() - timedelta(hours=10) + timedelta(minutes=15 * number)
    return Stop(began, MachineState.STOPPED, began + timedelta(minutes=10), reason_id=reason)


def test_stops_that_wait_are_not_hidden_behind_those_just_explained(agent: Agent, page: Page) -> None:
    stops = tuple(over(agent, number, reason_id("Sensor") if number >= 4 else None) for number in range(14))
    notes = replace(agent.desk.floor.machines[MACHINE], stops=stops)
    agent.desk.floor = replace(agent.desk.floor, machines={MACHINE: notes})
    shown = page.machine("P1")["recent"]
    waiting = [stop["started_at"] for stop in shown[:4]]
    assert [stop["reason"] for stop in shown] == [None] * 4 + ["Sensor"] * RECENT
    assert waiting == sorted(waiting, reverse=True)


@needs_chromium
def test_a_stop_that_has_a_reason_asks_for_it_again_where_the_office_waits_for_some_of_it(
    tmp_path: Path, agent: Agent, page: Page
) -> None:
    first, other = over(agent, 1, reason_id("Sensor")), over(agent, 2, reason_id("Break"))
    stops = (replace(first, office_asks=True), other)
    agent.desk.floor = replace(
        agent.desk.floor, machines={MACHINE: replace(agent.desk.floor.machines[MACHINE], stops=stops)}
    )
    shown = page.machine("P1")["recent"]
    assert [(stop["reason"], stop["explained"]) for stop in shown] == [("Sensor", False), ("Break", True)]
    with Browser(tmp_path / "browser") as browser:
        browser.open(agent.health.url + "station/S1#P1")
        browser.until("document.querySelector('#stops li')?.innerText.includes('Sensor · why?')")
        assert "why?" not in browser.texts("#stops li")[1]
        touch(browser, "#stops li button")
        touch(browser, f"#reasons [data-reason='{reason_id('Sensor')}']")
        browser.until("![...document.querySelectorAll('#stops li')].some((item) => item.innerText.includes('why?'))")
        assert browser.problems == []
    (said,) = events_of(agent, "stop_reasoned")
    assert said["reason_id"] == said["seen_reason_id"] == str(reason_id("Sensor"))


def off(press: Press, slave: Slave, page: Page) -> str:
    """The press stands, then its main switch is off; when nothing was known any more."""
    press.registers[0] = 0
    until(lambda: page.machine("P1")["state"] == "stopped")
    slave.break_with(Fault.SILENT)
    until(lambda: page.machine("P1")["state"] == "unknown" and page.machine("P1")["stop"] is not None)
    return str(page.machine("P1")["stop"]["started_at"])


def test_with_the_main_switch_off_the_page_asks_and_takes_a_reason(
    agent: Agent, page: Page, press: Press, slave: Slave
) -> None:
    began = off(press, slave, page)
    asked = page.machine("P1")["stop"]
    assert (asked["state"], asked["explained"], began) == ("unknown", False, page.machine("P1")["since"])
    of: dict[str, Any] = {**PRESS, "started_at": began, "reason_id": str(reason_id("Spindle"))}
    assert page.say("reason", **of).status_code == 200
    assert page.machine("P1")["stop"]["reason"] == "Spindle"
    slave.mend()
    press.registers[0] = 1
    until(lambda: page.machine("P1")["state"] == "running")
    silent, stood = page.machine("P1")["recent"][::-1]
    assert (silent["reason"], stood["reason"], silent["started_at"]) == ("Spindle", None, began)
    assert stood["ended_at"] == began


def test_a_state_is_said_by_hand_without_a_server_while_no_signal_tells_it(
    agent: Agent, page: Page, press: Press, slave: Slave
) -> None:
    assert not page.machine("P1")["can_override"]
    assert page.say("state", **PRESS, state="setup").json()["code"] == "has_signals"
    off(press, slave, page)
    assert page.machine("P1")["can_override"]
    assert page.say("state", **PRESS, state="fault", person="Ben").status_code == 200
    shown = page.machine("P1")
    assert (shown["state"], shown["overridden"], shown["person"]) == ("fault", True, "Ben")
    assert page.say("state", **PRESS, state="maintenance", person="Ben").status_code == 200
    assert [event["state"] for event in events_of(agent, "state_set")] == ["fault", "maintenance"]
    slave.mend()
    until(lambda: page.machine("P1")["state"] == "stopped")
    assert page.say("state", **PRESS, state="setup").json()["code"] == "has_signals"


def two_devices(main: int, remote: int) -> AgentConfiguration:
    """The press with its counter on a remote I/O."""
    run, alarm, good, temperature = machine_tags("press")
    counter = tag("remote", "good", 2, role=good.role, machine_id=MACHINE, max_rate=1000.0)
    return shop(devices=(device("press", main, run, alarm, temperature), device("remote", remote, counter)))


@needs_chromium
@pytest.mark.parametrize(("language", "words"), [("en", "not read since"), ("de", "nicht gelesen seit")])
def test_a_counter_that_is_not_read_says_so(
    tmp_path: Path, press: Press, slave: Slave, language: str, words: str
) -> None:
    with (
        Slave(press.read) as remote,
        Agent(tmp_path / "agent", configuration=two_devices(slave.port, remote.port)) as agent,
        httpx.Client(base_url=agent.health.url, trust_env=False) as client,
        Browser(tmp_path / "browser", language=language) as browser,
    ):
        page = Page(client)
        until(lambda: page.machine("P1")["state"] == "running")
        until(lambda: bool(agent.engine.derivation.last_read()))
        assert page.machine("P1")["unread_counts"] == {}
        browser.open(agent.health.url + "station/S1#P1")
        browser.until("catalogue && machine()?.code === 'P1'")
        remote.break_with(Fault.SILENT)
        until(lambda: "good" in page.machine("P1")["unread_counts"])
        assert page.machine("P1")["state"] == "running"
        since = datetime.fromisoformat(page.machine("P1")["unread_counts"]["good"])
        assert since <= datetime.now(UTC)
        browser.until(f"document.querySelector('#counts .unread').innerText.startsWith('{words}')")
        remote.mend()
        browser.until("document.querySelector('#counts .unread').innerText === ''")
        assert page.machine("P1")["unread_counts"] == {}
        assert browser.problems == []


@needs_chromium
def test_a_finger_says_why_and_what_while_no_signal_tells_it(
    tmp_path: Path, agent: Agent, page: Page, press: Press, slave: Slave
) -> None:
    with Browser(tmp_path / "browser") as browser:
        browser.open(agent.health.url + "station/S1#P1")
        browser.until("catalogue && machine()?.code === 'P1'")
        assert browser.run("document.querySelector('#override').hidden")
        off(press, slave, page)
        browser.until("machine().state === 'unknown' && machine().stop !== null && !el.state.disabled")
        touch(browser, "#state")
        touch(browser, f"#reasons [data-reason='{reason_id('Break')}']")
        browser.until("document.querySelector('#state').innerText.includes('Reason: Break')")
        touch(browser, "#override")
        touch(browser, "#by-hand button:nth-child(4)")
        browser.until("machine().overridden && machine().state === 'maintenance'")
        browser.until("document.querySelector('#stops li').innerText.includes('why?')")
        assert browser.problems == []
