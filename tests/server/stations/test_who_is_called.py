"""A person is called about what nobody else settles, and hears why."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from unison_domain.stations.quarantine_contracts import Decision
from unison_server.kernel.database import Database

from tests.server.identity.test_inbox import until_told
from tests.server.stations.floor import Floor
from tests.server.stations.test_counted_anew import WAIT_BEGAN, taken_over_anew
from tests.server.stations.test_leases import told
from tests.server.stations.test_next_holder import HOUR, decided, moved, of
from tests.server.stations.test_out_of_use import act, end

BLOCKS = "select exists (select from pg_stat_activity where pg_backend_pid() = any(pg_blocking_pids(pid)))"
DECIDE = """
    insert into quarantine_decisions (organization_id, id, decision, reason)
    values (:organization, :id, :decision, 'told again') on conflict do nothing
"""


def test_the_call_names_what_calls_and_not_what_waits_for_its_next_count(floor: Floor) -> None:
    late, _ = taken_over_anew(floor)
    sender = floor.sender
    sender.send([late])
    other = next(tag for device in told(sender).devices for tag in device.tags if tag.id == floor.counters[1])
    sender.send([moved(floor, sender, other.lease, 10, HOUR, (100, 140), machine=1, across_gap=True)])
    (call,) = until_told(floor.admin, 1)
    calls = next(one for one in of(floor, sender) if one["code"] == "count_across_gap")
    assert calls["message"] in call["message"]


def test_what_is_said_beside_parts_counted_anew_is_true_while_they_wait(floor: Floor) -> None:
    late, _ = taken_over_anew(floor)
    floor.sender.send([late])
    (kept,) = of(floor, floor.sender)
    assert "it waits where the next count is not known to hold it" in kept["message"]


@pytest.mark.parametrize("what", ["tags", "devices", "stations"])
def test_parts_whose_next_count_never_comes_call_a_person(floor: Floor, what: str) -> None:
    late, _ = taken_over_anew(floor)
    floor.sender.send([late])
    assert WAIT_BEGAN not in floor.topics()
    ids = {"tags": floor.counters[0], "devices": floor.device_id, "stations": floor.station_id}
    end(floor, f"/{what}/{ids[what]}")
    assert floor.topics().count(WAIT_BEGAN) == 1
    for more in (one for one in ("tags", "devices", "stations") if one != what):
        end(floor, f"/{more}/{ids[more]}")
    assert floor.topics().count(WAIT_BEGAN) == 1, "nobody is called twice"


@pytest.mark.parametrize("method", ["POST", "PATCH"], ids=["revoked", "taken off its station"])
def test_parts_whose_counter_lost_its_pc_call_a_person(floor: Floor, method: str) -> None:
    late, _ = taken_over_anew(floor)
    floor.sender.send([late])
    station, agent = f"/stations/{floor.station_id}", f"/agents/{floor.agent_id}"
    lost = (
        act(floor.admin, method, station, agent_id=None)
        if method == "PATCH"
        else act(floor.admin, method, agent, "/revoke")
    )
    assert lost.status_code == 200, lost.text
    assert floor.topics().count(WAIT_BEGAN) == 1
    for changed in ({"name": "Line 2"}, {"agent_id": None}, {"name": "Line 3"}):
        assert act(floor.admin, "PATCH", station, **changed).status_code == 200
    end(floor, f"/tags/{floor.counters[0]}")
    assert floor.topics().count(WAIT_BEGAN) == 1, "nobody is called twice"


def test_another_counter_out_of_use_calls_nobody(floor: Floor) -> None:
    late, _ = taken_over_anew(floor)
    floor.sender.send([late])
    end(floor, f"/tags/{floor.counters[1]}")
    assert WAIT_BEGAN not in floor.topics()


def test_who_accepts_waits_for_a_batch_before_deciding(floor: Floor) -> None:
    """The batch holds the lease and may settle the same event: two never wait in turn."""
    late, lease = taken_over_anew(floor)
    sender = floor.sender
    sender.send([late, moved(floor, sender, lease, 10, HOUR, (100, 140), across_gap=True)])
    gap = next(one for one in of(floor, sender) if one["code"] == "count_across_gap")
    answers: list[int] = []
    accepting = threading.Thread(target=lambda: answers.append(decided(floor, sender, gap, "accept")))
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        session.execute(text("set local lock_timeout = '5s'"))
        session.execute(text("update tag_leases set number = number where id = :id"), {"id": floor.counters[0]})
        accepting.start()
        until = datetime.now(UTC) + timedelta(seconds=60)
        while not session.scalar(text(BLOCKS)):
            assert datetime.now(UTC) < until, "it must wait for the lease"
        row = {"organization": floor.made.id, "id": gap["id"], "decision": Decision.DISCARDED}
        session.execute(text(DECIDE), row)
    accepting.join(60)
    assert answers == [409]
