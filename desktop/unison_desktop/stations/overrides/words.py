"""Overrides in words."""

from __future__ import annotations

from unison_domain.identity.overrides import OverrideKind
from unison_domain.machines.contracts import MachineState
from unison_domain.stations.override_contracts import DONE, OverrideAnswer, OverrideOutcome

from unison_desktop.identity.station_refusals import STATION_REFUSALS
from unison_desktop.kernel import rights
from unison_desktop.kernel.texts import _
from unison_desktop.kernel.visible_text import visible
from unison_desktop.machines.states import LOOKS

KINDS = {
    OverrideKind.STOP_REASON: _("Another's reason of a stop changed"),
    OverrideKind.MACHINE_STATE: _("State set against the signals"),
    OverrideKind.SCAN_UNDONE: _("Another's scan taken back"),
    OverrideKind.READING_UNDONE: _("Another's value taken back"),
    OverrideKind.FAR_VALUE: _("Implausible value accepted"),
}
OUTCOMES = {
    OverrideOutcome.DONE: _("Counts"),
    OverrideOutcome.ACCEPTED: _("Counts, let in later"),
    OverrideOutcome.WAITING: _("Waits for a decision"),
    OverrideOutcome.DISCARDED: _("Discarded"),
    OverrideOutcome.NOT_DONE: _("Confirmed, not done"),
    OverrideOutcome.REFUSED: _("Refused"),
    OverrideOutcome.UNKNOWN: _("Unknown to this version"),
}
_MEANINGS = {
    OverrideOutcome.DONE: _("It was confirmed with badge and PIN."),
    OverrideOutcome.ACCEPTED: _("It was set aside; who has the right let it in and stands behind it."),
    OverrideOutcome.WAITING: _("It counts only once somebody with the right accepts it (Stations, Set aside)."),
    OverrideOutcome.DISCARDED: _("It was set aside and discarded; it never counts."),
    OverrideOutcome.NOT_DONE: _("Badge and PIN were right, but the act never came, or is on its way yet."),
}


def kind(one: OverrideAnswer) -> str:
    """What it is; of another right than those of overrides, that right."""
    if one.kind is not None:
        return KINDS[one.kind]
    return rights.in_words(one.right) if one.right else ""


def subject(one: OverrideAnswer) -> str:
    """What it was done to, control characters as their pictures."""
    return visible(one.subject or "")


def result(one: OverrideAnswer) -> str:
    """What the act made of it."""
    if one.outcome not in DONE:
        return ""
    match one.kind:
        case OverrideKind.MACHINE_STATE if one.result:
            return LOOKS[MachineState(one.result)].text
        case OverrideKind.STOP_REASON:
            return one.result or _("no reason any more")
        case OverrideKind.SCAN_UNDONE | OverrideKind.READING_UNDONE:
            return _("counts no more")
    return one.result or ""


def meaning(one: OverrideAnswer) -> str:
    """What came of it, as a sentence."""
    if one.outcome is OverrideOutcome.REFUSED:
        why = STATION_REFUSALS.get(one.refused_for or "", one.refused_for or "")
        told = _("Nobody was let stand behind it; nothing was done")
        return f"{told}: {why}." if why else f"{told}."
    return _MEANINGS.get(one.outcome, "")


def outcome(one: OverrideAnswer) -> str:
    """What came of it in a cell; of a refusal with its reason."""
    why = STATION_REFUSALS.get(one.refused_for or "", one.refused_for)
    return f"{OUTCOMES[one.outcome]}: {why}" if why else OUTCOMES[one.outcome]
