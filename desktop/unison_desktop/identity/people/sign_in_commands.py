"""What helps a person in who can't sign in, or not at a station: password, link, second factor, PIN, badges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject
from unison_domain.identity.contracts import UserAnswer
from unison_domain.identity.sign_in_contracts import SessionsEnded

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.command import Command
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.question import Question
from unison_desktop.identity import calls
from unison_desktop.identity.people.forms import PasswordDialog
from unison_desktop.identity.people.password_link import PasswordLink
from unison_desktop.identity.people.pin_form import PinDialog
from unison_desktop.identity.session_calls import end_sessions
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _

_CHANGE, _READ_BADGES = "identity.user.update", "identity.badge.read"
_END_SESSIONS = "identity.session.end"


class SignInCommands(QObject):
    """Commands of a page about the person that is chosen there.

    Attributes:
        commands: all of them, as a menu has them.
    """

    def __init__(
        self, page: Page, chosen: Callable[[], UserAnswer | None], open_form: Callable[[FormDialog], object]
    ) -> None:
        """`chosen` gives the person, or None after it said that one must be chosen; `open_form` opens a form whose
        answer is the person. Both must be bound methods of the page.
        """
        super().__init__(page)
        self._page, self._any_chosen, self._open_form = page, chosen, open_form
        self.commands: list[Command] = [
            page.add_command(id_, text, run, needs=needs, in_head=False)
            for id_, text, run, needs in (
                ("person.password", _("New password…"), self._new_password, _CHANGE),
                ("person.password_link", _("Link to a new password…"), self._ask_link, _CHANGE),
                ("person.asked_link", _("Link that was asked for…"), self._ask_asked, _CHANGE),
                ("person.take_second_factor", _("Take away second factor…"), self._ask_take_factor, _CHANGE),
                ("person.pin", _("Set PIN…"), self._set_pin, _CHANGE),
                ("person.remove_pin", _("Remove PIN…"), self._ask_remove_pin, _CHANGE),
                ("person.end_sessions", _("End all sessions…"), self._ask_end_all, _END_SESSIONS),
                ("person.badges", _("Badges of the person…"), self._go_to_badges, _READ_BADGES),
            )
        ]

    def _chosen(self) -> UserAnswer | None:
        """The chosen one, unless it is oneself, whose ways in are changed with the password."""
        person, me = self._any_chosen(), self._page.desk.session.me
        if person is not None and me is not None and person.id == me.id:
            self._page.desk.messages.say(_("That is you: your own is changed on your own page, with your password."))
            self._page.go.emit(Place("second-factor"))
            return None
        return person

    def _new_password(self) -> None:
        if (person := self._chosen()) is not None:
            self._open_form(PasswordDialog(self._page.desk, person, self._page))

    def _ask_link(self) -> None:
        if (person := self._chosen()) is None:
            return
        asks = _("Make a link to a new password for {name}?").format(name=person.full_name)
        explains = _(
            "It is sent to {email}. Where no mail is sent you get it here, to hand it over. "
            "The password of now stays until they choose another."
        )
        if not person.email:
            explains = _(
                "{name} has no e-mail: you get it here, to hand it over. "
                "The password of now stays until they choose another."
            )
        explains = explains.format(name=person.full_name, email=person.email)
        self._ask(person, asks, explains, _("Make the link")).confirmed.connect(self._make_link)

    def _make_link(self, person: UserAnswer) -> None:
        PasswordLink(self._page, person)

    def _ask_asked(self) -> None:
        if (person := self._chosen()) is None:
            return
        asks = _("Take the link that {name} asked for?").format(name=person.full_name)
        explains = _(
            "It is shown this once, to hand it over. Be sure that it was {name} who asked: whoever has the link "
            "chooses the password."
        )
        explains = explains.format(name=person.full_name)
        self._ask(person, asks, explains, _("Take the link")).confirmed.connect(self._take_asked)

    def _take_asked(self, person: UserAnswer) -> None:
        PasswordLink(self._page, person, is_asked=True)

    def _ask_take_factor(self) -> None:
        if (person := self._chosen()) is None:
            return
        asks = _("Take away the second factor of {name}?").format(name=person.full_name)
        explains = _(
            "For who lost authenticator and recovery codes: the password alone lets in, until another is set up. "
            "Be sure that it is {name} who asks you."
        )
        explains = explains.format(name=person.full_name)
        self._ask(person, asks, explains, _("Take away")).confirmed.connect(self._take_factor)

    def _take_factor(self, person: UserAnswer) -> None:
        call = calls.take_second_factor(self._page.desk.session.client, person.id, owner=self)
        self._await(call, self._on_factor_taken)

    def _on_factor_taken(self, _nothing: object) -> None:
        self._tell(
            _("The second factor is taken away: the password alone lets in."), "identity.user.second_factor_removed"
        )

    def _set_pin(self) -> None:
        if (person := self._chosen()) is None:
            return
        dialog = PinDialog(self._page.desk, person, self._page)
        dialog.saved.connect(self._on_pin_set)
        dialog.open()

    def _on_pin_set(self, _nothing: object) -> None:
        self._tell(_("The PIN is set. Stations offer the name half a minute later."), "identity.user.pin_set")

    def _ask_remove_pin(self) -> None:
        if (person := self._chosen()) is None:
            return
        asks = _("Remove the PIN of {name}?").format(name=person.full_name)
        explains = _("At stations {name} is known by badge alone then.")
        explains = explains.format(name=person.full_name)
        self._ask(person, asks, explains, _("Remove")).confirmed.connect(self._remove_pin)

    def _remove_pin(self, person: UserAnswer) -> None:
        self._await(calls.remove_pin(self._page.desk.session.client, person.id, owner=self), self._on_pin_removed)

    def _on_pin_removed(self, _nothing: object) -> None:
        self._tell(_("There is no PIN any more: stations know the person by badge alone."), "identity.user.pin_removed")

    def _ask_end_all(self) -> None:
        person, me = self._any_chosen(), self._page.desk.session.me
        if person is None:
            return
        if me is not None and person.id == me.id:
            self._page.go.emit(Place("my-sessions"))
            return
        asks = _("End all sessions of {name}?").format(name=person.full_name)
        explains = _(
            "Every program is signed out at once, also in the practice organization. Who knows the password signs in "
            "again: set another, or deactivate {name}, where that is not to be."
        )
        explains = explains.format(name=person.full_name)
        self._ask(person, asks, explains, _("End all")).confirmed.connect(self._end_all)

    def _end_all(self, person: UserAnswer) -> None:
        self._await(end_sessions(self._page.desk.session.client, person.id, owner=self), self._on_all_ended)

    def _on_all_ended(self, done: SessionsEnded) -> None:
        words = _("1 session is ended.") if done.ended == 1 else _("{n} sessions are ended.").format(n=done.ended)
        self._tell(words, "identity.session.ended")

    def _go_to_badges(self) -> None:
        if (person := self._any_chosen()) is not None:
            self._page.go.emit(Place("badges", str(person.id)))

    def _ask(self, person: UserAnswer, asks: str, explains: str, yes: str) -> Question:
        question = Question(person, self._page.desk.theme, self._page, asks=asks, explains=explains, yes=yes)
        question.open()
        return question

    def _await(self, call: Call, done: Callable[[Any], None]) -> None:
        call.done.connect(done)
        call.failed.connect(self._on_failed)

    def _on_failed(self, error: ApiError) -> None:
        self._page.desk.messages.say(error.message, Tone.BAD)
        self._page.reload()

    def _tell(self, words: str, topic: str) -> None:
        self._page.desk.messages.say(words, Tone.GOOD)
        self._page.desk.session.changes.announce(topic, None)
