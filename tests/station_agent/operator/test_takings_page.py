"""Scans and readings on the operator page, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from unison_station.agent import Agent
from unison_station.operator.actions import Refused, TypeReading
from unison_station.operator.doer import Doer
from unison_station.operator.takings import typed_reading

from tests.station_agent.configurations import STATION
from tests.station_agent.operator.chromium import MISSING, PROGRAM, Browser
from tests.station_agent.operator.instruments_bench import GS1, LOST_GS, Bench, agent, bench, page
from tests.station_agent.operator.talk import Page, events_of
from tests.station_agent.operator.test_takings import one_set
from tests.station_agent.peripherals.station import DIAMETER, WEIGHT, states, station, values
from tests.station_agent.waiting import until

__all__ = ["agent", "bench", "page"]

needs_chromium = pytest.mark.skipif(PROGRAM is None, reason=MISSING)


@pytest.fixture
def browser(tmp_path: Path, agent: Agent) -> Iterator[Browser]:
    with Browser(tmp_path / "profile") as browser:
        browser.open(agent.health.url + "station/S1")
        browser.run("window.beeps = []; window.beep = (name, count) => beeps.push(...Array(count).fill(name)); 1")
        browser.until("document.querySelector('#taken').checkVisibility()")
        yield browser
        assert browser.problems == []


def touch(browser: Browser, selector: str) -> None:
    browser.until(
        "performance.now() > deafUntil && takingRows().every((row) => !(performance.now() - row.movedAt < AIM_MS))"
    )
    browser.tap(selector)


@needs_chromium
def test_each_scan_sounds_once_when_it_is_on_disk(agent: Agent, browser: Browser, bench: Bench) -> None:
    for number in range(10):
        bench.scanner.scan(f"PART-{number}", "C0")
    browser.until("beeps.length === 10")
    assert len(events_of(agent, "scan_taken")) == 10
    browser.until("document.querySelector('#taken b').innerText === 'PART-9'")
    assert browser.run("new Set(beeps).size === 1 && beeps[0] === 'good'")
    browser.until("!document.querySelector('#taken').dataset.fresh")
    bench.scanner.cable.send(b"half a code")
    browser.until("beeps.at(-1) === 'bad'")
    browser.until("document.querySelector('#taken').innerText.includes('given up')")
    assert len(events_of(agent, "scan_taken")) == 10


COUNT_TONES = """
    window.tones = 0; window.sounded = AudioScheduledSourceNode.prototype.start;
    AudioScheduledSourceNode.prototype.start = function (...when) { tones += 1; return sounded.apply(this, when); }; 1
