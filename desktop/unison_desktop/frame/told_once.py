"""Something secret that is told once, to be copied."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.input_dialog import AnswerBar
from unison_desktop.frame.theme import Type
from unison_desktop.frame.tone_label import ToneLabel
from unison_desktop.kernel.texts import _

_BESIDE = 230
"""Pixels for the button and about the secret."""
_MOST_OF_SCREEN = 0.9
_HEIGHT, _MORE = 260, 90


class ToldOnce(QDialog):
    """Shows a secret; closing before it was copied asks.

    Attributes:
        secret: what is told. copy: puts it on the clipboard. question: whether it is to be lost.
        against: why it will not work, where that is known.
    """

    def __init__(
        self,
        desk: Desk,
        secret: str,
        parent: QWidget,
        *,
        heading: str,
        warning: str,
        called: str,
        advice: str,
        of_no_use: str = "",
    ) -> None:
        """`called` is what the secret is, with a large letter; `advice`: what to do with it once it was copied.

        `of_no_use`: why it will not work, and what to do; empty where nothing is known against it.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"{called} - Unison")
        self._was_copied, self._advice = False, advice
        title = QLabel(heading, self)
        title.setFont(desk.theme.font(Type.TITLE))
        title.setWordWrap(True)
        explained = QLabel(warning, self)
        explained.setWordWrap(True)
        self.against = ToneLabel(desk.theme, self)
        self.against.say(of_no_use, Tone.WARNING)
        self.against.setVisible(bool(of_no_use))
        self.secret = QLineEdit(secret, self)
        self.secret.setReadOnly(True)
        self.secret.setFont(desk.theme.font(Type.CODE))
        self.secret.setAccessibleName(called)
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
        self.question.words.setText(_("{thing} was not copied, and is never shown again.").format(thing=called))
        self.question.first.clicked.connect(self.accept)
        self.question.second.clicked.connect(self.question.hide)
        self._lay_out(title, explained)

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
        self._said.setText(_("Copied. {advice}").format(advice=self._advice))

    def _lay_out(self, title: QLabel, explained: QLabel) -> None:
        line = QHBoxLayout()
        line.addWidget(self.secret, 1)
        line.addWidget(self.copy)
        foot = QHBoxLayout()
        foot.addWidget(self._said, 1)
        foot.addWidget(self._done)
        column = QVBoxLayout(self)
        column.setContentsMargins(26, 20, 20, 18)
        column.setSpacing(12)
        column.addWidget(title)
        column.addWidget(explained)
        column.addWidget(self.against)
        column.addLayout(line)
        column.addWidget(self.question)
        column.addStretch(1)
        column.addLayout(foot)
        wanted = QFontMetrics(self.secret.font()).horizontalAdvance(self.secret.text()) + _BESIDE
        self.resize(
            min(wanted, round(self.screen().availableGeometry().width() * _MOST_OF_SCREEN)),
            260 + (90 if self.against.text() else 0),
        )
