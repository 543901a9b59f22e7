"""The operator page over HTTP: what is shown, what is taken."""

import signal
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
from unison_station.agent import Agent
from unison_station.configuration_file import save_configuration
from unison_station.store import StoreFull
from unison_station.uplink import enrol

from tests.station_agent.configurations import MACHINE
from tests.station_agent.devices.slave import Slave
from tests.station_agent.engine.press import Press
from tests.station_agent.operator.shop import BENCH, reason_id, shop
from tests.station_agent.operator.talk import Page, events_of
from tests.station_agent.test_agent import Program
from tests.station_agent.uplink.server import AGENT, ORGANIZATION, FakeServer, running
from tests.station_agent.waiting import until

BENCH_ID, PRESS_ID = str(BENCH), str(MACHINE)


def stop(press: Press, page: Page) -> str:
    """The press stands; when it began to."""
    press.registers[0] = 0
    until(lambda: page.machine("P1")["stop"] is not None)
    return str(page.machine("P1")["stop"]["started_at"])


def run(press: Press, page: Page) -> None:
    press.registers[0] = 1
    until(lambda: page.machine("P1")["state"] == "running")


# ---- states


def test_signals_tell_the_state_where_there_are_any(page: Page) -> None:
    press, bench = page.machine("P1"), page.machine("B1")
    assert (press["by_hand"], press["state"]) == (False, "running")
    assert (bench["by_hand"], bench["state"], bench["since"]) == (True, None, None)
    refused = page.say("state", machine_id=PRESS_ID, state="stopped")
    assert (refused.status_code, refused.json()["code"]) == (409, "has_signals")


def test_a_state_set_by_hand_is_one_event(agent: Agent, page: Page) -> None:
    assert page.say("state", machine_id=BENCH_ID, state="running", person="Anna").status_code == 200
    (event,) = events_of(agent, "state_set")
    assert (event["state"], event["person"], event["machine_id"]) == ("running", "Anna", BENCH_ID)
    bench = page.machine("B1")
    assert (bench["state"], bench["since"], bench["person"]) == ("running", event["started_at"], "Anna")
    assert page.say("state", machine_id=BENCH_ID, state="running").json()["code"] == "is_so"
    assert page.say("state", machine_id=BENCH_ID, state="starved").status_code == 422


def test_a_tap_counts_once_however_often_it_comes(agent: Agent, page: Page) -> None:
    tap: dict[str, Any] = {"id": str(uuid4()), "machine_id": BENCH_ID, "state": "stopped"}
    assert [page.say("state", **tap).status_code for _ in range(3)] == [200, 200, 200]
    assert len(events_of(agent, "state_set")) == 1


# ---- reasons


def test_a_reason_for_the_stop_that_lasts(agent: Agent, page: Page, press: Press) -> None:
    began = stop(press, page)
    chosen: dict[str, Any] = {"machine_id": PRESS_ID, "started_at": began, "reason_id": str(reason_id("Spindle"))}
    assert page.say("reason", **chosen, person="Anna").status_code == 200
    (event,) = events_of(agent, "stop_reasoned")
    assert (event["started_at"], event["ended_at"], event["seen_reason_id"]) == (began, None, None)
    shown = page.machine("P1")["stop"]
    assert (shown["reason"], shown["person"], shown["signals"]) == ("Spindle", "Anna", None)


def test_a_persons_reason_is_kept_apart_from_the_signals_word(agent: Agent, page: Page, press: Press) -> None:
    began = stop(press, page)
    page.say("reason", machine_id=PRESS_ID, started_at=began, reason_id=str(reason_id("Break")))
    press.registers[1] = 1
    until(lambda: page.machine("P1")["state"] == "fault")
    shown = page.machine("P1")["stop"]
    assert (shown["started_at"], shown["state"]) == (began, "fault")
    assert (shown["signals"], shown["reason"]) == ("door open", "Break")


