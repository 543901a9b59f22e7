"""How reporting reads a stop, in words."""

from __future__ import annotations

from unison_domain.machines.contracts import CauseSource, StopClass

from unison_desktop.kernel.texts import _

_STOPS = {
    StopClass.MICRO_STOP: _("micro-stop"),
    StopClass.UNSPECIFIED: _("no reason yet"),
    StopClass.SPECIFIED: _("reason given"),
    StopClass.UNKNOWN: _("unknown"),
}
_EXPLAINED = {CauseSource.ALARM: _("by its alarm"), CauseSource.INFERRED: _("by its state")}


def stop_words(stop_class: StopClass | None, source: CauseSource | None) -> str | None:
    """How it is read; of one that is explained, by what: a class that its state tells is no reason anybody gave."""
    if stop_class is StopClass.SPECIFIED and source in _EXPLAINED:
        return _EXPLAINED[source]
    return None if stop_class is None else _STOPS[stop_class]
