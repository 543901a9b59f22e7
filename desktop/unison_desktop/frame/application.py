"""The program from start to end: sign in, window, sign out, and what happens between them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import ValidationError
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.crash import CrashRecorder, report
from unison_desktop.frame.crash_dialog import CrashDialog
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.held_back_window import HeldBackWindow
from unison_desktop.frame.layout_memory import LayoutMemory
from unison_desktop.frame.login_window import LoginWindow, asks_second_factor
from unison_desktop.frame.messages import Messages, Offer
from unison_desktop.frame.own_preferences import OwnPreferences
from unison_desktop.frame.place import Place
from unison_desktop.frame.rooms import Rooms
from unison_desktop.frame.server_address import DEFAULT, server_address
from unison_desktop.frame.theme import Theme
from unison_desktop.frame.window import MainWindow
from unison_desktop.identity.kept_sign_in import KeptSignIn
from unison_desktop.identity.session import Session
from unison_desktop.kernel.counted import counted
from unison_desktop.kernel.errors import ApiError, Trouble
from unison_desktop.kernel.language import use_remembered_language
from unison_desktop.kernel.preferences import Preferences
from unison_desktop.kernel.texts import _
from unison_desktop.kernel.trust import KnownAuthorities

PATIENCE_MS = 600
"""A sign-in without questions that takes longer is shown."""

PICTURE_AFTER_MS = 400
"""The page is laid out and the connection stands when its picture is taken."""

PICTURE_WITHIN_MS = 20_000
"""A picture that was not taken by then is given up."""

_LAST_WORDS_MS = 1000
"""So long a server that doesn't answer may hold the end of the program."""

_NOBODY_HEARD_IT = (Trouble.UNTRUSTED, Trouble.UNREACHABLE)
"""A given password is sent again once the server's authority was compared, or it was found to speak https."""
_GIVEN = {"user": "--user", "organization": "--organization", "password": "UNISON_PASSWORD"}
"""How what a sign-in needs is given to the program."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asked for; what is None comes from the last run.

    Attributes:
        password: signs in without asking, for demonstrations and kiosks.
        screenshot: file for a picture of the first page once it is loaded; the program ends then.
    """

    server: str | None = None
    organization: str | None = None
    user: str | None = None
    password: str | None = None
    place: Place | None = None
    screenshot: Path | None = None


