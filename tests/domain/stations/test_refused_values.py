"""The history of refused values: every one is counted once, and no device floods it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.stations.peripheral_reports import RefusedValue
from unison_domain.stations.refused_values import (
    AT_ONCE,
    LONGEST_SECONDS,
    QUIET_SECONDS,
    REFILL_SECONDS,
    RefusalLedger,
    ValueRefused,
)

START = datetime(2026, 3, 2, 6, tzinfo=UTC)


def value(raw: str, reason: str = "no reading") -> RefusedValue:
    return RefusedValue(at=START, raw=raw, reason=reason)


def run(came: Iterable[tuple[float, str]]) -> list[ValueRefused]:
    """What is told of values that came at these seconds, with the ticks between and the end."""
    ledger, told, tick, now = RefusalLedger(uuid4(), uuid4()), list[ValueRefused](), 0.0, 0.0
    for now, raw in came:
        while now - tick >= QUIET_SECONDS:
            tick += QUIET_SECONDS
            told += ledger.due(tick)
        told += ledger.refused(value(raw), START + timedelta(seconds=now), now)
    return told + ledger.due(now, ends=True)


def rows(told: Iterable[ValueRefused]) -> dict[UUID, ValueRefused]:
    """As they are kept: the one with the most counts of each."""
    kept: dict[UUID, ValueRefused] = {}
    for one in told:
        assert one.id not in kept or kept[one.id].times < one.times, "what is told again has grown"
        kept[one.id] = one
    return kept


def test_a_value_is_told_at_once_and_its_like_are_counted() -> None:
    first, again = run([(0, "x"), (5, "x"), (30, "x")])
    assert (first.times, first.lasted_seconds, first.at) == (1, 0, START)
    assert (again.id, again.times, again.lasted_seconds) == (first.id, 3, 30)


def test_what_comes_after_a_quiet_minute_is_another_row() -> None:
    told = run([(0, "x"), (QUIET_SECONDS, "x")])
    assert [one.times for one in rows(told).values()] == [1, 1]


def test_a_row_covers_no_more_than_an_hour() -> None:
    told = rows(run((second, "x") for second in range(0, 7200, 30)))
    assert len(told) == 2
    assert all(one.lasted_seconds <= LONGEST_SECONDS for one in told.values())


def test_others_name_the_last_of_them() -> None:
    *_, last = run((0.01 * number, str(number)) for number in range(AT_ONCE + 5))
    assert (last.others, last.times, last.raw) == (True, 5, str(AT_ONCE + 4))


@pytest.mark.parametrize("different", [1, 10_000])
def test_a_device_that_chatters_for_hours_makes_few_rows_and_few_events(different: int) -> None:
    seconds = 2 * 3600
    told = run((float(number), str(number % different)) for number in range(seconds))
    kept = rows(told)
    assert len(kept) <= AT_ONCE + seconds / REFILL_SECONDS + seconds / LONGEST_SECONDS + 1
    assert len(told) <= 3 * seconds / REFILL_SECONDS
    assert sum(one.times for one in kept.values()) == seconds


@given(
    st.lists(st.tuples(st.floats(0, 400), st.sampled_from("abcdefghijklmnop")), max_size=80),
)
def test_every_one_is_counted_once_whatever_comes_when(steps: list[tuple[float, str]]) -> None:
    now, came = 0.0, []
    for seconds, raw in steps:
        now += seconds
        came.append((now, raw))
    kept = rows(run(came))
    assert sum(one.times for one in kept.values()) == len(came)
    for raw in {raw for _, raw in came}:
        told = sum(one.times for one in kept.values() if one.raw == raw and not one.others)
        assert told <= sum(one == raw for _, one in came)
