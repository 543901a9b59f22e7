"""One code with all that it says: a scan, or what was looked up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)
from unison_domain.codes.contracts import ScanAnswer, ScanKind, ScanReading, ScanReference
from unison_domain.kernel.contracts import Page
from unison_domain.sites.contracts import PlantAnswer

from unison_desktop.codes import calls
from unison_desktop.codes.columns import ScanRow
from unison_desktop.codes.words import KINDS, SOURCES, part_name, said, scanned_by, undone_by
from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.picture_dialog import PictureDialog
from unison_desktop.frame.plant_rights import against
from unison_desktop.frame.question import Question
from unison_desktop.frame.theme import Type
from unison_desktop.frame.tone_label import ToneLabel
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.texts import _
from unison_desktop.kernel.visible_text import short, visible
from unison_desktop.stations.calls import PICTURE_RIGHT, picture

UNDO = "codes.scan.undo"
TOPIC = "codes.scan"
_READS_SET = _("The other codes of its set are being read.")
_UNREAD_SET = _("The other codes of its set could not be read: choose the scan again.")
_HEADING_LETTERS = 120
"""The whole of a longer text stands below."""
Fact = tuple[str, str, str]
"""What of it, by which identifier, and what it says."""


class CodePanel(QWidget):
    """The parts of a code, its warnings, where it comes from; and the way to take a scan back.

    Attributes:
        heading: what it is. odd: what is odd about it. facts: its parts, then what is known of the scan.
        reason, undo_button: why it does not count. refusal: why it could not be undone.
        picture_button: opens the picture it was read in, where there is one.
    """

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._scan_id: UUID | None = None
        self._plants: Mapping[UUID, PlantAnswer] = {}
        self._plant: PlantAnswer | None = None
        self._picture: str | None = None
        self._undoing: UUID | None = None
        self._shown: ScanAnswer | None = None
        self._set: tuple[ScanAnswer, ...] = ()
        self._asking: Call | None = None
        self._without_set: UUID | None = None
        self.heading = QLabel(self)
        self.heading.setFont(desk.theme.font(Type.HEADING))
        self.heading.setTextFormat(Qt.TextFormat.PlainText)
        self.heading.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.heading.setWordWrap(True)
        self.heading.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.odd = ToneLabel(desk.theme, self)
        self.facts = _facts_view(self)
        self.reason = QLineEdit(self)
        self.reason.setPlaceholderText(_("Why it does not count"))
        self.reason.setAccessibleName(_("Reason for undoing the scan"))
        self.reason.setMaxLength(200)
        self.undo_button = QPushButton(_("Undo"), self)
        self.picture_button = QPushButton(_("Show picture"), self)
        self.picture_button.clicked.connect(self.show_picture)
        self.refusal = ToneLabel(desk.theme, self)
        self.reason.textChanged.connect(self._guard)
        self.reason.returnPressed.connect(self.undo)
        self.undo_button.clicked.connect(self.undo)
        desk.session.events.link_changed.connect(self._guard)
        desk.session.rights_changed.connect(self._guard)
        self._lay_out()
        self.show_nothing()

    def show_plants(self, plants: Iterable[PlantAnswer]) -> None:
        """Those that scans may be of: who may take one back is said by its plant."""
        self._plants = {plant.id: plant for plant in plants}

    def show_nothing(self) -> None:
        """Nothing is chosen."""
        self._show(_("Choose a scan, or look a code up."), (), None)
        self.facts.hide()

    def show_scan(self, row: ScanRow) -> None:
        """One scan, the same perhaps as it is now."""
        is_other = row.scan.id != self._scan_id
        undone = undone_by(row.scan)
        does_not_count = [_("It does not count. {who}").format(who=undone)] if undone else []
        self._show(said(row.scan.reading), [*does_not_count, *odd_words(row.scan.reading)], row.scan.id)
        self._fill(_readings(row.scan.reading), _origin(row))
        self._shown = row.scan
        self._show_set(row.scan)
        self._plant = self._plants.get(row.scan.plant_id)
        self._show_undo(row.scan.undone_at is None)
        self._picture = row.scan.picture
        self.picture_button.setVisible(self._picture is not None)
        if is_other:
            self.reason.clear()

    def _show_set(self, scan: ScanAnswer) -> None:
        """The codes that count together with it: those that are known, until it is heard how they are now."""
        self._add_set(scan)
        if scan.group_id is not None:
            self._asking = calls.set_of(self._desk.session.client, scan, owner=self)
            self._asking.done.connect(partial(self._on_set, scan))
            self._asking.failed.connect(partial(self._on_no_set, scan))

    def _on_set(self, scan: ScanAnswer, found: Page[ScanAnswer]) -> None:
        self._asking = None
        last = self.facts.topLevelItemCount() - 1
        if self._others_of(scan):
            self.facts.takeTopLevelItem(last)
        self._set = tuple(sorted(found.items, key=lambda one: one.scanned_at))
        self._add_set(scan)
        if self._without_set == scan.id:
            self.refusal.hide()
        self._without_set = None
        self._guard()

    def _on_no_set(self, scan: ScanAnswer, error: ApiError) -> None:
        self._asking, self._without_set = None, scan.id
        self._desk.messages.say(error.message, Tone.BAD)
        if not self._is_set_known and scan.undone_at is None:
            self.refusal.say(_UNREAD_SET, Tone.BAD)
            self.refusal.show()
        self._guard()

    def _add_set(self, scan: ScanAnswer) -> None:
        if others := self._others_of(scan):
            is_undone = _("taken back")
            facts = [(one.part or "", is_undone if one.undone_at else "", said(one.reading)) for one in others]
            self._add(_("The set"), facts)

    def _others_of(self, scan: ScanAnswer) -> list[ScanAnswer]:
        group = scan.group_id
        return [one for one in self._set if one.group_id == group and one.id != scan.id] if group is not None else []

    def show_lookup(self, reading: ScanReading, reference: ScanReference | None, refused: str = "") -> None:
        """What a code is; `refused` says why it is nothing that is known here."""
        heading = said(reading) if reference is None else f"{reference.code}: {reference.name}"
        refusal = refused.replace(reading.text, short(reading.text))
        self._show(heading, odd_words(reading) if reference else [refusal], None)
        text = (_("Text"), reading.symbology_name, visible(reading.text))
        self._fill(_readings(reading), [text])

    def show_alike(self, rows: Sequence[ScanRow]) -> None:
        """Add the last scans of the code that was looked up, newest first."""
        facts = [(row.moment_text(row.scan.scanned_at), row.scan.station_code or "", _by_whom(row)) for row in rows]
        self._add(_("Last scans of this code"), facts or [(_("never scanned"), "", "")])

    def show_failure(self, error: ApiError) -> None:
        """The code could not be looked up."""
        self._show(_("The code could not be looked up."), [error.message], None)
        self.facts.hide()

    def undo(self) -> None:
        """Take the scan back for the reason that is typed; all of a set, after a question that names its codes."""
        if self._shown is None or not self.undo_button.isEnabled():
            return
        together = [one for one in self._others_of(self._shown) if one.undone_at is None]
        if not together:
            self._undo(self._shown.id, self.reason.text().strip(), (self._shown,))
            return
        scans = tuple(sorted((self._shown, *together), key=lambda one: one.scanned_at))
        question = Question(
            None,
            self._desk.theme,
            self,
            asks=_("Take back all {n} codes of the set?").format(n=len(scans)),
            explains=_("They were counted together, so none of them counts any more:") + "\n" + _named(scans, "\n"),
            yes=_("Undo the set"),
        )
        scan_id, reason = self._shown.id, self.reason.text().strip()
        question.confirmed.connect(lambda _: self._undo(scan_id, reason, scans))
        question.open()

    def _undo(self, scan_id: UUID, reason: str, scans: tuple[ScanAnswer, ...]) -> None:
        """The server takes back what counted together with one, which are these."""
        self._undoing = scan_id
        self.undo_button.setEnabled(False)
        call = calls.undo(self._desk.session.client, scan_id, reason, owner=self)
        call.done.connect(partial(self._on_undone, scans))
        call.failed.connect(self._on_refused)

    def show_picture(self) -> None:
        """Open the picture the code was read in."""
        if self._picture is None:
            return
        dialog = PictureDialog(self._desk.theme, self, title=_("Scan"), facts=self.heading.text())
        dialog.show_answer(picture(self._desk.session.client, self._picture, owner=dialog))
        dialog.open()

    def _on_undone(self, scans: tuple[ScanAnswer, ...], _scan: object) -> None:
        self._undoing = None
        self.reason.clear()
        words = _("The scan does not count any more; it stays in the list.")
        if len(scans) > 1:
            words = _("None of the set counts any more: {codes}. They stay in the list.").format(
                codes=_named(scans, ", ")
            )
        self._desk.messages.say(words, Tone.GOOD)
        for scan in scans:
            self._desk.messages.withdraw(scan.id)
        self._desk.session.changes.announce(f"{TOPIC}.undone", [scan.id for scan in scans])

    def _on_refused(self, error: ApiError) -> None:
        if self._undoing == self._scan_id:
            self.refusal.say(error.message, Tone.BAD)
            self.refusal.show()
        else:
            self._desk.messages.say(error.message, Tone.BAD)
        self._undoing = None
        self._guard()

    def _show(self, heading: str, warnings: Iterable[str], scan_id: UUID | None) -> None:
        if scan_id != self._scan_id:
            self.refusal.hide()
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None
        self._scan_id, self._shown = scan_id, None
        self.heading.setText(short(heading, _HEADING_LETTERS))
        self.heading.setToolTip(heading if self.heading.text() != heading else "")
        self._say_odd(warnings)
        self._show_undo(False)
        self._picture = None
        self.picture_button.hide()

    def _say_odd(self, warnings: Iterable[str]) -> None:
        words = "\n".join(one for one in warnings if one)
        self.odd.say(words, Tone.WARNING)
        self.odd.setVisible(bool(words))

    def _show_undo(self, is_possible: bool) -> None:
        self.reason.setVisible(is_possible)
        self.undo_button.setVisible(is_possible)
        self._guard()

    def _guard(self) -> None:
        session = self._desk.session
        why_not = against(session, UNDO, self._plant)
        may = not why_not
        self.reason.setEnabled(may)
        is_ready = self._undoing is None and self._is_set_known
        self.undo_button.setEnabled(may and session.is_online and bool(self.reason.text().strip()) and is_ready)
        is_of_set = self._shown is not None and any(one.undone_at is None for one in self._others_of(self._shown))
        self.undo_button.setText(_("Undo set…") if is_of_set else _("Undo"))
        for widget in (self.reason, self.undo_button):
            widget.setToolTip(why_not)
        if may and not self._is_set_known:
            self.undo_button.setToolTip(_READS_SET if self._asking is not None else _UNREAD_SET)
        may_see = session.may(PICTURE_RIGHT)
        self.picture_button.setEnabled(may_see and session.is_online)
        self.picture_button.setToolTip("" if may_see else session.lacks(PICTURE_RIGHT))

    @property
    def _is_set_known(self) -> bool:
        """Whoever takes a code back is told with which others."""
        shown = self._shown
        return shown is None or shown.group_id is None or any(one.id == shown.id for one in self._set)

    def _fill(self, readings: list[tuple[str, list[Fact]]], origin: list[Fact]) -> None:
        self.facts.clear()
        for title, facts in [*readings, (_("Scan"), origin)]:
            self._add(title, facts)
        self.facts.show()

    def _add(self, title: str, facts: list[Fact]) -> None:
        section = QTreeWidgetItem(self.facts, [title])
        section.setFirstColumnSpanned(True)
        section.setFont(0, self._desk.theme.font(Type.STRONG))
        for fact in facts:
            item = QTreeWidgetItem(section, fact)
            item.setToolTip(2, fact[2])
        section.setExpanded(True)

    def _lay_out(self) -> None:
        undoing = QHBoxLayout()
        undoing.addWidget(self.reason, 1)
        undoing.addWidget(self.undo_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.heading)
        column.addWidget(self.odd)
        column.addWidget(self.facts, 1)
        column.addWidget(self.picture_button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.refusal)
        column.addLayout(undoing)
        column.addStretch(0)
        self.refusal.hide()


def odd_words(reading: ScanReading) -> list[str]:
    """What a person should know before trusting what was read."""
    if reading.kind is ScanKind.AMBIGUOUS:
        return [_("It can be read in several ways, and none is certain."), *map(worded, reading.warnings)]
    if reading.kind is ScanKind.UNKNOWN and not reading.warnings:
        return [_("Nobody knows what this is: it fits no standard and no pattern.")]
    return list(map(worded, reading.warnings))


def _facts_view(parent: QWidget) -> QTreeWidget:
    view = QTreeWidget(parent)
    view.setColumnCount(3)
    view.setHeaderLabels([_("What"), _("By"), _("Value")])
    view.setAccessibleName(_("Parts of the code"))
    view.setRootIsDecorated(False)
    view.setIndentation(12)
    view.setWordWrap(True)
    header = view.header()
    for place in (0, 1):
        header.setSectionResizeMode(place, QHeaderView.ResizeMode.ResizeToContents)
    return view


def _readings(reading: ScanReading) -> list[tuple[str, list[Fact]]]:
    """Each way to read it: what it would be, and its parts."""
    sections = []
    for meaning in reading.meanings:
        title = KINDS[meaning.kind] + (f": {meaning.pattern}" if meaning.pattern else "")
        words = title if meaning.certain else _("{kind} (not certain)").format(kind=title)
        parts = [(part_name(one), one.identifier and _identifier(one.identifier), one.shown) for one in meaning.parts]
        sections.append((words, parts))
    return sections


def _identifier(identifier: str) -> str:
    return f"({identifier})" if identifier.isdecimal() else identifier


def _named(scans: Sequence[ScanAnswer], between: str) -> str:
    """Codes of a set by what each is in it."""
    texts = ((scan.part, visible(scan.reading.text)) for scan in scans)
    return between.join(f"{part}: {text}" if part else text for part, text in texts)


def _by_whom(row: ScanRow) -> str:
    does_not_count = _("taken back") if row.scan.undone_at is not None else ""
    return ", ".join(filter(None, (scanned_by(row.scan), does_not_count)))


def _origin(row: ScanRow) -> list[Fact]:
    """What is known of the scan itself, without what is not."""
    scan = row.scan
    undone = scan.undone_at and row.moment_text(scan.undone_at)
    facts = (
        (_("Text"), scan.reading.symbology_name, visible(scan.reading.text)),
        (_("Scanned"), SOURCES[scan.source], row.moment_text(scan.scanned_at)),
        (_("Station"), scan.station_code or "", scan.station_name or ""),
        (_("Device"), "", scan.peripheral_name or ""),
        (_("Person"), "", scanned_by(scan)),
        (_("Part of a set"), "", scan.part or ""),
        (_("Notes"), "", scan.notes or ""),
        (_("Picture"), "SHA-256", scan.picture or ""),
        (_("Received"), "", row.moment_text(scan.received_at)),
        (_("Undone"), "", f"{undone}, {undone_by(scan)}" if undone else ""),
    )
    return [fact for fact in facts if fact[2]]