class Application(QObject):
    """Owns the session and whichever window is open.

    Attributes:
        no_picture: why the picture that was asked for was not taken; empty otherwise.

    Signals:
        finished: the last window is closed.
    """

    finished = Signal()

    def __init__(self, app: QApplication, folder: Path, options: Options, crashes: CrashRecorder) -> None:
        super().__init__(app)
        self._options = options
        self._crashes = crashes
        self.preferences = Preferences(folder)
        use_remembered_language(self.preferences)
        self.theme = Theme(self.preferences, app)
        self._remember_options()
        server = self.preferences.text("login/server", DEFAULT)
        authorities = KnownAuthorities(folder / "authorities")
        self.session = Session(server, KeptSignIn(folder), self, authorities=authorities)
        self._own_preferences = OwnPreferences(self.session, self.theme, self.preferences, self)
        self.messages = Messages(self, now=self.session.clock.now)
        self._own_preferences.noted.connect(self.messages.say)
        self.desk = Desk(self.session, self.theme, self.messages, LayoutMemory(self.preferences))
        self.login: LoginWindow | None = None
        self.window: MainWindow | None = None
        self.held_back: HeldBackWindow | None = None
        self._wanted = options.place
        self._unsaid: list[tuple[str, tuple[Offer, ...]]] = []
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._show_waiting)
        self._picture = QTimer(self, singleShot=True, interval=PICTURE_AFTER_MS)
        self._picture.timeout.connect(self._take_picture)
        self.no_picture = ""
        self._given_up = QTimer(self, singleShot=True, interval=PICTURE_WITHIN_MS)
        self._given_up.timeout.connect(self._give_up_picture)
        self.session.signed_in.connect(self._on_signed_in)
        self.session.sign_in_failed.connect(self._on_sign_in_failed)
        self.session.signed_out.connect(self._on_signed_out)
        self.session.rights_changed.connect(self._on_rights_changed)
        self.session.clock.found_wrong.connect(self._on_clock_wrong)
        self.session.client.certificate_ends.connect(self._on_certificate_ends)
        crashes.crashed.connect(self.show_crash)

    def start(self) -> None:
        """Sign in with what is kept or given, else ask."""
        options = self._options
        self._patience.start()
        if options.screenshot is not None:
            self._given_up.start()
        if options.password is not None:
            self._sign_in_with(options.password)
        elif not self.session.resume():
            self._ask("")

    def _sign_in_with(self, password: str) -> None:
        user = self.preferences.text("login/user")
        organization = self.preferences.text("login/organization")
        try:
            self.session.sign_in(self.session.client.server, organization, user, password, keep=False)
        except ValidationError as error:
            given = ", ".join(_GIVEN[str(wrong["loc"][0])] for wrong in error.errors())
            text = _("{given} can't be right: empty, too long, or with a space at an end.").format(given=given)
            self._ask(text)
            if self._options.screenshot is not None:
                self._no_picture(text)

    def stop(self) -> None:
        """Close all in the right order: stream, window, settings, and the session where it is not kept."""
        for timer in (self._patience, self._picture, self._given_up):
            timer.stop()  # nothing opens while the server is told
        self.session.events.stop()
        self._close_window()
        self._close_login()
        self.preferences.save()
        self.session.end_unless_kept(_LAST_WORDS_MS)

    def come_forward(self, place: str) -> None:
        """A later start of the program asks for attention."""
        window = self.window or self.held_back or self.login
        if window is None:
            return
        if self.window is not None and place:
            self.window.go(Place.parse(place))
        window.setWindowState(window.windowState() & ~window.windowState().WindowMinimized)
        window.show()
        window.raise_()
        window.activateWindow()

    def show_crash(self, text: str) -> None:
        """Show the report of a crash."""
        CrashDialog(text, self.theme, self.window or self.held_back or self.login).show()

    def tell_last_fault(self, fault: str) -> None:
        """The last run ended hard: offer what it left."""
        self._fault = report(fault)
        offers = (Offer(_("Show report"), self._show_fault),)
        self._warn(_("Unison ended unexpectedly the last time."), offers)

    def _on_clock_wrong(self, ahead: timedelta) -> None:
        fast = _("The clock of this PC is {n} min fast. Unison goes by the server's clock; please set this one.")
        slow = _("The clock of this PC is {n} min slow. Unison goes by the server's clock; please set this one.")
        text = fast if ahead > timedelta(0) else slow
        self._warn(text.format(n=round(abs(ahead) / timedelta(minutes=1))))

    def _on_certificate_ends(self, moment: datetime) -> None:
        days = max(0, (moment - self.session.clock.now()).days)
        said = counted(
            days,
            _(
                "The server's certificate ends in 1 day. After that no PC reaches it: please tell your administrator "
                "(`unison tls renew` at the server)."
            ),
            _(
                "The server's certificate ends in {n} days. After that no PC reaches it: please tell your "
                "administrator (`unison tls renew` at the server)."
            ),
        )
        self._warn(said)

    def _warn(self, text: str, offers: tuple[Offer, ...] = ()) -> None:
        """Say it where people see it: once there is a window."""
        if self.window is None:
            self._unsaid.append((text, offers))
        else:
            self.messages.say(text, Tone.WARNING, offers=offers)

    def _show_fault(self) -> None:
        self.show_crash(self._fault)

    def _remember_options(self) -> None:
        options = self._options
        given = {"server": options.server, "organization": options.organization, "user": options.user}
        for key, value in given.items():
            if value is not None:
                self.preferences.set(f"login/{key}", server_address(value) if key == "server" else value)

    def _ask(self, reason: str) -> LoginWindow:
        if self.login is None:
            self.login = LoginWindow(self.session, self.theme, self.preferences)
            self.login.closed.connect(self.finished)
            self.login.show()
        if reason:
            self.login.say(reason)
        return self.login

    def _show_waiting(self) -> None:
        if self.window is None and self.held_back is None and self.login is None:
            self._ask("").show_busy()

    def _on_signed_in(self) -> None:
        self._close_login()
        self._close_window()  # of the real organization, where somebody goes to practise, or the reverse
        if self.session.is_held_back:
            self._hold_back()
            return
        self.window = MainWindow(self.desk)
        self.window.closed.connect(self.finished)
        wanted, self._wanted = self._wanted, None
        try:
            self.window.open_start(wanted)
        finally:
            self.window.show()  # a page that can't be opened must not keep people from the others
        unsaid, self._unsaid = self._unsaid, []
        for text, offers in unsaid:
            self._warn(text, offers)
        if self._options.screenshot is not None and self.window.page is not None:
            self.window.page.loaded.connect(self._picture.start)
            self.window.page.failed.connect(self._miss_picture)
            if wanted is not None and self.window.page.place != wanted:
                self._no_picture(_("{user} may not see {page}").format(user=self._options.user or "", page=wanted))

    def _hold_back(self) -> None:
        self.held_back = HeldBackWindow(self.desk)
        self.held_back.closed.connect(self.finished)
        self.held_back.show()
        if self._options.screenshot is not None:
            self._no_picture(_("{user} must set up a second factor first").format(user=self._options.user or ""))

    def _on_rights_changed(self) -> None:
        """Who was given a first role, or lost the last, needs no new sign-in to see so."""
        if self.window is not None and self.window.has_rooms != Rooms.of(self.session).any_seen:
            self._close_window()
            self._on_signed_in()

    def _on_sign_in_failed(self, error: ApiError) -> None:
        self._miss_picture(error)
        given, is_listening = self._options.password, self.login is not None
        if error.status == 401 and given is None and not is_listening:
            self._ask(_("Your kept sign-in is no longer valid. Sign in again."))
            return
        login = self._ask("")
        if given is not None and (asks_second_factor(error) or error.trouble in _NOBODY_HEARD_IT):
            login.take_password(given)
        if not is_listening:
            login.show_error(error)

    def _on_signed_out(self, reason: str) -> None:
        self._close_window()
        self._ask(reason)

    def _close_window(self) -> None:
        open_now: tuple[MainWindow | HeldBackWindow | None, ...] = (self.window, self.held_back)
        self.window = self.held_back = None
        for window in open_now:
            if window is None:
                continue
            window.closed.disconnect(self.finished)
            window.close()
            window.deleteLater()

    def _close_login(self) -> None:
        if self.login is not None:
            login, self.login = self.login, None
            login.closed.disconnect(self.finished)
            login.close()
            login.deleteLater()

    def _take_picture(self) -> None:
        if self.window is not None and self._options.screenshot is not None:
            if self.window.grab().save(str(self._options.screenshot), "PNG"):
                self.finished.emit()
            else:
                self._no_picture(_("{file} can't be written").format(file=self._options.screenshot))

    def _miss_picture(self, error: ApiError) -> None:
        """Nobody sits before a program that takes a picture: what went wrong ends it."""
        if self._options.screenshot is not None:
            self._no_picture(error.message)

    def _give_up_picture(self) -> None:
        self._no_picture(_("nothing was there to be seen within {n} s").format(n=PICTURE_WITHIN_MS // 1000))

    def _no_picture(self, why: str) -> None:
        self._picture.stop()
        self.no_picture = why
        QTimer.singleShot(0, self.finished.emit)  # once the event loop runs, and what is being made is made


def password_from_environment() -> str | None:
    """`UNISON_PASSWORD`, which no list of processes shows."""
    return os.environ.get("UNISON_PASSWORD")
