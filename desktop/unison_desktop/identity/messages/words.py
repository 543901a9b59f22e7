"""What became of a message, in words and colour."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtGui import QIcon
from unison_domain.identity.message_contracts import MessageKind, MessageState

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.texts import _

KINDS: Mapping[MessageKind, str] = {
    MessageKind.INVITATION: _("Invitation"),
    MessageKind.PASSWORD_RESET: _("Link to a new password"),
    MessageKind.FIRST_PASSWORD: _("Link to a first password"),
    MessageKind.NOTIFICATION: _("Notification"),
    MessageKind.UNKNOWN: _("Of a later version"),
}

STATES: Mapping[MessageState, str] = {
    MessageState.WAITING: _("on its way"),
    MessageState.SENT: _("sent"),
    MessageState.FAILED: _("not sent"),
    MessageState.EXPIRED: _("not sent in time"),
    MessageState.KEPT: _("no mail is sent here"),
    MessageState.NOBODY: _("to nobody"),
    MessageState.UNKNOWN: _("of a later version"),
}

MEANINGS: Mapping[MessageState, str] = {
    MessageState.WAITING: _("It is sent in a moment, or tried again where the mail server was away or refused it."),
    MessageState.SENT: _("The mail server took it. What became of it afterwards is not known here."),
    MessageState.FAILED: _("It is not tried again."),
    MessageState.EXPIRED: _("What it links to was over before it could be sent."),
    MessageState.KEPT: _("This server has no mail server: who asked for the link hands it over."),
    MessageState.NOBODY: _("Asked for by a name that nobody has, or by somebody without access or e-mail."),
    MessageState.UNKNOWN: _("This program is older than the server."),
}

_MARKS: Mapping[MessageState, tuple[str, Tone]] = {
    MessageState.WAITING: ("clock", Tone.INFO),
    MessageState.SENT: ("good", Tone.GOOD),
    MessageState.FAILED: ("error", Tone.BAD),
    MessageState.EXPIRED: ("error", Tone.BAD),
}


def message_icon(theme: Theme, state: MessageState, error: str | None) -> QIcon:
    """A mark beside the words; one that waits after a refusal is a warning."""
    if state is MessageState.WAITING and error:
        return theme.icon("warning", theme.tone(Tone.WARNING).fill)
    if state not in _MARKS:
        return QIcon()
    icon, tone = _MARKS[state]
    return theme.icon(icon, theme.tone(tone).fill)


def message_hint(state: MessageState, error: str | None) -> str:
    """What the state means, and why it was not sent."""
    return MEANINGS[state] if not error else f"{MEANINGS[state]}\n{worded(error)}"
