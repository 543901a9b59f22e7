"""A card that says what something is for, and what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from unison_desktop.frame.command import Command
from unison_desktop.frame.command_button import CommandButton
from unison_desktop.frame.theme import Theme, Type

WIDEST = 720


class Card(QFrame):
    """Room for words, no wider than they are read well.

    Attributes:
        column: where what is shown is put.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setMaximumWidth(WIDEST)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(22, 18, 22, 20)
        self.column.setSpacing(12)

    def add_commands(self, *commands: Command) -> None:
        """Offer these in a row at the foot."""
        row = QHBoxLayout()
        for command in commands:
            row.addWidget(CommandButton(command, self))
        row.addStretch(1)
        self.column.addLayout(row)


class CommandCard(Card):
    """Heading, words, and the buttons of commands."""

    def __init__(self, heading: str, means: str, commands: Sequence[Command], theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        title, words = QLabel(heading, self), QLabel(means, self)
        title.setFont(theme.font(Type.HEADING))
        words.setWordWrap(True)
        for widget in (title, words):
            self.column.addWidget(widget)
        self.add_commands(*commands)
