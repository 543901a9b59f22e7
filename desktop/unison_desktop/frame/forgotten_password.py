"""Asking for a new password before anybody is signed in."""

from __future__ import annotations

from pydantic import ValidationError
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QLineEdit, QProgressBar, QPushButton, QVBoxLayout, QWidget
from unison_domain.identity.password_reset_contracts import ForgotPassword

from unison_desktop.frame.theme import Theme, Type
from unison_desktop.identity import password_calls
from unison_desktop.kernel.client import ApiClient
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _

_EXPLAIN = _("Say who you are, as when you sign in. The password of now stays until you choose another.")
_ASKED = _(
    "If somebody signs in as {name}, a link to choose a new password is on its way to their mailbox. Where no mail "
    "goes, an administrator finds it on the page of people and hands it over."
)
"""The same whoever asks: nobody learns who is here."""


class ForgottenPassword(QDialog):
    """Asks the server for a link to a new password, and says what becomes of it.

    Attributes:
        organization, user: as in the window of signing in. told: what there is to say. ask: the button.
    """

    def __init__(self, client: ApiClient, theme: Theme, organization: str, user: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Forgotten password - Unison"))
        self._client = client
        heading = QLabel(_("Forgotten password"), self)
        heading.setFont(theme.font(Type.TITLE))
        explain = QLabel(_EXPLAIN, self)
        explain.setWordWrap(True)
        self.organization = self._field(_("Organization"), organization, _("May stay empty where there is only one"))
        self.user = self._field(_("User"), user, _("User name, e-mail or employee number"))
        self.told = QLabel(self)
        self.told.setWordWrap(True)
        self.told.setTextFormat(Qt.TextFormat.PlainText)
        self.told.hide()
        self.progress = QProgressBar(self)
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(_("Asking"))
        self.progress.hide()
        self.ask = QPushButton(_("Ask for a link"), self)
        self.ask.setProperty("role", "primary")
        self.ask.setDefault(True)
        self.ask.clicked.connect(self._ask)
        self.leave = QPushButton(_("Close"), self)
        self.leave.setAutoDefault(False)
        self.leave.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.ask)
        row.addWidget(self.leave)
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 24, 28, 22)
        column.setSpacing(8)
        column.addWidget(heading)
        column.addWidget(explain)
        for field in (self.organization, self.user):
            name = QLabel(field.accessibleName(), self)
            name.setBuddy(field)
            name.setProperty("role", "muted")
            column.addWidget(name)
            column.addWidget(field)
        column.addWidget(self.told)
        column.addWidget(self.progress)
        column.addLayout(row)
        self.setMinimumWidth(480)
        self.user.setFocus()

    def _field(self, name: str, text: str, hint: str) -> QLineEdit:
        field = QLineEdit(text, self)
        field.setAccessibleName(name)
        field.setPlaceholderText(hint)
        field.setMinimumHeight(34)
        return field

    def _ask(self) -> None:
        try:
            body = ForgotPassword(organization=self.organization.text().strip() or None, user=self.user.text())
        except ValidationError:
            self._say(_("Enter your user name, e-mail or employee number."), "error")
            self.user.setFocus()
            return
        self._set_busy(True)
        self._name = self.user.text().strip()
        call = password_calls.forgot_password(self._client, body, owner=self)
        call.done.connect(self._on_asked)
        call.failed.connect(self._on_failed)

    def _on_asked(self, _answer: object) -> None:
        self._set_busy(False)
        self._say(_ASKED.format(name=self._name), "")
        self.ask.setEnabled(False)
        self.ask.setDefault(False)
        self.leave.setDefault(True)
        self.leave.setFocus()
        self.user.textChanged.connect(self._offer_again)

    def _on_failed(self, error: ApiError) -> None:
        self._set_busy(False)
        self._say(error.message, "error")

    def _offer_again(self) -> None:
        self.ask.setEnabled(True)
        self.ask.setDefault(True)

    def _set_busy(self, busy: bool) -> None:
        self.progress.setVisible(busy)
        self.ask.setEnabled(not busy)

    def _say(self, text: str, role: str) -> None:
        self.told.setText(text)
        self.told.setAccessibleName(text)
        self.told.setProperty("role", role)
        self.told.style().polish(self.told)
        self.told.show()
        self.adjustSize()
