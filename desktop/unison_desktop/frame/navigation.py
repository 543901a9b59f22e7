"""The rooms at the left."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from unison_desktop.frame.pages import PageEntry
from unison_desktop.frame.place import Place
from unison_desktop.frame.theme import Theme, Type
from unison_desktop.kernel.texts import _

_WIDE = 196
_NARROW = 60


class _RoomButton(QPushButton):
    """One room."""

    def __init__(self, entry: PageEntry, parent: QWidget) -> None:
        super().__init__(entry.title, parent)
        self.entry = entry
        self.setProperty("role", "rail")
        self.setCheckable(True)
        self.setIconSize(QSize(20, 20))
        self.setAccessibleName(entry.title)
        self.setCursor(Qt.CursorShape.PointingHandCursor)


class Navigation(QFrame):
    """Buttons of all rooms, names beside the icons or icons alone.

    Signals:
        go: the `Place` to go to.
    """

    go = Signal(object)

    def __init__(self, entries: tuple[PageEntry, ...], theme: Theme, parent: QWidget) -> None:
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
        self._buttons = [_RoomButton(entry, self) for entry in entries if entry.in_navigation]
        for button in self._buttons:
            button.clicked.connect(self._on_clicked)
            column.addWidget(button)
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
            button.setText("" if narrow else button.entry.title)
            button.setToolTip(button.entry.title if narrow else "")

    def _on_clicked(self) -> None:
        button = self.sender()
        if isinstance(button, _RoomButton):
            self.show_current(button.entry.name)
            self.go.emit(Place(button.entry.name))

    def _recolour(self) -> None:
        self._mark.setPixmap(self._theme.pixmap("unison", 24, "rail_text"))
        for button in self._buttons:
            button.setIcon(self._theme.icon(button.entry.icon, "rail_text" if button.isChecked() else "rail_muted"))