"""


@needs_chromium
@pytest.mark.parametrize(("language", "words"), [("en", "Sound is off: tap here"), ("de", "Ton ist aus: hier tippen")])
def test_what_came_while_a_browser_may_not_sound_is_silent_and_told_so(
    tmp_path: Path, agent: Agent, bench: Bench, language: str, words: str
) -> None:
    with Browser(tmp_path / "untouched", language=language) as browser:
        browser.open(agent.health.url + "station/S1")
        browser.run(COUNT_TONES)
        browser.until("audio?.state === 'suspended'")
        browser.until("document.querySelector('#sound-off').checkVisibility()")
        assert browser.texts("#sound-off") == [words]
        for number in range(3):
            bench.scanner.scan(f"EARLY-{number}")
        browser.until("takings.scans.length === 3")
        browser.run("new Promise((resume) => setTimeout(resume, IN_TIME_MS))")
        browser.tap("#sound-off")
        browser.until("audio.state === 'running' && !document.querySelector('#sound-off').checkVisibility()")
        assert browser.run("tones") == 0, "they do not all come at once"
        bench.scanner.scan("LATE")
        browser.until("tones === 1")
        assert browser.problems == []


@needs_chromium
def test_a_code_is_told_in_words_and_a_lost_separator_is_a_warning(browser: Browser, bench: Bench) -> None:
    bench.scanner.scan(GS1, "d2")
    browser.until("document.querySelector('#taken').innerText.includes('USE BY or EXPIRY 2025-12-31')")
    bench.scanner.scan(LOST_GS, "d2")
    browser.until("document.querySelector('#taken').innerText.includes('dropped a separator')")
    touch(browser, "#taken")
    browser.until("document.querySelectorAll('#scans li').length === 2")
    lost, whole = browser.texts("#scans li")
    assert "ABC<GS>17251231" in whole
    assert "have it send GS" in lost
    assert browser.run("document.querySelector('#scans li').classList.contains('tone-warning')")


@needs_chromium
def test_codes_that_count_together_are_one_row_with_one_button(agent: Agent, browser: Browser) -> None:
    agent.desk.take(one_set(1, "PART-1", "SN-7", "25"), agent.engine, doer=Doer.DEVICE)
    browser.until("document.querySelector('#taken b').innerText === 'PART-1 · SN-7 · 25'")
    assert browser.run("beeps.length") == 1
    touch(browser, "#taken")
    browser.until("document.querySelectorAll('#scans li').length === 1")
    (row,) = browser.texts("#scans li")
    assert "3 codes that count together" in row
    assert row.index("part 0") < row.index("part 1") < row.index("part 2")
    touch(browser, "#scans li button")
    browser.until("document.querySelector('#scans li').classList.contains('undone')")
    assert len(events_of(agent, "scan_undone")) == 3


@needs_chromium
def test_a_tap_aimed_at_one_row_takes_back_no_other_that_came_to_its_place(
    agent: Agent, browser: Browser, bench: Bench
) -> None:
    bench.scanner.scan("MINE")
    browser.until("takings.scans.length === 1")
    touch(browser, "#taken")
    browser.until("document.querySelectorAll('#scans li').length === 1 && performance.now() > deafUntil")
    aimed = browser.middle("#scans li button")
    browser.run("window.clock = performance.now(); performance.now = () => clock; 1")
    bench.scanner.scan("ANOTHER'S")
    browser.until("document.querySelectorAll('#scans li').length === 2")
    browser.tap_at(*aimed)
    browser.until("document.querySelector('#sheet-said').innerText === 'The list moved: tap again'")
    browser.run("clock += AIM_MS; 1")
    browser.tap("#scans li:nth-child(2) button")
    browser.until("document.querySelector('#scans li:nth-child(2)').classList.contains('undone')")
    (undone,) = events_of(agent, "scan_undone")
    assert undone["scan_id"] == browser.run("takings.scans[1].id")


@needs_chromium
def test_one_value_enter_next_and_undo(agent: Agent, browser: Browser, bench: Bench) -> None:
    touch(browser, "#type-value")
    browser.until("document.activeElement === document.querySelector('#value')")
    for typed in ("12,050", "11.800"):
        browser.call("Input.insertText", text=typed)
        browser.press("Enter")
        browser.until(f"document.querySelector('#readings li b')?.innerText === '{typed.replace(',', '.')} mm'")
        browser.until("document.activeElement === document.querySelector('#value') && !document.activeElement.value")
    assert values(agent) == ["12.050", "11.800"]
    assert "below the limit 11.9 mm" in browser.texts("#readings li")[0]
    browser.call("Input.insertText", text="12.o5")
    browser.press("Enter")
    browser.until("document.querySelector('#sheet-said').innerText === '12.o5 is no number.'")
    touch(browser, "#readings li:nth-child(1) button")
    browser.until("document.querySelector('#readings li').classList.contains('undone')")
    assert len(events_of(agent, "reading_undone")) == 1
    bench.caliper.press(Decimal("12.000"))
    browser.until("document.querySelector('#readings li b').innerText === '12.000 mm'")
    bench.caliper.fail()
    browser.until("document.querySelector('#refusals').innerText.includes('not connected')")
    bench.caliper.cable.unplug()
    browser.until("document.querySelector('#peripherals').innerText.startsWith('mitutoyo: not there')")
    browser.press("Escape")
    browser.until("document.querySelector('#taken .away').innerText.includes('mitutoyo: not there')")


def typed(browser: Browser, text: str, enters: bool = True) -> None:
    browser.call("Input.insertText", text=text)
    if enters:
        browser.press("Enter")


HOLD_FIRST = """
    window.sent = []; window.real = fetch; window.release = null;
    window.fetch = async (url, options) => {
      sent.push(JSON.parse(options.body));
      if (sent.length === 1) await new Promise((resume) => { release = resume; });
      return real(url, options);
    }; 1
"""

LOSE_FIRST = """
    window.sent = []; window.real = fetch;
    window.fetch = async (url, options) => {
      sent.push(JSON.parse(options.body));
      const answer = await real(url, options);
      if (sent.length === 1) throw new TypeError("the answer was lost");
      return answer;
    }; 1
