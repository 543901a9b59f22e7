"""What kinds of events a PC sends, in words."""

from __future__ import annotations

from collections.abc import Mapping

from unison_desktop.kernel.texts import _

_KINDS: Mapping[str, str] = {
    "agent_started": _("PC started"),
    "call_changed": _("call for help"),
    "clock_stepped": _("clock was set"),
    "command_answered": _("answer to a command"),
    "counted": _("parts counted"),
    "counter_jumped": _("counter leapt"),
    "counter_rebased": _("counter begins anew"),
    "counter_reset": _("counter was reset"),
    "device_changed": _("device gone or back"),
    "gap": _("lost events"),
    "peripheral_changed": _("scanner, gauge or camera gone or back"),
    "picture_kept": _("picture"),
    "pictures_lost": _("lost pictures"),
    "reading_taken": _("measurement"),
    "reading_undone": _("measurement taken back"),
    "sample": _("value"),
    "scan_taken": _("scan"),
    "scan_undone": _("scan taken back"),
    "sign_on_told": _("badge shown"),
    "state_changed": _("machine state"),
    "state_detailed": _("more about a machine state"),
    "state_set": _("state said by a person"),
    "stop_reasoned": _("reason of a stop"),
    "value_refused": _("refused value"),
}


def kind_words(kind: str) -> str:
    """A kind in words; one of a newer PC as it calls it."""
    return _KINDS.get(kind, kind)
