"""A link by which somebody chooses another password."""

from __future__ import annotations

from PySide6.QtCore import QObject
from unison_domain.identity.contracts import UserAnswer
from unison_domain.identity.password_reset_contracts import PasswordResetMade

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.page import Page
from unison_desktop.identity import password_calls
from unison_desktop.identity.invitations.link import LinkDialog, until
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _

TOPIC = "identity.password_reset"
"""What is told when somebody asked for a link, or it was handed over."""


class PasswordLink(QObject):
    """Has the link made, or takes the one that the person asked for, and shows it where no mail carries it.

    Each knows whose it is: of two that are under way none is shown as the other's.
    """

    def __init__(self, page: Page, person: UserAnswer, *, is_asked: bool = False) -> None:
        super().__init__(page)
        self._page, self._person = page, person
        get = password_calls.take_asked_link if is_asked else password_calls.make_password_link
        call = get(page.desk.session.client, person.id, owner=self)
        call.done.connect(self._on_made)
        call.failed.connect(self._on_failed)

    def _on_made(self, made: PasswordResetMade) -> None:
        name = self._person.full_name
        if made.link is None:
            words = _("The link for {name} is on its way to {email}, and good {until}.")
            words = words.format(name=name, email=made.sent_to or self._person.email, until=until(made.expires_at))
            self._page.desk.messages.say(words, Tone.GOOD)
        else:
            self._page.desk.session.changes.announce(TOPIC, None)
            heading = _("A link for {name}").format(name=name)
            LinkDialog(
                self._page.desk, made.link, self._page, heading=heading, whose=name, until=until(made.expires_at)
            ).open()
        self.deleteLater()

    def _on_failed(self, error: ApiError) -> None:
        self._page.desk.messages.say(error.message, Tone.BAD)
        self.deleteLater()
