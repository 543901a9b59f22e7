"""Parts that two PCs tell side by side: what the chain of one's booked counts proves of the other's, and what not."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unison_domain.machines.contracts import CountKind
from unison_domain.machines.counter import CounterRule, CounterState, Outcome, advance, handed_over, needs_review
from unison_domain.stations.configuration import CounterBaseline
from unison_domain.stations.events import Counted, Quality
from unison_domain.stations.readings import Moment, Reading
from unison_server.stations.arrival import BookedStep, CountWindow
from unison_server.stations.booked_chains import Break, chains_of, spans_of

from tests.server.stations.floor import START, at

TAG, MACHINE, HERE, THERE = (UUID(int=number) for number in range(1, 5))


@dataclass
class Register:
    """What a counter's register truly did, by seconds."""

    modulus: int
    base: int = 0
    moments: list[float] = field(default_factory=list)
    resets: list[float] = field(default_factory=list)

    def value(self, moment: float) -> int:
        begun = max((one for one in self.resets if one <= moment), default=-100.0)
        base = self.base if begun < 0 else 0
        return (base + sum(begun < one <= moment for one in self.moments)) % self.modulus

    def made(self, begun: float, ended: float) -> set[float]:
        return {one for one in self.moments if begun < one <= ended}


@dataclass
class Pc:
    """One that reads the register, by a clock that goes wrong by so many seconds."""

    register: Register
    wrong: float
    told: list[Outcome] = field(default_factory=list)
    state: CounterState | None = None
    read: dict[datetime, float] = field(default_factory=dict)
    taken_over: float | None = None

    def take_over(self, other: Pc, moment: float) -> None:
        """Go on from where the other was counted up to by then."""
        last = max(
            (one for one in other.told if isinstance(one, Counted) and other.read[one.at] <= moment),
            key=lambda one: other.read[one.at],
        )
        self.taken_over = other.read[last.at]
        self.state = handed_over(CounterBaseline(raw=last.raw_to, remainder=0, at=last.at), self.now(moment))

    def look(self, moment: float, lease: int = 0) -> None:
        rule = CounterRule(TAG, MACHINE, CountKind.GOOD, self.register.modulus, 20.0, Fraction(1), 3.0, lease)
        raw, now = self.register.value(moment), self.now(moment)
        self.state, outcomes = advance(self.state, Reading(TAG, raw, raw, Quality.GOOD, None, *now), rule)
        self.told += outcomes
        self.read[now.at] = moment

    def now(self, moment: float) -> Moment:
        return Moment(at(moment + self.wrong), moment)

    def truly(self, told: Counted) -> set[float]:
        """The parts that were made while it counted."""
        is_first = told.started_at not in self.read or told.at == told.started_at
        begun = self.taken_over if is_first and self.taken_over is not None else self.read[told.started_at]
        return self.register.made(begun, self.read[told.at])


def booked(outcomes: list[Outcome]) -> tuple[list[BookedStep], list[Break]]:
    """As the ledger has it, and what waits for a person."""
    steps, waiting = [], []
    for one in outcomes:
        if isinstance(one, Counted):
            if needs_review(one):
                waiting.append(Break(one.started_at, one.at))
            elif one.delta:
                steps.append(step(one.started_at, one.at, one.raw_from, one.raw_to, one.steps, one.rolled_over))
        else:
            steps.append(BookedStep(one.kind, TAG, HERE, 0, None, one.at, one.raw_from, one.raw_to, None, False, False))
    return steps, waiting


def step(
    begun: datetime, ended: datetime, raw_from: int | None, raw_to: int, steps: int | None, rolled: bool
) -> BookedStep:
    return BookedStep("counted", TAG, HERE, steps or 0, begun, ended, raw_from, raw_to, steps, rolled, False)


def settled(told: list[Outcome], steps: list[BookedStep], broken: list[Break]) -> list[Counted]:
    """What of it the ledger is known to hold."""
    counts = [one for one in told if isinstance(one, Counted) and one.delta]
    breaks = [*broken, *(Break.told(one.at) for one in told if not isinstance(one, Counted))]
    spans = spans_of(CountWindow(TAG, one.started_at, one.at) for one in counts)
    found = []
    for chain in chains_of(spans, steps, {TAG: breaks}):
        if chain.agrees_with(told):
            held = [one for one in chain.way.held(told) if isinstance(one, Counted) and chain.may_hold(one)]
            found += [one for one in held if one.delta and one not in found]
    return found


