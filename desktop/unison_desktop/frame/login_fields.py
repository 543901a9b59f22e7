"""Fields of the window that signs in."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from unison_desktop.frame.theme import Theme, Type
from unison_desktop.kernel.texts import _

_LONGEST_CODE = 40
"""As the contract of a sign-in has it."""


class FactorBox(QWidget):
    """The field of the second factor, with what is wrong about it below; hidden until it is asked for."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.code = line(_("Second factor"), "", self)
        self.code.setPlaceholderText(_("Six digits of your authenticator, or a recovery code"))
        self.code.setMaxLength(_LONGEST_CODE)
        self.wrong = QLabel(self)
        self.wrong.setProperty("role", "bad")
        self.wrong.setFont(theme.font(Type.SMALL))
        self.wrong.setWordWrap(True)
        self.wrong.setTextFormat(Qt.TextFormat.PlainText)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(4)
        for widget in (name_of(self.code, theme, self), self.code, self.wrong):
            column.addWidget(widget)
        self.code.textEdited.connect(self._forgive)
        self.leave()

    @property
    def is_asked(self) -> bool:
        """Whether the server asked this person for it."""
        return not self.isHidden()

    def ask(self, wrong: str) -> None:
        """Ask for it, and say what was wrong with what was given."""
        self.show()
        self.say(wrong)
        self.code.setFocus()
        self.code.selectAll()

    def leave(self) -> None:
        """Ask no more: it is somebody else who signs in."""
        self.code.clear()
        self.say("")
        self.hide()

    def say(self, wrong: str) -> None:
        """Say what is wrong beside the field; empty: nothing."""
        self.wrong.setText(wrong)
        self.wrong.setVisible(bool(wrong))
        self.code.setAccessibleDescription(wrong)
        self.code.setProperty("invalid", bool(wrong))
        self.code.style().polish(self.code)

    def _forgive(self) -> None:
        self.say("")


def line(name: str, text: str, parent: QWidget) -> QLineEdit:
    """An empty or filled line to type in."""
    field = QLineEdit(text, parent)
    field.setAccessibleName(name)
    field.setMinimumHeight(34)
    return field


def name_of(field: QLineEdit, theme: Theme, parent: QWidget) -> QLabel:
    """The name above a field."""
    name = QLabel(field.accessibleName(), parent)
    name.setBuddy(field)
    name.setFont(theme.font(Type.SMALL))
    name.setProperty("role", "muted")
    return name
