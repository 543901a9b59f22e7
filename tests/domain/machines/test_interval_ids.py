"""Ids of intervals name them and sort as they began."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from unison_domain.machines.interval_ids import interval_id

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STARTS = st.timedeltas(timedelta(0), timedelta(days=80_000)).map(EPOCH.__add__)


@given(st.uuids(), STARTS, st.timedeltas(timedelta(0), timedelta(days=900)))
def test_they_sort_by_start(machine: UUID, start: datetime, later: timedelta) -> None:
    earlier, after = interval_id(machine, start), interval_id(machine, start + later)
    assert (earlier == after) == (not later)
    assert earlier < after or later < timedelta(milliseconds=1)
    assert interval_id(machine, start) == earlier


@given(st.uuids(), st.uuids(), STARTS)
def test_those_of_two_machines_differ(one: UUID, other: UUID, start: datetime) -> None:
    assert (interval_id(one, start) == interval_id(other, start)) == (one == other)


@given(st.uuids(), STARTS)
def test_they_say_how_they_were_made(machine: UUID, start: datetime) -> None:
    made = interval_id(machine, start)
    assert made.version == 8
    assert made.variant == "specified in RFC 4122"
    assert datetime.fromtimestamp((made.int >> 80) / 1000, UTC) <= start
