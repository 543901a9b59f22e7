"""Signing on at a station: by badge with the server or without it, and by PIN with it."""

from __future__ import annotations

import signal
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from unison_domain.identity.badge_contracts import Roster
from unison_domain.identity.badge_text import badge_hash
from unison_station.agent import Agent
from unison_station.operator import signing_on
from unison_station.operator.roster import KeptRoster, save_roster
from unison_station.platform.files import private_folder
from unison_station.uplink import Identity

from tests.station_agent.configurations import SPACE, STATION
from tests.station_agent.operator import killed_signing_on
from tests.station_agent.operator.badges import (
    ADA,
    EVE,
    KEY,
    agent,
    badge,
    cut,
    identity,
    said,
    scan,
    server,
    signed_on,
    told,
    who,
    words,
)
from tests.station_agent.operator.shop import shop
from tests.station_agent.operator.talk import Page
from tests.station_agent.operator.test_rebooted_pc import DEAD_BATTERY, Boot
from tests.station_agent.uplink.server import AGENT, FakeServer
from tests.station_agent.waiting import until
from tests.station_agent.warm import Child

__all__ = ["agent", "identity", "server"]

ELSEWHERE = "Eve has no access to the plant of station S1; an administrator gives it"


def says_kept(child: Child) -> bool:
    return killed_signing_on.KEPT in child.lines


def test_a_badge_names_at_once_and_is_verified_when_the_server_answered(agent: Agent, server: FakeServer) -> None:
    cut(server)
    server.wait_for(lambda: len(server.heartbeats) > 2)
    scan(agent, "]C0ada-badge ")
    assert (signed_on(agent).person_id, signed_on(agent).is_verified) == (ADA, False)
    scan(agent, "PART-1")
    server.heartbeat_status = 200
    until(lambda: signed_on(agent).is_verified)
    scan(agent, "PART-2")
    assert said(agent) == [("PART-1", "Ada", ADA, False), ("PART-2", "Ada", ADA, True)]
    assert server.sign_ons == [{"station_id": str(STATION), "badge": badge_hash(KEY, "ADA-BADGE")}]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"title": "", "status": 403, "code": "elsewhere", "detail": ELSEWHERE}, ELSEWHERE),
        ({"of": "somebody between"}, "The server does not let this badge sign on: hand it in"),
    ],
)
def test_a_badge_the_server_refuses_signs_off_in_its_words(
    agent: Agent, server: FakeServer, answer: dict[str, Any], says: str
) -> None:
    server.signs_on = lambda _asked: (403, answer)
    scan(agent, "EVE-BADGE")
    until(lambda: who(agent) is None)
    until(lambda: words(agent) == [says])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("LOST-BADGE", "reported lost"),
        ("TAKEN-BADGE", "not valid any more"),
        ("FAR-BADGE", "in other plants only"),
        ("TIM-BADGE", "in other plants only"),
    ],
)
def test_a_badge_that_names_nobody_says_why_and_is_no_scan(agent: Agent, text: str, says: str) -> None:
    scan(agent, text)
    assert who(agent) is None
    assert says in words(agent)[0]
    assert said(agent) == []


def test_the_same_person_again_is_another_tap(agent: Agent, server: FakeServer) -> None:
    scan(agent, "ADA-BADGE")
    until(lambda: signed_on(agent).is_verified)
    first = signed_on(agent)
    scan(agent, "PART-1")
    assert signed_on(agent).tap == first.tap
    scan(agent, "ADA-BADGE")
    assert (signed_on(agent).person_id, signed_on(agent).tap == first.tap) == (ADA, False)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"people": told()["people"][1:]}, id="the person may not"),
        pytest.param({"badges": [badge("ADA-BADGE", None, "lost")]}, id="the badge is lost"),
        pytest.param({"badges": [badge("ADA-BADGE", EVE)]}, id="the badge is another's"),
        pytest.param({"badges": []}, id="nobody knows the badge"),
    ],
)
def test_who_may_not_sign_on_here_any_more_is_signed_off(
    tmp_path: Path,
    identity: Identity,
    server: FakeServer,
    monkeypatch: pytest.MonkeyPatch,
    changed: dict[str, Any],
) -> None:
    monkeypatch.setattr(signing_on, "FETCH_SECONDS", 0.0)
    with Agent(tmp_path, identity=identity) as agent:
        until(lambda: agent.signing_on.is_known and agent.engine.configuration.version > 0)
        scan(agent, "ADA-BADGE")
        until(lambda: signed_on(agent).is_verified)
        asked = len(server.heartbeats)
        server.wait_for(lambda: len(server.heartbeats) > asked + 2)
        assert signed_on(agent).person_id == ADA, "as long as nothing changed"
        server.roster = told(**changed)
        until(lambda: who(agent) is None)


def test_who_signed_on_is_there_after_a_restart_without_a_server(
    tmp_path: Path, agent: Agent, identity: Identity, server: FakeServer
) -> None:
    scan(agent, "ADA-BADGE")
    until(lambda: signed_on(agent).is_verified)
    agent.__exit__()
    server.heartbeat_status = 503
    with Agent(tmp_path, identity=identity) as again:
        assert (signed_on(again).person_id, signed_on(again).is_verified) == (ADA, True)
        scan(again, "EVE-BADGE")
        assert (signed_on(again).person_id, signed_on(again).is_verified) == (EVE, False)


