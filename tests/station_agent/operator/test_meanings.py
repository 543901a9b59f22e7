"""What codes mean on the operator page, those that are typed too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from unison_domain.codes.item_pattern import ItemPattern
from unison_station.agent import Agent

from tests.station_agent.configurations import STATION
from tests.station_agent.operator.chromium import MISSING, PROGRAM, Browser
from tests.station_agent.operator.talk import Page, events_of
from tests.station_agent.peripherals.station import station

GS1 = "010950600013435210ABC\x1d17251231"
BOLTS = ItemPattern(name="Bolts", pattern=r"B-(?P<part>\d{4})")


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    configuration = station().model_copy(update={"item_patterns": (BOLTS,)})
    with Agent(tmp_path / "agent", configuration=configuration) as agent:
        yield agent


@pytest.fixture
def page(agent: Agent) -> Iterator[Page]:
    with httpx.Client(base_url=agent.health.url, trust_env=False) as client:
        yield Page(client)


def enter(page: Page, text: str) -> httpx.Response:
    return page.say("scan", station_id=str(STATION), text=text)


def test_a_typed_code_is_split_from_its_identifier(agent: Agent, page: Page) -> None:
    assert enter(page, f" ]C1{GS1}\r\n").status_code == 200
    (event,) = events_of(agent, "scan_taken")
    assert (event["text"], event["symbology"], event["source"]) == (GS1, "C1", "typed")
    for nothing in ("  ", " ]C1 "):
        refused = enter(page, nothing)
        assert (refused.status_code, refused.json()["code"]) == (422, "no_text")


def test_own_barcodes_are_read_and_guesses_say_so(page: Page) -> None:
    for text in ("B-1234", "]A012345670", f"]C1{GS1}", "hello"):
        enter(page, text)
    unknown, gs1, gtin, own = page.hear("takings")["scans"]
    assert [one["perhaps"] for one in (unknown, gs1, gtin, own)] == [False, False, True, True]
    assert own["meanings"] == [[{"name": "part", "identifier": "", "shown": "1234"}]]
    assert gtin["meanings"][0][0]["shown"] == "00000012345670"


@pytest.mark.skipif(PROGRAM is None, reason=MISSING)
def test_a_guess_is_shown_as_one(tmp_path: Path, agent: Agent, page: Page) -> None:
    enter(page, f"]C1{GS1}")
    enter(page, "]A012345670")
    with Browser(tmp_path / "profile") as browser:
        browser.open(agent.health.url + "station/S1")
        browser.until("document.querySelector('#taken').innerText.includes('perhaps GTIN 00000012345670')")
        browser.until("performance.now() > deafUntil")
        browser.tap("#taken")
        browser.until("document.querySelectorAll('#scans li').length === 2")
        guess, known = browser.texts("#scans li .meaning")
        assert guess == "perhaps GTIN 00000012345670"
        assert "perhaps" not in known
