"""What the page knows follows from the events alone, however they are cut and whenever the agent is started again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from unison_domain.identity.overrides import OverrideKind
from unison_domain.machines.calls import CallKind, CallState
from unison_domain.machines.contracts import CountKind, MachineState
from unison_domain.machines.gaps import GapRun
from unison_domain.machines.stop_causes import StopCause
from unison_domain.machines.stop_ends import AGAINST_THE_PLAN, MAY_LAST
from unison_domain.stations.configuration import ReasonConfiguration
from unison_domain.stations.events import (
    CallChanged,
    Counted,
    Event,
    OpenedInterval,
    StateChanged,
    StateDetailed,
    StateSet,
    StopReasoned,
)
from unison_station.operator.floor import Floor
from unison_station.operator.reasons import frequent_of, groups_of, names_of
from unison_station.operator.stops import STOPS_KEPT, waiting
from unison_station.operator.texts import LANGUAGES

from tests.station_agent.configurations import MACHINE, SPACE
from tests.station_agent.operator.shop import REASONS, reason, reason_id

START = datetime(2026, 3, 28, 22, 0, tzinfo=UTC)
ZONES = {MACHINE: ZoneInfo("Europe/Berlin")}


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def changed(seconds: float, state: MachineState, reason: str | None = None) -> StateChanged:
    opened = OpenedInterval(id=uuid5(SPACE, str(seconds)), state=state, started_at=at(seconds), reason=reason)
    return StateChanged(at=at(seconds), machine_id=MACHINE, opened=opened)


def counted(seconds: float, delta: int) -> Counted:
    return Counted(
        at=at(seconds), machine_id=MACHINE, tag_id=SPACE, count=CountKind.GOOD, delta=delta, started_at=START, raw_to=0
    )


def reasoned(seconds: float, stop: float, reason_id: UUID | None) -> StopReasoned:
    return StopReasoned(
        at=at(seconds), id=uuid5(SPACE, f"r{seconds}"), machine_id=MACHINE, started_at=at(stop), reason_id=reason_id
    )


STATES = st.sampled_from(list(MachineState))
CALL = uuid5(SPACE, "call")


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    events: list[Event] = []
    for seconds in range(draw(st.integers(1, 25))):
        kind = draw(st.integers(0, 4))
        if kind == 0:
            events.append(counted(seconds, draw(st.integers(0, 9))))
        elif kind == 1:
            events.append(reasoned(seconds, draw(st.integers(0, seconds)), draw(st.sampled_from([SPACE, CALL, None]))))
        elif kind == 2:
            said = StateSet(
                at=at(seconds), id=CALL, machine_id=MACHINE, state=draw(STATES), started_at=at(draw(st.integers(0, 30)))
            )
            events.append(said)
        elif kind == 3:
            call = draw(st.sampled_from([CallState.CALLED, CallState.ARRIVED, CallState.DONE]))
            events.append(
                CallChanged(at=at(seconds), call_id=CALL, machine_id=MACHINE, called=CallKind.SETTER, state=call)
            )
        else:
            events.append(changed(seconds, draw(STATES), draw(st.sampled_from([None, "door open"]))))
    return events


@given(histories(), st.integers(0, 25))
def test_cut_anywhere_dumped_and_loaded_it_is_the_same(events: list[Event], cut: int) -> None:
    whole = Floor().after(events, ZONES)
    stored: dict[str, bytes] = {}
    floor = Floor()
    for part in (events[:cut], events[cut:]):
        floor = Floor.load(stored).after(part, ZONES)
        stored |= floor.dump(part)
    assert floor == whole == Floor.load(stored)


@given(histories())
def test_stops_are_in_order_and_only_the_last_is_open(events: list[Event]) -> None:
    notes = Floor().after(events, ZONES).machines.get(MACHINE)
    stops = notes.stops if notes else ()
    assert len(stops) <= STOPS_KEPT
    assert all(stop.ended_at is not None for stop in stops[:-1])
    assert all(one.started_at < other.started_at for one, other in pairwise(stops))
    if notes is not None:
        is_stop = notes.stop is not None and not notes.stop.is_silent
        assert is_stop or notes.state not in AGAINST_THE_PLAN
        assert not is_stop or notes.state in MAY_LAST
        assert notes.stop is None or notes.stop.is_silent == (notes.state is MachineState.UNKNOWN)


def test_time_nothing_is_known_of_is_asked_about_where_it_follows_a_stop_alone() -> None:
    off = [
        changed(0, MachineState.UNKNOWN),
        changed(5, MachineState.RUNNING),
        changed(10, MachineState.UNKNOWN),
        changed(20, MachineState.STOPPED),
        changed(80, MachineState.UNKNOWN),
        changed(90, MachineState.UNKNOWN),
        changed(14_480, MachineState.STOPPED),
        changed(14_500, MachineState.RUNNING),
    ]
    stops = Floor().after(off, ZONES, {MACHINE: 120.0}).machines[MACHINE].stops
    assert [(stop.state, stop.started_at, stop.ended_at) for stop in stops] == [
        (MachineState.STOPPED, at(20), at(80)),
        (MachineState.UNKNOWN, at(80), at(14_480)),
        (MachineState.STOPPED, at(14_480), at(14_500)),
    ]
    assert waiting(stops, 10.0) == {stop.started_at for stop in stops}


def test_what_signals_told_is_known_under_a_persons_word() -> None:
    said = StateSet(at=at(30), id=CALL, machine_id=MACHINE, state=MachineState.SETUP, started_at=at(30))
    again = said.model_copy(update={"state": MachineState.FAULT, "started_at": at(40)})
    floor = Floor().after([changed(0, MachineState.UNKNOWN), said, again], ZONES)
    assert floor.machines[MACHINE].by_signals is MachineState.UNKNOWN
    loaded = Floor.load(floor.dump_machines([MACHINE])).after([changed(50, MachineState.STOPPED), said], ZONES)
    assert loaded.machines[MACHINE].by_signals is MachineState.STOPPED


def test_micro_stops_push_no_stop_out_that_still_asks() -> None:
    long: list[Event] = [
        changed(0, MachineState.RUNNING),
        changed(60, MachineState.STOPPED),
        changed(2760, MachineState.RUNNING),
    ]
    said: list[Event] = [
        changed(2800, MachineState.STOPPED),
        changed(3400, MachineState.RUNNING),
        reasoned(3401, 2800, SPACE),
    ]
    short: list[Event] = [
        changed(3500 + 30 * place + over, MachineState.RUNNING if over else MachineState.STOPPED)
        for place in range(40)
        for over in (0, 5)
    ]
    floor = Floor().after([*long, *said, *short], ZONES, {MACHINE: 120.0})
    stops = floor.machines[MACHINE].stops
    assert len(stops) == STOPS_KEPT
    assert [stop.started_at for stop in stops[:3]] == [at(60), at(2800), at(3500 + 30 * 22)]
    many = [
        changed(10_000 + 1000 * place + over, MachineState.RUNNING if over else MachineState.STOPPED)
        for place in range(STOPS_KEPT)
        for over in (0, 500)
    ]
    asking = floor.after(many, ZONES, {MACHINE: 120.0}).machines[MACHINE].stops
    assert [stop.started_at for stop in asking] == [at(10_000 + 1000 * place) for place in range(STOPS_KEPT)]


def test_neighbouring_stops_are_one_to_the_person_in_front() -> None:
    detailed = StateDetailed(at=at(9), machine_id=MACHINE, interval_id=SPACE, alarms=("oil", "heat"))
    story: list[Event] = [
        changed(0, MachineState.STOPPED),
        changed(5, MachineState.FAULT),
        detailed,
        changed(20, MachineState.STOPPED),
        changed(30, MachineState.RUNNING),
    ]
    floor = Floor().after(story, ZONES)
    (stop,) = floor.machines[MACHINE].stops
    assert (stop.started_at, stop.state, stop.ended_at, stop.signals) == (at(0), MachineState.FAULT, at(30), "oil")


def set_by_hand(seconds: float, state: MachineState, since: float | None = None) -> StateSet:
    id_ = uuid5(SPACE, f"s{seconds}")
    begun = at(seconds if since is None else since)
    return StateSet(at=at(seconds), id=id_, machine_id=MACHINE, state=state, started_at=begun)


def spans(*story: Event) -> list[tuple[datetime, datetime | None]]:
    return [(stop.started_at, stop.ended_at) for stop in Floor().after(story, ZONES).machines[MACHINE].stops]


def test_a_repair_is_part_of_its_stop_and_setup_is_not() -> None:
    fault = changed(0, MachineState.FAULT)
    manual, maintained = changed(5, MachineState.MANUAL), changed(9, MachineState.MAINTENANCE)
    assert spans(fault, manual, maintained) == [(at(0), None)]
    assert spans(fault, maintained, changed(30, MachineState.STOPPED), changed(40, MachineState.RUNNING)) == [
        (at(0), at(40))
    ]
    assert spans(fault, changed(20, MachineState.SETUP), changed(30, MachineState.STOPPED)) == [
        (at(0), at(20)),
        (at(30), None),
    ]
    assert spans(manual, maintained) == [], "no stop begins so"


def test_a_state_set_by_hand_ends_the_stop_before_it() -> None:
    stopped = set_by_hand(0, MachineState.STOPPED)
    assert spans(stopped, set_by_hand(20, MachineState.MAINTENANCE)) == [(at(0), at(20))]
    assert spans(stopped, set_by_hand(20, MachineState.FAULT)) == [(at(0), at(20)), (at(20), None)]
    assert spans(stopped, set_by_hand(20, MachineState.STOPPED)) == [(at(0), None)], "the same once more"


def test_a_state_set_by_hand_and_taken_back_ends_no_stop() -> None:
    stopped, setup = set_by_hand(0, MachineState.STOPPED), set_by_hand(20, MachineState.SETUP)
    taken_back = set_by_hand(25, MachineState.STOPPED, since=20)
    assert spans(stopped, setup, taken_back, set_by_hand(90, MachineState.RUNNING)) == [(at(0), at(90))]
    put_right = set_by_hand(25, MachineState.FAULT, since=20)
    assert spans(stopped, setup, put_right) == [(at(0), at(20)), (at(20), None)]


def test_the_day_begins_at_the_plants_midnight_also_when_the_clocks_change() -> None:
    """Berlin's 29 March 2026 begins at 23:00 UTC and has 23 hours."""
    floor = Floor().after([counted(0, 5), counted(3599, 1), counted(3600, 2), counted(3600 + 22.9 * 3600, 4)], ZONES)
    assert (floor.counts.here[MACHINE].day.isoformat(), floor.counts.here[MACHINE].good) == ("2026-03-29", 6)
    floor = floor.after([counted(3600 + 23 * 3600, 8), counted(3600, 100)], ZONES)
    assert (floor.counts.here[MACHINE].day.isoformat(), floor.counts.here[MACHINE].good) == ("2026-03-30", 8)