def test_stops_that_are_over_wait_for_a_reason(page: Page, agent: Agent, press: Press) -> None:
    first = stop(press, page)
    run(press, page)
    second = stop(press, page)
    run(press, page)
    assert [one["started_at"] for one in page.machine("P1")["recent"]] == [second, first]
    page.say("reason", machine_id=PRESS_ID, started_at=first, reason_id=str(reason_id("Sensor")))
    assert [one["reason"] for one in page.machine("P1")["recent"]] == [None, "Sensor"]
    (event,) = events_of(agent, "stop_reasoned")
    assert event["ended_at"] == page.machine("P1")["recent"][1]["ended_at"]


def test_who_saw_an_older_reason_overwrites_nobody(page: Page, press: Press, agent: Agent) -> None:
    began = stop(press, page)
    about: dict[str, Any] = {"machine_id": PRESS_ID, "started_at": began}
    assert page.say("reason", **about, reason_id=str(reason_id("Sensor"))).status_code == 200
    late = page.say("reason", **about, reason_id=str(reason_id("Drive")))
    assert (late.status_code, late.json()["code"]) == (409, "said_meanwhile")
    seen = str(reason_id("Sensor"))
    assert page.say("reason", **about, reason_id=str(reason_id("Drive")), seen_reason_id=seen).status_code == 200
    assert [event["seen_reason_id"] for event in events_of(agent, "stop_reasoned")] == [None, seen]
    unknown = page.say("reason", **about, reason_id=str(uuid4()), seen_reason_id=str(reason_id("Drive")))
    assert unknown.json()["code"] == "no_such_reason"
    nothing = page.say("reason", machine_id=PRESS_ID, started_at="2020-01-01T00:00:00Z", reason_id=seen)
    assert nothing.json()["code"] == "no_such_stop"


def test_reasons_given_often_come_first(page: Page, press: Press) -> None:
    began = stop(press, page)
    assert page.hear("catalogue")["reasons"]["press"]["frequent"] == []
    page.say("reason", machine_id=PRESS_ID, started_at=began, reason_id=str(reason_id("Drive")))
    reasons = page.hear("catalogue")["reasons"]["press"]
    assert [tile["name"] for tile in reasons["frequent"]] == ["Drive"]
    electrical = next(group for group in reasons["groups"] if group["name"] == "Failure / Electrical")
    assert [tile["name"] for tile in electrical["tiles"]] == ["Drive", "Sensor"]


# ---- calls


def test_a_call_goes_on_tap_by_tap(agent: Agent, page: Page) -> None:
    assert page.say("call", machine_id=BENCH_ID, called="quality").status_code == 200
    assert page.say("call", machine_id=BENCH_ID, called="quality").json()["code"] == "is_called"
    (call,) = page.machine("B1")["calls"]
    assert (call["called"], call["state"], call["arrived_at"]) == ("quality", "called", None)
    assert page.say("arrived", call_id=call["id"]).status_code == 200
    assert page.say("arrived", call_id=call["id"]).json()["code"] == "is_so"
    assert page.say("withdrawn", call_id=call["id"]).json()["code"] == "call_moved_on"
    assert page.machine("B1")["calls"][0]["state"] == "arrived"
    assert page.say("done", call_id=call["id"]).status_code == 200
    assert page.machine("B1")["calls"] == []
    assert page.say("done", call_id=call["id"]).json()["code"] == "no_such_call"
    states = [(event["call_id"], event["state"]) for event in events_of(agent, "call_changed")]
    assert states == [(call["id"], "called"), (call["id"], "arrived"), (call["id"], "done")]


# ---- undo


def test_what_was_said_is_taken_back_as_an_event_of_its_own(agent: Agent, page: Page, press: Press) -> None:
    began = stop(press, page)
    tap = str(uuid4())
    page.say("reason", id=tap, machine_id=PRESS_ID, started_at=began, reason_id=str(reason_id("Spindle")))
    assert page.say("undo", undoes=tap).status_code == 200
    assert [event["reason_id"] for event in events_of(agent, "stop_reasoned")] == [str(reason_id("Spindle")), None]
    assert page.machine("P1")["stop"]["reason"] is None
    assert page.say("undo", undoes=tap).json()["code"] == "said_meanwhile"
    assert page.say("undo", undoes=str(uuid4())).json()["code"] == "nothing_to_undo"


