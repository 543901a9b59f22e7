"""What is typed at the operator page, and what was refused there: in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from unison_domain.quality.events import ReadingSource, ReadingTaken
from unison_domain.stations.gauge_settings import GaugeFormat
from unison_station.agent import Agent
from unison_station.operator.recent import Recent, Refusal
from unison_station.operator.takings_view import REFUSAL_SEEN, Takings, takings_view

from tests.station_agent.configurations import STATION
from tests.station_agent.operator.chromium import MISSING, PROGRAM, Browser
from tests.station_agent.peripherals.station import DIAMETER, gauge, station

needs_chromium = pytest.mark.skipif(PROGRAM is None, reason=MISSING)
CALIPER = station(gauge("nowhere", GaugeFormat.MITUTOYO, DIAMETER, "1"))
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    with Agent(tmp_path / "agent", configuration=CALIPER) as agent:
        yield agent


@pytest.fixture
def browser(tmp_path: Path, agent: Agent) -> Iterator[Browser]:
    with Browser(tmp_path / "profile") as browser:
        browser.open(agent.health.url + "station/S1")
        browser.run("window.beep = () => {}; 1")
        browser.until("document.querySelector('#taken').checkVisibility()")
        yield browser
        assert browser.problems == []


def touch(browser: Browser, selector: str) -> None:
    browser.until("performance.now() > deafUntil")
    browser.tap(selector)


def enter(browser: Browser, button: str, text: str) -> None:
    touch(browser, button)
    browser.call("Input.insertText", text=text)
    browser.press("Enter")


def refusal(at: datetime) -> Refusal:
    return Refusal(at, STATION, "mitutoyo", "mitutoyo: out of range")


@pytest.mark.parametrize(
    ("after", "stays"), [(timedelta(0) - REFUSAL_SEEN, True), (REFUSAL_SEEN / 2, True), (REFUSAL_SEEN, False)]
)
def test_a_refusal_goes_when_its_gauge_gave_a_good_value_well_after_it(after: timedelta, stays: bool) -> None:
    good = ReadingTaken(
        at=NOON + after,
        id=uuid4(),
        station_id=STATION,
        characteristic_id=DIAMETER,
        peripheral_id=CALIPER.peripherals[0].id,
        source=ReadingSource.GAUGE,
        value=Decimal("12.00"),
    )
    takings = Takings(CALIPER, Recent().after([good]), (refusal(NOON),), (), NOON.date())
    assert bool(takings_view(CALIPER.stations[0], takings)["refusals"]) is stays


@needs_chromium
def test_a_refusal_tells_its_time_and_can_be_dismissed(agent: Agent, browser: Browser) -> None:
    touch(browser, "#type-value")
    agent.desk.show(refusal(NOON))
    browser.until("document.querySelector('#refusals')?.innerText.includes('out of range')")
    assert browser.run("document.querySelector('#refusals').innerText.includes(clockTime(takings.refusals[0].at))")
    touch(browser, "#refusals button")
    browser.until("!document.querySelector('#refusals li')")
    assert browser.run("document.querySelector('#taken b').innerText.includes('out of range')") is False
