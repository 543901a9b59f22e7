"""The page in a real browser: what a finger on the glass brings about."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from unison_station.agent import Agent
from unison_station.configuration_file import save_configuration
from unison_station.uplink import Identity, enrol

from tests.station_agent.devices.slave import Slave
from tests.station_agent.engine.press import Press
from tests.station_agent.operator.chromium import MISSING, PROGRAM, Browser
from tests.station_agent.operator.shop import reason, shop
from tests.station_agent.operator.talk import events_of
from tests.station_agent.uplink.server import AGENT, ORGANIZATION, TOKEN, FakeServer, running
from tests.station_agent.uplink.test_tls import Authority
from tests.station_agent.waiting import until

pytestmark = pytest.mark.skipif(PROGRAM is None, reason=MISSING)

PRESS, BENCH = "#machines button:nth-child(2)", "#machines button:nth-child(1)"
SCREENS = [(1024, 600), (1920, 1080)]


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with Browser(tmp_path / "profile") as browser:
        yield browser
        assert browser.problems == []


@pytest.fixture
def at_press(browser: Browser, agent: Agent) -> Browser:
    """The page of the station, at the press."""
    browser.open(agent.health.url + "station/S1#P1")
    browser.until("document.querySelector('#state .word').innerText.startsWith('Running')")
    return browser


def stop(press: Press, browser: Browser) -> None:
    press.registers[0] = 0
    browser.until("document.querySelector('#state .word').innerText.startsWith('Stopped')")


def touch(browser: Browser, selector: str, times: int = 1) -> None:
    """A tap of somebody who looks first: what comes right after another tap is taken for trembling."""
    browser.until("performance.now() > deafUntil")
    browser.tap(selector, times)


def reason_tile(browser: Browser, name: str) -> str:
    script = f"[...document.querySelectorAll('#reasons button')].find((b) => b.innerText === {json.dumps(name)})"
    browser.until(f"Boolean({script})")
    return f"#reasons button[data-reason='{browser.run(f'{script}.dataset.reason')}']"


def test_two_taps_give_a_reason_and_make_one_event(agent: Agent, at_press: Browser, press: Press) -> None:
    stop(press, at_press)
    touch(at_press, "#state")
    touch(at_press, reason_tile(at_press, "Spindle"))
    at_press.until("document.querySelector('#state').innerText.includes('Reason: Spindle')")
    assert [event["reason_id"] is not None for event in events_of(agent, "stop_reasoned")] == [True]
    assert "Reason kept: Spindle" in at_press.texts("#said span")


@pytest.mark.parametrize(
    ("began", "ended", "shown", "until_shown"),
    [
        ("2026-03-09T05:10", "2026-03-09T05:40", "06:10", "06:40"),
        ("2026-03-06T21:10", "2026-03-06T21:40", "Fri 22:10", "22:40"),
        ("2026-03-06T21:10", "2026-03-09T05:02", "Fri 22:10", "Mon 06:02"),
        ("2026-03-08T22:50", "2026-03-08T23:10", "Sun 23:50", "Mon 00:10"),
        ("2026-02-27T21:10", "2026-02-27T21:40", "Feb 27 22:10", "22:40"),
    ],
)
def test_a_stop_of_another_day_says_of_which(
    at_press: Browser, began: str, ended: str, shown: str, until_shown: str
) -> None:
    """On Monday morning, by the plant's clock."""
    script = """
        (() => {
            const news = { floor, catalogue, zone, now };
            now = () => Date.parse("2026-03-09T06:00Z");
            zone = "Europe/Berlin";
            const one = { id: "", started_at: "BEGANZ", ended_at: "ENDEDZ", signals: "" };
            floor = { ...floor, machines: floor.machines.map((each) => ({ ...each, recent: [one] })) };
            render();
            askAbout(one);
            const told = [document.querySelector("#stops .when span").innerText, el.reasonTitle.innerText];
            el.reasonSheet.close();
            ({ floor, catalogue, zone, now } = news);
            return told;
        })()
    """
    row, title = at_press.run(script.replace("BEGAN", began).replace("ENDED", ended))
    row, title = row.replace("\u00a0", " "), title.replace("\u00a0", " ")
    assert row.split(" \u2013 ") == [shown, until_shown]
    assert f"from {shown} to {until_shown}?" in title


def test_a_machine_that_comes_takes_the_place_of_none_that_is_shown(at_press: Browser) -> None:
    script = """
        (() => {
            const now = floor, seen = [];
            const look = (machines) => {
                floor = { ...now, machines };
                deafUntil = 0;
                render();
                seen.push([machine().code, deafUntil > 0]);
            };
            const [bench, press] = now.machines;
            chosen = "";
            shown = null;
            look([press]);
            look([bench, press]);
            look([bench]);
            floor = now;
            choose(press.code);
            return seen;
        })()
    """
    assert at_press.run(script) == [["P1", False], ["P1", False], ["B1", True]]


