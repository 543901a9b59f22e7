"""An agent that went silent is told once, and once more when it is heard again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from unison_domain.stations.contracts import SILENT_AFTER_SECONDS
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.settings import Settings
from unison_server.kernel.upkeep import SWEEP_SECONDS
from unison_server.stations.ingestion import mark_conflict
from unison_server.stations.silence import HEARD_AGAIN, SILENT, SilenceWatch

from tests.server.stations.floor import Floor, stamp

LATER = timedelta(seconds=2 * SILENT_AFTER_SECONDS)


class Rounds:
    """A watch and the clocks it goes by."""

    def __init__(self, settings: Settings, databases: Databases) -> None:
        self._given = settings, databases
        self._seconds = 0.0
        self.now = datetime.now(UTC)
        self._watch = SilenceWatch(lambda: self._seconds)

    def go_on(self, seconds: float) -> None:
        """A round every ten seconds, as is due."""
        for _ in range(round(seconds / SWEEP_SECONDS)):
            self.stand_still(SWEEP_SECONDS)

    def stand_still(self, seconds: float, *, monotonic: bool = True) -> None:
        """No round meanwhile, and one after; `monotonic`: that clock goes on."""
        self._seconds += seconds if monotonic else 0.0
        self.now += timedelta(seconds=seconds)
        self._watch(*self._given, self.now)


@pytest.fixture
def rounds(settings: Settings, system_databases: Databases) -> Rounds:
    """Of a server that has just begun."""
    return Rounds(settings, system_databases)


def beat(floor: Floor, **more: Any) -> None:
    said = {"at": stamp(0), "agent_version": "1.0", "configuration": 1, "queue_depth": 0, **more}
    assert floor.sender.call("POST", "/heartbeat", json=said).status_code == 200


def told(floor: Floor) -> list[str]:
    return [topic for topic in floor.topics() if topic in (SILENT, HEARD_AGAIN)]


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> SilenceWatch:
    """Of a server that has listened for an hour."""
    made = SilenceWatch()
    monkeypatch.setattr(made, "_listening_since", made._listening_since - 3600)
    return made


def test_silence_is_told_once_and_its_end_too(floor: Floor, rounds: Rounds) -> None:
    beat(floor)
    rounds.go_on(SILENT_AFTER_SECONDS - SWEEP_SECONDS)
    assert told(floor) == []
    rounds.go_on(SILENT_AFTER_SECONDS)
    assert told(floor) == [SILENT]
    for _ in range(2):
        beat(floor)
    assert sorted(told(floor)) == [HEARD_AGAIN, SILENT]


def test_an_identity_in_conflict_is_told_silent_too(
    floor: Floor, watch: SilenceWatch, settings: Settings, system_databases: Databases
) -> None:
    beat(floor)
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        mark_conflict(session, floor.agent_id)
    watch(settings, system_databases, datetime.now(UTC) + LATER)
    assert told(floor) == [SILENT]
    beat(floor)
    assert sorted(told(floor)) == [HEARD_AGAIN, SILENT]


def test_when_each_tag_was_read_is_told_and_kept_until_told_anew(floor: Floor) -> None:
    signal = {"tag_id": str(floor.gauges[0]), "at": stamp(5), "quality": "bad"}
    said = {"at": stamp(0), "agent_version": "1.0", "configuration": 1, "queue_depth": 0}
    for more in ({"signals": [signal]}, {}):
        assert floor.sender.call("POST", "/heartbeat", json={**said, **more}).status_code == 200
    shown = floor.admin.get(f"/agents/{floor.agent_id}/signals").json()["items"]
    assert {one["tag_name"] for one in shown} == {"good 0", "good 1", "heat 0", "heat 1"}
    told = [(one["tag_name"], one["at"], one["quality"]) for one in shown if one["at"]]
    assert told == [("heat 0", stamp(5), "bad")]


def test_what_is_plugged_into_a_pc_is_told_and_kept_until_told_anew(floor: Floor) -> None:
    port = {"kind": "serial_port", "name": "usb-FTDI-port0", "path": "/dev/ttyUSB0", "description": "RS-485"}
    said = {"at": stamp(0), "agent_version": "1.0", "configuration": 1, "queue_depth": 0}
    for more in ({}, {"attached": [port]}, {"attached": None}):
        assert floor.sender.call("POST", "/heartbeat", json={**said, **more}).status_code == 200
    assert floor.admin.get(f"/agents/{floor.agent_id}/attached").json()["items"] == [port]


def test_when_a_tag_was_read_well_is_remembered_over_tries_that_fail(floor: Floor) -> None:
    def told(**signal: str) -> str | None:
        said = {"at": stamp(0), "agent_version": "1.0", "configuration": 1, "queue_depth": 0}
        beat_ = {**said, "signals": [{"tag_id": str(floor.gauges[0]), **signal}]}
        assert floor.sender.call("POST", "/heartbeat", json=beat_).status_code == 200
        items = floor.admin.get(f"/agents/{floor.agent_id}/signals").json()["items"]
        (good_at,) = [one["good_at"] for one in items if one["tag_name"] == "heat 0"]
        return str(good_at) if good_at else None

    assert told(at=stamp(5), quality="bad") is None
    assert told(at=stamp(10), quality="good") == stamp(10), "of an agent that does not tell it"
    assert told(at=stamp(300_000), quality="stale") == stamp(10)
    assert told(at=stamp(300_001), quality="stale", good_at=stamp(20)) == stamp(20)
    assert told(at=stamp(300_002), quality="stale") == stamp(20), "of an agent that was started again"


def test_a_server_that_was_down_itself_accuses_nobody(
    floor: Floor, settings: Settings, system_databases: Databases
) -> None:
    beat(floor)
    SilenceWatch()(settings, system_databases, datetime.now(UTC) + LATER)
    assert told(floor) == []


@pytest.mark.parametrize("monotonic", [True, False])
def test_a_server_that_stood_still_grants_the_time_of_a_heartbeat_before_it_accuses_anybody(
    floor: Floor, rounds: Rounds, *, monotonic: bool
) -> None:
    rounds.go_on(3600)
    beat(floor)
    rounds.stand_still(2 * SILENT_AFTER_SECONDS, monotonic=monotonic)
    rounds.go_on(SILENT_AFTER_SECONDS - SWEEP_SECONDS)
    assert told(floor) == []
    rounds.go_on(2 * SWEEP_SECONDS)
    assert told(floor) == [SILENT], "who is silent still"


def test_a_revoked_agent_may_be_silent(
    floor: Floor, watch: SilenceWatch, settings: Settings, system_databases: Databases
) -> None:
    beat(floor)
    (agent,) = floor.rows("select version from agents where id = :id", id=floor.agent_id)
    revoked = floor.admin.post(f"/agents/{floor.agent_id}/revoke", headers={"If-Match": f'"{agent.version}"'})
    assert revoked.status_code == 200, revoked.text
    watch(settings, system_databases, datetime.now(UTC) + LATER)
    assert told(floor) == []
