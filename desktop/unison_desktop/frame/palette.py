"""Ctrl+K: type a few letters, jump to a record or run a command."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from unison_desktop.frame.command import Command
from unison_desktop.frame.matching import fit
from unison_desktop.frame.overlay import Overlay
from unison_desktop.frame.place import Place, Record
from unison_desktop.frame.theme import Theme, Type
from unison_desktop.kernel.texts import _

_NOTHING = _("Nothing fits. Try fewer letters.")
_LACKING = _("The server is not reachable: machines and stations can't be searched now.")
_SHOWN = 60
_WIDTH = 620
_ENTRY_HEIGHT = 40
_ROWS = 10
_ENTRY_ROLE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the palette.

    Attributes:
        target: what happens when it is chosen.
        refused: it can't be done now, and `detail` says why; choosing it says so too.
    """

    title: str
    detail: str
    icon: str
    keys: str
    target: Place | Command
    refused: bool = False


def entries_of(commands: list[Command], records: list[Record]) -> list[Entry]:
    """The lines for these commands and records: what can be done now, then what can't and says why."""
    named = [c for c in commands if c.text()]
    return [
        *(Entry(r.title, r.detail, r.icon, "", r.place) for r in records),
        *(_entry(c, c.group) for c in named if c.isEnabled()),
        *(_entry(c, c.why_not, refused=True) for c in named if not c.isEnabled() and c.why_not),
    ]


def _entry(command: Command, detail: str, *, refused: bool = False) -> Entry:
    keys = "" if refused else command.keys
    return Entry(command.text().rstrip("…"), detail, command.icon_name or "chevron", keys, command, refused)


def _fit(typed: str, entry: Entry) -> float | None:
    """How well it fits; the words of a refusal are no name of what is refused."""
    return fit(typed, entry.title, "" if entry.refused else entry.detail)


class _Entries(QAbstractListModel):
    """The lines that fit, best first."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._all: list[Entry] = []
        self._fitting: list[Entry] = []

    def set_entries(self, entries: list[Entry]) -> None:
        self._all = entries

    def find(self, typed: str) -> None:
        scored = [(score, entry) for entry in self._all if (score := _fit(typed, entry)) is not None]
        if typed.strip():
            scored.sort(key=lambda pair: (pair[1].refused, -pair[0]))
        else:  # nothing typed: what can be done comes first, it is the shorter list
            scored.sort(key=lambda pair: (pair[1].refused, isinstance(pair[1].target, Place)))
        self.beginResetModel()
        self._fitting = [entry for _score, entry in scored[:_SHOWN]]
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008 - as Qt has it
        return 0 if parent.isValid() else len(self._fitting)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self._fitting[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{entry.title}, {entry.detail}"
        return entry if role == _ENTRY_ROLE else None


class _EntryPainter(QStyledItemDelegate):
    """Icon, title, detail beside it, shortcut at the right."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(_WIDTH - 20, _ENTRY_HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        entry: Entry = index.data(_ENTRY_ROLE)
        theme = self._theme
        box: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("selection"))
            painter.drawRoundedRect(box.adjusted(6, 1, -6, -1), 6, 6)
        painter.drawPixmap(box.left() + 18, box.center().y() - 9, theme.pixmap(entry.icon, 18, "muted"))
        middle = Qt.AlignmentFlag.AlignVCenter
        words = box.adjusted(50, 0, -18, 0)
        painter.setFont(theme.font(Type.SMALL))
        painter.setPen(QColor(theme.colours.muted))
        painter.drawText(words, middle | Qt.AlignmentFlag.AlignRight, entry.keys)
        painter.setFont(theme.font(Type.BODY))
        painter.setPen(QColor(theme.colours.muted if entry.refused else theme.colours.text))
        painter.drawText(words, middle, entry.title)
        used = painter.fontMetrics().horizontalAdvance(entry.title) + 12
        painter.setPen(QColor(theme.colours.muted))
        painter.setFont(theme.font(Type.SMALL))
        room = words.adjusted(used, 1, -80 if entry.keys else 0, 0)
        fitting = painter.fontMetrics().elidedText(entry.detail, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, middle, fitting)
        painter.restore()


class Palette(Overlay):
    """The box that opens with Ctrl+K.

    Signals:
        chosen: the `Place` to go to, or the `Command` to run; one that can't be run now, to have said why.
    """

    chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._typed = QLineEdit(self.card)
        self._typed.setPlaceholderText(_("Jump to a machine, a page or a command"))
        self._typed.setAccessibleName(_("Search"))
        self._typed.setProperty("role", "palette")
        self._typed.setFont(theme.font(Type.HEADING))
        self._model = _Entries(self)
        self._list = QListView(self.card)
        self._list.setModel(self._model)
        self._list.setItemDelegate(_EntryPainter(theme, self._list))
        self._list.setUniformItemSizes(True)
        self._list.setMouseTracking(True)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setProperty("role", "palette")
        self._list.setAccessibleName(_("Results"))
        self._nothing = QLabel(_NOTHING, self.card)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setProperty("role", "muted")
        self._nothing.setMinimumHeight(64)
        for widget in (self._typed, self._list, self._nothing):
            self.card_layout.addWidget(widget)
        self._typed.installEventFilter(self)
        self._typed.textChanged.connect(self._find)
        self._typed.returnPressed.connect(self._choose_current)
        self._list.clicked.connect(self._choose)

    def open_with(self, commands: list[Command], records: list[Record], *, lacking: bool = False) -> None:
        """Open over the window with what can be chosen now; `lacking` as in `set_entries`."""
        self._typed.clear()
        self.set_entries(commands, records, lacking=lacking)
        self.open()

    def set_entries(self, commands: list[Command], records: list[Record], *, lacking: bool = False) -> None:
        """Replace what can be chosen, keeping what was typed; `lacking` if records could not be read."""
        self._nothing.setText(_LACKING if lacking else _NOTHING)
        self._model.set_entries(entries_of(commands, records))
        self._find()

    def place_card(self) -> None:
        width = min(_WIDTH, self.width() - 40)
        rows = self._model.rowCount()
        wanted = _ENTRY_HEIGHT * min(rows, _ROWS) + 14 if rows else 72
        height = min(self._typed.sizeHint().height() + wanted, self.height() - 40)
        self.card.setGeometry((self.width() - width) // 2, max(20, self.height() // 9), width, height)

    def first_focus(self) -> QWidget:
        return self._typed

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
        if watched is self._typed and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            step = steps.get(Qt.Key(event.key()))
            if step is not None:
                last = self._model.rowCount() - 1
                self._select(max(0, min(last, self._list.currentIndex().row() + step)))
                return True
        return super().eventFilter(watched, event)

    def _find(self) -> None:
        self._model.find(self._typed.text())
        found = self._model.rowCount() > 0
        self._list.setVisible(found)
        self._nothing.setHidden(found)
        self._select(0)
        self.place_card()

    def _select(self, row: int) -> None:
        self._list.setCurrentIndex(self._model.index(row))

    def _choose_current(self) -> None:
        self._choose(self._list.currentIndex())

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            entry: Entry = index.data(_ENTRY_ROLE)
            self.close_card()
            self.chosen.emit(entry.target)