def test_a_trembling_finger_counts_once(agent: Agent, at_press: Browser, press: Press) -> None:
    touch(at_press, "#calls li:nth-child(2) button", times=4)
    at_press.until("document.querySelector('#calls li:nth-child(2)').innerText.includes('called 0:0')")
    stop(press, at_press)
    touch(at_press, "#state")
    touch(at_press, reason_tile(at_press, "Break"), times=3)
    at_press.until("document.querySelector('#state').innerText.includes('Reason: Break')")
    assert len(events_of(agent, "stop_reasoned")) == 1
    assert [event["state"] for event in events_of(agent, "call_changed")] == ["called"]


def test_stops_before_are_two_taps_too_and_a_reason_can_be_changed(
    agent: Agent, at_press: Browser, press: Press
) -> None:
    stop(press, at_press)
    press.registers[0] = 1
    touch(at_press, "#stops li button")
    touch(at_press, reason_tile(at_press, "Sensor"))
    at_press.until("document.querySelector('#stops li').innerText.includes('Sensor')")
    touch(at_press, "#stops li button")
    assert at_press.run("document.querySelector('#reasons [aria-pressed=true]').innerText") == "Sensor"
    touch(at_press, reason_tile(at_press, "Drive"))
    at_press.until("document.querySelector('#stops li').innerText.includes('Drive')")
    first, second = events_of(agent, "stop_reasoned")
    assert second["seen_reason_id"] == first["reason_id"]


def test_a_type_whose_reasons_are_not_known_yet_is_told_in_words_until_they_come(
    agent: Agent, at_press: Browser, press: Press
) -> None:
    stop(press, at_press)
    at_press.run("delete catalogue.reasons.press")
    touch(at_press, "#state")
    at_press.until("el.reasonSheet.open")
    assert "No reasons are set up for this kind of machine" in "".join(at_press.texts("#reasons"))
    now = agent.engine.configuration
    more = {"version": now.version + 1, "reasons": (*now.reasons, reason(130, "Coolant", "Failure"))}
    agent.engine.configure(now.model_copy(update=more))
    touch(at_press, reason_tile(at_press, "Coolant"))
    at_press.until("document.querySelector('#state').innerText.includes('Reason: Coolant')")


def test_undo_is_offered_and_takes_back(agent: Agent, at_press: Browser) -> None:
    touch(at_press, "#calls li:nth-child(1) button")
    at_press.until("document.querySelector('#said').innerText.startsWith('Setter called')")
    touch(at_press, "#said button")
    at_press.until("document.querySelector('#said').innerText === 'Taken back'")
    at_press.until("document.querySelector('#calls li').innerText.endsWith('call')")
    assert [event["state"] for event in events_of(agent, "call_changed")] == ["called", "withdrawn"]


def test_a_call_made_by_mistake_is_withdrawn_also_later(agent: Agent, at_press: Browser) -> None:
    touch(at_press, "#calls li:nth-child(1) button")
    at_press.until("document.querySelector('#calls .withdraw').checkVisibility()")
    touch(at_press, "#calls li:nth-child(1) button.withdraw")
    at_press.until("document.querySelector('#said').innerText.startsWith('Setter is not needed')")
    at_press.until("!document.querySelector('#calls .withdraw').checkVisibility()")
    assert [event["state"] for event in events_of(agent, "call_changed")] == ["called", "withdrawn"]


@pytest.mark.parametrize(("width", "height"), [*SCREENS, (1280, 900)])
def test_what_is_said_lies_over_nothing_that_is_pressed_or_needed(at_press: Browser, width: int, height: int) -> None:
    at_press.look(width, height)
    at_press.run("tellSaid('Reason kept: Spindle changed over to the long bars', crypto.randomUUID())")
    covered = at_press.run(
        "(() => { const said = el.said.getBoundingClientRect();"
        " return [...document.querySelectorAll('h1, #lamp, #clock, button')].filter((one) => {"
        "  const b = one.getBoundingClientRect(); return !el.said.contains(one) && one.checkVisibility()"
        "   && b.left < said.right && said.left < b.right && b.top < said.bottom && said.top < b.bottom; })"
        " .map((one) => one.innerText); })()"
    )
    assert (covered, at_press.run("el.undo.checkVisibility()")) == ([], True)
    assert at_press.run("['h1', '#person-button'].every((one) => document.querySelector(one).checkVisibility())")


def test_a_tap_on_the_name_takes_nothing_back(agent: Agent, at_press: Browser) -> None:
    at_press.look(1280, 900)
    x, y = at_press.middle("#person-button")
    touch(at_press, "#calls li:nth-child(1) button")
    at_press.until("el.undo.checkVisibility() && performance.now() > deafUntil")
    at_press.tap_at(x, y)
    at_press.until("el.nameSheet.open")
    assert [event["state"] for event in events_of(agent, "call_changed")] == ["called"]


