"""A secret that is told once: it stands in no message, log or layout; closing its window before it was copied asks."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.input_dialog import AnswerBar
from unison_desktop.frame.theme import Type
from unison_desktop.kernel.texts import _


@dataclass(frozen=True, slots=True)
class Words:
    """What is said around a secret.

    Attributes:
        window, heading: titles. warning: what becomes of it. named: what a screen reader calls it.
        lost: before the window closes without it having been copied. copied: what to do with it then.
    """

    window: str
    heading: str
    warning: str
    named: str
    lost: str
    copied: str


class ToldOnceDialog(QDialog):
    """Shows a secret; closing before it was copied asks."""

    def __init__(self, desk: Desk, words: Words, secret: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(words.window)
        self._was_copied, self._copied = False, words.copied
        heading = QLabel(words.heading, self)
        heading.setFont(desk.theme.font(Type.TITLE))
        heading.setWordWrap(True)
        warning = QLabel(words.warning, self)
        warning.setWordWrap(True)
        self.secret = QLineEdit(secret, self)
        self.secret.setReadOnly(True)
        self.secret.setFont(desk.theme.font(Type.CODE))
        self.secret.setAccessibleName(words.named)
        self.secret.setCursorPosition(0)
        self.copy = QPushButton(desk.theme.icon("copy", "on_accent"), _("Copy"), self)
        self.copy.setProperty("role", "primary")
        self.copy.setDefault(True)
        self.copy.clicked.connect(self._copy)
        self._done = QPushButton(_("Close"), self)
        self._done.setAutoDefault(False)
        self._done.clicked.connect(self.reject)
        self._said = QLabel(self)
        self._said.setProperty("role", "muted")
        self.question = AnswerBar(_("Close without it"), _("Go back"), self)
        self.question.words.setText(words.lost)
        self.question.first.clicked.connect(self.accept)
        self.question.second.clicked.connect(self.question.hide)
        line = QHBoxLayout()
        line.addWidget(self.secret, 1)
        line.addWidget(self.copy)
        foot = QHBoxLayout()
        foot.addWidget(self._said, 1)
        foot.addWidget(self._done)
        column = QVBoxLayout(self)
        column.setContentsMargins(26, 20, 20, 18)
        column.setSpacing(12)
        column.addWidget(heading)
        column.addWidget(warning)
        column.addLayout(line)
        column.addWidget(self.question)
        column.addStretch(1)
        column.addLayout(foot)
        shown = QFontMetrics(self.secret.font()).horizontalAdvance(secret) + 230
        self.resize(min(shown, round(self.screen().availableGeometry().width() * 0.9)), 260)

    def reject(self) -> None:
        """Close, once it was copied or is not wanted."""
        if self._was_copied or not self.question.isHidden():
            super().reject()
        else:
            self.question.show()
            self.copy.setFocus()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.secret.text())
        self._was_copied = True
        self.question.hide()
        self._said.setText(self._copied)
