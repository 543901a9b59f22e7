"""Fencing numbers: whose word holds, and whose counts are added."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from unison_domain.stations.leases import Lease

GIVEN = int(datetime(2026, 11, 20, 6, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("number", "admitted", "counted"),
    [(0, False, False), (5, True, False), (7, True, True), (9, True, True), (10, True, False)],
)
def test_which_events_of_a_holder_hold(number: int, admitted: bool, counted: bool) -> None:
    """It has held the tag since 5, another memory counts since 7, another register is read since 9."""
    lease = Lease(number=9, held_since=5, counted_since=7, read_since=9)
    assert (lease.admits(number), lease.counts(number)) == (admitted, counted)


def test_a_tag_that_was_never_handed_over_takes_agents_that_know_no_leases() -> None:
    lease = Lease(0, 0, 0, 0)
    assert (lease.admits(0), lease.counts(0), lease.held_from) == (True, True, None)


def test_a_number_tells_when_it_was_given() -> None:
    assert Lease(GIVEN, GIVEN, GIVEN, 0).held_from == datetime(2026, 11, 20, 6, tzinfo=UTC)