def test_the_box_of_the_name_is_small_and_closed_in_every_way(at_press: Browser) -> None:
    at_press.look(1280, 900)
    for is_beside in (False, True):
        touch(at_press, "#person-button")
        at_press.until("el.nameSheet.open && performance.now() > deafUntil")
        assert at_press.run("document.activeElement === el.name && el.nameSheet.offsetHeight < 400")
        x, y = (20, 450) if is_beside else at_press.middle("#name-sheet .close")
        at_press.tap_at(x, y)
        at_press.until("!el.nameSheet.open")
    touch(at_press, "#person-button")
    at_press.press("Escape")
    at_press.until("!el.nameSheet.open")


def test_a_machine_without_signals_is_set_by_one_tap(agent: Agent, at_press: Browser) -> None:
    touch(at_press, BENCH)
    at_press.until("document.querySelector('#state .word').innerText.startsWith('Not said yet')")
    assert at_press.run("location.hash") == "#B1"
    touch(at_press, "#by-hand button:nth-child(2)")
    at_press.until("document.querySelector('#state .word').innerText.startsWith('Stopped')")
    assert "by hand" in at_press.texts("#state .source")
    touch(at_press, "#state")
    touch(at_press, reason_tile(at_press, "Glue pot empty"))
    at_press.until("document.querySelector('#state').innerText.includes('Glue pot empty')")
    assert [event["state"] for event in events_of(agent, "state_set")] == ["stopped"]
    assert "Hydraulics" not in "".join(at_press.texts("#reasons"))


def test_it_works_by_keyboard_alone(agent: Agent, at_press: Browser, press: Press) -> None:
    stop(press, at_press)
    at_press.run("document.querySelector('#state').focus()")
    at_press.press("Enter")
    at_press.until("document.querySelector('#reason-sheet').open")
    at_press.press("Escape")
    at_press.until("!document.querySelector('#reason-sheet').open && performance.now() > deafUntil")
    at_press.press("Enter")
    at_press.until("document.querySelector('#reason-sheet').open && performance.now() > deafUntil")
    for _ in range(12):
        if at_press.run("Boolean(document.activeElement.dataset.reason)"):
            break
        at_press.press("Tab")
    at_press.press("Enter")
    until(lambda: len(events_of(agent, "stop_reasoned")) == 1)


def test_without_the_server_it_works_the_same_and_tells_what_waits(
    tmp_path: Path, browser: Browser, slave: Slave, press: Press
) -> None:
    wanted = shop(slave.port, agent_id=AGENT, organization_id=ORGANIZATION)
    with running(FakeServer(configuration=wanted)) as server:
        identity = enrol(tmp_path / "agent", server.url, "code_12345678", version="test")
        save_configuration(tmp_path / "agent" / "configuration.json", wanted)
    with Agent(tmp_path / "agent", identity=identity) as agent:
        browser.open(agent.health.url + "station/S1#P1")
        browser.until("document.querySelector('#lamp').innerText.includes('Server away')")
        browser.until("/\\d+ events wait,\\s+the oldest for 0:/.test(document.querySelector('#lamp').innerText)")
        stop(press, browser)
        touch(browser, "#state")
        touch(browser, reason_tile(browser, "Break"))
        browser.until("document.querySelector('#state').innerText.includes('Reason: Break')")
        port = int(server.url.rpartition(":")[2])
        with running(FakeServer(configuration=wanted), port) as back:
            back.wait_for(lambda: any(event["kind"] == "stop_reasoned" for event in back.taken))
            browser.until("document.querySelector('#lamp').innerText.trim() === 'Connected'")


def enrolled_elsewhere(server: FakeServer) -> None:
    server.token, server.heartbeat_status = "of another history", 401


def cloned(server: FakeServer) -> None:
    body = server.problem("identity_conflict", "another PC sends under this identity")
    server.always = lambda exchange: exchange.answer(409, body)


def older(server: FakeServer) -> None:
    server.always = lambda exchange: exchange.answer(422, server.problem("protocol_unknown", "it is 0 here"))


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (enrolled_elsewhere, "the device token is unknown"),
        (cloned, "another PC sends under this identity"),
        (older, "update the older of the two"),
    ],
)
def test_a_server_that_refuses_this_pc_is_not_told_as_away(
    tmp_path: Path, browser: Browser, slave: Slave, how: Callable[[FakeServer], None], words: str
) -> None:
    wanted = shop(slave.port, agent_id=AGENT, organization_id=ORGANIZATION)
    with running(FakeServer(configuration=wanted)) as server:
        identity = enrol(tmp_path / "agent", server.url, "code_12345678", version="test")
        save_configuration(tmp_path / "agent" / "configuration.json", wanted)
        how(server)
        with Agent(tmp_path / "agent", identity=identity) as agent:
            browser.open(agent.health.url + "station/S1#P1")
            browser.until("document.querySelector('#lamp').innerText.includes('The server refuses this PC')")
            browser.until(f"document.querySelector('#notice').innerText.includes({json.dumps(words)})")
            assert "kept here and not sent" in browser.run("document.querySelector('#notice').innerText")


