"""How an agent asks for the causes of its stops."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.machines.stop_causes import AskedStop

BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
MOMENTS = st.timedeltas(timedelta(), timedelta(days=9000)).map(lambda since: BEGIN + since)
MACHINE = UUID(int=1)


@given(MOMENTS, st.none() | st.timedeltas(timedelta(microseconds=1), timedelta(days=30)))
def test_a_stop_is_read_as_it_was_written(start: datetime, length: timedelta | None) -> None:
    stop = AskedStop(MACHINE, start, None if length is None else start + length)
    assert AskedStop.of(stop.text()) == stop


@pytest.mark.parametrize(
    "text",
    [
        "",
        "machine/2026-01-01T00:00:00+00:00/",
        f"{MACHINE}",
        f"{MACHINE}/2026-01-01T00:00:00/",
        f"{MACHINE}/0001-01-01T00:00:00+00:00/",
        f"{MACHINE}/2026-01-01T00:00:00+00:00/2026-01-01T00:00:00+00:00",
    ],
)
def test_what_is_no_stop_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        AskedStop.of(text)
