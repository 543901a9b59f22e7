"""A question that wants a reason: what somebody decides about events is for good, and others read why."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from unison_desktop.frame.theme import Theme, Type
from unison_desktop.kernel.texts import _

LEAST_REASON = 3
"""Characters; the server asks for as many."""


class ReasonQuestion(QDialog):
    """Says what will happen and asks why.

    Attributes:
        reason: what is typed.
        yes: the button that does it, once there is a reason.

    Signals:
        given: the reason.
    """

    given = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget, *, asks: str, explains: str, yes: str) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"{yes} - Unison")
        self.setMinimumWidth(460)
        heading = QLabel(asks, self)
        heading.setFont(theme.font(Type.HEADING))
        told = QLabel(explains, self)
        told.setTextFormat(Qt.TextFormat.PlainText)
        for label in (heading, told):
            label.setWordWrap(True)
        self.reason = QLineEdit(self)
        self.reason.setPlaceholderText(_("Why"))
        self.reason.setAccessibleName(_("Reason"))
        self.reason.setMaxLength(2000)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.yes = buttons.addButton(yes, QDialogButtonBox.ButtonRole.AcceptRole)
        self.yes.setProperty("role", "primary")
        self.yes.setEnabled(False)
        self.reason.textChanged.connect(self._on_text)
        buttons.accepted.connect(self._on_yes)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(26, 20, 26, 18)
        column.setSpacing(12)
        for widget in (heading, told, self.reason, buttons):
            column.addWidget(widget)
        self.reason.setFocus()

    def _on_text(self, text: str) -> None:
        self.yes.setEnabled(len(text.strip()) >= LEAST_REASON)

    def _on_yes(self) -> None:
        self.given.emit(self.reason.text().strip())
        self.accept()
