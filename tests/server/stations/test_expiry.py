"""The end of the certificates an agent trusts is told once in time, and once when it came."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from unison_server.kernel.database import Databases
from unison_server.kernel.settings import Settings
from unison_server.stations.expiry import CAME_DUE, watch_certificates

from tests.server.stations.floor import Floor, stamp

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


def beat(floor: Floor, **ends: datetime | None) -> None:
    told = {name: moment and moment.isoformat() for name, moment in ends.items()}
    said = {"at": stamp(0), "agent_version": "1.0", "configuration": 1, "queue_depth": 0, **told}
    assert floor.sender.call("POST", "/heartbeat", json=said).status_code == 200


class Watch:
    """Looks at a moment and says how often it was told by then."""

    def __init__(self, floor: Floor, settings: Settings, system: Databases) -> None:
        self._floor, self._settings, self._system = floor, settings, system

    def at(self, moment: datetime) -> int:
        watch_certificates(self._settings, self._system, moment)
        return self._floor.topics().count(CAME_DUE)


@pytest.fixture
def watch(floor: Floor, settings: Settings, system_databases: Databases) -> Watch:
    return Watch(floor, settings, system_databases)


def test_the_end_is_told_thirty_days_before_and_when_it_came_once_each(floor: Floor, watch: Watch) -> None:
    ends = NOW + 60 * DAY
    told = []
    for days in (0, 29, 31, 32, 59, 61, 62):
        beat(floor, certificate_ends_at=ends, authority_ends_at=ends + 900 * DAY)
        told.append(watch.at(NOW + days * DAY))
    assert told == [0, 0, 1, 1, 1, 2, 2]


def test_a_renewed_certificate_is_told_again_in_its_own_time(floor: Floor, watch: Watch) -> None:
    beat(floor, certificate_ends_at=NOW + DAY)
    assert watch.at(NOW) == 1
    beat(floor, certificate_ends_at=NOW + 397 * DAY)
    assert [watch.at(NOW + days * DAY) for days in (2, 360, 368, 369)] == [1, 1, 2, 2]


@pytest.mark.parametrize(("ends", "told"), [(timedelta(seconds=20), 1), (DAY, 0), (-DAY, 1)])
def test_one_that_is_silent_since_before_the_end_may_see_another_certificate_by_now(
    floor: Floor, watch: Watch, ends: timedelta, told: int
) -> None:
    beat(floor, certificate_ends_at=datetime.now(UTC) + ends)
    floor.rows("update agent_reports set silent_since = last_seen_at where id = :id returning id", id=floor.agent_id)
    assert watch.at(NOW + 2 * DAY) == told


def test_an_authority_lies_on_the_pc_and_has_ended_though_it_is_silent(floor: Floor, watch: Watch) -> None:
    beat(floor, certificate_ends_at=NOW + 300 * DAY, authority_ends_at=NOW + 5 * DAY)
    floor.rows("update agent_reports set silent_since = last_seen_at where id = :id returning id", id=floor.agent_id)
    assert watch.at(NOW + 6 * DAY) == 1


def test_an_authority_that_ends_first_is_told_too(floor: Floor, watch: Watch) -> None:
    beat(floor, certificate_ends_at=NOW + 300 * DAY, authority_ends_at=NOW + 5 * DAY)
    assert watch.at(NOW) == 1


def test_an_agent_without_https_is_nothing_to_tell(floor: Floor, watch: Watch) -> None:
    beat(floor)
    assert watch.at(NOW + 9000 * DAY) == 0


def test_a_revoked_agent_is_nothing_to_tell(floor: Floor, watch: Watch) -> None:
    beat(floor, certificate_ends_at=NOW + DAY)
    (agent,) = floor.rows("select version from agents where id = :id", id=floor.agent_id)
    revoked = floor.admin.post(f"/agents/{floor.agent_id}/revoke", headers={"If-Match": f'"{agent.version}"'})
    assert revoked.status_code == 200, revoked.text
    assert watch.at(NOW) == 0


def test_what_the_agent_saw_is_in_its_answer(floor: Floor) -> None:
    beat(floor, certificate_ends_at=NOW + DAY, authority_ends_at=NOW + 9 * DAY)
    shown = floor.admin.get(f"/agents/{floor.agent_id}").json()
    ends = [datetime.fromisoformat(shown[name]) for name in ("certificate_ends_at", "authority_ends_at")]
    assert ends == [NOW + DAY, NOW + 9 * DAY]
    beat(floor)
    assert floor.admin.get(f"/agents/{floor.agent_id}").json()["certificate_ends_at"] is None
