"""Signing in."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtNetwork import QSslCertificate
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from unison_desktop.frame.forgotten_password import ForgottenPassword
from unison_desktop.frame.login_fields import FactorBox, line, name_of
from unison_desktop.frame.server_address import DEFAULT, BadAddressError, server_address
from unison_desktop.frame.theme import Theme, Type
from unison_desktop.frame.trust_dialog import TrustDialog
from unison_desktop.identity.session import Session
from unison_desktop.kernel.errors import ApiError, Trouble
from unison_desktop.kernel.preferences import Preferences
from unison_desktop.kernel.texts import _
from unison_desktop.kernel.trust import FirstContact, TlsProbe, fingerprint_of

_FACTOR_NEEDED, _FACTOR_WRONG = "second_factor_needed", "second_factor_wrong"
_HTTP = "http://"
_OF_THE_ADDRESS = (Trouble.UNREACHABLE, Trouble.TIMED_OUT, Trouble.UNTRUSTED, Trouble.UNREADABLE)


class LoginWindow(QWidget):
    """Asks for server, organization, user and password; the first three are remembered.

    Attributes:
        factor: the second factor, shown once the server asks for it, and until it is about somebody else.

    Signals:
        closed: the person gave up.
    """

    closed = Signal()

    def __init__(self, session: Session, theme: Theme, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._preferences = preferences
        self._wait_left = 0
        self.setWindowTitle(_("Sign in - Unison"))
        self.setWindowIcon(theme.icon("unison", "accent"))
        self.server = self._field(_("Server"), preferences.text("login/server", DEFAULT))
        self.organization = self._field(_("Organization"), preferences.text("login/organization"))
        self.organization.setPlaceholderText(_("May stay empty where there is only one"))
        self.user = self._field(_("User"), preferences.text("login/user"))
        self.user.setPlaceholderText(_("User name, e-mail or employee number"))
        self.password = self._field(_("Password"), "")
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.factor = FactorBox(theme, self)
        self.keep = QCheckBox(_("Keep me signed in on this PC"), self)
        self.keep.setToolTip(
            _("Keeps a token, never the password, in a file that only your account on this PC can read.")
        )
        self.error = QLabel(self)
        self.error.setProperty("role", "error")
        self.error.setWordWrap(True)
        self.error.setTextFormat(Qt.TextFormat.PlainText)
        self.error.hide()
        self.progress = QProgressBar(self)
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(_("Signing in"))
        self.button = QPushButton(_("Sign in"), self)
        self.button.setProperty("role", "primary")
        self.button.setMinimumHeight(36)
        self.forgot = QPushButton(_("Forgot the password…"), self)
        self.forgot.setFlat(True)
        self.forgot.clicked.connect(self._ask_link)
        self._countdown = QTimer(self, interval=1000)
        self._countdown.timeout.connect(self._tick)
        self._lay_out()
        self._set_busy(False)
        self.button.clicked.connect(self._submit)
        for field in (self.server, self.organization, self.user, self.password, self.factor.code):
            field.returnPressed.connect(self._submit)
        for field in (self.server, self.organization, self.user):
            field.textChanged.connect(self._end_wait)
            field.textChanged.connect(self.factor.leave)
        session.sign_in_failed.connect(self.show_error)
        theme.changed.connect(self._recolour)
        self._recolour()
        self._first_empty().setFocus()

    def show_error(self, error: ApiError) -> None:
        """Say why it didn't work and put the cursor where it can be mended."""
        self._set_busy(False)
        if error.trouble is Trouble.UNTRUSTED and not self._session.client.knows_server():
            self._compare(self._session.client.server)
            return
        if error.trouble is Trouble.UNREACHABLE and self._session.client.server.startswith(_HTTP):
            self._look_for_tls(error)
            return
        self._show_error(error)

    def _show_error(self, error: ApiError) -> None:
        if asks_second_factor(error):
            self.factor.ask(error.message if error.code == _FACTOR_WRONG else "")
            return
        self._say(_reason(error, self.server.text()))
        if error.status == 429:
            self._wait_left = error.retry_after or 30
            self._tick()
            self._countdown.start()
        elif error.trouble in _OF_THE_ADDRESS or _is_no_unison(error):
            self.server.setFocus()
            self.server.selectAll()
        elif _wants_organization(error):
            self.organization.setFocus()
        else:
            self.password.setFocus()
            self.password.selectAll()

    def say(self, text: str) -> None:
        """Say why the person is asked to sign in."""
        self._say(text)

    def take_password(self, password: str) -> None:
        """The password the program was started with, where it is to be sent again."""
        if not self.password.text():
            self.password.setText(password)

    def show_busy(self) -> None:
        """A sign-in with what was kept is under way."""
        self._set_busy(True)

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()

    def _look_for_tls(self, error: ApiError) -> None:
        """Nobody should have to know that the server speaks https: where it does, sign in there."""
        self._set_busy(True)
        self._unreachable = error
        probe = TlsProbe(self._session.client.server, self)
        probe.told.connect(self._on_tls)

    def _on_tls(self, speaks: bool) -> None:
        self._set_busy(False)
        if not speaks:
            self._show_error(self._unreachable)
            return
        self.server.setText("https://" + self._session.client.server.removeprefix(_HTTP))
        if self.password.text():
            self._submit()
        else:
            self._say(_("This server speaks https: the address was changed. Sign in."))
            self._first_empty().setFocus()

    def _compare(self, server: str) -> None:
        """Let the person compare the server's authority; once it is trusted, sign in."""
        self._set_busy(True)
        contact = FirstContact(server, self)
        contact.found.connect(self._show_authority)
        contact.failed.connect(self._on_nothing_to_compare)

    def _show_authority(self, authority: QSslCertificate) -> None:
        self._set_busy(False)
        self._authority = authority
        dialog = TrustDialog(self._session.client.server, fingerprint_of(authority), self._theme, self)
        dialog.accepted.connect(self._trust)
        dialog.rejected.connect(self._distrust)
        dialog.open()

    def _trust(self) -> None:
        self._session.client.trust(self._authority)
        if self.password.text():
            self._submit()
        else:
            self._say(_("This PC trusts the server from now on. Sign in."))

    def _distrust(self) -> None:
        self._say(_("The server is not trusted, and nothing was sent to it. Check the address."))
        self.server.setFocus()

    def _on_nothing_to_compare(self, why: str) -> None:
        self._set_busy(False)
        self._say(why)
        self.server.setFocus()

    def _submit(self) -> None:
        if not self.button.isEnabled():
            return
        try:
            server = server_address(self.server.text())
        except BadAddressError as error:
            self._say(str(error))
            self.server.setFocus()
            return
        missing = self._first_empty()
        if missing is not self.password or not self.password.text():
            self._say(_("Enter your user name and your password."))
            missing.setFocus()
            return
        if self.factor.is_asked and not self.factor.code.text().strip():
            self._say("")
            self.factor.ask(_("Enter the code."))
            return
        self.server.setText(server)
        for key, field in {"server": self.server, "organization": self.organization, "user": self.user}.items():
            self._preferences.set(f"login/{key}", field.text().strip())
        self._say("")
        self.factor.say("")
        self._set_busy(True)
        organization, user = self.organization.text().strip(), self.user.text().strip()
        self._session.sign_in(
            server,
            organization,
            user,
            self.password.text(),
            keep=self.keep.isChecked(),
            second_factor=self.factor.code.text().strip(),
        )

    def _ask_link(self) -> None:
        try:
            self._session.client.server = server_address(self.server.text())
        except BadAddressError as error:
            self._say(str(error))
            self.server.setFocus()
            return
        self._say("")
        organization, user = self.organization.text().strip(), self.user.text().strip()
        ForgottenPassword(self._session.client, self._theme, organization, user, self).open()

    def _first_empty(self) -> QLineEdit:
        return self.password if self.user.text().strip() else self.user

    def _set_busy(self, busy: bool) -> None:
        self.progress.setVisible(busy)
        self.button.setEnabled(not busy)
        self.forgot.setEnabled(not busy)
        self.button.setText(_("Signing in…") if busy else _("Sign in"))

    def _say(self, text: str) -> None:
        self.error.setText(text)
        self.error.setAccessibleName(text)
        self.error.setVisible(bool(text))

    def _tick(self) -> None:
        if self._wait_left <= 0:
            self._countdown.stop()
            self._set_busy(False)
            self._say("")
            return
        self.button.setEnabled(False)
        self.button.setText(_("Wait {seconds} s").format(seconds=self._wait_left))
        self._wait_left -= 1

    def _end_wait(self) -> None:
        """The lock is of one person at one server: somebody else may try at once."""
        if self._countdown.isActive():
            self._wait_left = 0
            self._tick()

    def _field(self, name: str, text: str) -> QLineEdit:
        return line(name, text, self)

    def _lay_out(self) -> None:
        form = QVBoxLayout()
        form.setContentsMargins(48, 36, 48, 32)
        form.setSpacing(4)
        heading = QLabel(_("Sign in"), self)
        heading.setFont(self._theme.font(Type.TITLE))
        form.addStretch(1)
        form.addWidget(heading)
        form.addSpacing(14)
        for field in (self.server, self.organization, self.user, self.password):
            form.addWidget(name_of(field, self._theme, self))
            form.addWidget(field)
            form.addSpacing(8)
        form.addWidget(self.factor)
        form.addWidget(self.keep)
        form.addSpacing(8)
        form.addWidget(self.error)
        form.addWidget(self.progress)
        form.addSpacing(4)
        form.addWidget(self.button)
        form.addWidget(self.forgot)
        form.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._brand())
        row.addLayout(form, 1)
        self.setMinimumSize(QSize(800, 560))

    def _brand(self) -> QWidget:
        panel = QFrame(self)
        panel.setProperty("role", "rail")
        panel.setFixedWidth(300)
        self._mark = QLabel(panel)
        name = QLabel("Unison", panel)
        name.setProperty("role", "rail")
        name.setFont(self._theme.font(Type.FIGURE))
        line = QLabel(_("From the machine's signal to the planner's screen."), panel)
        line.setWordWrap(True)
        line.setProperty("role", "rail-muted")
        column = QVBoxLayout(panel)
        column.setContentsMargins(36, 36, 36, 36)
        column.setSpacing(10)
        column.addStretch(1)
        column.addWidget(self._mark)
        column.addWidget(name)
        column.addWidget(line)
        column.addStretch(2)
        return panel

    def _recolour(self) -> None:
        self._mark.setPixmap(self._theme.pixmap("unison", 56, "rail_text"))


def asks_second_factor(error: ApiError) -> bool:
    """Whether the password was right, and a code is wanted with it."""
    return error.code in (_FACTOR_NEEDED, _FACTOR_WRONG)


def _wants_organization(error: ApiError) -> bool:
    return error.problem is not None and any(wrong.field == "organization" for wrong in error.problem.errors)


def _is_no_unison(error: ApiError) -> bool:
    is_foreign = error.problem is None and error.trouble in (Trouble.REFUSED, Trouble.UNREADABLE)
    return is_foreign and (error.status is None or error.status < 500)


def _reason(error: ApiError, server: str) -> str:
    if error.code == "login_failed":
        return _("User, organization or password is not right. Check capitals and try again.")
    if _wants_organization(error):
        return _("This server has several organizations. Enter the code of yours.")
    if error.status == 429:
        return _("Too many tries. Sign-in is locked for a short while.")
    if _is_no_unison(error):
        return _("At {server} something answers, but it is no Unison server.").format(server=server)
    return error.message
