"""Parts made while nobody looked: booked where one run covers the gap, else for a person, with the reason in words."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unison_domain.machines.counter import CounterRule, advance, handed_over, needs_review, resumed
from unison_domain.machines.gaps import COVERED_BY_ITSELF, LONGEST_COVERED, GapRun, doubt_of_gap
from unison_domain.machines.tracking import Tracking, dump_tracking, load_tracking
from unison_domain.machines.tracking import resumed as tracking_resumed
from unison_domain.stations.configuration import CounterBaseline, TagConfiguration
from unison_domain.stations.events import Counted

from tests.domain.machines.watched import ALARM, MODE, PARTS, RUN, Watched
from tests.domain.shop import moment, read

MINUTE, HOUR = 60.0, 3600.0
SHORT, LONGEST = COVERED_BY_ITSELF.total_seconds(), LONGEST_COVERED.total_seconds()
RULE = CounterRule.of(PARTS)


class Gapped(Watched):
    """A machine that makes a part a second while it runs, and may be out of sight."""

    def runs(self, seconds: float) -> None:
        for _ in range(round(seconds)):
            self.hold(1, run=True, alarm=0, parts=int(self.values.get("parts") or 0) + 1)

    def stands(self, seconds: float, **values: int | None) -> None:
        self.hold(seconds, **{"run": False, "alarm": 0, **values})

    def away(self, seconds: float, restart: bool = True, parts: int | None = None) -> None:
        """Nobody looks for so long; meanwhile it makes so many parts, one every ten seconds unless said otherwise."""
        if not restart:
            self.silence(20)
            self.clock += seconds - 20
        else:
            stored = orjson.loads(orjson.dumps(dump_tracking(self.tracking)))
            self.clock += seconds
            self.tracking = tracking_resumed(load_tracking(stored), moment(self.clock))
        self.values["parts"] = int(self.values["parts"] or 0) + (int(seconds / 10) if parts is None else parts)

    @property
    def counted(self) -> list[Counted]:
        return [event for event in self.events if isinstance(event, Counted)]

    @property
    def made(self) -> int:
        """Parts since the first look, which was at one."""
        return int(self.values["parts"] or 0) - 1

    @property
    def across(self) -> Counted:
        """The one count over a gap."""
        (found,) = [one for one in self.counted if one.across_gap]
        return found


def ran_before(*tags: TagConfiguration, away: float = 10 * MINUTE, restart: bool = True, parts: int = 60) -> Gapped:
    """A machine that ran until nobody looked."""
    shop = Gapped(*(tags or (RUN, PARTS)))
    shop.runs(20)
    shop.away(away, restart, parts)
    return shop


@pytest.mark.parametrize("restart", [True, False])
@pytest.mark.parametrize("tags", [(RUN, PARTS), (PARTS,)])
def test_parts_of_a_gap_within_one_run_are_booked(tags: tuple[TagConfiguration, ...], restart: bool) -> None:
    shop = ran_before(*tags, restart=restart)
    shop.runs(5)
    assert (shop.across.gap_run, needs_review(shop.across)) == (GapRun.COVERED, None)
    assert 60 <= shop.across.delta <= 61
    assert sum(one.delta for one in shop.counted) == shop.made


def test_what_is_counted_while_it_waits_comes_after_it() -> None:
    shop = ran_before(PARTS)
    shop.runs(5)
    assert [one.raw_from for one in shop.counted[1:]] == [one.raw_to for one in shop.counted[:-1]]


def test_a_machine_that_stood_before_the_gap() -> None:
    shop = Gapped(RUN, PARTS)
    shop.runs(10)
    shop.stands(10)
    shop.away(10 * MINUTE)
    shop.runs(5)
    assert shop.across.gap_run is GapRun.STOOD_BEFORE
    assert needs_review(shop.across) == "the machine was not known to produce at the last signal before the gap"


def test_a_machine_that_stands_after_the_gap() -> None:
    shop = ran_before()
    shop.stands(5)
    assert needs_review(shop.across) == "the machine did not produce at the first signal after the gap"


def test_a_counter_alone_that_moves_no_more_after_the_gap() -> None:
    shop = ran_before(PARTS)
    shop.hold(30)
    assert shop.across.gap_run is GapRun.STOOD_AFTER


def test_a_stop_that_another_device_saw_within_the_gap() -> None:
    shop = Gapped(RUN, PARTS)
    shop.runs(20)
    before = shop.values["parts"]
    shop.hold(60, parts=None)
    shop.stands(60, parts=None)
    shop.hold(60, run=True)
    shop.values["parts"] = int(before or 0) + 40
    shop.runs(5)
    assert needs_review(shop.across) == "the machine stood in between"


def test_a_run_that_another_device_saw_all_along_covers_the_gap() -> None:
    shop = Gapped(RUN, PARTS)
    shop.runs(20)
    before = shop.values["parts"]
    shop.hold(5 * MINUTE, parts=None)
    shop.values["parts"] = int(before or 0) + 40
    shop.runs(5)
    assert shop.across.gap_run is GapRun.COVERED


def test_more_parts_than_the_greatest_rate_allows_are_for_a_person() -> None:
    shop = ran_before(parts=int(10 * 10 * MINUTE * 1.2))
    shop.runs(5)
    assert shop.across.gap_run is GapRun.TOO_FAST
    assert "greatest rate" in (needs_review(shop.across) or "")


def test_a_state_that_stays_unknown_is_not_waited_for_without_end() -> None:
    shop = Gapped(RUN, ALARM, PARTS)
    shop.runs(20)
    shop.away(10 * MINUTE)
    shop.hold(5 * MINUTE, alarm=None)
    assert (shop.across.gap_run, shop.tracking.gaps) == (GapRun.UNKNOWN, {})


def test_a_restart_while_it_waits_loses_and_doubles_nothing() -> None:
    shop = ran_before(PARTS)
    shop.hold(2)
    assert [one for one in shop.counted if one.across_gap] == []
    shop.away(3, parts=1)
    shop.runs(5)
    assert [needs_review(one) for one in shop.counted if one.across_gap] == [None, None]
    assert sum(one.delta for one in shop.counted) == shop.made


@pytest.mark.parametrize("restart", [True, False])
def test_a_service_that_restarts_within_a_minute_is_no_gap(restart: bool) -> None:
    shop = ran_before(away=SHORT - 2, restart=restart, parts=5)
    shop.stands(2)
    assert (shop.across.gap_run, needs_review(shop.across)) == (None, None)


def stood_before(*tags: TagConfiguration, away: float = 45, restart: bool = True, **standing: int | None) -> Gapped:
    """A machine that stood when the agent went away, and of which six parts were made until it was back."""
    shop = Gapped(*tags)
    shop.values["mode"] = 3
    shop.runs(20)
    shop.stands(20, **standing)
    shop.away(away, restart, parts=6)
    return shop


@pytest.mark.parametrize("restart", [True, False])
@pytest.mark.parametrize("away", [5, 45, 10 * MINUTE])
@pytest.mark.parametrize("tags", [(RUN, PARTS), (RUN, MODE, PARTS), (MODE, PARTS)])
def test_trial_parts_between_two_looks_at_a_machine_that_stands(
    tags: tuple[TagConfiguration, ...], away: float, restart: bool
) -> None:
    shop = stood_before(*tags, away=max(away, 25 if not restart else 0), restart=restart, mode=1)
    shop.stands(5)
    assert needs_review(shop.across) == "the machine stood before the gap and after it"
    assert shop.across.delta == 6


def test_a_machine_that_began_to_run_in_a_short_gap_made_its_first_parts_there() -> None:
    shop = stood_before(RUN, PARTS)
    shop.runs(5)
    assert (shop.across.gap_run, needs_review(shop.across)) == (GapRun.STOOD_BEFORE, None)


@pytest.mark.parametrize(("tags", "says_run"), [((PARTS,), False), ((RUN, PARTS), True)])
def test_of_a_machine_that_is_slow_a_silent_counter_does_not_tell_that_it_stands(
    tags: tuple[TagConfiguration, ...], says_run: bool
) -> None:
    """A part in half a minute: between two of them it looks as if it stood."""
    shop = stood_before(*tags, run=says_run)
    shop.stands(30, run=says_run)
    assert (shop.across.gap_run, needs_review(shop.across)) == (None, None)


def test_a_weekend_between_two_runs_is_not_one_run() -> None:
    shop = ran_before(away=60 * HOUR, parts=500)
    shop.runs(5)
    assert needs_review(shop.across) == "no run is taken to cover more than 4 hours that nobody saw"


def test_a_counter_that_stood_still_all_night_leaves_nothing_to_decide() -> None:
    shop = ran_before(away=10 * HOUR, parts=0)
    shop.hold(5)
    assert [one for one in shop.counted if one.across_gap] == []


def test_parts_since_a_reset_in_a_gap_are_for_a_person_however_short_it_was() -> None:
    shop = ran_before(away=20, parts=0)
    shop.hold(1, parts=7)
    shop.runs(3)
    (since,) = [one for one in shop.counted if one.after_reset]
    assert (since.delta, needs_review(since)) == (7, "the counter was set back meanwhile")


def test_a_reset_somebody_saw_is_booked() -> None:
    shop = Gapped(RUN, PARTS)
    shop.runs(20)
    shop.hold(1, parts=2)
    (since,) = [one for one in shop.counted if one.after_reset]
    assert (since.delta, since.across_gap, needs_review(since)) == (2, False, None)


def test_a_rollover_in_a_gap_is_no_reset() -> None:
    shop = Gapped(RUN, PARTS)
    shop.values["parts"] = 65_500
    shop.runs(30)
    shop.away(10 * MINUTE, parts=0)
    shop.hold(1, parts=20)
    assert (shop.across.rolled_over, shop.across.after_reset, needs_review(shop.across)) == (True, False, None)


@pytest.mark.parametrize(("seconds", "doubted"), [(50, False), (300, True), (90_000, True)])
def test_of_a_replaced_pc_nobody_knows_what_the_machine_did(seconds: float, doubted: bool) -> None:
    baseline = CounterBaseline(raw=1000, at=moment(0).at)
    _, (counted,) = advance(handed_over(baseline, moment(seconds)), read(PARTS, 1040, seconds), RULE)
    assert isinstance(counted, Counted)
    assert (counted.delta, needs_review(counted) is not None) == (40, doubted)


@pytest.mark.parametrize("tags", [(RUN, PARTS), (PARTS,)])
def test_the_reason_at_a_replaced_pc_is_that_nothing_tells_of_before(tags: tuple[TagConfiguration, ...]) -> None:
    shop = Gapped(*tags)
    shop.clock = 10 * MINUTE
    baseline = handed_over(CounterBaseline(raw=0, at=moment(0).at), moment(shop.clock))
    shop.tracking = Tracking(counters={PARTS.id: baseline})
    shop.runs(15)
    assert needs_review(shop.across) == "nothing tells what the machine did before the gap"


@pytest.mark.parametrize("run", [*GapRun, None])
def test_what_decides_about_a_gap(run: GapRun | None) -> None:
    """Length, resets, the greatest rate and standing on both sides decide alone; in between the run does."""
    second = timedelta(seconds=1)
    assert (doubt_of_gap(COVERED_BY_ITSELF, False, run) is None) == (run not in (GapRun.TOO_FAST, GapRun.STOOD))
    assert doubt_of_gap(second, True, run) is not None
    assert doubt_of_gap(LONGEST_COVERED + second, False, run) is not None
    for length in (COVERED_BY_ITSELF + second, LONGEST_COVERED):
        assert (doubt_of_gap(length, False, run) is None) == (run is GapRun.COVERED)


STRETCHES = st.lists(
    st.tuples(st.sampled_from(["runs", "stands", "away", "silent"]), st.floats(5, 1_000)), min_size=1, max_size=12
)


@settings(max_examples=60, deadline=None)
@given(STRETCHES, st.sampled_from([(RUN, PARTS), (PARTS,)]))
def test_what_is_told_is_all_that_was_made_and_only_covered_gaps_are_booked(
    stretches: list[tuple[str, float]], tags: tuple[TagConfiguration, ...]
) -> None:
    """Whatever comes in whatever order; the counts join end to end."""
    shop = Gapped(*tags)
    shop.runs(5)
    for what, length in stretches:
        if what == "runs":
            shop.runs(min(length, 30))
        elif what == "stands":
            shop.stands(min(length, 30))
        else:
            shop.away(max(length, 30), restart=what == "away")
    shop.runs(5)
    shop.stands(30 + RULE.gap_seconds)
    counted = shop.counted
    assert shop.tracking.gaps == {}
    assert sum(one.delta for one in counted) == shop.made
    assert [one.raw_from for one in counted[1:]] == [one.raw_to for one in counted[:-1]]
    for one in counted:
        if one.across_gap and one.at - one.started_at > COVERED_BY_ITSELF:
            assert (needs_review(one) is None) == (one.gap_run is GapRun.COVERED)
        else:
            assert (needs_review(one) is None) == (one.gap_run is not GapRun.STOOD)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.booleans(), min_size=2, max_size=8), st.floats(SHORT + 5, 2 * HOUR))
def test_a_gap_is_covered_exactly_where_it_ran_on_both_sides(running: list[bool], length: float) -> None:
    shop = Gapped(RUN, PARTS)
    shop.values["parts"] = 0
    for runs in running:
        shop.hold(5, run=runs)
        shop.away(length, parts=3)
    shop.hold(5, run=running[-1])
    after = [*running[1:], running[-1]]
    booked = [needs_review(one) is None for one in shop.counted if one.across_gap]
    assert booked == [before and then for before, then in zip(running, after, strict=True)]


def test_a_restart_marks_the_next_count_only() -> None:
    state, _ = advance(None, read(PARTS, 1000, 0), RULE)
    assert state is not None
    state, (gap,) = advance(resumed(state, moment(5)), read(PARTS, 1004, 5), RULE)
    _, (after,) = advance(state, read(PARTS, 1005, 6), RULE)
    assert isinstance(gap, Counted)
    assert isinstance(after, Counted)
    assert (gap.across_gap, after.across_gap) == (True, False)
