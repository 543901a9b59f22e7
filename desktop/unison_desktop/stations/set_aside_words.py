"""Events that were set aside, in words: why each was, and what a decision about several of them does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import tzinfo

from unison_domain.machines.contracts import CountKind
from unison_domain.stations.quarantine_contracts import DecidedEvent, QuarantinedAnswer

from unison_desktop.kernel.counted import counted
from unison_desktop.kernel.moments import zoned_text
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.texts import _
from unison_desktop.machines.states import LOOKS
from unison_desktop.stations.event_words import kind_words

_MOST_MACHINES = 6
_CAUSES = {
    "count_across_gap": _("Parts of a gap"),
    "counter_without_machine": _("Counter without a machine"),
    "counted_anew": _("Counted anew"),
    "lease_lost": _("Another PC holds it"),
    "not_assigned": _("Not of this PC"),
    "override_unsigned": _("Not confirmed"),
    "countersignature_used": _("Confirmed something else"),
    "unknown_kind": _("Newer than this server"),
    "invalid": _("Can't be read"),
    "not_storable": _("Can't be kept"),
    "too_deep": _("Can't be read"),
    "nul": _("Can't be read"),
}
"""By code; of any other the sentence beside it says enough."""
_COUNTS = {
    CountKind.GOOD: _("{n} good"),
    CountKind.SCRAP: _("{n} scrap"),
    CountKind.TOTAL: _("{n} good and scrap"),
}


def cause(event: QuarantinedAnswer) -> str:
    """Why it was set aside, as short as a filter wants it."""
    if event.code.startswith("unknown_") and event.code not in _CAUSES:
        return _("About nothing known")
    return _CAUSES.get(event.code, _("Doesn't fit what is known"))


def content(event: QuarantinedAnswer) -> str:
    """What it says: a state, parts and whether they are good, or a value; empty where its kind says all."""
    if event.state is not None:
        return LOOKS[event.state].text
    return event.value or "" if event.parts is None else _parts_of_kind(event.count, event.parts)


def about(event: QuarantinedAnswer, clock: tzinfo | None) -> str:
    """What it is, in one line: of which machine, what it says, and of when by the `clock` of its row."""
    told = f"{kind_words(event.kind)}: {content(event)}" if content(event) else kind_words(event.kind)
    moment = "" if event.told_of is None else zoned_text(event.told_of.astimezone(clock))
    return ", ".join(part for part in (event.machine_code, told, moment) if part)


def what_accepting_does(events: Sequence[QuarantinedAnswer], clock: tzinfo | None) -> str:
    """What comes of accepting these, each sentence on its line; moments by the `clock` of their table."""
    if len(events) == 1:
        return f"{about(events[0], clock)}\n{worded(events[0].consequence or '', clock)}".strip()
    taken = [event for event in events if event.may_accept]
    told = []
    if parts := _parts_in_words(taken):
        told.append(_("Will be booked: {parts}.").format(parts=parts))
    if others := sum(event.parts is None for event in taken):
        told.append(
            _("Taken for the times they tell of, the oldest first: other events, {n} of them.").format(n=others)
        )
    if refused := [event for event in events if not event.may_accept]:
        text = _("Can't be accepted and stay as they are: {n}, the first because: {reason}")
        reason = worded(refused[0].consequence or refused[0].message, clock)
        told.append(text.format(n=len(refused), reason=reason))
    return "\n".join(told)


def what_discarding_does(events: Sequence[QuarantinedAnswer], clock: tzinfo | None) -> str:
    """What comes of discarding these, each sentence on its line; moments by the `clock` of their table."""
    told = [about(events[0], clock)] if len(events) == 1 else []
    if parts := _parts_in_words(events):
        told.append(_("Will never be booked: {parts}.").format(parts=parts))
    if others := sum(event.parts is None for event in events):
        more = _("Without effect, now and later: other events, {n} of them.").format(n=others)
        told.append(more if len(events) > 1 else _("Without effect, now and later."))
    told.append(_("Can still be read, with the reason, under “Also what waits for nobody”."))
    return "\n".join(told)


def what_came_of(decided: Sequence[DecidedEvent]) -> str:
    """How many could not be decided, and why the first of them; empty where all were."""
    refused = [one for one in decided if not one.is_done]
    if not refused:
        return ""
    text = _("{n} of {all} could not be decided, the first (number {seq}) because: {reason}")
    first = refused[0]
    return text.format(n=len(refused), all=len(decided), seq=first.event.seq, reason=first.problem or "")


def _parts_in_words(events: Sequence[QuarantinedAnswer]) -> str:
    """How many counts, and how many parts of each kind, of which machine."""
    counts: Counter[str] = Counter()
    parts: dict[str, Counter[CountKind | None]] = {}
    for event in events:
        if event.parts is not None:
            machine = event.machine_code or _("no machine")
            counts[machine] += 1
            parts.setdefault(machine, Counter())[event.count] += event.parts
    text = _("{parts} at {machine} (counts: {counts})")
    told = [text.format(machine=one, parts=_by_kind(parts[one]), counts=counts[one]) for one in sorted(counts)]
    if len(told) > _MOST_MACHINES:
        more = counted(len(told) - _MOST_MACHINES, _("1 more machine"), _("{n} more machines"))
        told = [*told[:_MOST_MACHINES], more]
    return "; ".join(told)


def _by_kind(parts: Counter[CountKind | None]) -> str:
    order = [*_COUNTS, CountKind.UNKNOWN, None]
    return ", ".join(_parts_of_kind(kind, parts[kind]) for kind in order if kind in parts)


def _parts_of_kind(kind: CountKind | None, parts: int) -> str:
    return _COUNTS[kind].format(n=parts) if kind in _COUNTS else str(parts)
