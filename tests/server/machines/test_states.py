"""States from signals and people, as they are stored and shown."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from unison_dev.floor import wait_for
from unison_domain.stations.tail_hash import BEGINNING, tail
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.keys import new_id
from unison_server.machines.tables import Machine

from tests.server.factories import make_organization
from tests.server.stations.floor import Floor, at, stamp

STRETCH = """
    insert into machine_states (organization_id, id, machine_id, state, source, started_at, ended_at)
    values (:organization, :id, :machine, 'fault', 'signal', :start, :end) returning id
"""
"""Past all of our code."""


def status(floor: Floor, machine: int = 0, **said: Any) -> Any:
    return floor.admin.send("PUT", f"/machines/{floor.machines[machine]}/status", json=said)


def live(floor: Floor, machine: int = 0) -> dict[str, Any]:
    answer = floor.admin.get("/machines/live", params={"ids": str(floor.machines[machine])})
    item: dict[str, Any] = answer.json()["items"][0]
    return item


def test_transitions_become_intervals_newest_first(floor: Floor) -> None:
    first = floor.changed(0, "running")
    counted = floor.counted(4, 3)
    second = floor.changed(10, "stopped", first, reason="door open", alarms=["door open"])
    floor.sender.send([first, counted, second, floor.changed(200, "running", second), floor.fresh()])
    path = f"/machines/{floor.machines[0]}/history"
    items = floor.admin.get(path).json()["items"]
    assert [(i["state"], i["duration_seconds"], i["stop_class"]) for i in items] == [
        ("running", None, None),
        ("stopped", 190.0, "unspecified"),
        ("running", 10.0, None),
    ]
    assert (items[1]["reason"], items[1]["alarms"], items[2]["good"]) == ("door open", ["door open"], "3")
    page = floor.admin.get(path, params={"limit": 2}).json()
    rest = floor.admin.get(path, params={"limit": 2, "cursor": page["next_cursor"]}).json()
    assert [*page["items"], *rest["items"]] == items
    span = {"from": stamp(11), "to": stamp(12)}
    assert [i["state"] for i in floor.admin.get(path, params=span).json()["items"]] == ["stopped"]


def test_parts_of_an_interval_that_reaches_past_the_time_asked_for_are_those_of_that_time(floor: Floor) -> None:
    opened = floor.changed(0, "running")
    floor.sender.send([opened, floor.counted(4, 3), floor.counted(10, 5), floor.counted(20, 7), floor.fresh()])
    path = f"/machines/{floor.machines[0]}/history"

    def good(**span: str) -> list[str]:
        return [item["good"] for item in floor.admin.get(path, params=span).json()["items"]]

    assert (good(), good(to=stamp(10)), good(**{"from": stamp(10)})) == (["15"], ["3"], ["12"])
    assert good(**{"from": stamp(5), "to": stamp(20)}) == ["5"]


def test_details_come_later(floor: Floor) -> None:
    opened = floor.changed(0, "fault")
    interval = opened["opened"]["id"]
    detailed = floor.sender.event(
        "state_detailed",
        1,
        machine_id=str(floor.machines[0]),
        interval_id=interval,
        reason="oil",
        alarms=["oil", "heat"],
    )
    floor.sender.send([opened])
    floor.sender.send([detailed, floor.fresh()])
    assert (live(floor)["reason"], live(floor)["alarms"]) == ("oil", ["oil", "heat"])


def test_an_interval_of_another_machine_is_not_touched(floor: Floor) -> None:
    mine = floor.changed(0, "running")
    theirs = {**floor.changed(1, "fault", machine=1)}
    theirs["opened"] = {**theirs["opened"], "id": mine["opened"]["id"]}
    stray = floor.sender.event("state_detailed", 2, machine_id=str(floor.machines[1]), interval_id=str(new_id()))
    floor.sender.send([mine])
    floor.sender.send([theirs, stray])
    codes = floor.rows("select code from quarantine order by seq")
    assert [row.code for row in codes] == ["interval_of_another", "unknown_interval"]
    assert floor.history(1) == []


@pytest.mark.parametrize(
    ("start", "end", "rule"),
    [
        (0, 20, "uq_machine_states_start"),
        (5, 20, "uq_machine_states_end"),
        (5, 10, "uq_machine_states_end"),
        (5, 15, "machine_states_tile"),
        (30, None, "uq_machine_states_end"),
        (20, 20, "ck_machine_states_ends_after_start"),
        (-10, -5, "machine_states_tile"),
    ],
)
def test_the_database_itself_lets_stretches_only_tile(floor: Floor, start: int, end: int | None, rule: str) -> None:
    events = [floor.changed(0, "running"), floor.changed(10, "stopped"), floor.changed(20, "running")]
    floor.sender.send(events)
    with pytest.raises(IntegrityError, match=rule):
        insert_stretch(floor, floor.machines[0], start, end)


@pytest.mark.parametrize(
    ("end", "rule"),
    [(None, "fk_machine_states_organization_id_open_machine_id_machines"), (10, "machine_states_tile")],
)
def test_the_database_itself_lets_only_machines_of_the_organization_have_stretches(
    floor: Floor, system_databases: Databases, end: int | None, rule: str
) -> None:
    other = make_organization(floor.made.databases, system_databases)
    delays = {"micro_stop_seconds": 0, "on_delay_seconds": 0, "off_delay_seconds": 0}
    theirs = Machine(id=new_id(), plant_id=other.add_plant(), machine_code="M1", name="Mill", **delays)
    with other.databases.session(Database.OPERATIONS, other.scope) as session:
        session.add(theirs)
    for machine in (theirs.id, new_id()):
        with pytest.raises(IntegrityError, match=rule):
            insert_stretch(floor, machine, 0, end)


def test_the_database_itself_sees_what_was_written_at_the_same_time(floor: Floor) -> None:
    floor.sender.send([floor.changed(0, "running"), floor.changed(10, "stopped")])
    databases, scope = floor.made.databases, floor.made.scope
    with ThreadPoolExecutor(1) as workers:
        with databases.session(Database.OPERATIONS, scope) as first:
            first.execute(text(STRETCH), stretch(floor, floor.machines[0], -10, 0))

            def remove() -> None:
                with databases.session(Database.OPERATIONS, scope) as second:
                    second.execute(text("delete from machine_states where started_at = :start"), {"start": at(0)})

            removing = workers.submit(remove)
            waiting = "select from pg_locks where locktype = 'advisory' and not granted"
            assert wait_for(lambda: removing.done() or floor.rows(waiting), 60, 0.01)
        with pytest.raises(IntegrityError, match="machine_states_tile"):
            removing.result()


def test_states_are_written_where_others_are_seen(floor: Floor) -> None:
    floor.sender.send([floor.changed(0, "running")])
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        with pytest.raises(ProgrammingError, match="read committed"):
            session.execute(text("delete from machine_states"))


def insert_stretch(floor: Floor, machine: UUID, start: int, end: int | None) -> None:
    floor.rows(STRETCH, **stretch(floor, machine, start, end))


def stretch(floor: Floor, machine: UUID, start: int, end: int | None) -> dict[str, Any]:
    ended = None if end is None else at(end)
    return {"organization": floor.made.id, "id": new_id(), "machine": machine, "start": at(start), "end": ended}


def test_a_persons_word_stands_until_the_next_transition(floor: Floor) -> None:
    running = floor.changed(0, "running")
    floor.sender.send([running])
    answer = status(floor, state="maintenance", reason="belt", note="new belt", at=stamp(60))
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["source"]) == ("maintenance", "person")
    floor.sender.send([floor.changed(30, "stopped", running)])
    assert live(floor)["state"] == "maintenance", "what came late is of before"
    assert floor.history() == [("running", 0, 30), ("stopped", 30, 60), ("maintenance", 60, None)]
    floor.sender.send([floor.changed(90, "running")])
    assert floor.history()[-2:] == [("maintenance", 60, 90), ("running", 90, None)]
    interval = floor.admin.get(f"/machines/{floor.machines[0]}/history").json()["items"][1]
    assert (interval["reason"], interval["note"], interval["source"]) == ("belt", "new belt", "person")


def test_a_machine_without_signals_is_what_people_say(floor: Floor) -> None:
    assert live(floor)["state"] == "unknown"
    assert status(floor, state="running").status_code == 200
    assert status(floor, state="setup").json()["state"] == "setup"
    assert len(floor.history()) == 2


def test_people_and_signals_at_once_leave_no_overlap(floor: Floor, address: str) -> None:
    batches, events = [], []
    for number in range(20):
        events.append(floor.changed(number, "running" if number % 2 else "stopped"))
        batches.append(floor.sender.batch(events[-1:], floor.sender.taken))
        floor.sender.taken = tail(floor.sender.taken, events[-1:])
    refused: list[int] = []

    def speak() -> None:
        with httpx.Client(base_url=address, timeout=60) as client:
            own = replace(floor, admin=replace(floor.admin, client=client))
            refused.extend(answer.status_code for _ in range(10) if (answer := status(own, state="setup")).is_error)

    threads = [threading.Thread(target=speak) for _ in range(2)]
    for thread in threads:
        thread.start()
    taken = [floor.sender.post(batch).json()["acknowledged_through"] for batch in batches]
    for thread in threads:
        thread.join()
    history = floor.history()
    assert (taken, refused) == (list(range(1, 21)), [])
    assert all(one[2] == two[1] for one, two in pairwise(history))
    assert history[-1][2] is None


def test_silence_is_no_signal(floor: Floor) -> None:
    running = floor.changed(0, "running")
    floor.sender.send([running, floor.changed(50, "unknown", running)])
    assert (live(floor)["state"], live(floor)["last_signal_at"]) == ("unknown", stamp(0))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"state": "runing"}, "state_unknown"),
        ({"state": "running", "at": "2199-01-01T00:00:00Z"}, "in_the_future"),
        ({"state": "running", "at": stamp(-1)}, "before_present_state"),
    ],
)
def test_a_word_that_can_not_be_is_refused(floor: Floor, said: dict[str, Any], code: str) -> None:
    floor.sender.send([floor.changed(0, "running")])
    refused = status(floor, **said)
    assert (refused.status_code, refused.json()["code"]) == (422, code)


def test_a_clock_that_is_ahead_makes_no_future(floor: Floor) -> None:
    ahead = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    running = floor.changed(0, "running")
    future = {**floor.changed(0, "stopped", running), "at": ahead}
    future["opened"] = {**future["opened"], "started_at": ahead}
    floor.sender.send([running, future, {**floor.sample(0), "at": ahead}, {**floor.counted(0), "at": ahead}])
    now = datetime.now(UTC)
    since = datetime.fromisoformat(live(floor)["since"])
    assert live(floor)["state"] == "stopped"
    assert now - timedelta(minutes=1) < since <= now
    assert floor.rows("select count(*) from samples where at > now()") == [(0,)]
    kept = floor.rows("select extra ->> 'stated_at' as stated from samples")
    assert datetime.fromisoformat(kept[0].stated) > now
    floor.sender.send([floor.changed((now - datetime(2026, 3, 2, 6, tzinfo=UTC)).total_seconds() + 5, "running")])
    assert live(floor)["state"] == "running"


def test_what_agents_report_shows_before_the_backlog_has_drained(floor: Floor) -> None:
    floor.sender.send([floor.changed(0, "running")])
    report = {"machine_id": str(floor.machines[0]), "state": "fault", "since": stamp(500)}
    heard = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    report["last_signal_at"] = heard
    stranger = {**report, "machine_id": str(new_id())}
    beat = {"at": stamp(510), "agent_version": "1.0", "configuration": 1, "queue_depth": 9}
    answer = floor.sender.call("POST", "/heartbeat", json={**beat, "machines": [report, stranger]})
    assert answer.status_code == 200, answer.text
    shown = live(floor)
    assert (shown["state"], shown["since"], shown["last_signal_at"]) == ("fault", stamp(500), heard)
    floor.sender.send([floor.changed(600, "running")])
    assert live(floor)["state"] == "running"


def test_what_signals_say_stands_beside_a_persons_word_as_long_as_they_are_heard(floor: Floor) -> None:
    floor.sender.send([floor.changed(0, "running")])
    assert live(floor)["signals_say"] is None
    report = {"machine_id": str(floor.machines[0]), "state": "running", "since": stamp(0)}
    beat = {"at": stamp(510), "agent_version": "1.0", "configuration": 1, "queue_depth": 0}

    def heard(before: timedelta) -> None:
        moment = (datetime.now(UTC) - before).isoformat()
        floor.sender.call("POST", "/heartbeat", json={**beat, "machines": [{**report, "last_signal_at": moment}]})

    status(floor, state="setup")
    heard(timedelta(hours=1))
    assert (live(floor)["state"], live(floor)["signals_say"]) == ("setup", None)
    heard(timedelta(0))
    assert (live(floor)["state"], live(floor)["signals_say"]) == ("setup", "running")


def test_a_state_that_is_set_again_from_the_same_moment_leaves_nothing_of_the_one_before(floor: Floor) -> None:
    floor.sender.send([floor.changed(0, "fault")])
    floor.admin.get(f"/machines/{floor.machines[0]}/history")
    word = status(floor, state="setup").json()
    assert status(floor, state="fault", at=word["since"]).json()["state"] == "fault"
    items = floor.admin.get(f"/machines/{floor.machines[0]}/history").json()["items"]
    assert [(one["state"], one["source"]) for one in items] == [("fault", "person"), ("fault", "signal")]
    assert len(floor.admin.get("/downtime-events", params={"from": stamp(0)}).json()["items"]) == 1


MADE = st.one_of(st.sampled_from(["running", "stopped"]), st.integers(0, 5))
"""A transition, or so many parts."""
STEP = st.tuples(st.floats(0, 1), st.floats(0, 1))
"""Where a batch begins among the checkpoints the agent had, and how far it reaches."""


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=st.lists(MADE, min_size=1, max_size=20), steps=st.lists(STEP, max_size=6))
def test_any_interleaving_of_batches_gives_the_same_rows_once(
    floor: Floor, made: list[str | int], steps: list[tuple[float, float]]
) -> None:
    """Lost answers, repeats, longer and shorter batches: counts are conserved and intervals tile."""
    sender = floor.sender
    sender.epoch, sender.taken, sender.next_seq = new_id(), BEGINNING, 1
    before, offset = _parts(floor), len(floor.history()) * 1000
    events = [
        floor.counted(offset + n, one) if isinstance(one, int) else floor.changed(offset + n, one)
        for n, one in enumerate(made)
    ]
    checkpoints, held = [BEGINNING], 0
    for begin, reach in [*steps, (1.0, 1.0)]:
        previous = checkpoints[round(begin * (len(checkpoints) - 1))]
        until = held + round(reach * (len(events) - held))
        answer = sender.post(sender.batch(events[previous.sequence : until], previous))
        assert answer.status_code == 200, answer.text
        assert answer.json()["acknowledged_through"] == until
        held = until
        checkpoints.append(tail(BEGINNING, events[:held]))
    assert _parts(floor) - before == sum(one for one in made if isinstance(one, int))
    assert floor.rows("select coalesce(sum(good), 0) as parts from machine_count_quarters")[0].parts == _parts(floor)
    history = floor.history()
    assert sum(isinstance(one, str) for one in made) <= len(history)
    assert all(one[2] == two[1] for one, two in pairwise(history))
    assert not history or history[-1][2] is None


def _parts(floor: Floor) -> int:
    parts: int = floor.rows("select coalesce(sum(delta), 0) as parts from machine_counts")[0].parts
    return parts
