"""Of a machine that stands often nothing is lost, and little of it is looked at."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from unison_server.kernel.database import Database
from unison_server.machines.downtime.finding import Asked, find_stops

from tests.server.machines.test_downtime import listed, reasons, stand
from tests.server.machines.test_downtime_totals import summary
from tests.server.stations.floor import Floor, at, stamp

__all__ = ["reasons"]

STOPS = 10_005
_OFTEN = """
    insert into machine_states (organization_id, id, machine_id, state, source, started_at, ended_at)
    select :organization, gen_random_uuid(), :machine, case when n % 2 = 1 then 'stopped' else 'running' end, 'signal',
        cast(:start as timestamptz) + n * interval '1 second',
        case when n < :many then cast(:start as timestamptz) + (n + 1) * interval '1 second' end
    from generate_series(0, :many) as n
"""


def test_a_stop_that_was_entered_counts_however_many_others_there_are(floor: Floor, reasons: dict[int, str]) -> None:
    said = {"machine_id": str(floor.machines[0]), "started_at": stamp(-7200), "ended_at": stamp(-3600)}
    answer = floor.admin.post("/downtime-events", {**said, "downtime_reason_id": reasons[110]})
    assert answer.status_code == 201, answer.text
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        given = {"organization": floor.made.id, "machine": floor.machines[0], "start": at(0), "many": 2 * STOPS}
        session.execute(text(_OFTEN), given)
    told = summary(floor, -8000, 2 * STOPS + 1)
    assert (told["events"], told["failures"]) == (STOPS + 1, 1)
    assert [one["seconds"] for one in told["by_reason"] if one["downtime_reason_code"] == "110"] == [3600]


def test_micro_stops_fill_no_page_of_the_queue(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unison_server.machines.downtime.api._MOST_STOPS_A_PAGE", 2)
    moments = [(200.0 * n + late, state) for n in range(4) for late, state in ((0, "stopped"), (120, "running"))]
    stand(floor, *moments, (800, "stopped"), (921, "running"))
    queue = {"from": stamp(0)}
    assert [one["started_at"] for one in listed(floor, "/unassigned", **queue)] == [stamp(800)]
    assert len(listed(floor, "/unassigned", min_seconds=119, limit=2, **queue)) == 2
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        counts = [
            len(find_stops(session, Asked(start=at(0), seconds=seconds, waiting=waiting), None, 10))
            for seconds, waiting in ((None, True), (120, True), (121, True), (119, True), (120, False), (121, False))
        ]
    assert counts == [1, 1, 0, 5, 5, 1]