def lived(chance: Random, *, resets: int, modulus: int) -> tuple[Register, Pc, Pc]:
    """A minute of a register, read by one that is booked and by another from somewhere on."""
    moments = sorted(tick / 1000 for tick in chance.sample(range(60_000), chance.randint(20, 120)))
    register = Register(modulus, 0, moments, [round(chance.uniform(5, 55), 3) for _ in range(resets)])
    here, there = (Pc(register, round(chance.uniform(-2, 2), 3)) for _ in range(2))
    away = chance.uniform(10, 50), chance.choice((0, 0, 5, 15))
    reads = sorted(chance.uniform(0, 60) for _ in range(chance.choice((20, 60, 240))))
    for moment in reads:
        if not away[0] < moment < sum(away):
            here.look(moment)
    begun = chance.uniform(8, 40)
    if here.told and here.read[here.told[0].at] <= begun and chance.random() < 0.7:
        there.take_over(here, begun)
    for moment in sorted(chance.uniform(begun, begun + 15) for _ in range(chance.choice((3, 30, 60)))):
        there.look(moment, 1)
    return register, here, there


@settings(max_examples=1500, deadline=None)
@given(seed=st.integers(0, 2**32), resets=st.integers(0, 3), modulus=st.sampled_from((2**16, 64, 24)))
def test_what_is_settled_is_in_the_ledger_whatever_the_register_did(seed: int, resets: int, modulus: int) -> None:
    chance = Random(seed)
    _, here, there = lived(chance, resets=resets, modulus=modulus)
    steps, waiting = booked(here.told)
    arrived = steps[: chance.randint(0, len(steps))] if chance.random() < 0.5 else steps
    counted = set[float]().union(*(here.truly(one) for one in here.told if isinstance(one, Counted)))
    twice = sorted([*there.told, *there.told], key=lambda one: one.at) if chance.random() < 0.3 else there.told
    for one in settled(twice, arrived, waiting):
        made = there.truly(one)
        is_misread = one.delta > len(made)  # it took a reset for a rollover, and tells what nobody made
        assert is_misread or len(made & counted) >= one.delta


@pytest.mark.parametrize("seed", range(30))
def test_side_by_side_nothing_waits(seed: int) -> None:
    """The register goes over its end; the one reads it but for a gap, the other until it hears that it may not."""
    chance = Random(seed)
    moments = sorted(chance.uniform(-20, 80) for _ in range(200))
    register = Register(2**16, 2**16 - chance.randint(20, 150), moments)
    here, there = (Pc(register, chance.uniform(-2, 2)) for _ in range(2))
    gap = chance.uniform(12, 20), chance.uniform(22, 40)
    for tick in range(-80, 320):
        if not gap[0] < tick / 4 < gap[1]:
            here.look(tick / 4 + 0.1)
    there.take_over(here, 11)
    for tick in range(44, 160):
        there.look(tick / 4, 1)
    told = [one for one in there.told if isinstance(one, Counted)]
    assert settled(there.told, *booked(here.told)) == told


def line(*raws: int, every: float = 4.0, begun: float = 0.0) -> list[BookedStep]:
    """Counts from each of these values to the next, so many seconds apart."""
    places = [begun + place * every for place in range(len(raws))]
    return [
        step(at(since), at(until), low, high, high - low, False)
        for since, until, low, high in zip(places, places[1:], raws, raws[1:], strict=False)
    ]


def of_other(begun: float, ended: float, raw: tuple[int, int], **more: object) -> Counted:
    own = {"tag_id": TAG, "count": CountKind.GOOD, "steps": raw[1] - raw[0], "delta": raw[1] - raw[0]}
    said = {**own, "started_at": at(begun), "at": at(ended), "raw_from": raw[0], "raw_to": raw[1], **more}
    return Counted.model_validate(said)


WHOLE = line(0, 4, 8, 12, 16, 20, 24)
"""Of 24 seconds, a part a second."""


