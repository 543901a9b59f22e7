"""Badges that no list knows, while a page waits for one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
from unison_domain.codes.events import ScanSource, ScanTaken
from unison_domain.codes.item_pattern import ItemPattern
from unison_domain.identity.badge_text import badge_hash
from unison_station.agent import Agent
from unison_station.operator import signing_on
from unison_station.operator.awaited_badges import WAIT_SECONDS, AwaitedBadges

from tests.station_agent.configurations import STATION
from tests.station_agent.operator.badges import (
    EVE,
    KEY,
    NOW,
    agent,
    cut,
    identity,
    said,
    scan,
    server,
    signed_on,
    who,
    words,
)
from tests.station_agent.operator.talk import Page
from tests.station_agent.uplink.server import FakeServer
from tests.station_agent.waiting import until

__all__ = ["agent", "identity", "server"]


@contextmanager
def waiting_page(agent: Agent) -> Iterator[Page]:
    """A page whose sheet to sign on is open."""
    with httpx.Client(base_url=agent.health.url, trust_env=False) as client:
        page = Page(client)
        assert page.say("await_badge", station_id=str(STATION), waits=True).status_code == 200
        yield page


def test_an_unknown_badge_is_no_scan_while_one_is_waited_for(tmp_path: Path, agent: Agent, server: FakeServer) -> None:
    with waiting_page(agent) as page:
        scan(agent, "NOBODYS-BADGE")
        assert (said(agent), words(agent)) == ([], [signing_on.UNKNOWN_BADGE])
        server.wait_for(lambda: len(server.sign_ons) == 1)
        assert server.sign_ons == [{"station_id": str(STATION), "badge": badge_hash(KEY, "NOBODYS-BADGE")}]
        scan(agent, "UN1:MA:M1")
        assert [text for text, *_ in said(agent)] == ["UN1:MA:M1"], "it says itself that it is a code"
        assert page.say("await_badge", station_id=str(STATION), waits=False).status_code == 200
        scan(agent, "PART-1")
        assert [text for text, *_ in said(agent)] == ["UN1:MA:M1", "PART-1"]
    agent.__exit__()
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file() and "ballast" not in file.name)
    assert b"NOBODYS-BADGE" not in kept


def test_a_badge_newer_than_the_list_signs_on_where_the_server_answers(agent: Agent, server: FakeServer) -> None:
    server.signs_on = lambda _asked: (200, {"user_id": str(EVE), "name": "Eve", "ends_at": None})
    with waiting_page(agent):
        scan(agent, "NEW-BADGE")
        until(lambda: who(agent) is not None)
        assert (signed_on(agent).person_id, signed_on(agent).is_verified) == (EVE, True)


def test_without_the_server_an_unknown_badge_is_refused_too(agent: Agent, server: FakeServer) -> None:
    cut(server)
    with waiting_page(agent):
        scan(agent, "NOBODYS-BADGE")
        assert (said(agent), words(agent), who(agent)) == ([], [signing_on.UNKNOWN_BADGE], None)


def test_nobody_waits_for_ever_and_old_taps_are_not_asked_about() -> None:
    seconds = [0.0]
    awaited = AwaitedBadges(lambda: seconds[0])
    unknown = ScanTaken(at=NOW, id=uuid4(), station_id=STATION, source=ScanSource.SCANNER, text="NOBODYS-BADGE")
    assert not awaited.is_badge(unknown, [])
    awaited.wait_at(STATION, waits=True)
    assert awaited.is_badge(unknown, [])
    assert not awaited.is_badge(unknown.model_copy(update={"source": ScanSource.CAMERA}), [])
    assert not awaited.is_badge(unknown, [ItemPattern(name="Own", pattern="(?P<part>.+)-BADGE")])
    for number in range(30):
        awaited.tapped(STATION, f"{number}", uuid4())
    asked = awaited.next_to_ask()
    assert asked is not None
    assert asked.hash == "10", "the newest 20 are kept"
    seconds[0] = WAIT_SECONDS
    assert not awaited.is_badge(unknown, [])
    assert awaited.next_to_ask() is None