def cause(stop: float, reason_id: UUID | None, *, asks: bool = False) -> StopCause:
    return StopCause(machine_id=MACHINE, started_at=at(stop), asks=asks, reason_id=reason_id, person="Olga")


def test_what_the_office_says_of_a_stop_stands_at_the_page() -> None:
    story: list[Event] = [
        changed(0, MachineState.FAULT, "drive 17"),
        changed(500, MachineState.RUNNING),
        reasoned(501, 0, SPACE),
    ]
    floor = Floor().after(story, ZONES)
    (said,) = floor.machines[MACHINE].stops
    same = floor.told_cause(cause(0, SPACE), said).machines[MACHINE].stops[0]
    assert (same.is_elsewhere, same.person, same.reason_id) == (False, said.person, SPACE)
    heard = floor.told_cause(cause(0, CALL), said)
    (other,) = heard.machines[MACHINE].stops
    assert (other.reason_id, other.person, other.is_elsewhere) == (CALL, "Olga", True)
    assert Floor.load(heard.dump_machines([MACHINE])).machines == heard.machines
    (mine,) = heard.after([reasoned(600, 0, SPACE)], ZONES).machines[MACHINE].stops
    assert (mine.reason_id, mine.is_elsewhere) == (SPACE, False)
    (none,) = floor.told_cause(cause(0, None, asks=True), said).machines[MACHINE].stops
    assert (none.reason_id, none.is_elsewhere, waiting((none,), 0.0)) == (None, False, frozenset({at(0)}))
    assert floor.after([reasoned(502, 0, CALL)], ZONES).told_cause(cause(0, None), said).stop_at(
        MACHINE, at(0)
    ) == replace(said, reason_id=CALL), "said meanwhile"


