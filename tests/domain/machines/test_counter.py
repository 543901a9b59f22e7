"""Parts are conserved: what a counter register shows is counted once, whatever happens on the way."""

from __future__ import annotations

import json
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from unison_domain.machines.counter import CounterRule, CounterState, Outcome, advance, resumed
from unison_domain.stations.configuration import TagConfiguration
from unison_domain.stations.events import Counted, CounterJumped, CounterReset, Quality
from unison_domain.stations.readings import Reading

from tests.domain.shop import missed, moment, read, tag

STORED = TypeAdapter(CounterState)
PARTS = tag("parts", role="count_good", max_rate=10.0)


def run(of: TagConfiguration, readings: list[Reading]) -> list[Outcome]:
    """What happened after the counter told where it begins."""
    state: CounterState | None = None
    outcomes: list[Outcome] = []
    for reading in readings:
        began = state is not None
        state, happened = advance(state, reading, CounterRule.of(of))
        outcomes += happened if began else ()
    return outcomes


def seen(of: TagConfiguration, *values: int, every: float = 1.0) -> list[Outcome]:
    return run(of, [read(of, value, index * every) for index, value in enumerate(values)])


def parts(outcomes: list[Outcome]) -> int:
    return sum(outcome.delta for outcome in outcomes if isinstance(outcome, Counted))


STEPS = st.lists(
    st.tuples(
        st.floats(0.2, 5.0),
        st.floats(0.0, 1.0),
        st.sampled_from(["read"] * 6 + ["outage", "restart", "misread", "late", "reset"]),
    ),
    max_size=60,
)