def test_a_state_taken_back_leaves_the_one_before(agent: Agent, page: Page) -> None:
    first_tap, tap = str(uuid4()), str(uuid4())
    assert page.say("state", id=first_tap, machine_id=BENCH_ID, state="stopped").json() == {"undo": False}
    assert page.say("undo", undoes=first_tap).json()["code"] == "nothing_to_undo"
    before = page.machine("B1")
    assert page.say("state", id=tap, machine_id=BENCH_ID, state="running").json() == {"undo": True}
    assert page.machine("B1")["stop"] is None
    page.say("undo", undoes=tap)
    after = page.machine("B1")
    assert (after["state"], after["stop"]["started_at"]) == ("stopped", before["stop"]["started_at"])
    first, second, third = events_of(agent, "state_set")
    assert (third["state"], third["started_at"]) == (first["state"], second["started_at"])
    assert len({first["id"], second["id"], third["id"]}) == 3


def test_calls_are_taken_back(agent: Agent, page: Page) -> None:
    taps = [str(uuid4()) for _ in range(3)]
    page.say("call", id=taps[0], machine_id=BENCH_ID, called="setter")
    page.say("done", id=taps[1], call_id=taps[0])
    assert page.machine("B1")["calls"] == []
    page.say("undo", undoes=taps[1])
    assert [call["state"] for call in page.machine("B1")["calls"]] == ["called"]
    page.say("call", id=taps[2], machine_id=BENCH_ID, called="logistics")
    page.say("undo", undoes=taps[2])
    assert [call["called"] for call in page.machine("B1")["calls"]] == ["setter"]
    told = [(event["state"], event["takes_back"]) for event in events_of(agent, "call_changed")]
    assert told == [("called", False), ("done", False), ("called", True), ("called", False), ("withdrawn", False)]


# ---- what is kept


def test_a_restart_keeps_all_of_it(tmp_path: Path, slave: Slave, press: Press) -> None:
    tap = str(uuid4())
    with (
        Agent(tmp_path, configuration=shop(slave.port)) as agent,
        httpx.Client(base_url=agent.health.url, trust_env=False) as client,
    ):
        page = Page(client)
        began = stop(press, page)
        page.say("reason", id=tap, machine_id=PRESS_ID, started_at=began, reason_id=str(reason_id("Break")))
        page.say("call", machine_id=BENCH_ID, called="setter")
        page.say("state", machine_id=BENCH_ID, state="setup")
        shown = {code: page.machine(code) for code in ("P1", "B1")}
    with (
        Agent(tmp_path, configuration=shop(slave.port)) as agent,
        httpx.Client(base_url=agent.health.url, trust_env=False) as client,
    ):
        page = Page(client)
        until(lambda: page.machine("P1")["state"] == "stopped")
        assert {code: page.machine(code) for code in ("P1", "B1")} == shown
        again = page.say("reason", id=tap, machine_id=PRESS_ID, started_at=began, reason_id=str(reason_id("Break")))
        assert again.status_code == 200
        assert len(events_of(agent, "stop_reasoned")) == 1


def test_what_was_said_to_be_kept_outlives_a_kill(tmp_path: Path) -> None:
    taps = [str(uuid4()) for _ in range(5)]
    with Program(tmp_path / "agent", shop()) as program:
        url = orjson.loads((tmp_path / "agent" / "local.json").read_bytes())["url"]
        with httpx.Client(base_url=url, trust_env=False) as client:
            page = Page(client)
            for tap, kind in zip(taps, ("setter", "maintenance", "quality", "logistics", "setter"), strict=True):
                machine = PRESS_ID if tap == taps[4] else BENCH_ID
                assert page.say("call", id=tap, machine_id=machine, called=kind).status_code == 200
        program.end(signal.SIGKILL)
    with Agent(tmp_path / "agent", configuration=shop()) as agent:
        assert [event["call_id"] for event in events_of(agent, "call_changed")] == taps
        assert list(map(str, agent.desk.floor.calls)) == taps


