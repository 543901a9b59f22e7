"""What a PC told of itself and its devices, in words: starts, clock steps, lost events, devices gone or back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from uuid import UUID

from pydantic import ValidationError
from PySide6.QtCore import QLocale
from PySide6.QtGui import QIcon
from unison_domain.stations.attendance import RESTLESS
from unison_domain.stations.contracts import AgentEventAnswer
from unison_domain.stations.events import AgentStarted, ClockStepped, CounterRebased, DeviceChanged, DeviceState, Gap
from unison_domain.stations.peripheral_events import PeripheralChanged
from unison_domain.stations.peripherals import PeripheralState

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme
from unison_desktop.kernel.moments import zoned_text
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.texts import _
from unison_desktop.tables.columns import Column

_ICONS = {Tone.GOOD: "good", Tone.IDLE: "info", Tone.WARNING: "warning", Tone.BAD: "error"}
_RANK = (Tone.BAD, Tone.WARNING, Tone.GOOD, Tone.IDLE)
_DEVICES = {
    DeviceState.ONLINE: (Tone.GOOD, _("Device answers")),
    DeviceState.DEGRADED: (Tone.WARNING, _("Device answers in part")),
    DeviceState.OFFLINE: (Tone.BAD, _("Device does not answer")),
}
_PERIPHERALS = {
    PeripheralState.ONLINE: (Tone.GOOD, _("Scanner, gauge or camera is back")),
    PeripheralState.OFFLINE: (Tone.BAD, _("Scanner, gauge or camera is gone")),
    PeripheralState.REFUSED: (Tone.BAD, _("Scanner, gauge or camera can't be used")),
}
_GAPS = {
    "buffer_full": _("the PC's buffer was full"),
    "buffer_corrupt": _("the PC's buffer was damaged"),
    "discarded": _("somebody gave up what the server had refused"),
    "server_restored": _("the server was restored, and the PC had forgotten what it lacks"),
}


@dataclass(frozen=True, slots=True)
class HappeningRow:
    """One event as people read it.

    Attributes:
        tone: how grave it is.
        what: what happened, in a few words; detail: what is known of it.
    """

    event: AgentEventAnswer
    tone: Tone
    what: str
    detail: str

    @property
    def id(self) -> UUID:
        """What tells it from other rows."""
        return self.event.id


def happening_row(event: AgentEventAnswer, names: Mapping[UUID, str], clock: tzinfo | None = None) -> HappeningRow:
    """An event in words, with the `names` of devices, tags and the like, by the `clock` of the PC's plant; one of a
    kind or form this version does not know is shown as it came.
    """
    try:
        return HappeningRow(event, *_told(event, names, clock))
    except ValidationError:
        return HappeningRow(event, Tone.IDLE, event.kind, json.dumps(event.body, ensure_ascii=False))


def happening_columns(theme: Theme, clock: Callable[[], tzinfo | None]) -> tuple[Column[HappeningRow], ...]:
    """The table of events; icons follow the theme, moments the `clock` of the PC's plant."""
    return (
        Column(
            "at",
            _("When"),
            lambda row: row.event.at.astimezone(clock()),
            text=lambda row: zoned_text(row.event.at.astimezone(clock())),
            width=20,
            always_visible=True,
        ),
        Column(
            "what",
            _("What"),
            lambda row: row.what,
            sort_key=lambda row: (_RANK.index(row.tone), row.what),
            icon=_ToneIcons(theme).icon,
            width=24,
        ),
        Column("detail", _("Details"), lambda row: row.detail, width=50),
    )


class _ToneIcons:
    """Draws the icon of the tone in its colour."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme

    def icon(self, row: HappeningRow) -> QIcon:
        return self._theme.icon(_ICONS[row.tone], self._theme.tone(row.tone).fill)


def _told(event: AgentEventAnswer, names: Mapping[UUID, str], clock: tzinfo | None) -> tuple[Tone, str, str]:
    """Tone, what, details.

    Raises:
        ValidationError: the body lacks what its kind has.
    """
    fields = {**event.body, "at": event.at, "kind": event.kind}
    match event.kind:
        case "agent_started":
            return _started(AgentStarted.model_validate(fields))
        case "clock_stepped":
            delta = ClockStepped.model_validate(fields).delta_seconds
            text = _("forward by {n} s") if delta > 0 else _("back by {n} s")
            return Tone.WARNING, _("Clock jumped"), text.format(n=QLocale().toString(abs(delta), "f", 1))
        case "device_changed":
            device = DeviceChanged.model_validate(fields)
            tone, what = _DEVICES[device.state]
            return tone, what, _about(device.device_id, names, worded(device.message or "", clock))
        case "peripheral_changed":
            return _attended(PeripheralChanged.model_validate(fields), names, clock)
        case "counter_rebased":
            return _rebased(CounterRebased.model_validate(fields), names)
        case _:  # a kind that is not known is no gap either, and is shown as it came
            return _lost(Gap.model_validate(fields), clock)


def _started(start: AgentStarted) -> tuple[Tone, str, str]:
    version = _("version {version}").format(version=start.version)
    if start.clean_stop:
        return Tone.IDLE, _("Started"), version
    return Tone.WARNING, _("Started after a hard end"), version


def _attended(told: PeripheralChanged, names: Mapping[UUID, str], clock: tzinfo | None) -> tuple[Tone, str, str]:
    tone, what = _PERIPHERALS[told.state]
    since = _("since {time}").format(time=zoned_text(told.since.astimezone(clock)))
    went = _("gone {n} times in between").format(n=told.times) if told.times > 1 else ""
    if told.times >= RESTLESS:
        tone, what = Tone.WARNING, _("Scanner, gauge or camera comes and goes")
    parts = (since, went, worded(told.message or "", clock))
    return tone, what, _about(told.peripheral_id, names, "; ".join(part for part in parts if part))


def _rebased(counter: CounterRebased, names: Mapping[UUID, str]) -> tuple[Tone, str, str]:
    what = _("Counter begins anew")
    if not counter.forced:
        return Tone.IDLE, what, _about(counter.tag_id, names, _("it reads something else from here on"))
    detail = _("in the middle of a run, as a person wanted it; parts made in that moment may be missing")
    return Tone.WARNING, what, _about(counter.tag_id, names, detail)


def _about(id_: UUID, names: Mapping[UUID, str], detail: str) -> str:
    return ": ".join(part for part in (names.get(id_) or str(id_), detail) if part)


def _lost(gap: Gap, clock: tzinfo | None) -> tuple[Tone, str, str]:
    counts = ", ".join(f"{QLocale().toString(count)} × {kind}" for kind, count in sorted(gap.lost.items()) if count)  # noqa: RUF001
    unknown = _("and perhaps more") if counts else _("nobody knows how many")
    more = "" if gap.is_counted else unknown
    parts = (_GAPS[gap.reason], counts, more, worded(gap.message or "", clock))
    return Tone.BAD, _("Events lost"), "; ".join(part for part in parts if part)
