"""Columns of scans and of item patterns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from PySide6.QtGui import QIcon
from unison_domain.codes.contracts import ItemPatternAnswer, ScanAnswer
from unison_domain.codes.item_pattern import ItemPattern

from unison_desktop.codes.words import KINDS, SOURCES, said, said_apart, symbologies_text, undone_by
from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme
from unison_desktop.kernel.moments import page_text
from unison_desktop.kernel.persons import MARK_EXPLAINED, person_cell
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.texts import _
from unison_desktop.kernel.visible_text import visible
from unison_desktop.tables.columns import Column


@dataclass(frozen=True, slots=True)
class ScanRow:
    """A scan by the clock of its plant, on a page that has one; None is this PC's."""

    scan: ScanAnswer
    zone: tzinfo | None
    clock: tzinfo | None

    def moment(self, at: datetime) -> datetime:
        """A moment by the clock of its plant."""
        return at.astimezone(self.zone)

    def moment_text(self, at: datetime) -> str:
        """The same in words, with the UTC offset where the page has another clock."""
        return page_text(self.moment(at), self.clock)


def scan_columns(theme: Theme) -> tuple[Column[ScanRow], ...]:
    """The table of scans; icons follow the theme."""
    return (
        Column(
            "at",
            _("When"),
            lambda row: row.moment(row.scan.scanned_at),
            text=lambda row: row.moment_text(row.scan.scanned_at),
            width=18,
            always_visible=True,
        ),
        Column(
            "what",
            _("What it says"),
            _what,
            icon=_Marks(theme).icon,
            hint=_hint,
            width=24,
            stretch=True,
            least=28,
        ),
        Column("station", _("Station"), lambda row: row.scan.station_name, width=11),
        Column("person", _("Person"), _person, width=8, explain=MARK_EXPLAINED),
        Column("undone", _("Undone by"), lambda row: undone_by(row.scan), width=24, visible=False),
        Column("kind", _("Kind"), lambda row: KINDS[row.scan.reading.kind], width=13, visible=False),
        Column("source", _("Source"), lambda row: SOURCES[row.scan.source], width=8, visible=False),
        Column("device", _("Device"), lambda row: row.scan.peripheral_name, width=14, visible=False),
        Column("part", _("Part of a set"), lambda row: row.scan.part, width=14, visible=False),
        Column(
            "warnings",
            _("Warnings"),
            _warnings,
            width=30,
            visible=False,
        ),
        Column("text", _("Text"), lambda row: visible(row.scan.reading.text), width=30, visible=False),
        Column("symbology", _("Symbology"), lambda row: row.scan.reading.symbology_name, width=14, visible=False),
        Column(
            "received",
            _("Received"),
            lambda row: row.moment(row.scan.received_at),
            text=lambda row: row.moment_text(row.scan.received_at),
            width=20,
            visible=False,
        ),
    )


def _person(row: ScanRow) -> str:
    scan = row.scan
    return scan.scanned_by_name or person_cell(scan.person, scan.person_is_verified)


def pattern_columns() -> tuple[Column[ItemPatternAnswer], ...]:
    """The table of item patterns."""
    return (
        Column("name", _("Name"), lambda one: one.name, width=24, always_visible=True),
        Column("pattern", _("Pattern"), lambda one: one.pattern, width=40, stretch=True),
        Column("symbologies", _("Symbologies"), lambda one: symbologies_text(one.symbologies), width=24),
        Column("in_use", _("In use"), _in_use, width=8),
    )


def _in_use(one: ItemPatternAnswer) -> str:
    if not one.is_active:
        return _("no")
    return _("yes") if ItemPattern.kept(one.name, one.pattern, one.symbologies) else _("refused")


class _Marks:
    """Marks a scan that does not count, and one with a warning."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme

    def icon(self, row: ScanRow) -> QIcon:
        if row.scan.undone_at is not None:
            return self._theme.icon("close", self._theme.tone(Tone.IDLE).fill)
        if row.scan.reading.warnings:
            return self._theme.icon("warning", self._theme.tone(Tone.WARNING).fill)
        return QIcon()


def _what(row: ScanRow) -> str:
    words = said_apart(row.scan.reading)
    return words if row.scan.undone_at is None else _("undone: {words}").format(words=words)


def _hint(row: ScanRow) -> str:
    undone = [_("Undone by {who}").format(who=undone_by(row.scan))] if row.scan.undone_at is not None else []
    return "\n".join((said(row.scan.reading), *map(worded, row.scan.reading.warnings), *undone))


def _warnings(row: ScanRow) -> str:
    return "; ".join(map(worded, row.scan.reading.warnings))
