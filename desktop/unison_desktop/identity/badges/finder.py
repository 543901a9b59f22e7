"""Whose badge is at hand: read it into the field."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from pydantic import SecretStr, ValidationError
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from unison_domain.identity.badge_contracts import LEAST_BADGE_CHARACTERS, BadgeAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.tone_label import ToneLabel
from unison_desktop.identity import calls
from unison_desktop.identity.badges.columns import KINDS, BadgeRow
from unison_desktop.identity.sent import BadgeAtHand
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _

_UNKNOWN = "badge_unknown"
_LONGEST = 300


class BadgeFinder(QWidget):
    """A field, and the answer beside it. What is read is never shown, and forgotten once it is sent.

    Attributes:
        typed: the field. told: the answer.

    Signals:
        asked: something was read.
        found: the `BadgeAnswer`.
    """

    asked = Signal()
    found = Signal(object)

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._call: Call | None = None
        self.typed = QLineEdit(self)
        self.typed.setEchoMode(QLineEdit.EchoMode.Password)
        self.typed.setMaxLength(_LONGEST)
        self.typed.setPlaceholderText(_("Hold a badge to the reader, or type it and press Enter: whose is it?"))
        self.typed.setAccessibleName(_("Find whose badge it is"))
        self.typed.setClearButtonEnabled(True)
        self.typed.returnPressed.connect(self._find)
        self.told = ToneLabel(desk.theme, self)
        self.told.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.typed)
        column.addWidget(self.told)

    def _find(self) -> None:
        text = self.typed.text()
        self.typed.clear()
        self.asked.emit()
        if self._call is not None:
            self._call.cancel()
            self._call = None
        try:
            body = BadgeAtHand(text=SecretStr(text))
        except ValidationError:
            words = _("That is no badge: one has at least {n} characters. Read it again.")
            self._tell(words.format(n=LEAST_BADGE_CHARACTERS), Tone.WARNING)
            return
        self._tell(_("Looking it up…"), Tone.INFO)
        self._call = calls.find_badge(self._desk.session.client, body, owner=self)
        self._call.done.connect(self._on_found)
        self._call.failed.connect(self._on_not_found)

    def _on_found(self, badge: BadgeAnswer) -> None:
        self._call = None
        row = BadgeRow(badge, self._desk.session.clock.now(), ZoneInfo(self._desk.session.zone))
        words = _("{name}: {kind}, {label}, {state}") if badge.label else _("{name}: {kind}, {state}")
        said = words.format(name=badge.user_name, kind=KINDS[badge.kind], label=badge.label, state=row.state)
        if not row.names_somebody:
            said = _("{words}. It names nobody at stations any more.").format(words=said)
        self._tell(said, Tone.GOOD if row.names_somebody else Tone.WARNING)
        self.found.emit(badge)

    def _on_not_found(self, error: ApiError) -> None:
        self._call = None
        unknown = _("Nobody was given this badge. “Give a badge…” hands it out.")
        self._tell(unknown if error.code == _UNKNOWN else error.message, Tone.WARNING)

    def _tell(self, words: str, tone: Tone) -> None:
        self.told.say(words, tone)
        self.told.show()
