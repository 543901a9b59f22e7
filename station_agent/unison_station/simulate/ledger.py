"""The ledger: what the simulated shop truly did, one JSON object per line, written the moment it happens.

Every line has `at` (UTC), `kind` and mostly `machine`. Kinds: `opened` (a run of the shop begins), `state` (with
`alarms`), `part` (`count`, `register` after it), `reset`, `trouble` and `trouble_over` (`trouble`), `clock_step`
(`delta`), `finished` (nothing more will happen to the machine); of an `instrument`: `scanned` (`text`) and
`measured` (`value`), each with its `slip`, `shown` (`text`, `bore`), `pulled` and `plugged`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import SEEK_END
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple, Self, TextIO

from unison_domain.machines.contracts import CountKind, MachineState


class Ledger:
    """Appends to a file, every line flushed, so that what was written survives a kill of the shop."""

    def __init__(self, path: Path) -> None:
        """Open for appending; a half line a kill left behind is ended first.

        Raises:
            OSError: the file can't be written.
        """
        cut = _ends_in_the_middle(path)
        self._file: TextIO = path.open("a", encoding="utf-8", buffering=1)
        if cut:
            self._file.write("\n")

    def note(self, kind: str, **facts: Any) -> None:
        """Write one line."""
        self._file.write(json.dumps({"at": datetime.now(UTC).isoformat(), "kind": kind, **facts}) + "\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Begun(NamedTuple):
    """A state and when it truly began."""

    state: MachineState
    at: datetime
    alarms: tuple[str, ...] = ()


@dataclass(slots=True)
class MachineTruth:
    """What one machine truly did.

    Attributes:
        made: parts by what they count.
        registers: what its counters showed last.
        states: in order; a state is named again only after another one.
        finished: its scenario has ended and it will do nothing more.
    """

    made: dict[CountKind, int] = field(default_factory=dict)
    registers: dict[CountKind, int] = field(default_factory=dict)
    states: list[Begun] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    resets: int = 0
    troubles: list[str] = field(default_factory=list)
    finished: bool = False


class Shown(NamedTuple):
    """A part before a camera: the text of its code, and the diameter of its bore."""

    text: str
    bore: str


@dataclass(slots=True)
class Truth:
    """A ledger read: truth by machine code; and what instruments sent or saw, by their code, in order."""

    machines: dict[str, MachineTruth] = field(default_factory=dict)
    scanned: dict[str, list[str]] = field(default_factory=dict)
    measured: dict[str, list[str]] = field(default_factory=dict)
    shown: dict[str, list[Shown]] = field(default_factory=dict)

    @classmethod
    def of(cls, lines: Iterable[str]) -> Self:
        """Sum up the lines of a ledger; a line cut short by a kill is left out."""
        truth = cls()
        for line in lines:
            fact = _fact(line)
            if fact is not None and "machine" in fact:
                _take(truth.machines.setdefault(fact["machine"], MachineTruth()), fact)
            elif fact is not None and fact["kind"] == "scanned":
                truth.scanned.setdefault(fact["instrument"], []).append(fact["text"])
            elif fact is not None and fact["kind"] == "measured":
                truth.measured.setdefault(fact["instrument"], []).append(fact["value"])
            elif fact is not None and fact["kind"] == "shown":
                truth.shown.setdefault(fact["instrument"], []).append(Shown(fact["text"], fact["bore"]))
        return truth


def sequence(states: Iterable[MachineState]) -> list[MachineState]:
    """States in order without `unknown` and without repetition: what ledger and database must agree on.

    A line that was bad for a while leaves an unknown stretch in the database that the ledger doesn't have.
    """
    known = [state for state in states if state is not MachineState.UNKNOWN]
    return [state for state, _ in groupby(known)]


def read_ledger(path: Path) -> Truth:
    """The truth in a ledger file; none when there is no file yet."""
    if not path.exists():
        return Truth()
    with path.open(encoding="utf-8") as lines:
        return Truth.of(lines)


def _ends_in_the_middle(path: Path) -> bool:
    if not path.exists() or path.stat().st_size == 0:
        return False
    with path.open("rb") as file:
        file.seek(-1, SEEK_END)
        return file.read(1) != b"\n"


def _fact(line: str) -> dict[str, Any] | None:
    try:
        fact = json.loads(line)
    except ValueError:
        return None
    return fact if isinstance(fact, dict) and "kind" in fact else None


def _take(machine: MachineTruth, fact: dict[str, Any]) -> None:
    if fact["kind"] in ("state", "part", "reset", "finished"):
        machine.finished = fact["kind"] == "finished"
    match fact["kind"]:
        case "part":
            kind = CountKind(fact["count"])
            machine.made[kind] = machine.made.get(kind, 0) + 1
            machine.registers[kind] = fact["register"]
        case "reset":
            machine.resets += 1
            machine.registers = dict.fromkeys((CountKind.GOOD, CountKind.SCRAP), 0)
        case "trouble":
            machine.troubles.append(fact["trouble"])
        case "state":
            _turn(
                machine, Begun(MachineState(fact["state"]), datetime.fromisoformat(fact["at"]), tuple(fact["alarms"]))
            )


def _turn(machine: MachineTruth, begun: Begun) -> None:
    if not machine.states or machine.states[-1].state is not begun.state:
        machine.states.append(begun)
        machine.alarms.extend(begun.alarms)
        return
    known = machine.states[-1]
    later = tuple(alarm for alarm in begun.alarms if alarm not in known.alarms)
    machine.states[-1] = known._replace(alarms=known.alarms + later)
    machine.alarms.extend(later)