"""


@needs_chromium
def test_what_is_typed_fast_is_kept_in_the_order_it_was_typed(agent: Agent, browser: Browser) -> None:
    touch(browser, "#type-value")
    browser.run(HOLD_FIRST)
    for text in ("12.001", "12.002", "12.003"):
        typed(browser, text)
    browser.until("sent.length === 1 && release && typed.length === 3")
    browser.run("release()")
    browser.until("takings.readings.length === 3 && !typed.length")
    assert values(agent) == ["12.001", "12.002", "12.003"]


@needs_chromium
def test_a_value_is_of_nothing_else_when_what_was_chosen_goes(agent: Agent, browser: Browser, bench: Bench) -> None:
    diameter, weight = bench.configuration.characteristics
    touch(browser, "#type-value")
    browser.run(f"el.characteristic.value = '{WEIGHT}'; el.characteristic.dispatchEvent(new Event('change')); 1")
    typed(browser, "12.05", enters=False)
    for version, measured in enumerate([(diameter,), (), (diameter,), (diameter, weight)], 2):
        agent.engine.configure(bench.configuration.model_copy(update={"version": version, "characteristics": measured}))
        browser.until(f"el.characteristic.options.length === {len(measured)}")
        assert browser.run("[el.characteristic.value, el.value.value]") == ["", "12.05"]
        assert browser.run("el.unchosen.textContent").startswith("Weight (g) is no longer measured here")
    browser.run("el.value.focus()")
    browser.press("Enter")
    browser.until(
        "el.sheetSaid.textContent === el.unchosen.textContent && document.activeElement === el.characteristic"
    )
    assert values(agent) == []
    browser.run(f"el.characteristic.value = '{WEIGHT}'; el.characteristic.dispatchEvent(new Event('change')); 1")
    assert browser.run("el.unchosen.hidden && document.activeElement === el.value")
    browser.press("Enter")
    until(lambda: values(agent) == ["12.05"])
    assert events_of(agent, "reading_taken")[0]["characteristic_id"] == str(WEIGHT)


@needs_chromium
def test_a_value_whose_answer_was_lost_is_told_again_and_counts_once(agent: Agent, browser: Browser) -> None:
    touch(browser, "#type-value")
    browser.run(LOSE_FIRST)
    typed(browser, "12.001")
    typed(browser, "12.002")
    browser.until("takings.readings.length === 2 && !typed.length && sent.length === 3")
    assert browser.run("sent[0].id === sent[1].id && sent[1].id !== sent[2].id")
    assert values(agent) == ["12.001", "12.002"]


def test_a_german_page_hears_of_faults_in_german(agent: Agent, bench: Bench) -> None:
    bench.caliper.fail()
    bench.scanner.scan("UN1:HU:4711")
    bench.scanner.scan(LOST_GS, "d2")
    until(lambda: len(agent.peripherals.reports) == 3 and len(events_of(agent, "scan_taken")) == 2)
    german = {"Accept-Language": "de"}
    with httpx.Client(base_url=agent.health.url, trust_env=False, headers=german) as client:
        page = Page(client)
        until(lambda: bool(page.hear("takings")["refusals"]))
        told = page.hear("takings")
    assert told["refusals"][0]["words"].endswith("Das Messmittel ist nicht angeschlossen oder sendet nichts")
    (own,) = told["scans"][1]["meanings"]
    assert [(part["name"], part["shown"]) for part in own] == [("Ladeeinheit", "4711")]
    assert "Der Scanner hat vielleicht ein Trennzeichen verschluckt" in told["scans"][0]["warnings"][0]


def test_what_is_too_fine_is_told_with_the_step(tmp_path: Path, bench: Bench) -> None:
    steps = [one.model_copy(update={"resolution": Decimal("0.05")}) for one in bench.configuration.characteristics]
    fine = bench.configuration.model_copy(update={"characteristics": tuple(steps)})
    with Agent(tmp_path / "fine", configuration=fine) as agent, httpx.Client(base_url=agent.health.url) as client:
        refused = Page(client).say("reading", station_id=str(STATION), characteristic_id=str(DIAMETER), value="12.01")
        assert refused.json() == {
            "code": "too_fine",
            "message": "Diameter is measured in steps of 0.05 mm",
            "parameters": {"name": "Diameter", "step": "0.05 mm"},
        }


def test_a_step_has_no_exponent() -> None:
    configuration = station()
    fine = configuration.characteristics[0].model_copy(update={"resolution": Decimal("1E-7")})
    configuration = configuration.model_copy(update={"characteristics": (fine,)})
    action = TypeReading(
        do="reading", id=uuid4(), station_id=STATION, characteristic_id=DIAMETER, value=Decimal("0.00000012")
    )
    with pytest.raises(Refused, match=r"is measured in steps of 0\.0000001 mm"):
        typed_reading(action, configuration, datetime.now(UTC))


@needs_chromium
def test_what_is_refused_is_named_and_lost_to_nobody(agent: Agent, browser: Browser) -> None:
    touch(browser, "#type-value")
    browser.run(HOLD_FIRST)
    long, other = f"12.{1:030}", f"12.{2:030}"
    typed(browser, long)
    browser.until("Boolean(release)")
    typed(browser, "12.05", enters=False)
    browser.run("release()")
    browser.until(f"document.querySelector('#typed li')?.innerText.startsWith('{long} Diameter (mm) is not kept: ')")
    assert long in browser.texts("#sheet-said")[0]
    assert browser.run("el.value.value") == "12.05"
    browser.press("Enter")
    browser.until("takings.readings.length === 1")
    touch(browser, "#typed button")
    browser.until("!document.querySelector('#typed li')")
    browser.run("el.value.focus()")
    typed(browser, other)
    browser.until(f"el.value.value === '{other}' && !typed.length")
    assert values(agent) == ["12.05"]


@needs_chromium
def test_what_can_not_be_kept_for_now_waits_in_sight_until_it_is(agent: Agent, browser: Browser) -> None:
    touch(browser, "#type-value")
    browser.run(
        'window.real = fetch; window.fetch = async () => new Response(\'{"code": "not_kept"}\', {status: 503}); 1'
    )
    typed(browser, "12.001")
    typed(browser, "12.002")
    browser.until("document.querySelectorAll('#typed li').length === 2")
    assert "can't write at the moment" in browser.texts("#typed li")[0]
    assert "typed and not kept: 2" in browser.run("el.takenAway.textContent")
    browser.run("window.fetch = real; 1")
    browser.until("takings.readings.length === 2 && !document.querySelector('#typed li')")
    assert values(agent) == ["12.001", "12.002"]


@needs_chromium
def test_the_name_is_the_stations_and_outlives_the_browser(agent: Agent, browser: Browser, bench: Bench) -> None:
    touch(browser, "#person-button")
    browser.until("document.activeElement === document.querySelector('#name')")
    browser.call("Input.insertText", text="Ada")
    browser.press("Enter")
    browser.until("document.querySelector('#person-button').innerText === 'Ada'")
    browser.until("document.querySelector('#said span').innerText === 'Ada works here now'")
    browser.run("localStorage.clear()")
    browser.open(agent.health.url + "station/S1")
    browser.run("window.beep = () => {}; 1")
    browser.until("document.querySelector('#person-button').innerText === 'Ada'")
    bench.scanner.scan("PART-1")
    browser.until("takings.scans.length === 1")
    assert events_of(agent, "scan_taken")[0]["person"] == "Ada"
    browser.until("performance.now() > deafUntil")
    browser.run("sayName(el.name.value = '')")
    browser.until("document.querySelector('#person-button').innerText === 'no name'")


@needs_chromium
def test_a_restart_shows_the_same_without_a_sound(tmp_path: Path, bench: Bench, browser: Browser, agent: Agent) -> None:
    port = int(agent.health.url.rsplit(":", 1)[1].strip("/"))
    bench.scanner.scan("BEFORE")
    browser.until("document.querySelector('#taken b').innerText === 'BEFORE' && beeps.length === 1")
    token = browser.run("token")
    agent.__exit__()
    with Agent(tmp_path / "agent", configuration=bench.configuration, health_port=port) as again:
        browser.until(f"token !== {json.dumps(token)} && document.querySelector('#notice').hidden")
        until(lambda: states(again) == ["online"] * 3)
        bench.scanner.scan("AFTER")
        browser.until("document.querySelector('#taken b').innerText === 'AFTER'")
        assert browser.run("beeps.length") == 2


@needs_chromium
@pytest.mark.parametrize(("width", "height"), [(1024, 600), (1920, 1080)])
def test_targets_are_large_and_all_fits(agent: Agent, browser: Browser, bench: Bench, width: int, height: int) -> None:
    browser.look(width, height)
    for number in range(10):
        bench.scanner.scan(f"{GS1}21{number}", "d2")
        measured = {"station_id": STATION, "characteristic_id": DIAMETER, "value": Decimal(f"12.00{number}")}
        agent.desk.act(TypeReading(do="reading", id=uuid4(), **measured), agent.engine)
    browser.until("takings.scans.length === 10 && takings.readings.length === 10")
    script = """
        [...document.querySelectorAll('button, input, select')].filter((b) => b.checkVisibility())
            .map((b) => [b, b.getBoundingClientRect()])
            .filter(([b, r]) => r.width < 60 || r.height < 60
                || (!b.closest('ol') && (r.bottom > innerHeight || r.right > innerWidth)))
            .map(([b, r]) => [b.innerText, r.width, r.height])
    """
    found = browser.run(script)
    touch(browser, "#type-code")
    browser.until("document.querySelectorAll('#scans li').length === 10")
    assert found + browser.run(script) == []
    assert browser.run(
        "document.scrollingElement.scrollHeight <= innerHeight && document.body.scrollWidth <= innerWidth"
    )
