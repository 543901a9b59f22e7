"""Signing on in a real browser."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from unison_domain.codes.events import ScanSource, ScanTaken
from unison_station.agent import Agent
from unison_station.uplink import Identity
from unison_station.uplink.transport import CONNECT_SECONDS, SILENCE_SECONDS

from tests.station_agent.configurations import STATION
from tests.station_agent.operator.badges import (
    NOW,
    agent,
    identity,
    needs_chromium,
    scan,
    server,
    told,
    touch,
)
from tests.station_agent.operator.chromium import Browser
from tests.station_agent.uplink.server import FakeServer
from tests.station_agent.waiting import until

__all__ = ["agent", "identity", "server"]


def waits(agent: Agent) -> bool:
    """Whether the agent knows that the page waits for a badge."""
    probe = ScanTaken(at=NOW, id=uuid4(), station_id=STATION, source=ScanSource.SCANNER, text="probe")
    return agent.signing_on.awaited.is_badge(probe, [])


@needs_chromium
@pytest.mark.parametrize("language", ["en", "de"])
def test_the_page_signs_on_by_pin_and_shows_who_it_is(tmp_path: Path, agent: Agent, language: str) -> None:
    with Browser(tmp_path / "browser", language=language) as browser:
        browser.open(agent.health.url + "station/S1")
        browser.until("people.signs_on")
        touch(browser, "#person-button")
        touch(browser, "#sign-on-names button")
        for digit in "4711":
            touch(browser, f"#pin-pad .keys button:nth-child({digit})")
        touch(browser, "#pin-pad .primary")
        browser.until("document.querySelector('#person-button').innerText.startsWith('Eve')")
        browser.until("!document.querySelector('#sign-on-sheet').open")
        scan(agent, "ADA-BADGE")
        browser.until("document.querySelector('#person-button').innerText.startsWith('Ada')")
        scan(agent, "ADA-BADGE")
        browser.until("document.querySelector('#said').innerText.includes(word('signed_on_again', { name: 'Ada' }))")
        touch(browser, "#person-button")
        browser.until("document.querySelector('#sign-on-sheet').open")
        until(lambda: waits(agent))
        scan(agent, "NOBODYS-BADGE")
        browser.until("document.querySelector('#sign-on-sheet .sheet-said.tone-bad')?.innerText.length > 10")
        browser.until("document.querySelector('#said').hidden")
        touch(browser, "#sign-off")
        browser.until("floor.person === null")
        assert browser.problems == []


@needs_chromium
def test_people_of_one_name_are_told_apart(tmp_path: Path, server: FakeServer, identity: Identity) -> None:
    twins = [
        {"id": str(uuid4()), "name": name, "has_pin": True, "ends_at": None, "told_apart_by": number}
        for name, number in (("Eve Meyer", "E-1"), ("Eve Meyer", "E-2"), ("Tim Otto", None))
    ]
    server.roster = told(people=twins, badges=[])
    with Agent(tmp_path, identity=identity) as agent, Browser(tmp_path / "browser") as browser:
        until(lambda: agent.signing_on.is_known and agent.engine.configuration.version > 0)
        browser.open(agent.health.url + "station/S1")
        browser.until("people.signs_on")
        touch(browser, "#person-button")
        assert browser.texts("#sign-on-names button") == ["Eve Meyer (E-1)", "Eve Meyer (E-2)", "Tim Otto"]
        touch(browser, "#sign-on-names button:nth-child(2)")
        assert browser.texts("#pin-pad h2") == ["Eve Meyer (E-2)"]
        assert browser.problems == []


@needs_chromium
def test_the_page_waits_for_a_pin_as_long_as_the_agent_does(tmp_path: Path, agent: Agent) -> None:
    with Browser(tmp_path / "browser") as browser:
        browser.open(agent.health.url + "station/S1")
        browser.until("people.signs_on")
        touch(browser, "#person-button")
        touch(browser, "#sign-on-names button")
        touch(browser, "#pin-pad .keys button:nth-child(3)")
        browser.run("AbortSignal.timeout = (ms) => { window.patience = ms; return new AbortController().signal; }; 0")
        touch(browser, "#pin-pad .primary")
        browser.until("document.querySelector('#sign-on-sheet .sheet-said.tone-bad')?.innerText.length > 10")
        assert browser.run("window.patience") > (CONNECT_SECONDS + SILENCE_SECONDS) * 1000


@needs_chromium
def test_what_one_was_refused_is_not_told_to_the_next(tmp_path: Path, agent: Agent) -> None:
    with Browser(tmp_path / "browser") as browser:
        browser.open(agent.health.url + "station/S1")
        browser.until("people.signs_on")
        touch(browser, "#person-button")
        touch(browser, "#sign-on-names button")
        for _ in range(4):
            touch(browser, "#pin-pad .keys button:nth-child(3)")
        touch(browser, "#pin-pad .primary")
        browser.until("document.querySelector('#sign-on-sheet .sheet-said.tone-bad')?.innerText.length > 10")
        touch(browser, "#pin-pad > button")
        browser.until("document.querySelector('#sign-on-names').offsetHeight > 0")
        assert browser.texts("#sign-on-sheet .sheet-said") == [""]
        assert browser.problems == []


@needs_chromium
def test_nobody_takes_a_practice_page_for_a_real_one(tmp_path: Path, server: FakeServer, identity: Identity) -> None:
    server.roster = told(is_practice=True)
    with Agent(tmp_path, identity=identity) as agent, Browser(tmp_path / "browser") as browser:
        until(lambda: agent.signing_on.is_practice and agent.engine.configuration.version > 0)
        browser.open(agent.health.url + "station/S1")
        browser.until("people.signs_on")
        browser.until("document.querySelector('#practice').offsetHeight > 20")
        assert browser.texts("#practice") == ["Practice: nothing done here is real"]
        assert browser.problems == []
