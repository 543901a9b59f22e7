"""How far a value is believed, and what a restart does to time."""

from datetime import timedelta

from unison_domain.stations.events import Quality
from unison_domain.stations.readings import Moment, suspect, within_rate

from tests.domain.shop import START, missed, moment, read, tag


def test_a_value_that_changes_faster_than_it_can_is_uncertain() -> None:
    oil = tag("oil temperature")
    before, slow, fast = read(oil, 40.0, 0), read(oil, 41.0, 1), read(oil, 90.0, 1)
    assert within_rate(slow, before, 2.0) is slow
    doubted = within_rate(fast, before, 2.0)
    assert (doubted.quality, doubted.value) == (Quality.UNCERTAIN, 90.0)
    assert doubted.reason == "changed by 50 in 1 s; at most 2 per second is believed"
    assert within_rate(fast, None, 2.0) is fast
    assert within_rate(fast, before, None) is fast


def test_only_a_good_reading_becomes_suspect() -> None:
    oil = tag("oil temperature")
    assert suspect(read(oil, 40.0, 0), "first read after a time-out").quality is Quality.UNCERTAIN
    assert suspect(missed(oil, 0), "first read after a time-out").quality is Quality.STALE


def test_a_moment_of_an_earlier_run_keeps_its_age() -> None:
    after_boot = Moment(START + timedelta(seconds=30), 5.0)
    assert moment(10).rebased(after_boot) == Moment(START + timedelta(seconds=10), -15.0)
    assert moment(90).rebased(after_boot).monotonic == 5.0, "a wall clock set back makes no negative age"