def test_an_alarm_that_the_office_has_a_reason_for_asks_nobody_until_more_happens() -> None:
    floor = Floor().after([changed(0, MachineState.STOPPED, "door open")], ZONES)
    (stop,) = floor.machines[MACHINE].stops
    assert waiting((stop,), 0.0) == {at(0)}
    floor = floor.told_cause(cause(0, None), stop)
    assert waiting(floor.machines[MACHINE].stops, 0.0) == frozenset()
    later = floor.after([changed(30, MachineState.FAULT, "drive 17")], ZONES)
    assert waiting(later.machines[MACHINE].stops, 0.0) == {at(0)}


def test_parts_that_wait_for_a_person_are_told_apart() -> None:
    doubted = counted(36_000, 5000).model_copy(update={"across_gap": True, "gap_run": GapRun.STOOD_BEFORE})
    booked = counted(36_001, 40).model_copy(update={"across_gap": True, "started_at": at(36_000)})
    floor = Floor().after([doubted, booked, counted(36_002, 2)], ZONES)
    assert (floor.counts.here[MACHINE].good, floor.counts.here[MACHINE].waiting) == (42, {CountKind.GOOD: 5000})
    assert Floor.load(floor.dump([doubted])).counts == floor.counts


def test_only_ends_of_the_tree_are_offered_for_the_machines_type() -> None:
    groups = groups_of(REASONS, "Press", {})
    assert [(group.name, [tile.name for tile in group.tiles]) for group in groups] == [
        ("Failure / Mechanical", ["Spindle", "Hydraulics"]),
        ("Failure / Electrical", ["Sensor", "Drive"]),
        ("Material", ["No material", "Wrong material"]),
        (None, ["Tool change", "Waiting for inspection", "Nobody here", "Break"]),
    ]
    offered = {tile.name for group in groups_of(REASONS, None, {}) for tile in group.tiles}
    assert not offered & {"Hydraulics", "Glue pot empty"}


