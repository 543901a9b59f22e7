"""One entry of the audit log: who, when, from where, and the row before and after, side by side."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QBrush, QColor, QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QScrollArea,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)
from unison_domain.identity.audit_contracts import AuditEntry

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.printing.paper import Part, Words
from unison_desktop.frame.theme import Theme, Type
from unison_desktop.identity.audit.columns import AuditRow
from unison_desktop.identity.audit.words import (
    ACTIONS,
    DATABASES,
    ELSEWHERE,
    INSERT,
    REFUSED,
    UPDATE,
    changed,
    field_words,
    shown,
    what,
    which,
    who,
)
from unison_desktop.kernel.moments import zoned_text
from unison_desktop.kernel.texts import _
from unison_desktop.tables.columns import Align
from unison_desktop.tables.printed import PrintedGrid

_ABOUT_WIDTH = 56
"""Characters in a line of who, when and from where."""
_CHANGED = "\N{BLACK CIRCLE} "
_SECRET = _("(secret, not recorded)")
_FIELD, _BEFORE, _AFTER = range(3)
_SHARES = (1.0, 2.0, 2.0)
"""Of the width of paper, for each column."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A field before and after."""

    field: str
    before: str
    after: str
    is_changed: bool


_SENTENCES = {REFUSED: "detail", ELSEWHERE: "done"}
"""Fields that hold what the server said."""


def compared(entry: AuditEntry) -> list[Compared]:
    """All fields of an entry, those an update changed first."""
    old, new = entry.old_values or {}, entry.new_values or {}
    names = entry.changed_fields or []
    rest = [name for name in sorted({*old, *new}) if name not in names]
    return [*(_field(entry, name) for name in names), *(_field(entry, name) for name in rest)]


def _field(entry: AuditEntry, name: str) -> Compared:
    old, new = entry.old_values or {}, entry.new_values or {}
    is_changed = name in (entry.changed_fields or ())
    before, after = (shown(values[name]) if name in values else "" for values in (old, new))
    if entry.action == UPDATE and is_changed and name not in old and name not in new:
        before = after = _SECRET
    if name == _SENTENCES.get(entry.action):
        after = changed(entry)
    return Compared(name, before, after, is_changed)


