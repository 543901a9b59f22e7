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
from tests.station_agent.peripherals.station import DIAMETER, gauge, station, values

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


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_long_code_is_told_in_short_and_widens_nothing(browser: Browser, scheme: str) -> None:
    browser.look(1024, 600, scheme)
    text = "X" * 150
    enter(browser, "#type-code", text)
    browser.until("takings.scans.length === 1")
    browser.until("document.querySelector('#sheet-said').innerText.startsWith('Code kept')")
    assert browser.texts("#sheet-said") == [f"Code kept: {'X' * 40}…"]
    assert browser.run("document.documentElement.scrollWidth") == 1024
    assert "typed" in browser.texts("#scans li .from")[0]
    browser.press("Escape")
    browser.run(f"tellSaid('{'Y' * 150}', null, true)")
    assert browser.run("document.documentElement.scrollWidth") == 1024
    assert browser.run("el.saidText.getBoundingClientRect().right <= el.today.getBoundingClientRect().right")


@needs_chromium
def test_a_separator_is_seen_in_what_is_told(browser: Browser) -> None:
    enter(browser, "#type-code", "10A\u001d21\u00021")
    browser.until("takings.scans.length === 1")
    browser.until("document.querySelector('#sheet-said').innerText.startsWith('Code kept')")
    assert browser.texts("#sheet-said") == ["Code kept: 10A<GS>21\u24021"]


@needs_chromium
@pytest.mark.parametrize(("width", "height"), [(1024, 600), (1280, 900), (1920, 1080)])
def test_a_characteristic_is_read_in_full_and_a_value_has_room(browser: Browser, width: int, height: int) -> None:
    browser.look(width, height)
    touch(browser, "#type-value")
    browser.until("el.characteristic.options.length > 0")
    browser.run("el.characteristic.options[0].text = 'Bore diameter, left (mm)'")
    natural = (
        "(() => { const one = el.characteristic.cloneNode(true); one.style.cssText = 'position: fixed; flex: none';"
        " el.valueForm.append(one); const { width } = one.getBoundingClientRect(); one.remove(); return width; })()"
    )
    assert browser.run(f"el.characteristic.getBoundingClientRect().width >= {natural}")
    assert browser.run("el.value.offsetWidth") >= 100


@needs_chromium
@pytest.mark.parametrize(
    ("button", "field", "text"), [("#type-value", "#value", f"12.{1:037}"), ("#type-code", "#code", "X" * 4097)]
)
def test_what_is_too_long_is_refused_whole_in_words(browser: Browser, button: str, field: str, text: str) -> None:
    enter(browser, button, text)
    browser.until("document.querySelector('#sheet-said').innerText.includes('too long')")
    assert browser.run(f"document.querySelector('{field}').value") == text


@needs_chromium
def test_what_is_no_number_is_typed_over(browser: Browser) -> None:
    enter(browser, "#type-value", "12.3.4")
    browser.until("document.querySelector('#sheet-said').innerText === '12.3.4 is no number.'")
    browser.call("Input.insertText", text="12.34")
    assert browser.run("el.value.value") == "12.34"
    browser.press("Enter")
    browser.until("document.querySelector('#readings .from')?.innerText.includes('typed')")


FAR = "1200 Diameter (mm) is far from the limits 11.9 \N{EN DASH} 12.1. Enter again keeps it."


def held_down(browser: Browser) -> None:
    """Enter as a key that is not let go of repeats it."""
    key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r", "autoRepeat": True}
    browser.call("Input.dispatchKeyEvent", type="keyDown", **key)


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_value_far_from_its_limits_is_asked_about_once(agent: Agent, browser: Browser, scheme: str) -> None:
    browser.look(1024, 600, scheme)
    enter(browser, "#type-value", "1200")
    browser.until(f"document.querySelector('#sheet-said').innerText === '{FAR}'")
    assert browser.run("document.documentElement.scrollWidth") == 1024
    held_down(browser)
    assert browser.run("typed.length + takings.readings.length") == 0
    browser.press("Enter")
    browser.until("takings.readings.length === 1 && el.value.value === ''")
    browser.call("Input.insertText", text="12,00")
    browser.press("Enter")
    browser.until("takings.readings.length === 2")
    assert values(agent) == ["1200", "12.00"]


@needs_chromium
def test_a_far_value_is_typed_over_and_asked_about_anew_where_the_question_is_gone(browser: Browser) -> None:
    enter(browser, "#type-value", "1.20")
    browser.until("document.querySelector('#sheet-said').innerText.startsWith('1.20 Diameter (mm) is far')")
    browser.run("tellSaid('something else', null)")
    browser.press("Enter")
    browser.until("document.querySelector('#sheet-said').innerText.startsWith('1.20 Diameter (mm) is far')")
    browser.call("Input.insertText", text="12.0")
    assert browser.texts("#sheet-said") == [""]
    browser.press("Enter")
    browser.until("document.querySelector('#readings li b')?.innerText === '12.0 mm'")
    assert browser.run("takings.readings.length") == 1
