"""Recovery codes, which are told once."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from unison_domain.identity.mfa_contracts import RecoveryCodes

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.input_dialog import AnswerBar
from unison_desktop.frame.printing.pages import Press
from unison_desktop.frame.printing.paper import Paper, PaperLook, Words
from unison_desktop.frame.theme import Look, Type
from unison_desktop.kernel.texts import _

_TITLE = _("Your recovery codes")
_WARNING = _(
    "Each lets you in once in place of your authenticator, on the day you lost it. They are shown this once, and "
    "nobody can look them up: print them, or copy them to where your passwords are kept, not to the device with the "
    "authenticator."
)
_GAP = "      "


class RecoveryCodesDialog(QDialog):
    """Shows them, to be copied or printed; closing before either asks.

    Attributes:
        shown: the codes, in two columns.
    """

    def __init__(self, desk: Desk, codes: RecoveryCodes, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"{_TITLE} - Unison")
        self._desk, self._codes, self._page = desk, codes.codes, parent
        self._was_taken = False
        heading = QLabel(_TITLE, self)
        heading.setFont(desk.theme.font(Type.TITLE))
        warning = QLabel(_WARNING, self)
        warning.setWordWrap(True)
        self.shown = QLabel("\n".join(_lines(self._codes)), self)
        self.shown.setProperty("role", "code")
        self.shown.setFont(desk.theme.font(Type.CODE))
        self.shown.setTextFormat(Qt.TextFormat.PlainText)
        self.shown.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.shown.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.copy = QPushButton(desk.theme.icon("copy", "on_accent"), _("Copy"), self)
        self.copy.setProperty("role", "primary")
        self.copy.setDefault(True)
        self.copy.clicked.connect(self._copy)
        self.print = QPushButton(desk.theme.icon("print", "text"), _("Print…"), self)
        self.print.setAutoDefault(False)
        self.print.clicked.connect(self._preview)
        close = QPushButton(_("Close"), self)
        close.setAutoDefault(False)
        close.clicked.connect(self.reject)
        self.said = QLabel(self)
        self.said.setProperty("role", "muted")
        self.question = AnswerBar(_("Close without them"), _("Go back"), self)
        self.question.words.setText(_("The codes were neither copied nor printed, and are never shown again."))
        self.question.first.clicked.connect(self.accept)
        self.question.second.clicked.connect(self.question.hide)
        foot = QHBoxLayout()
        foot.addWidget(self.said, 1)
        for button in (close, self.print, self.copy):
            foot.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(26, 20, 20, 18)
        column.setSpacing(12)
        for widget in (heading, warning, self.shown, self.question):
            column.addWidget(widget)
        column.addStretch(1)
        column.addLayout(foot)
        self.resize(620, 330)
        self.copy.setFocus()

    def reject(self) -> None:
        """Close, once they were taken or are not wanted."""
        if self._was_taken or not self.question.isHidden():
            super().reject()
        else:
            self.question.show()
            self.copy.setFocus()

    def paper(self, look: Look) -> Paper:
        """What is printed."""
        me = self._desk.session.me
        whose = _("{name}, {organization}").format(name=me.full_name, organization=me.organization_name) if me else ""
        notes = (whose, _("Each lets in once in place of the authenticator. Keep them under lock."))
        return Paper(_("Recovery codes for Unison"), notes, tuple(Words(one, Type.CODE) for one in self._codes), look)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(self._codes))
        self._take(_("Copied. Put them where your passwords are kept."))

    def _preview(self) -> None:
        from unison_desktop.frame.printing.preview import Preview  # the start does without printers

        app, session = QApplication.instance(), self._desk.session
        assert isinstance(app, QApplication)  # noqa: S101 - dialogs live in one
        holder = QWidget(self)
        holder.hide()
        by = session.me.full_name if session.me else ""
        preview = Preview(Press(self.paper(PaperLook(app, holder)), session.clock.now().astimezone(), by), self)
        holder.setParent(preview)
        preview.resize(self._page.window().size() * 0.9)
        preview.accepted.connect(self._on_printed)
        preview.open()

    def _on_printed(self) -> None:
        self._take(_("Printed. Keep the paper under lock."))

    def _take(self, words: str) -> None:
        self._was_taken = True
        self.question.hide()
        self.said.setText(words)


def _lines(codes: list[str]) -> list[str]:
    """Two columns, read from top to bottom."""
    half = (len(codes) + 1) // 2
    left, right = codes[:half], [*codes[half:], ""][:half]
    return [f"{one}{_GAP}{other}".rstrip() for one, other in zip(left, right, strict=True)]
