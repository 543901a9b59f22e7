"""Whose machines the operator page shows."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from unison_domain.stations.configuration import SignalRole
from unison_station.operator.places import Places

from tests.station_agent.configurations import MACHINE, STATION, configuration, device, tag

ELSEWHERE = uuid4()


@pytest.mark.parametrize(
    ("stands_at", "role", "is_shown"),
    [
        (STATION, SignalRole.SAMPLE, True),
        (STATION, SignalRole.RUN, True),
        (ELSEWHERE, SignalRole.SAMPLE, False),
        (ELSEWHERE, SignalRole.RUN, True),
        (None, SignalRole.SAMPLE, True),
    ],
)
def test_a_machine_is_the_operators_where_it_stands_or_is_followed(
    stands_at: UUID | None, role: SignalRole, is_shown: bool
) -> None:
    told = configuration(device("PLC", 502, tag("PLC", "one", 0, role=role, machine_id=MACHINE)))
    (machine,) = told.machines
    told = told.model_copy(update={"machines": (machine.model_copy(update={"station_id": stands_at}),)})
    assert [one.id for one in Places.of(told).machines[STATION]] == [MACHINE] * is_shown