class Comparison(QWidget):
    """The chosen entry.

    Attributes:
        heading: the row. facts: who, when, from where. values: its fields. only: whether others than the changed ones
        are left out.
    """

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._row: AuditRow | None = None
        self.heading = QLabel(self)
        self.heading.setFont(theme.font(Type.HEADING))
        self.facts = QLabel(self)
        for label in (self.heading, self.facts):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.facts.setProperty("role", "muted")
        self.only = QCheckBox(_("Only what changed"), self)
        self.only.toggled.connect(self._show)
        self.values = _values_view(self)
        copy = QAction(_("Copy"), self.values)
        copy.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(self.copy)
        self.values.addAction(copy)
        about = QScrollArea(self)  # a low window has room for a part of it
        about.setWidgetResizable(True)
        about.setFrameShape(QFrame.Shape.NoFrame)
        about.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        about.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        about.setFixedWidth(about.fontMetrics().averageCharWidth() * _ABOUT_WIDTH)
        inner = QWidget(about)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 6, 12, 0)
        column.setSpacing(8)
        for widget in (self.heading, self.facts, self.only):
            column.addWidget(widget)
        column.addStretch(1)
        about.setWidget(inner)
        inner.setAutoFillBackground(False)
        about.viewport().setAutoFillBackground(False)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(about, 0, Qt.AlignmentFlag.AlignLeft)
        row.addWidget(self.values, 1)
        theme.changed.connect(self._show)
        self._show()

    def show_row(self, row: AuditRow | None) -> None:
        """Show this entry; None: none is chosen."""
        if row != self._row:
            self._row = row
            self._show()

    def take_keyboard(self) -> None:
        """Go to the first field."""
        self.values.setFocus(Qt.FocusReason.OtherFocusReason)
        if (first := self.values.topLevelItem(0)) is not None:
            self.values.setCurrentItem(first)

    def printed(self) -> tuple[Part, ...]:
        """The chosen entry on paper, as it is seen; nothing where none is chosen."""
        if self._row is None:
            return ()
        head, view = self.values.headerItem(), self.values
        columns = [place for place in range(3) if not view.isColumnHidden(place)]
        items = [view.topLevelItem(n) for n in range(view.topLevelItemCount())]
        grid = PrintedGrid(
            [head.text(place) for place in columns],
            [_SHARES[place] for place in columns],
            [Align.LEFT] * len(columns),
            [[item.text(place) for place in columns] for item in items if item is not None],
        )
        # One part: no page break comes between the row's name and what happened to it.
        return (Words(f"{self.heading.text()}\n{self.facts.text()}"), grid)

    def copy(self) -> None:
        """Put the chosen fields on the clipboard, before and after beside them."""
        lines = ["\t".join(_one_line(item.text(n)) for n in range(3)) for item in self.values.selectedItems()]
        if lines:
            QGuiApplication.clipboard().setText("\n".join(lines))

    def _show(self) -> None:
        row = self._row
        for widget in (self.facts, self.values):
            widget.setVisible(row is not None)
        self.only.setVisible(row is not None and row.entry.action == UPDATE)
        self.values.clear()
        if row is None:
            self.heading.setText(_("Choose an entry."))
            return
        entry = row.entry
        name = which(entry)
        self.heading.setText(f"{what(entry)}: {name}" if name else what(entry))
        self.facts.setText("\n".join(_facts(row)))
        single = {INSERT: _("Made with"), REFUSED: _("What was tried"), ELSEWHERE: _("What was done")}.get(
            entry.action, _("After")
        )
        self.values.setHeaderLabels([_("Field"), _("Before"), single])
        self.values.setColumnHidden(_BEFORE, entry.action in (INSERT, REFUSED, ELSEWHERE))
        self.values.setColumnHidden(_AFTER, entry.action == "delete")
        only = self.only.isChecked() and entry.action == UPDATE
        for one in compared(entry):
            if one.is_changed or not only:
                self._add(one)

    def _add(self, one: Compared) -> None:
        mark = _CHANGED if one.is_changed else ""
        item = QTreeWidgetItem(self.values, [f"{mark}{field_words(one.field)}", one.before, one.after])
        item.setToolTip(_FIELD, _("{field}: changed").format(field=one.field) if one.is_changed else one.field)
        for place in range(3):
            item.setTextAlignment(place, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        if not one.is_changed:
            return
        tints = ((_FIELD, Tone.INFO), (_BEFORE, Tone.BAD), (_AFTER, Tone.GOOD))
        item.setFont(_FIELD, self._theme.font(Type.STRONG))
        for place, tone in tints:
            colours = self._theme.tone(tone)
            item.setBackground(place, QBrush(QColor(colours.tint)))
            item.setForeground(place, QBrush(QColor(colours.ink)))


def _values_view(parent: QWidget) -> QTreeWidget:
    view = QTreeWidget(parent)
    view.setColumnCount(3)
    view.setAccessibleName(_("Values before and after"))
    view.setRootIsDecorated(False)
    view.setIndentation(0)
    view.setWordWrap(True)
    view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    header = view.header()
    header.setSectionResizeMode(_FIELD, QHeaderView.ResizeMode.ResizeToContents)
    for place in (_BEFORE, _AFTER):
        header.setSectionResizeMode(place, QHeaderView.ResizeMode.Stretch)
    return view


def _facts(row: AuditRow) -> list[str]:
    entry = row.entry
    did = ACTIONS.get(entry.action, entry.action).capitalize()
    at, address, request = zoned_text(row.at), entry.address, entry.request_id
    facts = [
        _("{action} by {who}").format(action=did, who=who(entry)),
        _("{at}, from {address}").format(at=at, address=address) if address else at,
        entry.entity_id and _("Row {id}").format(id=entry.entity_id),
        request and _("Request {id}").format(id=request),
        _("Database: {database}").format(database=DATABASES[entry.database]),
    ]
    return [fact for fact in facts if fact]


def _one_line(text: str) -> str:
    return " ".join(text.split())
