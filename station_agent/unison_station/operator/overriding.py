"""Whether what a person says overrides another's word, or the machine's own. Pure; the server judges alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from uuid import UUID

from unison_domain.codes.events import ScanUndone
from unison_domain.identity.overrides import Override, OverrideKind, Who, is_anothers
from unison_domain.machines.overriding import contradicts
from unison_domain.quality.events import ReadingSource, ReadingTaken, ReadingUndone
from unison_domain.quality.plausible import is_far
from unison_domain.stations.events import CallChanged, StateSet, StopReasoned
from unison_domain.stations.fact import Backing

from unison_station.operator.actions import Refused
from unison_station.operator.decisions import Situation, Word

Backings = Mapping[UUID, Backing]
"""Who confirmed overrides, by the act each confirmation was given to."""
UNBACKED: Backings = MappingProxyType({})


def override_in(word: Word, by: Who, situation: Situation) -> Override | None:
    """What it overrides, said by this person; None where it is an ordinary word."""
    match word:
        case StateSet():
            is_override = contradicts(word.state, situation.by_signals(word.machine_id))
            return Override(OverrideKind.MACHINE_STATE, word.machine_id, word.id) if is_override else None
        case StopReasoned():
            stop = situation.floor.stop_at(word.machine_id, word.started_at)
            if stop is None or stop.reason_id in (None, word.reason_id):
                return None
            is_override = is_anothers(Who(stop.person_id, stop.person), by)
            return Override(OverrideKind.STOP_REASON, word.machine_id, word.id) if is_override else None
        case ScanUndone(scan_id=id_):
            return Override(OverrideKind.SCAN_UNDONE, id_, id_) if _takes_anothers(id_, by, situation) else None
        case ReadingUndone(reading_id=id_):
            return Override(OverrideKind.READING_UNDONE, id_, id_) if _takes_anothers(id_, by, situation) else None
        case ReadingTaken(source=ReadingSource.TYPED):
            measured = next(one for one in situation.configuration.characteristics if one.id == word.characteristic_id)
            is_override = is_far(word.value, measured.lsl, measured.usl)
            return Override(OverrideKind.FAR_VALUE, measured.id, word.id) if is_override else None
    return None


def act_of(word: Word) -> UUID:
    """What a confirmation of it is given to, as `Override.act_id` says."""
    match word:
        case ScanUndone(scan_id=id_) | ReadingUndone(reading_id=id_) | CallChanged(call_id=id_):
            return id_
    return word.id


def demand_confirmed(override: Override | None, confirmed: Collection[UUID], situation: Situation) -> None:
    """Raises Refused where somebody with the right has to confirm it first; the page asks for their badge and PIN."""
    if override is not None and override.act_id not in confirmed and override.kind in (situation.countersigned or ()):
        words = "Somebody with the right confirms this with badge and PIN"
        raise Refused("override", words, 409, kind=override.kind)


def _takes_anothers(taking_id: UUID, by: Who, situation: Situation) -> bool:
    taken = situation.recent.find(taking_id)
    return taken is not None and is_anothers(taken.event.who, by)
