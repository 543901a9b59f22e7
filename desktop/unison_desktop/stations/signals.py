"""When each tag of a PC was read last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo

from unison_domain.stations.contracts import SILENT_AFTER_SECONDS, SignalAnswer

from unison_desktop.kernel.moments import zoned_text
from unison_desktop.kernel.texts import _
from unison_desktop.stations.configuration.words import QUALITIES
from unison_desktop.stations.health import span
from unison_desktop.tables.columns import Column


def signal_columns(now: Callable[[], datetime], clock: Callable[[], tzinfo | None]) -> tuple[Column[SignalAnswer], ...]:
    """The table of tags; `now` is the server's time, `clock` that of the PC's plant."""

    def age(signal: SignalAnswer) -> str:
        if signal.at is None:
            return _("never")
        gone = now() - signal.at
        if gone.total_seconds() <= SILENT_AFTER_SECONDS:  # no older than what the PC told last
            return _("as of {time}").format(time=zoned_text(signal.at.astimezone(clock()), "%H:%M:%S"))
        return _("{time} ago").format(time=span(gone))

    return (
        Column("device", _("Device"), lambda one: one.device_name, width=20, always_visible=True),
        Column("tag", _("Tag"), lambda one: one.tag_name, width=26, always_visible=True),
        Column(
            "age",
            _("Last signal"),
            age,
            sort_key=lambda one: (one.at is not None, one.at),
            width=18,
            explain=_("As the PC told it last: twice a minute, however often it reads"),
        ),
        Column(
            "at",
            _("At"),
            lambda one: one.at.astimezone(clock()) if one.at else None,
            text=lambda one: zoned_text(one.at.astimezone(clock())) if one.at else "",
            width=20,
        ),
        Column("quality", _("Quality"), lambda one: QUALITIES.get(one.quality, "") if one.quality else "", width=14),
    )
