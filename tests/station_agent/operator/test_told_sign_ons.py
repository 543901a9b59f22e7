"""Who signed on by the list at the station, and who did not, is told the server whenever it is back."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from unison_domain.identity.badge_text import badge_hash
from unison_station.agent import Agent

from tests.station_agent.operator.badges import (
    ADA,
    EVE,
    KEY,
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
from tests.station_agent.peripherals.station import taken
from tests.station_agent.uplink.server import FakeServer
from tests.station_agent.waiting import until

__all__ = ["agent", "identity", "server"]


def told(agent: Agent) -> list[dict[str, Any]]:
    """What waits on disk for the server, of badges."""
    return taken(agent, "sign_on_told")


def test_a_sign_on_without_the_server_is_told(agent: Agent, server: FakeServer) -> None:
    cut(server)
    scan(agent, "ADA-BADGE")
    (event,) = told(agent)
    assert (event["person_id"], event["badge"]) == (str(ADA), badge_hash(KEY, "ADA-BADGE"))
    assert event["id"] == str(signed_on(agent).tap)
    assert event.get("refused_for") is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("LOST-BADGE", "badge_lost"),
        ("TAKEN-BADGE", "badge_not_valid"),
        ("FAR-BADGE", "badge_elsewhere"),
        ("TIM-BADGE", "badge_elsewhere"),
    ],
)
def test_a_badge_that_lets_nobody_in_is_told(agent: Agent, server: FakeServer, text: str, code: str) -> None:
    cut(server)
    scan(agent, text)
    (event,) = told(agent)
    assert (event["refused_for"], event.get("person_id")) == (code, None)
    assert text not in orjson.dumps(event).decode()


def test_a_badge_that_was_just_handed_on_signs_on_whom_the_server_names(agent: Agent, server: FakeServer) -> None:
    server.signs_on = lambda _asked: (200, {"user_id": str(EVE), "name": "Eve", "ends_at": None})
    scan(agent, "ADA-BADGE")
    until(lambda: signed_on(agent).is_verified)
    until(lambda: signed_on(agent).is_verified)
    named = who(agent)
    assert named is not None
    assert (named.name, signed_on(agent).person_id) == ("Eve", EVE)
    until(lambda: words(agent) == ["The badge is Eve's now, not Ada's: Eve is signed on"])
    scan(agent, "PART-1")
    assert said(agent)[-1] == ("PART-1", "Eve", EVE, True)