def test_a_server_whose_certificate_is_in_doubt_is_told_as_that(tmp_path: Path, browser: Browser, slave: Slave) -> None:
    wanted = shop(slave.port, agent_id=AGENT, organization_id=ORGANIZATION)
    plant, stranger = Authority(tmp_path, "plant"), Authority(tmp_path, "stranger")
    with running(FakeServer(configuration=wanted), tls=stranger.server()) as server:
        identity = Identity(
            server=server.url, agent_id=AGENT, organization_id=ORGANIZATION, device_token=TOKEN, authority=plant.pem
        )
        with Agent(tmp_path / "agent", identity=identity, configuration=wanted) as agent:
            browser.open(agent.health.url + "station/S1#P1")
            browser.until("document.querySelector('#lamp').innerText.includes('certificate is not believed')")
            browser.until("document.querySelector('#notice').innerText.includes('not from the authority')")


def test_an_agent_that_is_started_again_finds_the_page_open(
    tmp_path: Path, browser: Browser, slave: Slave, press: Press
) -> None:
    folder = tmp_path / "agent"
    with Agent(folder, configuration=shop(slave.port)) as first:
        port = int(first.health.url.rsplit(":", 1)[1].strip("/"))
        browser.open(first.health.url + "station/S1#P1")
        browser.until("document.querySelector('#state .word').innerText.startsWith('Running')")
        token = browser.run("token")
    browser.until("document.querySelector('#notice').innerText.includes('does not answer')")
    with Agent(folder, configuration=shop(slave.port), health_port=port) as second:
        browser.until(f"token !== {json.dumps(token)} && document.querySelector('#notice').hidden")
        stop(press, browser)
        touch(browser, "#state")
        touch(browser, reason_tile(browser, "Break"))
        browser.until("document.querySelector('#state').innerText.includes('Reason: Break')")
        assert len(events_of(second, "stop_reasoned")) == 1


@pytest.mark.parametrize(("width", "height"), SCREENS)
def test_every_target_is_large_enough_for_gloves_and_all_fits(
    at_press: Browser, press: Press, width: int, height: int
) -> None:
    at_press.look(width, height)
    stop(press, at_press)
    found: list[Any] = _small(at_press)
    touch(at_press, "#state")
    found += _small(at_press)
    at_press.press("Escape")
    touch(at_press, BENCH)
    found += _small(at_press)
    assert found == []
    assert at_press.run(
        "document.scrollingElement.scrollHeight <= innerHeight && document.body.scrollWidth <= innerWidth"
    )


def test_german_where_the_browser_asks_for_it(tmp_path: Path, agent: Agent) -> None:
    with Browser(tmp_path / "deutsch", language="de") as browser:
        browser.open(agent.health.url + "station/S1#P1")
        browser.until("document.querySelector('#state .word').innerText.startsWith('Läuft')")
        assert "Instandhaltung" in "".join(browser.texts("#calls"))
        browser.until("/Heute seit \\d\\d:\\d\\d an diesem PC/.test(el.counts.innerText)")


def _small(browser: Browser) -> list[Any]:
    """Buttons below 60 px, cut off, or out of sight without a list that scrolls."""
    script = """
        [...document.querySelectorAll('button')].filter((b) => b.checkVisibility())
            .map((b) => [b, b.getBoundingClientRect()])
            .filter(([b, r]) => r.width < 60 || r.height < 60 || b.scrollWidth > b.clientWidth + 1
                || (!b.closest('#stops, #reasons') && (r.bottom > innerHeight || r.right > innerWidth)))
            .map(([b, r]) => [b.innerText, r.width, r.height])
    """
    return list(browser.run(script))


def test_that_the_agent_is_gone_is_seen_above_an_open_sheet(agent: Agent, at_press: Browser, press: Press) -> None:
    stop(press, at_press)
    touch(at_press, "#state")
    at_press.until("document.querySelector('#reason-sheet').open")
    agent.stop()
    at_press.until("document.querySelector('#notice').hidden === false")
    at_press.until(
        """(() => {
            const box = document.querySelector("#notice").getBoundingClientRect();
            return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)?.id === "notice";
        })()"""
    )
    at_press.run("document.querySelector('#reason-sheet').close()")
    at_press.until("document.querySelector('#notice').previousElementSibling === document.querySelector('header')")
