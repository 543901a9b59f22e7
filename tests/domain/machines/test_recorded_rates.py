"""Recorded samples are judged anew by their rate as the agent would have judged their readings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from unison_domain.machines.recorded_rates import RateJudge, RateMemory, RateRule
from unison_domain.stations.events import Quality
from unison_domain.stations.readings import Reading, within_rate

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
POLL, HEARTBEAT = 1.0, 10.0
Recorded = tuple[datetime, float, Quality]


def recorded(raws: list[int], scale: float, max_rate: float | None) -> list[Recorded]:
    """What an agent records of a reading each second: what moved, changed its quality, or tells that it lives."""
    good: Reading | None = None
    sent: Reading | None = None
    found: list[Recorded] = []
    for second, raw in enumerate(raws):
        at = START + timedelta(seconds=second)
        reading = Reading(UUID(int=1), raw * scale, raw, Quality.GOOD, None, at, float(second))
        reading = within_rate(reading, good, max_rate)
        good = reading if reading.is_good else good
        is_news = sent is None or reading.quality is not sent.quality or reading.value != sent.value
        if is_news or (sent is not None and second - sent.monotonic >= HEARTBEAT):
            sent = reading
            found.append((at, raw * scale, reading.quality))
    return found


def judged(samples: list[Recorded], factor: float, rule: RateRule) -> list[Recorded]:
    """All of them, as they are by a scale so many times the former."""
    judge = RateJudge(rule)
    return [(at, n * factor, judge.judge(at, n, was, n * factor, was)) for at, n, was in samples]


RAWS = st.lists(st.integers(0, 40), min_size=1, max_size=40)
RATES = st.sampled_from([None, 1.5, 6.5, 100.0])


@given(RAWS, RATES)
def test_the_same_definition_changes_nothing(raws: list[int], max_rate: float | None) -> None:
    rule = RateRule(max_rate, [max_rate], POLL, HEARTBEAT)
    samples = recorded(raws, 1.0, max_rate)
    assert judged(samples, 1.0, rule) == samples


@given(RAWS, RATES, st.sampled_from([0.5, 0.25, 2.0, 8.0]))
def test_another_scale_gives_what_the_agent_would_have_recorded(
    raws: list[int], max_rate: float | None, factor: float
) -> None:
    """Of the samples that both record: where a quality changed, one of them has a sample more."""
    rule = RateRule(max_rate, [max_rate], POLL, HEARTBEAT)
    wanted = {at: quality for at, _, quality in recorded(raws, factor, max_rate)}
    for at, _, quality in judged(recorded(raws, 1.0, max_rate), factor, rule):
        assert wanted.get(at, quality) is quality


@given(RAWS, RATES, RATES, st.sampled_from([0.5, 2.0]))
def test_what_was_judged_anew_stays_so(
    raws: list[int], former: float | None, max_rate: float | None, factor: float
) -> None:
    rule = RateRule(max_rate, [former, max_rate], POLL, HEARTBEAT)
    once = judged(recorded(raws, 1.0, former), factor, rule)
    assert judged(once, 1.0, rule) == once


def test_what_was_suspect_for_another_cause_stays_so() -> None:
    rule = RateRule(5.0, [5.0], POLL, HEARTBEAT)
    at = [START + timedelta(seconds=n) for n in range(2)]
    samples = [(at[0], 20.0, Quality.GOOD), (at[1], 20.5, Quality.UNCERTAIN)]
    assert judged(samples, 0.1, rule)[1][2] is Quality.UNCERTAIN


def test_after_silence_nothing_is_too_fast() -> None:
    rule = RateRule(1.0, [1.0], POLL, HEARTBEAT)
    samples = [(START, 0.0, Quality.GOOD), (START + timedelta(seconds=13), 500.0, Quality.GOOD)]
    assert judged(samples, 10.0, rule)[1][2] is Quality.GOOD


@given(RAWS, RATES, RATES, st.sampled_from([0.5, 2.0]), st.lists(st.integers(1, 40), max_size=6))
def test_cut_off_anywhere_it_goes_on_as_in_one_pass(
    raws: list[int], former: float | None, max_rate: float | None, factor: float, cuts: list[int]
) -> None:
    """What a judge knows goes through JSON, and another one goes on with it."""
    rule, memories = RateRule(max_rate, [former, max_rate], POLL, HEARTBEAT), TypeAdapter(RateMemory)
    samples = recorded(raws, 1.0, former)
    judge, found = RateJudge(rule), []
    for n, (at, value, was) in enumerate(samples):
        if n in cuts:
            judge = RateJudge(rule, memories.validate_json(memories.dump_json(judge.memory)))
        found.append((at, value * factor, judge.judge(at, value, was, value * factor, was)))
    assert found == judged(samples, factor, rule)
