"""What is needed to read a downtime event: reasons, machines, zones, and the words for all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from uuid import UUID

from unison_domain.machines.contracts import CauseSource, MachineAnswer
from unison_domain.machines.downtime_contracts import (
    AlarmReasonAnswer,
    DowntimeCategory,
    DowntimeChange,
    DowntimeChangeKind,
    DowntimeEvent,
    DowntimeReasonAnswer,
)
from unison_domain.machines.reasons import is_for
from unison_domain.sites.contracts import PlantAnswer

from unison_desktop.frame.matching import fit
from unison_desktop.kernel.moments import page_text
from unison_desktop.kernel.persons import person_text
from unison_desktop.kernel.texts import _, pgettext
from unison_desktop.kernel.time_zones import zones_of

CATEGORIES = {
    DowntimeCategory.FAILURE: _("Failure"),
    DowntimeCategory.SETUP: _("Setup"),
    DowntimeCategory.MATERIAL: _("Material"),
    DowntimeCategory.QUALITY: _("Quality"),
    DowntimeCategory.OPERATOR: pgettext("class of reasons", "Operator"),
    DowntimeCategory.EXTERNAL: _("External"),
    DowntimeCategory.ORGANIZATION: _("Organization"),
    DowntimeCategory.PLANNED: _("Planned"),
    DowntimeCategory.OTHER: _("Other"),
    DowntimeCategory.UNKNOWN: _("Unknown"),
}
SOURCES = {
    CauseSource.PERSON: _("person"),
    CauseSource.ALARM: _("alarm"),
    CauseSource.INFERRED: _("state"),
    CauseSource.UNKNOWN: _("unknown"),
}
KINDS = {
    DowntimeChangeKind.ENTERED: _("entered"),
    DowntimeChangeKind.ASSIGNED: _("gave the reason"),
    DowntimeChangeKind.SPLIT: _("split"),
    DowntimeChangeKind.MERGED: _("merged"),
    DowntimeChangeKind.ANNOTATED: _("noted"),
    DowntimeChangeKind.UNDONE: _("took back"),
    DowntimeChangeKind.STATED: _("said at the station"),
    DowntimeChangeKind.UNKNOWN: _("changed"),
}
UNDONE = {
    DowntimeChangeKind.ENTERED: _("the entered stop"),
    DowntimeChangeKind.ANNOTATED: _("the notes"),
    DowntimeChangeKind.SPLIT: _("the split"),
    DowntimeChangeKind.MERGED: _("that two stops are one"),
}
"""What was taken back, where it is not the reason that was given."""
NO_REASON = _("no reason")
NO_REASON_UNDONE = _("that there is no reason")
SOMEBODY = _("Somebody")


@dataclass
class Book:
    """Looked things up in while events are shown; each part is filled when it was read.

    Attributes:
        now: the server's time.
    """

    now: Callable[[], datetime]
    reasons: dict[UUID, DowntimeReasonAnswer] = field(default_factory=dict)
    machines: dict[UUID, MachineAnswer] = field(default_factory=dict)
    plants: dict[UUID, PlantAnswer] = field(default_factory=dict)
    zones: dict[UUID, tzinfo] = field(default_factory=dict)
    clock: tzinfo | None = None
    """The page's; None is this PC's, and moments by other clocks name their zone."""
    lacks_reasons: bool = False
    """None are set up at all; False as long as nobody knows."""

    def know_reasons(self, reasons: Iterable[DowntimeReasonAnswer]) -> None:
        self.reasons = {reason.id: reason for reason in reasons}
        self.lacks_reasons = not self.reasons

    def know_machines(self, machines: Iterable[MachineAnswer]) -> None:
        self.machines = {machine.id: machine for machine in machines}

    def know_plants(self, plants: Iterable[PlantAnswer]) -> None:
        """The plants, and their zones as far as this PC knows them."""
        self.plants = {plant.id: plant for plant in plants}
        self.zones.update(zones_of(self.plants.values()))

    def zone_of(self, event: DowntimeEvent) -> tzinfo | None:
        """The plant's; None is this PC's."""
        return self.zones.get(event.plant_id)

    def clock_of(self, events: Iterable[DowntimeEvent]) -> tzinfo | None:
        """The one clock of the plants of these events, of all plants for none; None, this PC's, where they differ."""
        now = self.now()
        lying = [self.zone_of(event) for event in events] or map(self.zones.get, self.plants)
        zones = {now.astimezone(zone).utcoffset(): zone for zone in lying}
        return next(iter(zones.values())) if len(zones) == 1 else None

    def moment(self, moment: datetime, form: str = "%Y-%m-%d %H:%M:%S") -> str:
        """A moment by its own clock, with the zone beside it where that is not the page's clock."""
        return page_text(moment, self.clock, form)

    def start(self, event: DowntimeEvent) -> datetime:
        return event.started_at.astimezone(self.zone_of(event))

    def end(self, event: DowntimeEvent) -> datetime | None:
        return event.ended_at.astimezone(self.zone_of(event)) if event.ended_at else None

    def seconds(self, event: DowntimeEvent) -> float:
        """How long it lasted, or lasts by now."""
        if event.ended_at is not None:
            return event.duration_seconds
        return max(0.0, (self.now() - event.started_at).total_seconds())

    def reason_name(self, reason_id: UUID | None) -> str:
        """Number and name; empty for none."""
        reason = self.reasons.get(reason_id) if reason_id else None
        return reason_text(reason) if reason else ""

    def reporter(self, event: DowntimeEvent) -> str:
        """Who said its cause; empty where nobody did."""
        return _who(event.reported_by, event.reported_by_name, event.reported_by_is_verified)

    def offered(self, machine_types: Iterable[str | None]) -> list[DowntimeReasonAnswer]:
        """The reasons that fit machines of all these types, in order of their numbers."""
        types = set(machine_types)
        used = {one.id: one for one in self.reasons.values() if one.is_active}
        ordered = sorted(used.values(), key=lambda one: one.number)
        return [one for one in ordered if all(is_for(one, used, type_) for type_ in types)]

    def type_of(self, event: DowntimeEvent) -> str | None:
        machine = self.machines.get(event.machine_id)
        return machine.machine_type if machine else None

    def change_text(self, change: DowntimeChange, zone: tzinfo | None) -> str:
        """One entry of the history: when, who, what; what did not count says so."""
        when = self.moment(change.said_at.astimezone(zone))
        who = _who(change.said_by, change.said_by_name, change.said_by_is_verified) or SOMEBODY
        said = f"{when}  {who} {KINDS[change.kind]}"
        what = self._subject(change)
        lines = [f"{said}: {what}" if what else said]
        if change.confirmed_by_name:
            lines.append(_("Another person's reason: confirmed by {name}").format(name=change.confirmed_by_name))
        if change.notes:
            lines.append(f"“{change.notes}”")
        if not change.is_effective:
            lines.append(_("Does not count. {remark}").format(remark=change.remark or ""))
        elif change.remark:
            lines.append(change.remark)
        return "\n".join(lines)

    def _subject(self, change: DowntimeChange) -> str:
        """What was said or taken back; empty where the kind of the change says it all."""
        if change.undone in UNDONE:
            return UNDONE[change.undone]
        if change.downtime_reason_id is not None:
            return self.reason_name(change.downtime_reason_id)
        if change.undone is DowntimeChangeKind.ASSIGNED:
            return NO_REASON_UNDONE
        return NO_REASON if change.kind is DowntimeChangeKind.ASSIGNED else ""