def test_a_branch_of_another_type_or_whose_heading_is_gone_offers_nothing_and_a_ring_hangs_nobody() -> None:
    branch = (reason(100, "Lathe", None, "lathe"), reason(101, "Chuck", "Lathe"))
    assert groups_of(branch, "press", {}) == ()
    ring = (reason(100, "A", "B"), reason(101, "B", "A"), reason(102, "C", "A"), reason(103, "D", "gone"))
    names = {tile.name for group in groups_of(ring, None, {}) for tile in group.tiles}
    assert names == {"C"}


def test_reasons_of_one_name_are_told_apart_by_what_is_above_them_wherever_they_stand_alone() -> None:
    def twin(number: int, parent: str | None, *machine_types: str) -> ReasonConfiguration:
        return reason(number, "Sensor", parent, *machine_types).model_copy(update={"id": uuid5(SPACE, str(number))})

    tree = (*REASONS, twin(113, "Mechanical"), twin(114, "Mechanical", "mill"), twin(115, "Hydraulics", "press"))
    electrical, mechanical = reason_id("Sensor"), uuid5(SPACE, "113")
    uses = {electrical: 5, mechanical: 3, reason_id("Drive"): 1}
    frequent = frequent_of(groups_of(tree, "lathe", uses), uses)
    assert frequent is not None
    assert [tile.name for tile in frequent.tiles] == ["Electrical / Sensor", "Mechanical / Sensor", "Drive"]
    at_mills, at_presses = names_of(tree, "mill"), names_of(tree, "press")
    assert [at_mills[mechanical], at_mills[uuid5(SPACE, "114")]] == ["113 Sensor", "114 Sensor"]
    assert [at_presses[mechanical], at_presses[uuid5(SPACE, "115")]] == ["Mechanical / Sensor", "Hydraulics / Sensor"]
    assert names_of(REASONS, "press")[electrical] == "Sensor"


def test_the_frequent_ones_are_offered_first() -> None:
    uses = {reason_id("Drive"): 5, reason_id("Break"): 7}
    frequent = frequent_of(groups_of(REASONS, "press", uses), uses)
    assert frequent is not None
    assert [tile.name for tile in frequent.tiles] == ["Break", "Drive"]


def test_every_text_is_there_in_every_language_with_the_same_places_to_fill() -> None:
    def places(text: str) -> set[str]:
        return {part.partition("}")[0] for part in text.split("{")[1:]}

    english, german = LANGUAGES["en"], LANGUAGES["de"]
    assert english.keys() == german.keys()
    assert all(places(english[key]) == places(german[key]) for key in english)
    assert {f"state_{state}" for state in MachineState} <= english.keys()
    assert {f"override_{kind}" for kind in OverrideKind} <= english.keys()
