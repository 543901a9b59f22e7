"""The server answers late who shows a badge it alone knows, or types a PIN: meanwhile somebody came, or left."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event as Flag
from typing import Any

import httpx
import pytest
from unison_domain.identity.badge_text import badge_hash
from unison_station.agent import Agent
from unison_station.operator.actions import Refused, SayName, SignOnByPin

from tests.station_agent.configurations import STATION
from tests.station_agent.operator.badges import (
    ADA,
    EVE,
    KEY,
    agent,
    identity,
    scan,
    server,
    signed_on,
    who,
    words,
)
from tests.station_agent.operator.talk import Page
from tests.station_agent.uplink.server import FakeServer
from tests.station_agent.waiting import DEADLINE, until

__all__ = ["agent", "identity", "server"]

LATE = "The badge is known now, but somebody else signed on or off meanwhile: show it again"


class Held:
    """A server that lets Ada in with her badge and Eve with all else, and says so when it is let go."""

    def __init__(self, server: FakeServer) -> None:
        self.is_asked, self.goes_on = Flag(), Flag()
        server.signs_on = self._answer

    def _answer(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.is_asked.set()
        assert self.goes_on.wait(DEADLINE)
        is_adas = asked.get("badge") == badge_hash(KEY, "ADA-BADGE")
        return 200, {"user_id": str(ADA if is_adas else EVE), "name": "Ada" if is_adas else "Eve", "ends_at": None}


@pytest.fixture
def held(server: FakeServer) -> Iterator[Held]:
    held = Held(server)
    yield held
    held.goes_on.set()


def leave(agent: Agent) -> None:
    """Whoever is signed on taps "sign off"."""
    agent.desk.act(SayName(do="name", id=STATION, station_id=STATION), agent.engine)


@contextmanager
def unknown_badge(agent: Agent, held: Held) -> Iterator[None]:
    """Somebody shows a badge the list does not know; the answer comes at the end."""
    with httpx.Client(base_url=agent.health.url, trust_env=False) as client:
        assert Page(client).say("await_badge", station_id=str(STATION), waits=True).status_code == 200
    scan(agent, "NEW-BADGE")
    assert held.is_asked.wait(DEADLINE)
    yield
    held.goes_on.set()


def test_who_came_since_a_new_badge_was_shown_stays(agent: Agent, held: Held) -> None:
    with unknown_badge(agent, held):
        scan(agent, "ADA-BADGE")
        assert signed_on(agent).person_id == ADA
    until(lambda: LATE in words(agent))
    assert signed_on(agent).person_id == ADA


def test_nobody_is_signed_on_where_somebody_left_since_a_new_badge_was_shown(agent: Agent, held: Held) -> None:
    held.goes_on.set()
    scan(agent, "ADA-BADGE")
    until(lambda: signed_on(agent).is_verified)
    held.goes_on.clear()
    held.is_asked.clear()
    with unknown_badge(agent, held):
        leave(agent)
    until(lambda: LATE in words(agent))
    assert who(agent) is None


def test_a_new_badge_follows_who_was_there_and_worked_on(agent: Agent, held: Held) -> None:
    held.goes_on.set()
    scan(agent, "ADA-BADGE")
    until(lambda: signed_on(agent).is_verified)
    held.goes_on.clear()
    held.is_asked.clear()
    with unknown_badge(agent, held):
        scan(agent, "UN1:MA:M1")
    until(lambda: signed_on(agent).person_id == EVE)
    assert LATE not in words(agent)


def test_who_came_since_a_pin_was_typed_stays(agent: Agent, held: Held) -> None:
    wanted = SignOnByPin(do="sign_on", id=STATION, station_id=STATION, user_id=EVE, pin="4711")
    with ThreadPoolExecutor(1) as threads:
        typed = threads.submit(agent.signing_on.by_pin, wanted)
        assert held.is_asked.wait(DEADLINE)
        scan(agent, "ADA-BADGE")
        held.goes_on.set()
        with pytest.raises(Refused, match="Somebody else signed on or off meanwhile"):
            typed.result(DEADLINE)
    assert signed_on(agent).person_id == ADA