def test_what_cant_be_kept_is_not_done(page: Page, agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = agent.store.commit

    def refuse(*_: object) -> range:
        raise StoreFull("no room")

    monkeypatch.setattr(agent.store, "commit", refuse)
    refused = page.say("call", machine_id=BENCH_ID, called="setter")
    assert (refused.status_code, refused.json()["code"]) == (503, "not_kept")
    monkeypatch.setattr(agent.store, "commit", commit)
    until(lambda: page.hear("floor")["line"]["refusal"] is None)
    assert page.machine("B1")["calls"] == []
    assert events_of(agent, "call_changed") == []
    assert page.say("call", machine_id=BENCH_ID, called="setter").status_code == 200


def test_why_nothing_is_kept_is_told_in_the_language_of_the_page(
    agent: Agent, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> range:
        raise StoreFull("the disk of /d is full: free some space, nothing is taken until then")

    monkeypatch.setattr(agent.store, "commit", refuse)
    press.registers[0] = 0
    with httpx.Client(base_url=agent.health.url, trust_env=False, headers={"Accept-Language": "de"}) as client:
        page = Page(client)
        until(lambda: page.hear("floor")["line"]["refusal"] is not None)
        assert page.hear("floor")["line"]["refusal"] == (
            "die Platte von /d ist voll: Platz freimachen, bis dahin wird nichts genommen"
        )


def test_why_nothing_is_sent_is_told_in_the_language_of_the_page(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "unison_station.agent.lamp", lambda _link: ("refused", "This device token is not, or no longer, valid")
    )
    with httpx.Client(base_url=agent.health.url, trust_env=False, headers={"Accept-Language": "de"}) as client:
        assert Page(client).hear("floor")["line"]["unsent"] == "Dieser Zugang (Gerät) gilt nicht oder nicht mehr"


def test_a_browser_that_reads_nothing_delays_nobody(page: Page, client: httpx.Client, press: Press) -> None:
    with client.stream("GET", "/station/S1/news"):
        press.make(3)
        until(lambda: page.machine("P1")["counts"]["good"] == 3)
        assert page.say("call", machine_id=BENCH_ID, called="setter").status_code == 200


def test_an_agent_ends_while_pages_are_open(tmp_path: Path) -> None:
    with (
        httpx.Client(trust_env=False) as client,
        Agent(tmp_path, configuration=shop()) as agent,
        client.stream("GET", agent.health.url + "station/S1/news") as answer,
    ):
        lines = answer.iter_lines()
        next(lines)
        agent.stop()
        for _ in lines:
            pass


# ---- what the desktop says


def test_a_call_shows_what_was_said_in_the_desktop(
    tmp_path: Path, slave: Slave, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unison_station.uplink.heartbeat.BEAT_SECONDS", 0.1)
    wanted = shop(slave.port, agent_id=AGENT, organization_id=ORGANIZATION)
    with running(FakeServer(configuration=wanted)) as server:
        identity = enrol(tmp_path, server.url, "code_12345678", version="test")
        save_configuration(tmp_path / "configuration.json", wanted)
        with (
            Agent(tmp_path, identity=identity) as agent,
            httpx.Client(base_url=agent.health.url, trust_env=False) as client,
        ):
            page, call = Page(client), str(uuid4())
            page.say("call", id=call, machine_id=BENCH_ID, called="maintenance")
            server.wait_for(lambda: any(event["kind"] == "call_changed" for event in server.taken))
            now = "2026-11-21T01:00:00Z"
            said = {"id": call, "machine_id": BENCH_ID, "machine_code": "B1", "machine_name": "Glue bench"}
            said |= {"plant_id": BENCH_ID, "called": "maintenance", "called_at": now, "answered_at": now}
            server.calls = [{**said, "state": "called"}]
            until(lambda: [one["state"] for one in page.machine("B1")["calls"]] == ["answered"])
            assert page.say("arrived", call_id=call).status_code == 200
            server.calls = [{**said, "state": "done", "arrived_at": now, "done_at": now}]
            until(lambda: page.machine("B1")["calls"] == [])
            assert [event["state"] for event in events_of(agent, "call_changed")] in ([], ["arrived"])
            assert page.say("done", call_id=call).json()["code"] == "no_such_call"