def test_two_counts_hold_what_none_holds_alone() -> None:
    told = [of_other(10, 14, (10, 14))]
    assert settled([*told], WHOLE, []) == told


@pytest.mark.parametrize(
    "ledger",
    [
        [one for one in WHOLE if one.raw_to != 12],
        [one._replace(agent_id=THERE if one.raw_to == 12 else HERE) for one in WHOLE],
        [one._replace(is_sure=one.raw_to != 12) for one in WHOLE],
        [one._replace(steps=None if one.raw_to == 12 else one.steps) for one in WHOLE],
        [one._replace(steps=5 if one.raw_to == 12 else one.steps) for one in WHOLE],
        [one._replace(delta=0 if one.raw_to == 12 else one.delta) for one in WHOLE],
        [*WHOLE, BookedStep("counter_reset", TAG, HERE, 0, None, at(11), 11, 0, None, False, False)],
        [*WHOLE, BookedStep("counter_jumped", TAG, THERE, 0, None, at(12), 12, 900, None, False, False)],
        WHOLE[2:],
        WHOLE[:3],
    ],
    ids=["missing", "another's", "corrected", "old agent", "untold", "first look", "reset", "leap", "begun", "stopped"],
)
def test_a_chain_that_is_broken_or_too_short_proves_nothing(ledger: list[BookedStep]) -> None:
    assert settled([of_other(10, 14, (10, 14))], ledger, []) == []


@pytest.mark.parametrize(
    "told",
    [
        of_other(10, 14, (10, 14), clock_unsynced=True),
        of_other(10, 14, (2, 6)),
        of_other(10, 14, (18, 22)),
        of_other(10, 14, (10, 14), raw_from=None),
        of_other(10, 14, (10, 14), steps=15),
        of_other(10, 14, (10, 14), delta=25),
        of_other(2, 5, (2, 5)),
        of_other(26, 30, (20, 24)),
    ],
    ids=[
        "no clock",
        "passed before",
        "passed after",
        "from nowhere",
        "made before",
        "too many",
        "at its begin",
        "after",
    ],
)
def test_what_was_read_elsewhere_or_at_another_time_waits(told: Counted) -> None:
    assert settled([told], WHOLE, []) == []


@pytest.mark.parametrize("waiting", [Break(at(11), at(13)), Break.told(at(14))])
def test_what_a_person_is_to_decide_about_breaks_it(waiting: Break) -> None:
    assert settled([of_other(10, 14, (10, 14))], WHOLE, [waiting]) == []


def test_the_last_count_holds_what_is_told_by_a_clock_ahead_of_it() -> None:
    ledger, told = line(100, 104, 108, 112, 116, 120, 124), of_other(21, 26, (120, 124))
    assert settled([told], ledger, []) == [told]
    assert settled([of_other(21, 26, (20, 24))], WHOLE, []) == [], "a register may turn after 25 steps"
    after = BookedStep("counter_reset", TAG, HERE, 0, None, at(90), 24, 0, None, False, False)
    assert settled([told], [*ledger, after], []) == [], "where it went back later it may have passed them then"


def test_a_whole_turn_is_no_chain() -> None:
    turned = [
        step(at(0), at(6), 4, 8, 4, False),
        step(at(6), at(16), 8, 2, 4, True),
        step(at(16), at(22), 2, 6, 4, False),
    ]
    told = of_other(12, 13, (8, 9))
    assert settled([told], [*turned[:2], step(at(16), at(22), 2, 3, 1, False)], []) == [told]
    assert settled([told], turned, []) == []


def test_who_tells_of_values_from_another_time_is_believed_in_nothing() -> None:
    agrees, elsewhere = of_other(10, 14, (10, 14)), of_other(14, 15, (21, 22))
    assert settled([agrees, elsewhere], WHOLE, []) == []


def test_many_counts_are_asked_for_by_few_windows() -> None:
    quarter = timedelta(seconds=0.25)
    windows = [CountWindow(TAG, START + n * quarter, START + (n + 1) * quarter) for n in range(10_000)]
    spans = spans_of(windows)
    assert len(spans) <= 150
    assert all(any(one.started_at < w.started_at and w.at < one.at for one in spans) for w in windows[::97])
