"""A word said of a stop ends where other work begins, by one law for the office, rebuilds and the operator page."""

from __future__ import annotations

import random
from itertools import pairwise

from unison_domain.identity.overrides import OverrideKind
from unison_domain.machines.contracts import MachineState, StateSource
from unison_domain.machines.stop_ends import AGAINST_THE_PLAN, ends_stop

from tests.server.machines.test_downtime import Json, act, done, listed, reasons, stand
from tests.server.machines.test_downtime_totals import summary
from tests.server.machines.test_station_words import reasoned, state_set
from tests.server.machines.test_told_causes import heard, stop
from tests.server.stations.confirming import demand_nothing
from tests.server.stations.floor import Floor, at, stamp

__all__ = ["reasons"]

ENDS = "select started_at, ended_at from downtime_causes where downtime_reason_id is not null order by started_at"


def told(floor: Floor) -> list[tuple[str, str | None, str | None]]:
    """Start, end and reason of each event, in order of time."""
    events = reversed(listed(floor, limit=500))
    return [(one["started_at"], one["ended_at"], one["downtime_reason_code"]) for one in events]


def seconds_of(floor: Floor) -> dict[str, float]:
    return {one["downtime_category"]: one["seconds"] for one in summary(floor, 0, 9000)["by_category"]}


def test_a_failure_does_not_swallow_the_setup_that_follows(floor: Floor, reasons: dict[int, str]) -> None:
    stopped = stand(floor, (0, "running"), (100, "stopped"))[-1]
    floor.sender.send([reasoned(floor, 150, 100, reasons[110], person="Ben")])
    setup = floor.changed(1300, "setup", stopped)
    floor.sender.send([setup])
    assert told(floor)[0] == (stamp(100), stamp(1300), "110"), "at once, not with the next word"
    floor.sender.send([floor.changed(4900, "running", setup)])
    figures = summary(floor, 0, 9000)
    assert (figures["failures"], seconds_of(floor)) == (1, {"setup": 3600, "failure": 1200})


def test_a_repair_in_maintenance_and_manual_is_of_its_failure(floor: Floor, reasons: dict[int, str]) -> None:
    stopped = stand(floor, (0, "running"), (100, "fault"))[-1]
    floor.sender.send([reasoned(floor, 150, 100, reasons[110])])
    for moment, state in ((400, "maintenance"), (900, "manual"), (1000, "stopped"), (1300, "running")):
        stopped = floor.changed(moment, state, stopped)
        floor.sender.send([stopped])
    assert told(floor) == [(stamp(100), stamp(1300), "110")]


def test_whoever_taps_a_state_ends_what_was_said_before(floor: Floor, reasons: dict[int, str]) -> None:
    floor.sender.send([state_set(floor, 0, "running"), state_set(floor, 100, "stopped")])
    floor.sender.send([reasoned(floor, 110, 100, reasons[110]), state_set(floor, 1300, "maintenance")])
    floor.sender.send([state_set(floor, 4900, "running")])
    assert told(floor) == [(stamp(100), stamp(1300), "110"), (stamp(1300), stamp(4900), None)]
    assert summary(floor, 0, 9000)["failures"] == 1


def test_a_state_tapped_and_taken_back_ends_nothing(floor: Floor, reasons: dict[int, str]) -> None:
    floor.sender.send([state_set(floor, 0, "running"), state_set(floor, 100, "stopped")])
    floor.sender.send([reasoned(floor, 110, 100, reasons[110]), state_set(floor, 1300, "setup")])
    assert told(floor)[0] == (stamp(100), stamp(1300), "110")
    floor.sender.send([state_set(floor, 1304, "stopped", started_at=stamp(1300))])
    assert told(floor) == [(stamp(100), None, "110")]


def test_the_office_speaks_of_all_it_saw_of_a_stop(floor: Floor, reasons: dict[int, str]) -> None:
    """A bare stop with the setup after it is one event; who names it names both."""
    setup = stand(floor, (0, "running"), (100, "stopped"), (1300, "setup"))[-1]
    (event,) = listed(floor)
    done(act(floor, event, "assign", downtime_reason_id=reasons[210]))
    cleaning = floor.changed(4000, "cleaning", setup)
    floor.sender.send([cleaning])
    assert told(floor)[0] == (stamp(100), stamp(4000), "210")
    assert floor.admin.post(f"/machines/{floor.machines[0]}/rebuild", {}).status_code == 200
    assert told(floor)[0] == (stamp(100), stamp(4000), "210")
    floor.sender.send([floor.changed(5000, "running", cleaning)])
    again = done(act(floor, listed(floor)[1], "assign", downtime_reason_id=reasons[110]))
    assert (again["ended_at"], told(floor)[1]) == (stamp(4000), (stamp(4000), stamp(5000), None))
    done(act(floor, again, "undo"))
    assert told(floor)[0] == (stamp(100), stamp(4000), "210")


def test_the_operator_page_hears_of_its_own_part_of_a_stop(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (0, "running"), (100, "stopped"), (1300, "setup"), (1400, "fault"), (4900, "running"))
    floor.sender.send([reasoned(floor, 150, 100, reasons[110])])
    first, second = heard(floor, stop(floor, 100, 1300), stop(floor, 1400, 4900))
    assert (first["asks"], first["reason_id"]) == (False, reasons[110])
    assert (second["asks"], second["reason_id"]) == (True, None)


def lasting(states: list[tuple[int, MachineState, StateSource]], place: int) -> int | None:
    """When the stop of the state at that place ends, by the law of the domain."""
    for (_, before, _), (moment, state, source) in pairwise(states[place:]):
        if ends_stop(before, state, source):
            return moment
    return None


def test_words_end_by_the_law_of_the_domain_and_a_rebuild_moves_none(floor: Floor, reasons: dict[int, str]) -> None:
    demand_nothing(floor, OverrideKind.MACHINE_STATE)
    chance = random.Random(11)
    said: list[tuple[int, MachineState, StateSource]] = []
    last: Json | None = None
    events: list[Json] = []
    for moment in range(0, 1200, 10):
        state = chance.choice([state for state in MachineState if not said or state is not said[-1][1]])
        if state is not MachineState.UNKNOWN and chance.random() < 0.4:
            said.append((moment, state, StateSource.PERSON))
            events.append(state_set(floor, moment, str(state)))
        else:
            said.append((moment, state, StateSource.SIGNAL))
            last = floor.changed(moment, str(state), last)
            events.append(last)
        if state in AGAINST_THE_PLAN and chance.random() < 0.9:
            events.append(reasoned(floor, moment + 1, moment, reasons[110]))
        if chance.random() < 0.5:
            floor.sender.send(events)
            events = []
    floor.sender.send(events)
    words = {row.started_at: row.ended_at for row in floor.rows(ENDS)}
    law = {at(said[place][0]): lasting(said, place) for place in range(len(said)) if at(said[place][0]) in words}
    assert len(words) > 15
    assert words == {start: None if end is None else at(end) for start, end in law.items()}
    assert floor.admin.post(f"/machines/{floor.machines[0]}/rebuild", {}).status_code == 200
    assert {row.started_at: row.ended_at for row in floor.rows(ENDS)} == words
