"""What lies in the buffer is what the contracts say, to the letter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from unison_domain.machines.contracts import MachineState
from unison_domain.stations.events import ClosedInterval, Event, Gap, OpenedInterval, Quality, Sample, StateChanged
from unison_station.store.rows import Row, encode

moments = st.datetimes(datetime(1970, 1, 2), datetime(2199, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
words = st.text(max_size=20)
values = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | words

sampled = st.builds(Sample, at=moments, tag_id=st.uuids(), value=values, quality=st.sampled_from(Quality))
lost = st.builds(
    Gap, at=moments, reason=st.just("buffer_full"), lost=st.dictionaries(words, st.integers(0, 9)), message=words
)
opened = st.builds(
    OpenedInterval,
    id=st.uuids(),
    state=st.sampled_from(MachineState),
    started_at=moments,
    reason=st.none() | words,
    alarms=st.lists(words, max_size=3).map(tuple),
)
changed = st.builds(StateChanged, at=moments, machine_id=st.uuids(), opened=opened)


@given(sampled | lost | changed)
def test_the_body_is_the_json_of_the_contract(event: Event) -> None:
    body = encode(event)
    again = type(event).model_validate_json(body)
    assert again.model_dump_json() == type(event).model_validate_json(event.model_dump_json()).model_dump_json()
    assert datetime.fromisoformat(Row(1, 1, event.kind, body).stamped_at) == event.at


def test_fields_that_the_contract_does_not_know_are_kept() -> None:
    at = datetime(2026, 11, 20, 6, tzinfo=UTC)
    closed = ClosedInterval.model_validate(
        {"id": UUID(int=1), "state": "running", "started_at": at, "operator": "Ada", "alarms": ["a"]}
    )
    event = StateChanged(
        at=at + timedelta(seconds=1),
        machine_id=UUID(int=2),
        opened=OpenedInterval(id=UUID(int=3), state=MachineState.STOPPED, started_at=at),
        closed=closed,
    )
    assert b'"operator":"Ada"' in encode(event)
    assert StateChanged.model_validate_json(encode(event)) == event
