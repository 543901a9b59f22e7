"""A machine's tile in words: for the tool tip and for screen readers."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from html import escape

from unison_domain.machines.contracts import Live, MachineAnswer, MachineState, StateSource

from unison_desktop.kernel.moments import moment_text
from unison_desktop.kernel.persons import person_text
from unison_desktop.kernel.texts import _
from unison_desktop.machines.durations import running_text
from unison_desktop.machines.span_facts import table
from unison_desktop.machines.states import LOOKS, shown_since, shown_state
from unison_desktop.tables.columns import quantity_text

_GOOD, _TOTAL = _("good"), _("total")


def main_count(good: Decimal, scrap: Decimal, total: Decimal) -> tuple[str, Decimal]:
    """What the big number says: good parts, or all parts where a machine only counts those."""
    return (_GOOD, good) if good or total <= scrap else (_TOTAL, total)


def said_by(live: Live) -> str:
    """That a person said the state, who, and whether in the office, as the operator page words it; else empty."""
    if live.source is not StateSource.PERSON or live.state is MachineState.UNKNOWN:
        return ""
    office = _("said in the office") if live.word_id is not None else ""
    who = ", ".join(part for part in (person_text(live.person, live.person_is_verified), office) if part)
    return _("by hand: {who}").format(who=who) if who else _("by hand")


def why_text(live: Live, state: MachineState) -> str:
    """Why it is not running, in few words: alarms first, else the reason, else the state it was last known in.

    With who says so, where that is a person.
    """
    if state is MachineState.UNKNOWN and live.state is not MachineState.UNKNOWN:
        return _("was: {state}").format(state=LOOKS[live.state].text)
    return " · ".join(part for part in (", ".join(live.alarms) or live.reason, said_by(live)) if part)


def facts(machine: MachineAnswer, live: Live, now: datetime) -> list[tuple[str, str]]:
    """What is known of the machine now, as label and value; times in the time of this PC."""
    state, since = shown_state(live, now), shown_since(live, now)
    found = [(_("State"), LOOKS[state].text)]
    if state is not live.state:
        found.append((_("Last known"), LOOKS[live.state].text))
    if since is not None:
        length = running_text((now - since).total_seconds())
        found.append((_("Since"), f"{moment_text(since.astimezone())} ({length})"))
    if said := said_by(live):
        found.append((_("Set"), said))
    if live.reason:
        found.append((_("Reason"), live.reason))
    found.extend((_("Alarm"), alarm) for alarm in live.alarms)
    label, count = main_count(live.good, live.scrap, live.total)
    if live.counted_from is not None:
        found.append((_("Counted since"), moment_text(live.counted_from.astimezone())))
    found.append((_("Parts today ({kind})").format(kind=label), quantity_text(count)))
    found.append((_("Scrap today"), quantity_text(live.scrap)))
    if live.station_silent_since is not None:
        length = running_text((now - live.station_silent_since).total_seconds())
        found.append((_("Station silent since"), f"{moment_text(live.station_silent_since.astimezone())} ({length})"))
    heard = moment_text(live.last_signal_at.astimezone()) if live.last_signal_at else _("never")
    found.append((_("Last signal"), heard))
    place = ", ".join(part for part in (machine.plant_name, machine.work_center_name, machine.location) if part)
    return [*found, (_("Place"), place)] if place else found


def tool_tip(machine: MachineAnswer, live: Live, now: datetime) -> str:
    """Rich text with everything known."""
    return f"<b>{escape(machine.machine_code)}</b> {escape(machine.name)}{table(facts(machine, live, now))}"


def spoken(machine: MachineAnswer, live: Live, now: datetime) -> str:
    """The same in one sentence."""
    told = "; ".join(f"{label} {value}" for label, value in facts(machine, live, now))
    return f"{machine.machine_code}, {machine.name}: {told}"