@pytest.mark.parametrize(
    ("error", "names"), [(DEAD_BATTERY, True), (timedelta(hours=20), True), (timedelta(hours=30), False)]
)
def test_how_old_the_list_is_goes_by_the_servers_time(
    tmp_path: Path, identity: Identity, server: FakeServer, error: timedelta, names: bool
) -> None:
    with Agent(tmp_path, identity=identity, system=Boot("first", timedelta(hours=-90))) as agent:
        until(lambda: agent.signing_on.heard_at is not None and agent.engine.configuration.version > 0)
        heard = agent.signing_on.heard_at
        assert heard is not None
        assert abs(heard - datetime.now(UTC)) < timedelta(seconds=10)
    server.heartbeat_status = 503
    with Agent(tmp_path, identity=identity, system=Boot("second", error)) as agent:
        scan(agent, "ADA-BADGE")
        assert (who(agent) is not None) == names
        assert names or "too old" in words(agent)[0]


def test_a_pin_is_asked_for_at_the_server(agent: Agent, server: FakeServer) -> None:
    with httpx.Client(base_url=agent.health.url, trust_env=False) as client:
        page = Page(client)
        assert page.hear("people") == {
            "signs_on": True,
            "is_practice": False,
            "people": [{"id": str(EVE), "name": "Eve", "told_apart_by": None}],
            "confirmer": None,
        }
        eve: dict[str, Any] = {"station_id": str(STATION), "user_id": str(EVE)}
        assert page.say("sign_on", **eve, pin="0000").json()["code"] == "pin_wrong"
        assert page.hear("floor")["sign_on"] is None
        assert page.say("sign_on", **eve, pin="4711").status_code == 200
        floor = page.hear("floor")
        assert (floor["person"], floor["sign_on"]["is_verified"]) == ("Eve", True)
        assert page.say("scan", station_id=str(STATION), text="P1", person="Eve").status_code == 200
        assert page.say("scan", station_id=str(STATION), text="ADA-BADGE").json()["code"] == "is_badge"
        assert said(agent) == [("P1", "Eve", EVE, True)]
        assert page.say("name", station_id=str(STATION)).status_code == 200
        assert page.hear("floor")["person"] is None
        server.signs_on = lambda asked: (429, {"title": "", "status": 429, "code": "too_many", "detail": "wait"})
        assert page.say("sign_on", **eve, pin="4711").json()["code"] == "too_many_tries"


def test_a_typed_name_ends_when_people_sign_on_and_is_typed_no_more(
    tmp_path: Path, identity: Identity, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing_on, "FETCH_SECONDS", 0.0)
    server.roster = told(people=[], badges=[])
    with Agent(tmp_path, identity=identity) as agent:
        until(lambda: agent.engine.configuration.version > 0)
        with httpx.Client(base_url=agent.health.url, trust_env=False) as client:
            page = Page(client)
            hans: dict[str, Any] = {"station_id": str(STATION), "name": "Hans"}
            assert page.say("name", **hans).status_code == 200
            assert page.hear("floor")["person"] == "Hans"
            server.roster = told()
            until(lambda: page.hear("floor")["person"] is None)
            refused = page.say("name", **hans)
            assert (refused.status_code, refused.json()["code"]) == (409, "names_sign_on")
            scan(agent, "PART-1")
            assert said(agent)[0] == ("PART-1", None, None, None)


def test_without_its_server_no_pin_signs_on(agent: Agent, server: FakeServer) -> None:
    assert agent.signing_on.server is not None
    agent.signing_on.server = None
    with httpx.Client(base_url=agent.health.url, trust_env=False) as client:
        answer = Page(client).say("sign_on", station_id=str(STATION), user_id=str(EVE), pin="4711")
        assert answer.json()["code"] == "server_needed"
    assert server.sign_ons == []


def test_the_server_hears_when_the_list_was_told(agent: Agent, server: FakeServer) -> None:
    server.wait_for(lambda: bool(server.heartbeats[-1]["roster_at"]))


def test_the_list_of_another_organization_names_nobody(
    tmp_path: Path, agent: Agent, identity: Identity, server: FakeServer
) -> None:
    agent.__exit__()
    server.heartbeat_status = 503
    elsewhere = shop(agent_id=AGENT, organization_id=SPACE)
    with Agent(tmp_path, identity=identity, configuration=elsewhere) as moved:
        assert not moved.signing_on.is_known
        scan(moved, "ADA-BADGE")
        assert who(moved) is None


def test_killed_right_after_it_answered_the_station_knows_who_signed_on(tmp_path: Path) -> None:
    told_before = KeptRoster(
        organization_id=killed_signing_on.CONFIGURATION.organization_id,
        roster=Roster.model_validate(told()),
        etag=None,
        heard_at=datetime.now(UTC),
    )
    for round_, (text, person) in enumerate((("ADA-BADGE", ADA), ("EVE-BADGE", EVE), ("ADA-BADGE", ADA))):
        folder = private_folder(tmp_path / "agent")
        save_roster(folder, told_before)
        with Child(tmp_path / f"said-{round_}", killed_signing_on.main, folder, text) as child:
            until(partial(says_kept, child))
            child.end(signal.SIGKILL)
        with Agent(folder, configuration=killed_signing_on.CONFIGURATION) as again:
            assert signed_on(again).person_id == person
            assert said(again) == []


def test_a_station_of_a_practice_organization_says_so_also_without_the_server(
    tmp_path: Path, server: FakeServer, identity: Identity
) -> None:
    server.roster = told(is_practice=True)
    with Agent(tmp_path, identity=identity) as agent:
        until(lambda: agent.signing_on.is_practice)
    cut(server)
    with Agent(tmp_path, identity=identity) as agent:
        assert agent.signing_on.is_practice
