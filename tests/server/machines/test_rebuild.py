"""Stretches made anew from what was said are those that were there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from unison_domain.machines.contracts import MachineState, StateSource
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.keys import new_id
from unison_server.machines.rebuild import make_anew, rebuild
from unison_server.machines.signals import hold_signals
from unison_server.machines.states import Past, load_timelines, store_timelines
from unison_server.machines.tables import TransitionUndo
from unison_server.machines.timeline import Detail, Stretch

from tests.server.stations.floor import Floor, at

AHEAD = 10**9
"""Seconds after the floor's beginning that are years from now: stamped while the server's clock was ahead."""
SAID = st.tuples(
    st.sampled_from(["signal", "signal", "signal", "word", "word", "detail", "late", "late", "undo"]),
    st.integers(0, 40) | st.integers(0, 40) | st.integers(AHEAD, AHEAD + 9),
    st.sampled_from([MachineState.RUNNING, MachineState.STOPPED, MachineState.SETUP]),
)
STANDING = """
    select state, source, started_at, is_late from machine_transitions as said
    where machine_id = :machine and not exists (select 1 from machine_transition_undos as u where u.id = said.id)
    order by position
"""
SHOWN = """
    select id, state, source, started_at, ended_at, reason, alarms, note, is_late, agent_id, created_by
    from machine_states
    where machine_id = :machine order by started_at
"""


def say(floor: Floor, said: list[tuple[str, int, MachineState]]) -> None:
    """Through the timeline into the database, a transaction each."""
    machine, heard, words = floor.machines[0], [], list[Stretch]()
    for kind, seconds, state in said:
        if kind == "undo":
            take_back_one_of(floor, words, seconds)
            continue
        with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
            hold_signals(session, {machine: None})
            told_late = {machine: Past(at(seconds), at(seconds))} if kind == "late" else {}
            timelines = load_timelines(session, [machine], told_late)
            if kind == "late":
                timelines[machine].signalled(Stretch(new_id(), state, at(seconds), is_late=True), None)
            elif kind == "signal":
                heard.append(Stretch(new_id(), state, at(seconds)))
                timelines[machine].signalled(heard[-1], None)
            elif kind == "detail" and heard:
                timelines[machine].detailed(Detail(heard[-1].id, f"alarm {seconds}", ("oil", f"{seconds}")))
            elif kind == "word":
                word = Stretch(new_id(), state, at(seconds), source=StateSource.PERSON, note="seen")
                try:
                    timelines[machine].said(word)
                except ValueError:
                    continue
                words.append(word)
            store_timelines(session, timelines, floor.agent_id if kind == "signal" else None)


def take_back_one_of(floor: Floor, words: list[Stretch], which: int) -> None:
    """The fact and what follows from it, as `taking_back` writes them."""
    if words:
        with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
            hold_signals(session, {floor.machines[0]: None})
            session.add(TransitionUndo(id=words.pop(which % len(words)).id))
            session.flush()
            make_anew(session, floor.machines[0])


def told_again_without_what_was_taken_back(floor: Floor) -> None:
    """To the other machine, one by one."""
    _machine, other = floor.machines
    for row in floor.rows(STANDING, machine=floor.machines[0]):
        with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
            hold_signals(session, {other: None})
            told_late = {other: Past(row.started_at, row.started_at)} if row.is_late else {}
            timelines = load_timelines(session, [other], told_late)
            source = StateSource(row.source)
            one = Stretch(new_id(), MachineState(row.state), row.started_at, source=source, is_late=row.is_late)
            if source is StateSource.PERSON:
                timelines[other].said(one)
            else:
                timelines[other].signalled(one, None)
            store_timelines(session, timelines, None)


@pytest.fixture
def as_system(floor: Floor, system_databases: Databases) -> Callable[[str], None]:
    """Runs a statement about `:machine`, the floor's first, that no program of ours may run."""

    def run(statement: str) -> None:
        with system_databases.session(Database.OPERATIONS, floor.made.scope) as session:
            session.execute(text(statement), {"machine": floor.machines[0], "machines": floor.machines})

    return run


def shown(floor: Floor) -> list[Any]:
    return floor.rows(SHOWN, machine=floor.machines[0])


def begin_anew(as_system: Callable[[str], None]) -> None:
    """As if nothing ever had been said of the machines."""
    as_system(
        "delete from machine_transition_undos "
        "where id in (select id from machine_transitions where machine_id = any(:machines))"
    )
    for table in ("machine_states", "machine_transition_details", "machine_transitions"):
        as_system(f"delete from {table} where machine_id = any(:machines)")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(SAID, min_size=1, max_size=12), lost=st.sampled_from(["nothing", "all", "changed"]))
