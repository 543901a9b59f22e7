"""F1: every shortcut on one sheet."""

from __future__ import annotations

from itertools import groupby

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from unison_desktop.frame.command import Command
from unison_desktop.frame.overlay import CardScroll, Overlay
from unison_desktop.frame.page import Page
from unison_desktop.frame.theme import Theme, Type
from unison_desktop.kernel.texts import _


class ShortcutSheet(Overlay):
    """Made anew each time it opens, from the commands there are then."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        heading = QLabel(_("Keyboard shortcuts"), self.card)
        heading.setFont(theme.font(Type.TITLE))
        heading.setContentsMargins(24, 20, 24, 8)
        self._scroll = CardScroll(self.card)
        self._close = QPushButton(_("Close"), self.card)
        self._close.clicked.connect(self.close_card)
        foot = QVBoxLayout()
        foot.setContentsMargins(24, 8, 24, 20)
        foot.addWidget(self._close, 0, Qt.AlignmentFlag.AlignRight)
        self.card_layout.addWidget(heading)
        self.card_layout.addWidget(self._scroll, 1)
        self.card_layout.addLayout(foot)

    def open_with(self, commands: list[Command], others: list[tuple[str, str]]) -> None:
        """Show the shortcuts of these commands by group, then `others` as meaning and keys."""
        sheet = QWidget()
        grid = QGridLayout(sheet)
        grid.setContentsMargins(24, 4, 24, 4)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(9)
        grid.setColumnStretch(0, 1)
        keyed = [command for command in commands if command.shortcuts()]
        for group, members in groupby(sorted(keyed, key=_group), key=_group):
            self._add_group(grid, group, [(command.text().rstrip("…"), _keys(command)) for command in members])
        if others:
            self._add_group(grid, _("Where the keyboard or the mouse is"), others)
        grid.setRowStretch(grid.rowCount(), 1)
        self._scroll.setWidget(sheet)
        self.open()

    def first_focus(self) -> QWidget:
        return self._close

    def _add_group(self, grid: QGridLayout, group: str, members: list[tuple[str, str]]) -> None:
        heading = QLabel(group)
        heading.setFont(self.theme.font(Type.SMALL))
        heading.setProperty("role", "muted")
        heading.setContentsMargins(0, 10, 0, 0)
        grid.addWidget(heading, grid.rowCount(), 0, 1, 2)
        for meaning, keys in members:
            row = grid.rowCount()
            grid.addWidget(QLabel(meaning), row, 0)
            shown = QLabel(keys)
            shown.setProperty("role", "keys")
            grid.addWidget(shown, row, 1, Qt.AlignmentFlag.AlignRight)


def _group(command: Command) -> str:
    return command.group


def _keys(command: Command) -> str:
    native = QKeySequence.SequenceFormat.NativeText
    return "   ".join(sequence.toString(native) for sequence in command.shortcuts())


def other_keys(page: Page) -> list[tuple[str, str]]:
    """What keys and mouse do on a page beyond its commands, each told once: its gestures and those of its tables."""
    native = QKeySequence.SequenceFormat.NativeText
    actions = [a for a in page.findChildren(QAction) if not isinstance(a, Command) and not a.shortcut().isEmpty()]
    told = [*page.gestures(), *((action.text(), action.shortcut().toString(native)) for action in actions)]
    return list(dict.fromkeys(told))
