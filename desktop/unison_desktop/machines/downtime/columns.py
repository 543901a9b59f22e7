"""The table of downtime events."""

from __future__ import annotations

from unison_domain.machines.downtime_contracts import DowntimeEvent

from unison_desktop.kernel.moments import zoned_text
from unison_desktop.kernel.persons import MARK_EXPLAINED, person_cell
from unison_desktop.kernel.texts import _
from unison_desktop.machines.downtime.book import SOURCES, Book, cause_text, class_text
from unison_desktop.machines.durations import clock_text
from unison_desktop.machines.stop_words import stop_words
from unison_desktop.tables.columns import Align, Column

_SHORT = "%m-%d %H:%M:%S"


def machine_says(event: DowntimeEvent, book: Book) -> str:
    """What the signals say of the cause, whatever people say: the first alarm, and what it is mapped to."""
    meant = book.reason_name(event.machine_reason_id)
    return " → ".join(part for part in (event.first_out_alarm or "", meant) if part)


def event_columns(book: Book) -> tuple[Column[DowntimeEvent], ...]:
    """The columns, left to right."""

    def end_text(event: DowntimeEvent) -> str:
        end = book.end(event)
        return book.moment(end, "%H:%M:%S") if end else _("goes on")

    return (
        Column("machine", _("Machine"), lambda e: e.machine_name, width=10, always_visible=True),
        Column(
            "started_at",
            _("From"),
            book.start,
            text=lambda e: book.moment(book.start(e), _SHORT),
            hint=lambda e: zoned_text(book.start(e)),
            width=15,
            always_visible=True,
        ),
        Column(
            "ended_at",
            _("To"),
            book.end,
            text=end_text,
            hint=lambda e: zoned_text(end) if (end := book.end(e)) else _("goes on"),
            width=8,
        ),
        Column(
            "duration",
            _("Duration"),
            lambda e: round(book.seconds(e), 3),
            text=lambda e: clock_text(book.seconds(e)),
            align=Align.RIGHT,
            width=8,
            explain=_("Hours, minutes, seconds; filter in seconds, e.g. >120; exported in seconds"),
            unit="s",
        ),
        Column("reason", _("Reason"), cause_text, width=14, stretch=True, explain=_("The cause that counts")),
        Column(
            "machine_says",
            _("Machine says"),
            lambda e: machine_says(e, book),
            width=14,
            stretch=True,
            explain=_("First alarm, and the reason it means; kept beside what people say"),
        ),
        Column("category", _("Class"), class_text, width=9),
        Column(
            "source",
            _("Said by"),
            lambda e: SOURCES[e.cause_source] if e.cause_source else None,
            width=9,
            visible=False,
        ),
        Column(
            "person",
            _("Person"),
            lambda e: person_cell(e.reported_by_name, e.reported_by_is_verified) or book.reporter(e) or None,
            width=12,
            visible=False,
            explain=MARK_EXPLAINED,
        ),
        Column("stop", _("Stop"), lambda e: stop_words(e.stop_class, e.cause_source), width=11, visible=False),
        Column("alarms", _("All alarms"), lambda e: ", ".join(e.alarms) or None, width=14, visible=False),
        Column("notes", _("Notes"), lambda e: e.notes, width=14, visible=False),
        Column("resolution", _("Resolution"), lambda e: e.resolution_notes, width=14, visible=False),
    )