@given(STEPS, st.integers(0, 2**16 - 1), st.sampled_from(["uint16", "int16", "bcd16", "uint32"]))
def test_the_sum_of_all_counts_is_what_was_made(steps: list[tuple[float, float, str]], first: int, kind: str) -> None:
    """Rollover, outages, restarts, wrong replies and resets, at any rate up to the greatest.

    What no rule can tell apart is left out: two wrong replies that agree, and a reset nobody reads for long.
    """
    of = tag("parts", role="count_good", type=kind, max_rate=10.0)
    rule = CounterRule.of(of)
    modulus = rule.modulus or 1
    low = -(modulus // 2) if kind == "int16" else 0
    register, made, clock = first % modulus, 0, 0.0
    due = 0.0

    def shown() -> int:
        return (register - low) % modulus + low

    state, _ = advance(None, read(of, shown(), clock), rule)
    outcomes: list[Outcome] = []
    after = {"misread": 1, "reset": 2}
    told_apart = [part for step in steps for part in [step, *[(1.0, 0.5, "read")] * after.get(step[2], 0)]]
    for seconds, share, what in [*told_apart, (1.0, 0.5, "read"), (1.0, 0.5, "read")]:
        clock += seconds
        due += 10.0 * share * seconds
        new, due = int(due), due % 1
        register, made = register + new, made + new
        reading = read(of, shown(), clock)
        if what == "outage":
            reading = missed(of, clock)
        if what == "misread":
            wrong = (shown() - low + modulus // 2) % modulus + low
            reading = read(of, wrong, clock)
        if what == "late":
            reading = read(of, shown(), clock, Quality.UNCERTAIN)
        if what == "restart":
            assert state is not None
            state = resumed(STORED.validate_python(json.loads(STORED.dump_json(state))), moment(clock))
        state, happened = advance(state, reading, rule)
        outcomes += happened
        if what == "reset" and state is not None and state.held is None and 200 < shown() < low + modulus - 200:
            register = 0
    assert parts(outcomes) == made
    assert not [outcome for outcome in outcomes if isinstance(outcome, CounterJumped)]


def test_the_first_reading_is_only_the_baseline_and_told_as_such() -> None:
    state, (began,) = advance(None, read(PARTS, 40_000, 0), CounterRule.of(PARTS))
    assert state is not None
    assert isinstance(began, Counted)
    assert (began.delta, began.raw_from, began.raw_to, began.across_gap) == (0, 40_000, 40_000, False)


def test_a_counter_without_a_machine_tells_nothing_at_the_first_reading() -> None:
    assert advance(None, read(PARTS, 1, 0), CounterRule.of(PARTS.model_copy(update={"machine_id": None})))[1] == ()


def test_a_step_is_counted_with_its_register_values() -> None:
    (counted,) = seen(PARTS, 100, 103)
    assert isinstance(counted, Counted)
    assert (counted.delta, counted.raw_from, counted.raw_to) == (3, 100, 103)
    assert (counted.started_at, counted.at) == (moment(0).at, moment(1).at)
    assert (counted.across_gap, counted.rolled_over) == (False, False)


def test_no_part_is_no_event() -> None:
    assert seen(PARTS, 7, 7, 7) == []


@pytest.mark.parametrize(
    ("fields", "values", "delta"),
    [
        ({"type": "uint16"}, (65_530, 4), 10),
        ({"type": "int16"}, (32_764, -32_766), 6),
        ({"type": "bcd16"}, (9_996, 3), 7),
        ({"type": "bcd32"}, (99_999_999, 0), 1),
        ({"type": "uint16", "rollover": 1000}, (998, 2), 4),
        ({"type": "bits", "bit_count": 4}, (14, 2), 4),
    ],
)
def test_a_rollover_is_counted_over_the_modulus(fields: dict[str, Any], values: tuple[int, int], delta: int) -> None:
    (counted,) = seen(tag("parts", role="count_good", max_rate=10.0, **fields), *values)
    assert isinstance(counted, Counted)
    assert (counted.delta, counted.rolled_over) == (delta, True)


def test_a_reset_adds_the_parts_made_since_once_the_next_read_confirms_it() -> None:
    reset, since, counted = seen(PARTS, 40_000, 5, 9)
    assert isinstance(reset, CounterReset)
    assert (reset.raw_from, reset.raw_to, reset.added) == (40_000, 5, 5)
    assert isinstance(since, Counted)
    assert (since.delta, since.raw_from, since.raw_to) == (5, 0, 5)
    assert isinstance(counted, Counted)
    assert counted.delta == 4


def test_a_reset_to_an_implausible_value_adds_nothing() -> None:
    (reset,) = seen(PARTS, 40_000, 30_000, 30_000)
    assert isinstance(reset, CounterReset)
    assert reset.added == 0


def test_a_leap_seen_once_is_a_misread() -> None:
    (counted,) = seen(PARTS, 100, 50_000, 104)
    assert isinstance(counted, Counted)
    assert (counted.delta, counted.started_at) == (4, moment(0).at)


def test_a_leap_seen_twice_is_told_and_adds_nothing() -> None:
    jumped, counted = seen(PARTS, 100, 50_000, 50_003)
    assert isinstance(jumped, CounterJumped)
    assert (jumped.raw_from, jumped.raw_to) == (100, 50_000)
    assert parts([counted]) == 3


def test_a_torn_32_bit_read_counts_nothing_wrong() -> None:
    wide = tag("parts", role="count_total", type="uint32", max_rate=10.0)
    assert parts(seen(wide, 0x0001_FFFE, 0x0002_FFFE, 0x0002_0003)) == 5
    assert parts(seen(wide, 0x0001_FFFE, 0x0001_0003, 0x0002_0003)) == 5


def test_parts_of_an_outage_are_counted_once_and_marked() -> None:
    (counted,) = run(PARTS, [read(PARTS, 10, 0), missed(PARTS, 1), missed(PARTS, 30), read(PARTS, 200, 60)])
    assert isinstance(counted, Counted)
    assert (counted.delta, counted.across_gap) == (190, True)


def test_a_restart_marks_the_next_count() -> None:
    rule = CounterRule.of(PARTS)
    state, _ = advance(None, read(PARTS, 10, 0), rule)
    assert state is not None
    _, (counted,) = advance(resumed(state, moment(1)), read(PARTS, 12, 1), rule)
    assert isinstance(counted, Counted)
    assert counted.across_gap


def test_the_first_read_after_a_time_out_is_believed_only_when_the_next_agrees() -> None:
    after_timeout = read(PARTS, 13, 1, Quality.UNCERTAIN)
    assert run(PARTS, [read(PARTS, 10, 0), after_timeout]) == []
    assert parts(run(PARTS, [read(PARTS, 10, 0), after_timeout, read(PARTS, 15, 2)])) == 5
    assert parts(run(PARTS, [read(PARTS, 10, 0), after_timeout, read(PARTS, 16, 2, Quality.UNCERTAIN)])) == 6


def test_a_wall_clock_set_back_gives_no_count_that_ends_before_it_starts() -> None:
    (counted,) = run(PARTS, [read(PARTS, 10, 0), read(PARTS, 12, 1, clock_ahead=-3600)])
    assert isinstance(counted, Counted)
    assert counted.started_at == counted.at


def test_without_a_greatest_rate_a_reset_after_a_gap_does_not_pass_for_a_rollover() -> None:
    of = tag("parts", role="count_good")
    gap = [read(of, 40_000, 0), missed(of, 1), read(of, 500, 600), read(of, 501, 601)]
    reset, *counted = run(of, gap)
    assert isinstance(reset, CounterReset)
    assert reset.added == 500
    assert parts(counted) == 501


def test_a_counter_of_dozens_counts_parts() -> None:
    dozens = tag("dozens", role="count_good", scale=12.0)
    assert parts(seen(dozens, 0, 1, 3)) == 36


def test_strokes_that_make_a_tenth_part_each_lose_nothing() -> None:
    tenths = tag("strokes", role="count_good", scale=0.1)
    assert parts(seen(tenths, *range(31))) == 3


def test_a_counter_kept_as_a_float_counts_whole_parts() -> None:
    real = tag("parts", role="count_good", type="float32")
    state, _ = advance(None, read(real, 7.0, 0), CounterRule.of(real))
    _, (counted,) = advance(state, read(real, 9.0, 1), CounterRule.of(real))
    assert parts([counted]) == 2


@given(st.lists(st.integers(0, 9), max_size=40), st.sampled_from([0.5, 0.3, 1.0, 1.5, 4.0]))
def test_steps_that_made_no_whole_part_are_told_with_the_next(moves: list[int], scale: float) -> None:
    """Whoever knows the right scale later has every step of the register once."""
    of = tag("parts", role="count_good", scale=scale, max_rate=100.0)
    shown = list(accumulate([0, *moves]))
    state: CounterState | None = None
    told = 0
    for index, value in enumerate(shown):
        state, happened = advance(state, read(of, value, float(index)), CounterRule.of(of))
        told += sum(one.steps or 0 for one in happened if isinstance(one, Counted))
    assert state is not None
    assert told + state.untold == shown[-1]
    assert state.untold * scale < 1
