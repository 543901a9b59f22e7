"""The rooms at the left."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.page_entry import PageEntry
from unison_desktop.frame.place import Place
from unison_desktop.frame.theme import Theme, Type
from unison_desktop.kernel.texts import _

_WIDE = 204
_NARROW = 60
_MOST = 100
"""So many are not told apart."""


class _RoomButton(QPushButton):
    """One room."""

    def __init__(self, entry: PageEntry, theme: Theme, parent: QWidget) -> None:
        super().__init__(entry.title, parent)
        self.entry = entry
        self.setProperty("role", "rail")
        self.setCheckable(True)
        self.setIconSize(QSize(20, 20))
        self.setAccessibleName(entry.title)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._theme = theme
        self._is_narrow = False
        self._why_not = ""
        self.waiting = 0

    def refuse(self, why: str) -> None:
        """Nobody goes there with the rights there are."""
        self._why_not = why
        self.setEnabled(False)
        self._tell()

    def show_narrow(self, narrow: bool) -> None:
        """The icon alone, or the name too."""
        self._is_narrow = narrow
        self.setText("" if narrow else self.entry.title)
        self._tell()

    def show_waiting(self, waiting: int) -> None:
        """How much waits for people there."""
        self.waiting = waiting
        self._tell()
        self.update()

    @property
    def badge(self) -> str:
        """What stands on the button; empty for nothing."""
        return "" if not self.waiting else str(self.waiting) if self.waiting < _MOST else _("{n}+").format(n=_MOST - 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.badge:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._theme.font(Type.SMALL))
        metrics, tone = painter.fontMetrics(), self._theme.tone(Tone.WARNING)
        high = metrics.height() + 2
        wide = max(high, metrics.horizontalAdvance(self.badge) + 10)
        top = 1 if self._is_narrow else (self.height() - high) / 2
        box = QRectF(self.width() - wide - (1 if self._is_narrow else 8), top, wide, high)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tone.fill))
        painter.drawRoundedRect(box, high / 2, high / 2)
        painter.setPen(QColor(tone.on_fill))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.badge)
        painter.end()

    def _tell(self) -> None:
        counting = self.entry.waiting
        says = counting.says.said(self.waiting, self.badge) if counting is not None and self.badge else ""
        named = self.entry.title if self._is_narrow else ""
        says = says or self._why_not
        self.setToolTip(": ".join(part for part in (named, says) if part))
        self.setAccessibleName(": ".join(part for part in (self.entry.title, says) if part))


def not_for_you(rooms: int) -> str:
    """Over so many rooms that the person may not open."""
    return _("Not for you ({n})").format(n=rooms)


class _BarredRooms(QWidget):
    """The rooms the person may not open, folded away under one line; each says which right is lacking."""

    def __init__(self, entries: tuple[PageEntry, ...], theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._title = theme, not_for_you(len(entries))
        self._is_narrow = False
        self.fold = QPushButton(self)
        self.fold.setProperty("role", "rail")
        self.fold.setIconSize(QSize(20, 20))
        self.fold.setAccessibleName(self._title)
        self.fold.setCursor(Qt.CursorShape.PointingHandCursor)
        self.fold.clicked.connect(self._turn)
        rooms = QWidget(self)
        column = QVBoxLayout(rooms)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.buttons = [_RoomButton(entry, theme, rooms) for entry in entries]
        for button in self.buttons:
            button.refuse(button.entry.lacks)
            column.addWidget(button)
        column.addStretch(1)
        self._scroll = QScrollArea(self)
        self._scroll.setWidget(rooms)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.viewport().setAutoFillBackground(False)
        rooms.setAutoFillBackground(False)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 8, 0, 0)
        whole.setSpacing(4)
        whole.addWidget(self.fold)
        whole.addWidget(self._scroll, 100)
        whole.addStretch(1)
        self._scroll.hide()

    @property
    def is_open(self) -> bool:
        """Whether they are in sight."""
        return not self._scroll.isHidden()

    def show_narrow(self, narrow: bool) -> None:
        """Icons alone, or names too."""
        self._is_narrow = narrow
        self.fold.setText("" if narrow else self._title)
        self.fold.setToolTip(self._title if narrow else "")
        for button in self.buttons:
            button.show_narrow(narrow)

    def recolour(self) -> None:
        """The theme changed."""
        self.fold.setIcon(self._theme.icon("down" if self.is_open else "chevron", "rail_muted"))
        for button in self.buttons:
            button.setIcon(self._theme.icon(button.entry.icon, "rail_muted"))

    def _turn(self) -> None:
        self._scroll.setVisible(not self.is_open)
        self.recolour()


class Navigation(QFrame):
    """Buttons of all rooms, names beside the icons or icons alone; at the end those the person may not open.

    Signals:
        go: the `Place` to go to.
    """

    go = Signal(object)

    def __init__(
        self, entries: tuple[PageEntry, ...], theme: Theme, parent: QWidget, barred: tuple[PageEntry, ...] = ()
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self.is_narrow = False
        self.setProperty("role", "rail")
        self.setAccessibleName(_("Rooms"))
        self._mark = QLabel(self)
        self._name = QLabel("Unison", self)
        self._name.setFont(theme.font(Type.HEADING))
        self._name.setProperty("role", "rail")
        head = QHBoxLayout()
        head.setContentsMargins(10, 4, 0, 18)
        head.setSpacing(11)
        head.addWidget(self._mark)
        head.addWidget(self._name, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 16, 10, 16)
        column.setSpacing(4)
        column.addLayout(head)
        self._buttons = [_RoomButton(entry, theme, self) for entry in entries if entry.in_navigation]
        for button in self._buttons:
            button.clicked.connect(self._on_clicked)
            column.addWidget(button)
        self.barred = _BarredRooms(tuple(entry for entry in barred if entry.in_navigation), theme, self)
        self.barred.setVisible(bool(self.barred.buttons))
        column.addWidget(self.barred, 100)
        column.addStretch(1)
        theme.changed.connect(self._recolour)
        self.set_narrow(False)
        self._recolour()

    def show_current(self, name: str) -> None:
        """Mark the room people are in."""
        for button in self._buttons:
            button.setChecked(button.entry.name == name)
        self._recolour()

    def set_narrow(self, narrow: bool) -> None:
        """Icons alone, or names too."""
        self.is_narrow = narrow
        self.setFixedWidth(_NARROW if narrow else _WIDE)
        self._name.setVisible(not narrow)
        for button in self._buttons:
            button.show_narrow(narrow)
        self.barred.show_narrow(narrow)

    def show_waiting(self, name: str, waiting: int) -> None:
        """How much waits for people in a room."""
        for button in self._buttons:
            if button.entry.name == name:
                button.show_waiting(waiting)

    def _on_clicked(self) -> None:
        button = self.sender()
        if isinstance(button, _RoomButton):
            self.show_current(button.entry.name)
            self.go.emit(Place(button.entry.name))

    def _recolour(self) -> None:
        self._mark.setPixmap(self._theme.pixmap("unison", 24, "rail_text"))
        for button in self._buttons:
            button.setIcon(self._theme.icon(button.entry.icon, "rail_text" if button.isChecked() else "rail_muted"))
        self.barred.recolour()