def _who(user_id: UUID | None, name: str | None, is_verified: bool | None) -> str:
    """Of somebody whose name is not known, that it was somebody."""
    return person_text(name or (SOMEBODY if user_id else ""), is_verified)


def reason_text(reason: DowntimeReasonAnswer) -> str:
    """Number and name."""
    return f"{reason.number} {reason.name}"


def where_text(rule: AlarmReasonAnswer, book: Book) -> str:
    """Where a rule of an alarm holds."""
    if rule.machine_id is not None:
        machine = book.machines.get(rule.machine_id)
        return machine.name if machine else str(rule.machine_id)
    return rule.machine_type or _("everywhere")


def cause_text(event: DowntimeEvent) -> str:
    """The cause that counts: the reason, else only its class; empty where nobody and nothing says one."""
    if event.downtime_reason_code is not None:
        return f"{event.downtime_reason_code} {event.downtime_reason_name or ''}".strip()
    return class_text(event) or ""


def class_text(event: DowntimeEvent) -> str | None:
    """The class of the cause, and whether only the machine's state tells it, which makes no failure of a fault."""
    if event.downtime_category is None:
        return None
    name = CATEGORIES[event.downtime_category]
    return _("{name} (inferred)").format(name=name) if event.cause_source is CauseSource.INFERRED else name


def found(reasons: Sequence[DowntimeReasonAnswer], typed: str) -> list[DowntimeReasonAnswer]:
    """Those that fit what was typed, the best first: digits begin a number, other words are parts of the name."""
    words = typed.strip()
    if not words:
        return list(reasons)
    if words.isdigit():
        return [one for one in reasons if str(one.number).startswith(words)]
    rated = ((fit(words, one.name, CATEGORIES[one.category]), one) for one in reasons)
    ranked = [(rate, one) for rate, one in rated if rate is not None]
    return [one for _rate, one in sorted(ranked, key=lambda pair: (-pair[0], pair[1].number))]
