"""Signing one program of somebody out, from the list of sessions."""

from __future__ import annotations

from PySide6.QtCore import QObject
from unison_domain.identity.sign_in_contracts import SignInSessionAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.page import Page
from unison_desktop.frame.question import Question
from unison_desktop.identity.people.own_sessions_page import TOPIC
from unison_desktop.identity.people.sign_ins import SignIns
from unison_desktop.identity.session_calls import end_session
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _


class EndSession(QObject):
    """The command of a page that ends the chosen session, offered beside the list.

    Attributes:
        command: as a menu has it.
    """

    def __init__(self, page: Page, shown: SignIns) -> None:
        super().__init__(page)
        self._page, self._shown = page, shown
        self.command = page.add_command(
            "person.end_session", _("End session…"), self._ask, needs=f"{TOPIC}.end", in_head=False
        )
        shown.offer(self.command)

    def _ask(self) -> None:
        chosen = [one for one in self._shown.chosen() if one.ended_at is None]
        if len(chosen) != 1:
            self._page.desk.messages.say(_("Choose one session that has not ended."))
            return
        (one,) = chosen
        program = one.client or _("a program without a name")
        asks = _("End the session of {name}?").format(name=one.user_name)
        explains = _("{program} at {address} is signed out at once.").format(program=program, address=one.address)
        if one.is_current:
            explains = _("It is the program before you, which signs out at once.")
        question = Question(one, self._page.desk.theme, self._page, asks=asks, explains=explains, yes=_("End session"))
        question.confirmed.connect(self._end)
        question.open()

    def _end(self, one: SignInSessionAnswer) -> None:
        call = end_session(self._page.desk.session.client, one.id, owner=self)
        call.done.connect(self._on_ended)
        call.failed.connect(self._on_failed)

    def _on_ended(self, one: SignInSessionAnswer) -> None:
        self._page.desk.messages.say(_("The session of {name} has ended.").format(name=one.user_name), Tone.GOOD)
        self._page.desk.session.changes.announce(f"{TOPIC}.ended", [one.id])

    def _on_failed(self, error: ApiError) -> None:
        self._page.desk.messages.say(error.message, Tone.BAD)
        self._page.reload()
