"""A new key: what it is held to, and its secret, which is told once."""

from __future__ import annotations

from functools import partial

from pydantic import BaseModel
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget
from unison_domain.identity.api_key_contracts import ApiKeyCreate, ApiKeyMade
from unison_domain.kernel.contracts import Page

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.editors import NumberEditor, TextEditor
from unison_desktop.frame.form.fields import Field
from unison_desktop.frame.form.input_dialog import AnswerBar
from unison_desktop.frame.theme import Type
from unison_desktop.identity import calls
from unison_desktop.identity.keys.editors import ExpiryEditor, ScopesEditor
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _

PERMISSION = "identity.permission.read"
_WARNING = _(
    "Copy it now: it is never shown again, and nobody can look it up. Whoever has it may do what the key may. "
    "Keep it where the program keeps its secrets, not in a mail or a chat."
)


class KeyDialog(FormDialog):
    """Makes a key of the person who is signed in."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        now = desk.session.clock.now()
        fields = (
            Field("name", _("Name"), TextEditor, _("The program that will use it, e.g. Label printer of hall 2.")),
            Field(
                "expires_at",
                _("Expires"),
                partial(ExpiryEditor, now=now),
                _("A key that is lost is good until then, unless it is revoked."),
            ),
            Field(
                "requests_per_minute",
                _("Requests per minute"),
                NumberEditor,
                _("1 to 60 000; what it asks beyond is refused until the minute is over."),
            ),
            Field(
                "scopes",
                _("Rights"),
                ScopesEditor,
                _("As few as the program needs. It never may more than you may yourself, also later."),
                wide=True,
            ),
        )
        super().__init__(
            desk,
            fields,
            ApiKeyCreate,
            title=_("New API key"),
            values={"requests_per_minute": 600},
            intro=_("A program that sends the key acts for you, within the rights that are ticked."),
            save_text=_("Make the key"),
            parent=parent,
        )
        self.resize(880, 780)
        if desk.session.may(PERMISSION):
            call = calls.permissions(desk.session.client, owner=self)
            call.done.connect(self._show_permissions)
            call.failed.connect(self._on_unknown)
        else:
            self._offer(self._own())

    @property
    def scopes(self) -> ScopesEditor:
        """The ticks of the rights."""
        editor = self.form.editor("scopes")
        assert isinstance(editor, ScopesEditor)  # noqa: S101 - as its field declares
        return editor

    def send(self, body: BaseModel) -> Call:
        return calls.make_api_key(self.desk.session.client, body, key=self.key, owner=self)

    def _own(self) -> list[str]:
        me = self.desk.session.me
        return me.permissions if me is not None else []

    def _show_permissions(self, known: Page[str]) -> None:
        self._offer(known.items)

    def _on_unknown(self, error: ApiError) -> None:
        """One's own are enough to make a key."""
        self._offer(self._own())
        self.tell(_("Only your own rights are shown: {reason}").format(reason=error.message))

    def _offer(self, scopes: list[str]) -> None:
        self.scopes.set_scopes(scopes, self._own(), _("You lack {right} yourself, so no key of yours has it."))


class KeyMadeDialog(QDialog):
    """Shows the secret of a new key; closing before it was copied asks."""

    def __init__(self, desk: Desk, made: ApiKeyMade, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("The new key - Unison"))
        self._was_copied = False
        heading = QLabel(_("{name} is made").format(name=made.name), self)
        heading.setFont(desk.theme.font(Type.TITLE))
        heading.setWordWrap(True)
        warning = QLabel(_WARNING, self)
        warning.setWordWrap(True)
        self.secret = QLineEdit(made.key, self)
        self.secret.setReadOnly(True)
        self.secret.setFont(desk.theme.font(Type.CODE))
        self.secret.setAccessibleName(_("The key"))
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
        self.question.words.setText(_("The key was not copied, and is never shown again."))
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
        shown = QFontMetrics(self.secret.font()).horizontalAdvance(made.key) + 230
        self.resize(min(shown, round(self.screen().availableGeometry().width() * 0.9)), 260)

    def reject(self) -> None:
        """Close, once the key was copied or is not wanted."""
        if self._was_copied or not self.question.isHidden():
            super().reject()
        else:
            self.question.show()
            self.copy.setFocus()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.secret.text())
        self._was_copied = True
        self.question.hide()
        self._said.setText(_("Copied. Put it where the program keeps its secrets."))
