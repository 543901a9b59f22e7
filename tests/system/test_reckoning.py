"""What the check of the demo must not overlook."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from unison_dev.reckoning import Reckoning, Row, reckon
from unison_domain.machines.contracts import CountKind, MachineAnswer, MachineState, StateInterval
from unison_station.simulate.ledger import Begun, MachineTruth, Truth

BEGAN = datetime(2026, 3, 2, 6, tzinfo=UTC)
RUNNING, STOPPED = MachineState.RUNNING, MachineState.STOPPED


class Told(Reckoning):
    """A shop of the planned machines `M1` and `M2`, of which both sides say what they are given."""

    def __init__(self, truths: dict[str, MachineTruth], recorded: dict[str, list[StateInterval]]) -> None:
        self.listener = None
        self._truths, self._recorded = truths, recorded

    def planned(self) -> list[str]:
        return ["M1", "M2"]

    def ledger(self) -> Truth:
        return Truth(self._truths)

    def machines(self) -> dict[str, MachineAnswer]:
        coded: dict[str, dict[str, Any]] = {code: {"machine_code": code} for code in self._recorded}
        return {code: MachineAnswer.model_construct(None, **fields) for code, fields in coded.items()}

    def intervals(self, machine: MachineAnswer) -> list[StateInterval]:
        return self._recorded[machine.machine_code]

    def counted(self, machine: MachineAnswer) -> dict[CountKind, int]:
        return {CountKind.GOOD: 0, CountKind.SCRAP: 0}


def truth(*, finished: bool = True) -> MachineTruth:
    begun = [Begun(RUNNING, BEGAN), Begun(STOPPED, BEGAN + timedelta(seconds=9))]
    return MachineTruth(states=begun, finished=finished)


def recorded(*alarms: str) -> list[StateInterval]:
    """As `truth` has it, with these alarms during the stop."""
    stopped = BEGAN + timedelta(seconds=9)
    stretches: list[dict[str, Any]] = [
        {"state": RUNNING, "started_at": BEGAN, "ended_at": stopped, "alarms": []},
        {"state": STOPPED, "started_at": stopped, "ended_at": None, "alarms": list(alarms)},
    ]
    return [StateInterval.model_construct(None, **fields) for fields in stretches]


def differing(rows: list[Row]) -> list[str]:
    return [row.what for row in rows if not row.agrees]


def test_a_shop_that_is_recorded_agrees() -> None:
    rows = reckon(Told({"M1": truth(), "M2": truth()}, {"M1": recorded(), "M2": recorded()}))
    assert rows[0] == Row("machines that finished", "2 of 2", "2 of 2 known", agrees=True)
    assert not differing(rows)


def test_a_machine_that_did_not_finish_is_told() -> None:
    rows = reckon(Told({"M1": truth(finished=False), "M2": truth()}, {"M1": recorded(), "M2": recorded()}))
    assert rows[0].truth == "1 of 2"
    assert differing(rows) == ["machines that finished"]


def test_a_machine_that_one_side_lacks_has_a_row() -> None:
    only_recorded = reckon(Told({"M1": truth()}, {"M1": recorded(), "M2": recorded()}))
    only_worked = reckon(Told({"M1": truth(), "M2": truth()}, {"M1": recorded()}))
    for rows in (only_recorded, only_worked):
        assert differing(rows) == ["machines that finished", "M2 is on both sides"]


def test_an_alarm_nobody_raised_differs() -> None:
    rows = reckon(Told({"M1": truth(), "M2": truth()}, {"M1": recorded(), "M2": recorded("Door open")}))
    assert differing(rows) == ["M2 alarms"]
