"""Reasons why a machine stands: a tree per organization, each leaf in a numeric class.

The classes are ranges of hundreds, so that a reason an organization adds falls into its class by its number alone
(the idea of the state codes of United Manufacturing Hub and Sepasoft). Only the class `failure` counts as failures in
MTBF and MTTR (ISO 22400-2).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import NamedTuple, Protocol, TypeVar
from uuid import UUID

from unison_domain.machines.downtime_contracts import DowntimeCategory


class ReasonClass(IntEnum):
    """First number of each class; a reason's `number` lies from here to 99 above."""

    FAILURE = 100
    """The machine itself broke: repaired, and counted as a failure."""
    SETUP = 200
    MATERIAL = 300
    QUALITY = 400
    OPERATOR = 500
    """Nobody there, training, a meeting."""
    EXTERNAL = 600
    """Power, air, another machine of the line, weather."""
    ORGANIZATION = 700
    """No order, no drawing, no tool."""
    PLANNED = 800
    """Breaks, cleaning, maintenance as planned, no shift."""
    OTHER = 900

    @classmethod
    def of(cls, number: int) -> ReasonClass:
        """The class a reason's number falls into.

        Raises:
            ValueError: it lies outside 100 to 999.
        """
        if not 100 <= number <= 999:
            raise ValueError(f"a reason's number lies from 100 to 999, not {number}")
        return cls(number - number % 100)


def category_of(reason_class: ReasonClass) -> DowntimeCategory:
    """The class as a word."""
    return DowntimeCategory[reason_class.name]


class Branch(Protocol):
    """A reason of the tree, as server, station and desktop each have it."""

    @property
    def id(self) -> UUID: ...
    @property
    def parent_id(self) -> UUID | None: ...
    @property
    def machine_types(self) -> Sequence[str]:
        """Kinds of machines it is for; empty means all."""
        ...


B = TypeVar("B", bound=Branch)


def way_of(reason: B, known: Mapping[UUID, B]) -> Iterator[B]:
    """The reason and all above it that are known, itself first; a ring ends where it closes."""
    step: B | None = reason
    passed: set[UUID] = set()
    while step is not None and step.id not in passed:
        yield step
        passed.add(step.id)
        step = known.get(step.parent_id) if step.parent_id else None


def is_of_type(machine_type: str | None, named: str) -> bool:
    """Whether a machine is of the type that is named; people write `press` and `Press` for one."""
    return machine_type is not None and machine_type.casefold() == named.casefold()


def is_rooted(reason: B, known: Mapping[UUID, B]) -> bool:
    """Whether all above a reason are known: under a heading that is put away nothing is offered."""
    return all(step.parent_id is None or step.parent_id in known for step in way_of(reason, known))


def is_for(reason: B, known: Mapping[UUID, B], machine_type: str | None) -> bool:
    """Whether a reason may be given to machines of this type: it and all above it are used, and are for them.

    Args:
        reason: the one that is asked about.
        known: all that are used, by id.
        machine_type: None for machines of no type.
    """
    return is_rooted(reason, known) and all(
        not step.machine_types or any(is_of_type(machine_type, named) for named in step.machine_types)
        for step in way_of(reason, known)
    )


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """An alarm that means a reason: on one machine, on machines of a type, or (neither named) everywhere.

    Attributes:
        since, until: of which stops, by the moment they began; None without that end.
    """

    alarm: str
    reason_id: UUID
    machine_type: str | None = None
    machine_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None

    def holds_at(self, moment: datetime) -> bool:
        """Whether it is of stops that began then."""
        return (self.since is None or self.since <= moment) and (self.until is None or moment < self.until)


class Ruling(Protocol):
    """What a rule says of where it holds: on one machine, on machines of a type, or (neither named) everywhere."""

    @property
    def alarm(self) -> str: ...
    @property
    def machine_type(self) -> str | None: ...
    @property
    def machine_id(self) -> UUID | None: ...


R = TypeVar("R", bound=Ruling)


def rule_of_alarm(rules: Iterable[R], alarm: str, machine_id: UUID, machine_type: str | None) -> R | None:
    """The rule by which an alarm of this machine means something: its own, else its type's, else the one for all."""
    found = [
        ((rule.machine_id is not None, rule.machine_type is not None, rule.machine_type == machine_type), rule)
        for rule in rules
        if rule.alarm == alarm
        and rule.machine_id in (None, machine_id)
        and (rule.machine_type is None or is_of_type(machine_type, rule.machine_type))
    ]
    return max(found, key=lambda one: one[0])[1] if found else None


def reason_of_alarm(rules: Iterable[AlarmRule], alarm: str, machine_id: UUID, machine_type: str | None) -> UUID | None:
    """The reason an alarm of this machine means."""
    rule = rule_of_alarm(rules, alarm, machine_id, machine_type)
    return None if rule is None else rule.reason_id


class DefaultReason(NamedTuple):
    """A reason an organization begins with."""

    number: int
    name: str
    parent: int | None = None


DEFAULT_REASONS = (
    DefaultReason(100, "Failure"),
    DefaultReason(110, "Mechanical", 100),
    DefaultReason(120, "Electrical or control", 100),
    DefaultReason(130, "Hydraulics or pneumatics", 100),
    DefaultReason(140, "Tool or die broken", 100),
    DefaultReason(200, "Setup"),
    DefaultReason(210, "Changeover", 200),
    DefaultReason(220, "Tool change", 200),
    DefaultReason(230, "Adjustment", 200),
    DefaultReason(300, "Material"),
    DefaultReason(310, "No material", 300),
    DefaultReason(320, "Bad material", 300),
    DefaultReason(330, "Jam", 300),
    DefaultReason(340, "No container", 300),
    DefaultReason(400, "Quality"),
    DefaultReason(410, "Waiting for inspection", 400),
    DefaultReason(420, "Quality problem", 400),
    DefaultReason(500, "Operator"),
    DefaultReason(510, "Nobody there", 500),
    DefaultReason(520, "Training or meeting", 500),
    DefaultReason(600, "External"),
    DefaultReason(610, "Power", 600),
    DefaultReason(620, "Compressed air", 600),
    DefaultReason(630, "Other machine of the line", 600),
    DefaultReason(700, "Organization"),
    DefaultReason(710, "No order", 700),
    DefaultReason(720, "No drawing or program", 700),
    DefaultReason(730, "Waiting for maintenance", 700),
    DefaultReason(800, "Planned"),
    DefaultReason(810, "Break", 800),
    DefaultReason(820, "Cleaning", 800),
    DefaultReason(830, "Planned maintenance", 800),
    DefaultReason(840, "No shift", 800),
    DefaultReason(900, "Other"),
)
"""In order: a parent stands before its children."""
