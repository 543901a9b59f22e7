"""Where oneself is signed in: anything there that is not one's own is ended here."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from unison_domain.identity.sign_in_contracts import SignInSessionAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.question import Question
from unison_desktop.identity import session_calls as calls
from unison_desktop.identity.people.sign_ins import SignIns
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _

TOPIC = "identity.session"


class OwnSessionsPage(Page):
    """One's own sessions, to be ended, and the attempts to sign in as oneself; needs no right."""

    topics: ClassVar[tuple[str, ...]] = (TOPIC,)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self._known: list[SignInSessionAnswer] = []
        self.shown = SignIns(desk, "own_sign_ins", self, of_everybody=False)
        self.shown.asked.connect(self.reload)
        self.shown.asked_attempts.connect(self.reload)
        self.set_content(self.shown)
        self._end = self.add_command("session.end", _("End session…"), self._ask_end, shortcuts="Del")
        self._end_others = self.add_command("session.end_others", _("End all others…"), self._ask_others)
        desk.session.events.link_changed.connect(self._allow)
        self._allow()
        self.set_title(_("My sessions"), _("Where you are signed in, and who tried to sign in as you"))

    def load(self) -> None:
        client = self.desk.session.client
        is_live = None if self.shown.ended.isChecked() else True
        self.ask(calls.own_sessions(client, is_live, owner=self), self._show_sessions)
        self.ask(calls.own_attempts(client, self._query(), owner=self), self.shown.show_attempts)

    def save_layout(self) -> None:
        self.shown.save_layout()

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        self.shown.sessions.view.setFocus(reason)

    def _query(self) -> dict[str, object]:
        return self.shown.scope.query(self.desk.session.clock.now())

    def _show_sessions(self, known: list[SignInSessionAnswer]) -> None:
        self._known = known
        self.shown.show_sessions(known)
        self._allow()

    def _others(self) -> list[SignInSessionAnswer]:
        now = self.desk.session.clock.now()
        return [one for one in self._known if one.ended_at is None and one.expires_at > now and not one.is_current]

    def _allow(self) -> None:
        is_online = self.desk.session.is_online
        away = _("Not while the server is away.")
        self._end.allow(is_online, away)
        self._end_others.allow(
            is_online and bool(self._others()), _("You are signed in nowhere else.") if is_online else away
        )

    def _ask_end(self) -> None:
        chosen = [one for one in self.shown.chosen() if one.ended_at is None]
        if not chosen:
            self.desk.messages.say(_("Choose a session that has not ended."))
            return
        explains = _("The program there is signed out at once.")
        if any(one.is_current for one in chosen):
            explains = _("This is the program before you: it signs out at once.")
        self._ask(chosen, _names(chosen), explains)

    def _ask_others(self) -> None:
        others = self._others()
        self._ask(others, _names(others), _("Only this program stays signed in."))

    def _ask(self, chosen: list[SignInSessionAnswer], names: str, explains: str) -> None:
        asks = _("End {names}?").format(names=names)
        question = Question(chosen, self.desk.theme, self, asks=asks, explains=explains, yes=_("End"))
        question.confirmed.connect(self._end_all)
        question.open()

    def _end_all(self, chosen: list[SignInSessionAnswer]) -> None:
        for one in sorted(chosen, key=_is_current):
            call = calls.end_own_session(self.desk.session.client, one.id, owner=self)
            call.done.connect(self._on_ended)
            call.failed.connect(self._on_failed)

    def _on_ended(self, one: SignInSessionAnswer) -> None:
        self.desk.messages.say(_("{program} is signed out.").format(program=_names([one])), Tone.GOOD)
        self.desk.session.changes.announce(f"{TOPIC}.ended", [one.id])

    def _on_failed(self, error: ApiError) -> None:
        self.desk.messages.say(error.message, Tone.BAD)
        self.reload()


def _names(chosen: list[SignInSessionAnswer]) -> str:
    if len(chosen) > 3:
        return _("{n} sessions").format(n=len(chosen))
    return ", ".join(one.client or _("a program without a name") for one in chosen)


def _is_current(one: SignInSessionAnswer) -> bool:
    """The one that asks ends last: after it nothing is answered any more."""
    return one.is_current
