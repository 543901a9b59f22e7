"""Signing on at a station: by badge with the server or without it, and by PIN with it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import httpx
import pytest
from unison_domain.codes.events import ScanSource, ScanTaken
from unison_domain.identity.badge_contracts import Roster
from unison_domain.identity.badge_text import badge_hash
from unison_domain.stations.peripherals import CameraConfiguration
from unison_station.agent import Agent
from unison_station.operator import signing_on
from unison_station.operator.people import Named, People, SignOn
from unison_station.operator.roster import FILE, KeptRoster, NamesNobody, save_roster
from unison_station.peripherals.outlet import Outlet
from unison_station.peripherals.unscanned import Unscanned
from unison_station.platform.files import private_folder
from unison_station.uplink import Identity, enrol

from tests.station_agent.cameras.test_camera import EMPTY, camera, show, table
from tests.station_agent.configurations import SPACE, STATION
from tests.station_agent.operator import killed_signing_on
from tests.station_agent.operator.chromium import MISSING, PROGRAM, Browser
from tests.station_agent.operator.shop import shop
from tests.station_agent.operator.talk import Page
from tests.station_agent.operator.test_rebooted_pc import DEAD_BATTERY, Boot
from tests.station_agent.peripherals.station import states
from tests.station_agent.uplink.server import AGENT, ORGANIZATION, FakeServer, running
from tests.station_agent.waiting import until
from tests.station_agent.warm import Child

KEY = bytes(range(32))
ADA, EVE, TIM = (uuid5(SPACE, name) for name in ("Ada", "Eve", "Tim"))
NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
TEXTS = ("ADA-BADGE", "LOST-BADGE", "DAY-BADGE", "4711", "TAKEN-BADGE")
needs_chromium = pytest.mark.skipif(PROGRAM is None, reason=MISSING)


def badge(text: str, user: UUID | None, state: str = "active", ends_at: str | None = None) -> dict[str, Any]:
    return {"hash": badge_hash(KEY, text), "user_id": user and str(user), "state": state, "ends_at": ends_at}


def told(**changes: Any) -> dict[str, Any]:
    """The list as the server tells it."""
    return {
        "key": KEY.hex(),
        "roster_seconds": 24 * 3600,
        "idle_seconds": 3600,
        "people": [
            {"id": str(ADA), "name": "Ada", "has_pin": False, "ends_at": None},
            {"id": str(EVE), "name": "Eve", "has_pin": True, "ends_at": None},
            {"id": str(TIM), "name": "Tim", "has_pin": True, "ends_at": None, "stations": [str(uuid5(SPACE, "far"))]},
        ],
        "badges": [
            badge("ADA-BADGE", ADA),
            badge("EVE-BADGE", EVE),
            badge("LOST-BADGE", None, "lost"),
            badge("TAKEN-BADGE", None, "revoked"),
            badge("DAY-BADGE", EVE, ends_at="2026-03-02T14:00:00Z"),
            badge("TIM-BADGE", TIM),
            {**badge("FAR-BADGE", None), "is_elsewhere": True},
        ],
        **changes,
    }


def knows(asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """A server that lets Ada's badge and Eve's PIN in."""
    if asked.get("badge") == badge_hash(KEY, "ADA-BADGE"):
        return 200, {"user_id": str(ADA), "name": "Ada", "ends_at": None}
    if asked.get("pin") == "4711":
        return 200, {"user_id": str(EVE), "name": "Eve", "ends_at": None}
    return 403, {"title": "", "status": 403, "code": "pin_wrong", "detail": "Name or PIN is wrong"}


@pytest.fixture
def server() -> Iterator[FakeServer]:
    wanted = shop(agent_id=AGENT, organization_id=ORGANIZATION)
    with running(FakeServer(configuration=wanted, roster=told(), signs_on=knows)) as server:
        yield server


@pytest.fixture
def identity(tmp_path: Path, server: FakeServer) -> Identity:
    return enrol(tmp_path, server.url, "code_12345678", version="test")


@pytest.fixture
def agent(tmp_path: Path, identity: Identity) -> Iterator[Agent]:
    with Agent(tmp_path, identity=identity) as agent:
        until(lambda: agent.signing_on.is_known and agent.engine.configuration.version > 0)
        yield agent


def scan(agent: Agent, text: str) -> None:
    """What a scanner of the station does."""
    outlet = Outlet(agent.desk, agent.engine, agent.signing_on)
    scan = ScanTaken(at=outlet.now(), id=uuid4(), station_id=STATION, source=ScanSource.SCANNER, text=text)
    outlet.keep(scan)


def who(agent: Agent) -> Named | None:
    return agent.desk.people.at(STATION, agent.store.clock.now())


def signed_on(agent: Agent) -> SignOn:
    named = who(agent)
    assert named is not None
    assert named.sign_on is not None
    return named.sign_on


def said(agent: Agent) -> list[tuple[Any, ...]]:
    """Texts of scans and who stands behind them."""
    fields = ("text", "person", "person_id", "person_is_verified")
    takings = agent.desk.recent.stations.get(STATION, ())
    return [tuple(getattr(taken.event, name) for name in fields) for taken in takings]


def words(agent: Agent) -> list[str]:
    return [refusal.words for refusal in agent.desk.refusals]


def says_kept(child: Child) -> bool:
    return killed_signing_on.KEPT in child.lines


def cut(server: FakeServer) -> None:
    """The server answers nobody any more."""
    server.always = lambda exchange: exchange.cut()
    server.heartbeat_status = 503


def told_of(server: FakeServer, kind: str) -> list[dict[str, Any]]:
    """What the server took of a kind of event."""
    return [event for event in server.taken if event["kind"] == kind]


def sent_files(server: FakeServer) -> list[str]:
    """Where pictures were sent to."""
    return [path for method, path, _ in list(server.requests) if method == "PUT"]


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


def test_a_badge_the_server_refuses_signs_off(agent: Agent, server: FakeServer) -> None:
    scan(agent, "EVE-BADGE")
    until(lambda: who(agent) is None)
    until(lambda: words(agent) == ["The server does not let this badge sign on: hand it in"])


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


def test_no_text_of_a_badge_is_on_disk(tmp_path: Path, agent: Agent) -> None:
    for text in TEXTS:
        scan(agent, text)
    agent.__exit__()
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file() and "ballast" not in file.name)
    assert [text for text in TEXTS if text.encode() in kept] == ["4711"], "that is no badge, but a code"
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


def test_a_camera_keeps_nothing_of_a_badge_and_the_pictures_of_all_else(
    tmp_path: Path, server: FakeServer, identity: Identity
) -> None:
    place = tmp_path / "seen"
    place.mkdir()
    show(place, EMPTY)
    watching = camera(place, keep_scans=True, ring_seconds=5.0)
    server.configuration = shop(agent_id=AGENT, organization_id=ORGANIZATION, version=2, peripherals=(watching,))
    with Agent(tmp_path, identity=identity) as agent:
        until(lambda: agent.signing_on.is_known and states(agent) == ["online"])
        show(place, table(tmp_path, "ADA-BADGE"))
        until(lambda: who(agent) is not None)
        show(place, table(tmp_path, "ADA-BADGE", "PART-1"))
        until(lambda: len(told_of(server, "scan_taken")) == 1)
        show(place, EMPTY)
        show(place, table(tmp_path, "PART-2"))
        until(lambda: len(told_of(server, "scan_taken")) == 2)
        first, second = told_of(server, "scan_taken")
        assert [(one["text"], one.get("picture") is None) for one in (first, second)] == [
            ("PART-1", True),
            ("PART-2", False),
        ]
        until(lambda: any(second["picture"] in path for path in sent_files(server)))
        assert len(sent_files(server)) == len(told_of(server, "picture_kept")) == 1
        assert b"ADA-BADGE" not in b"".join(file.read_bytes() for file in tmp_path.glob("buffer.sqlite*"))


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
            "people": [{"id": str(EVE), "name": "Eve"}],
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


# ---- rules


def test_who_signed_on_is_signed_off_when_nothing_is_done() -> None:
    sign_on = SignOn(person_id=ADA, is_verified=True, seen_at=NOW, idle_seconds=60)
    people = People().named(STATION, Named(name="Ada", sign_on=sign_on))
    later: Callable[[float], datetime] = lambda seconds: NOW + timedelta(seconds=seconds)  # noqa: E731 - read as a word
    assert people.at(STATION, later(59)) is not None
    assert people.at(STATION, later(60)) is None
    assert people.at(STATION, later(-1)) is None, "a clock that went back tells nothing"
    assert people.touched([STATION], later(59)).at(STATION, later(118)) is not None
    assert people.touched([STATION], later(60)).at(STATION, later(61)) is None
    ending = sign_on.model_copy(update={"ends_at": later(5)})
    assert People().named(STATION, Named(name="Ada", sign_on=ending)).at(STATION, later(5)) is None
    assert People().named(STATION, Named(name="Ada")).at(STATION, later(10**6)) is not None, "a typed name stays"


def test_names_of_before_are_read() -> None:
    assert People.load({"people": b'{"%s":"Ada"}' % str(STATION).encode()}).at(STATION, NOW) == Named(name="Ada")


@pytest.mark.parametrize(
    ("text", "hours", "name"),
    [
        ("ADA-BADGE", 23, "Ada"),
        ("ADA-BADGE", 24, None),
        ("ADA-BADGE", -1, None),
        ("DAY-BADGE", 7, "Eve"),
        ("DAY-BADGE", 8, None),
        ("LOST-BADGE", 0, None),
        ("FAR-BADGE", 0, None),
        ("TIM-BADGE", 0, None),
    ],
)
def test_whom_a_badge_names_when(text: str, hours: float, name: str | None) -> None:
    kept = KeptRoster(organization_id=ORGANIZATION, roster=Roster.model_validate(told()), etag=None, heard_at=NOW)
    found = kept.badge_of(text)
    assert found is not None
    try:
        assert kept.whose(found, STATION, NOW + timedelta(hours=hours)).person.name == name
    except NamesNobody:
        assert name is None
    assert kept.badge_of("PART-1") is None


def test_a_station_of_a_practice_organization_says_so_also_without_the_server(
    tmp_path: Path, server: FakeServer, identity: Identity
) -> None:
    server.roster = told(is_practice=True)
    with Agent(tmp_path, identity=identity) as agent:
        until(lambda: agent.signing_on.is_practice)
    cut(server)
    with Agent(tmp_path, identity=identity) as agent:
        assert agent.signing_on.is_practice


# ---- in a browser


def waits(agent: Agent) -> bool:
    """Whether the agent knows that the page waits for a badge."""
    probe = ScanTaken(at=NOW, id=uuid4(), station_id=STATION, source=ScanSource.SCANNER, text="probe")
    return agent.signing_on.awaited.is_badge(probe, [])


def touch(browser: Browser, selector: str) -> None:
    """A tap that comes late enough after the one before to be meant."""
    browser.until("performance.now() > deafUntil")
    browser.tap(selector)


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
def test_nobody_takes_a_practice_page_for_a_real_one(tmp_path: Path, server: FakeServer, identity: Identity) -> None:
    server.roster = told(is_practice=True)
    with Agent(tmp_path, identity=identity) as agent, Browser(tmp_path / "browser") as browser:
        until(lambda: agent.signing_on.is_practice and agent.engine.configuration.version > 0)
        browser.open(agent.health.url + "station/S1")
        browser.until("people.signs_on")
        browser.until("document.querySelector('#practice').offsetHeight > 20")
        assert browser.texts("#practice") == ["Practice: nothing done here is real"]
        assert browser.problems == []


def test_no_text_of_a_badge_and_no_piece_that_may_be_of_one_is_told_as_refused(agent: Agent) -> None:
    outlet = Outlet(agent.desk, agent.engine, agent.signing_on)
    camera = CameraConfiguration(id=ADA, station_id=STATION, name="camera", source="/dev/video0")
    outlet.refuse_scan(camera, Unscanned("'ADA-BADGE' is none of the expected codes", ("ADA-BADGE",)))
    outlet.refuse_scan(camera, Unscanned("'PART-1' is none of the expected codes", ("PART-1",)))
    outlet.refuse_scan(camera, Unscanned("b'-BAD' came without its end", ("-BAD",), is_whole=False))
    told = agent.desk.refused[camera.id]
    assert [one.raw for one in told] == ["AAA-AAAAA", "PART-1", "-AAA"]
    assert "ADA" not in told[0].reason
    assert "BAD" not in told[2].reason
    assert words(agent)[0] == "'ADA-BADGE' is none of the expected codes", "who stands there sees it"