def test_whatever_was_said_in_whatever_order(
    floor: Floor, as_system: Callable[[str], None], said: list[tuple[str, int, MachineState]], lost: str
) -> None:
    begin_anew(as_system)
    say(floor, said)
    before = shown(floor)
    if lost == "all":
        as_system("delete from machine_states where machine_id = :machine")
    elif lost == "changed":
        as_system("update machine_states set state = 'fault', reason = 'x' where machine_id = :machine")
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        done = rebuild(session, floor.machines[0])
    assert shown(floor) == before
    assert done.intervals == len(before)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(SAID.filter(lambda one: one[0] != "detail" and one[1] < AHEAD), min_size=2, max_size=12))
def test_what_was_taken_back_is_as_if_it_never_had_been_said(
    floor: Floor, as_system: Callable[[str], None], said: list[tuple[str, int, MachineState]]
) -> None:
    begin_anew(as_system)
    say(floor, said)
    told_again_without_what_was_taken_back(floor)
    assert floor.history() == floor.history(1)


@pytest.mark.parametrize(
    "said",
    [
        [("signal", 0), ("word", 20), ("late", 50), ("signal", 40)],
        [("signal", 0), ("word", 20), ("signal", 40), ("late", 50), ("late", 30), ("late", 50)],
        [("signal", 1), ("signal", AHEAD), ("late", 2), ("word", 0), ("signal", 0)],
        [("late", 30), ("signal", 20), ("late", 10), ("late", 30), ("signal", 30)],
        [("signal", 10), ("late", 30), ("word", 30), ("late", 5), ("signal", 60)],
        [("signal", 0), ("signal", AHEAD), ("late", 20), ("signal", 10), ("late", 15)],
    ],
)
def test_what_was_told_late_is_made_anew_where_it_was(floor: Floor, said: list[tuple[str, int]]) -> None:
    states = [MachineState.RUNNING, MachineState.STOPPED, MachineState.SETUP]
    say(floor, [(kind, seconds, states[place % 3]) for place, (kind, seconds) in enumerate(said)])
    before = shown(floor)
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        rebuild(session, floor.machines[0])
    assert shown(floor) == before


def test_states_from_a_clock_that_was_ahead_hide_none_that_come_after_it_was_set_right(floor: Floor) -> None:
    machine = floor.machines[0]
    running, stopped, fault = MachineState.RUNNING, MachineState.STOPPED, MachineState.FAULT
    say(floor, [("signal", 0, running), ("signal", AHEAD, fault), ("signal", 10, stopped), ("signal", 20, running)])
    assert floor.history() == [("running", 0, 10), ("stopped", 10, 20), ("running", 20, None)]
    say(floor, [("word", 30, MachineState.SETUP), ("signal", AHEAD + 1, fault), ("word", 40, MachineState.MAINTENANCE)])
    now_known = [("running", 20, 30), ("setup", 30, 40), ("maintenance", 40, None)]
    assert floor.history()[2:] == now_known
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        done = rebuild(session, machine)
    assert (done.transitions, done.intervals) == (7, 5)
    assert floor.history()[2:] == now_known


def test_a_person_sets_a_state_from_now_on_while_the_newest_begins_in_the_future(floor: Floor) -> None:
    say(floor, [("signal", 0, MachineState.RUNNING), ("signal", AHEAD, MachineState.FAULT)])
    answer = floor.admin.send("PUT", f"/machines/{floor.machines[0]}/status", json={"state": "maintenance"})
    assert answer.status_code < 300, answer.text
    assert [state for state, _, _ in floor.history()] == ["running", "maintenance"]


def test_a_clock_before_the_machine_was_set_up_disproves_nothing(
    floor: Floor, as_system: Callable[[str], None]
) -> None:
    say(floor, [("signal", 100, MachineState.RUNNING), ("signal", 40, MachineState.STOPPED)])
    as_system("update machine_transitions set created_at = '2000-01-01' where machine_id = :machine and position = 2")
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        rebuild(session, floor.machines[0])
    assert floor.history() == [("stopped", 100, None)]


def test_over_http_with_a_right_of_its_own(floor: Floor, as_system: Callable[[str], None]) -> None:
    running = floor.changed(0, "running")
    floor.sender.send([running, floor.changed(10, "stopped", running)])
    as_system("delete from machine_states where machine_id = :machine")
    answer = floor.admin.post(f"/machines/{floor.machines[0]}/rebuild", {})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["transitions"], answer.json()["intervals"]) == (2, 2)
    assert floor.history() == [("running", 0, 10), ("stopped", 10, None)]
    floor.sender.send([floor.changed(20, "running")])
    assert floor.history()[-1] == ("running", 20, None)
    assert floor.topics().count("machines.machine.rebuilt") == 1
