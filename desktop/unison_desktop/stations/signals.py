"""When each tag of a PC was read last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo

from unison_domain.stations.contracts import SILENT_AFTER_SECONDS, SignalAnswer

from unison_desktop.kernel.moments import zoned_text
from unison_desktop.kernel.texts import _
from unison_desktop.stations.configuration.words import QUALITIES, resting_words
from unison_desktop.stations.health import span
from unison_desktop.tables.columns import Column


def signal_columns(now: Callable[[], datetime], clock: Callable[[], tzinfo | None]) -> tuple[Column[SignalAnswer], ...]:
    """The table of tags; `now` is the server's time, `clock` that of the PC's plant."""

    def age(signal: SignalAnswer) -> str:
        if signal.rests_with:
            return resting_words(signal.rests_with)
        good_at = signal.good_at
        if good_at is None:
            return _("never") if signal.at is None else _("no good one known")
        gone = now() - good_at
        if gone.total_seconds() <= SILENT_AFTER_SECONDS:  # no older than what the PC told last
            return _("as of {time}").format(time=zoned_text(good_at.astimezone(clock()), "%H:%M:%S"))
        return _("{time} ago").format(time=span(gone))

    def at(signal: SignalAnswer) -> datetime | None:
        return signal.good_at and signal.good_at.astimezone(clock())

    return (
        Column("device", _("Device"), lambda one: one.device_name, width=20, always_visible=True),
        Column("tag", _("Tag"), lambda one: one.tag_name, width=26, always_visible=True),
        Column(
            "age",
            _("Last signal"),
            age,
            sort_key=lambda one: (at(one) is not None, at(one)),
            width=26,
            explain=_("The last good one, as the PC told it: twice a minute, however often it reads"),
        ),
        Column("at", _("At"), at, text=lambda one: zoned_text(moment) if (moment := at(one)) else "", width=20),
        Column(
            "quality",
            _("Quality"),
            lambda one: QUALITIES.get(one.quality, "") if one.quality else "",
            width=14,
            explain=_("Of the newest try to read it"),
        ),
    )
