"""A word said without end is of its stop, whatever that turns out to be."""

from __future__ import annotations

from sqlalchemy import text
from unison_server.kernel.database import Database, Databases

from tests.server.machines.test_downtime import act, done, listed, reasons, stand
from tests.server.machines.test_station_words import reasoned, state_set
from tests.server.stations.floor import Floor, at, stamp

__all__ = ["reasons"]


def test_a_reason_stays_of_its_stop_when_its_end_is_taken_back(floor: Floor, reasons: dict[int, str]) -> None:
    floor.sender.send([state_set(floor, 0, "running"), state_set(floor, 600, "stopped")])
    floor.sender.send([reasoned(floor, 610, 600, reasons[110]), state_set(floor, 900, "running")])
    noted = done(act(floor, listed(floor)[0], "annotate", notes="seen"))
    assert (noted["ended_at"], noted["downtime_reason_code"]) == (stamp(900), "110")
    floor.sender.send([state_set(floor, 905, "stopped", started_at=stamp(900))])
    (event,) = listed(floor)
    assert (event["started_at"], event["ended_at"], event["downtime_reason_code"]) == (stamp(600), None, "110")
    assert (event["notes"], event["id"]) == ("seen", noted["id"])
    floor.sender.send([state_set(floor, 1000, "running")])
    (event,) = listed(floor)
    assert (event["ended_at"], event["downtime_reason_code"]) == (stamp(1000), "110")
    event = done(act(floor, event, "undo"))
    assert (event["notes"], event["ended_at"], event["downtime_reason_code"]) == (None, stamp(1000), "110")


def test_a_reason_given_after_a_false_end_is_of_the_stop_too(floor: Floor, reasons: dict[int, str]) -> None:
    floor.sender.send([state_set(floor, 600, "stopped"), state_set(floor, 900, "running")])
    floor.sender.send([reasoned(floor, 902, 600, reasons[110])])
    assert listed(floor)[0]["ended_at"] == stamp(900)
    floor.sender.send([state_set(floor, 905, "stopped", started_at=stamp(900))])
    (event,) = listed(floor)
    assert (event["ended_at"], event["downtime_reason_code"]) == (None, "110")


def test_a_rebuild_ends_every_reason_with_its_stop(
    floor: Floor, reasons: dict[int, str], system_databases: Databases
) -> None:
    def lose_the_faults() -> None:
        with system_databases.session(Database.OPERATIONS, floor.made.scope) as session:
            session.execute(text("update machine_states set state = 'running' where state = 'fault'"))
            session.execute(text("update downtime_causes set ended_at = started_at + interval '10 seconds'"))

    *_, stopped = stand(floor, (0, "running"), (10, "stopped"))
    for start, number in ((10, 110), (600, 310)):
        done(act(floor, listed(floor)[0], "assign", downtime_reason_id=reasons[number]))
        fault = floor.changed(start + 10, "fault", stopped)
        running = floor.changed(start + 490, "running", fault)
        stopped = floor.changed(start + 590, "stopped", running)
        floor.sender.send([fault, running, stopped])
    lose_the_faults()
    ends = "select started_at, ended_at from downtime_causes where downtime_reason_id is not null order by started_at"
    assert [(row.started_at, row.ended_at) for row in floor.rows(ends)] == [(at(10), at(20)), (at(600), at(610))]
    assert floor.admin.post(f"/machines/{floor.machines[0]}/rebuild", {}).status_code == 200
    assert [(row.started_at, row.ended_at) for row in floor.rows(ends)] == [(at(10), at(500)), (at(600), at(1090))]
    assert [event["downtime_reason_code"] for event in listed(floor)] == [None, "310", "110"]
    before = floor.rows("select * from downtime_causes order by id")
    assert floor.admin.post(f"/machines/{floor.machines[0]}/rebuild", {}).status_code == 200
    assert floor.rows("select * from downtime_causes order by id") == before


def test_merged_notes_keep_the_limit_of_notes(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (0, "stopped"), (500, "running"))
    event = done(act(floor, listed(floor)[0], "assign", downtime_reason_id=reasons[110], notes="x" * 2000))
    done(act(floor, event, "split", at=stamp(200), later_reason_id=reasons[310]))
    later, earlier = listed(floor)
    later = done(act(floor, later, "annotate", notes="y" * 2000))
    earlier = listed(floor)[1]
    other = {"other_id": later["id"], "other_version": later["version"]}
    merged = done(act(floor, earlier, "merge", **other, downtime_reason_id=reasons[110]))
    assert (len(merged["notes"]), merged["notes"][-2:]) == (2000, "x…")
    assert done(act(floor, merged, "annotate", notes=merged["notes"]))["notes"] == merged["notes"]
