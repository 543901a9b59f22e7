"""What proves who one is: the password, a second factor beside it, and a PIN at stations."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget
from unison_domain.identity.mfa_contracts import MfaAnswer, RecoveryCodes, TotpBegun

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.command_button import CommandButton
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.theme import Type
from unison_desktop.frame.tone_label import ToneLabel
from unison_desktop.identity import calls
from unison_desktop.identity.second_factor.codes_dialog import RecoveryCodesDialog
from unison_desktop.identity.second_factor.command_card import WIDEST, Card, CommandCard
from unison_desktop.identity.second_factor.forms import (
    BeginDialog,
    ConfirmDialog,
    NewCodesDialog,
    OwnPasswordDialog,
    OwnPinDialog,
    OwnPinRemoveDialog,
    RemoveDialog,
)
from unison_desktop.kernel.own_clock import own_time
from unison_desktop.kernel.texts import _

TOPIC = "identity.user.second_factor"
FEW = 3
"""So many recovery codes or fewer are soon used up."""
_OFF = _(
    "Your password alone lets you in, and whoever knows it. With a second factor signing in asks for a code beside it, "
    "which an authenticator on your telephone shows anew every half minute."
)
_CHANGED = _(
    "You sign in by it at this program. Whoever might know it is locked out by another one: your "
    "other sessions end with the change, this one goes on."
)
_PIN = _(
    "At a station you are known by your badge, or by your name and a PIN of 4 to 12 digits. It can be set anew at any "
    "time, and is shown nowhere."
)
_PRACTISES = _("In the practice organization nobody signs in: do it in the real one.")
_ON = _(
    "Signing in asks for the code your authenticator shows, or for a recovery code. If you lose both, "
    "an administrator can take the second factor away, so that you set up another."
)


class SecondFactorPage(Page):
    """Shows how the second factor stands, sets up, makes new recovery codes and removes; changes password and PIN.

    It needs no right.

    Attributes:
        state: whether there is one. codes: how many recovery codes are left.

    Signals:
        set_up: there is one now, and its recovery codes were shown.
    """

    set_up = Signal()

    topics: ClassVar[tuple[str, ...]] = (TOPIC,)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self._known: MfaAnswer | None = None
        content = QWidget(self)
        self._password = self.add_command(
            "password.change_own", _("Change my password…"), self._ask_password, icon="key", in_head=False
        )
        self._pin = self.add_command("pin.set_own", _("Set my PIN…"), self._ask_pin, icon="key", in_head=False)
        self._no_pin = self.add_command("pin.remove_own", _("Remove my PIN…"), self._ask_no_pin, in_head=False)
        self._begin = self.add_command(
            "second_factor.set_up",
            _("Set up a second factor…"),
            self._ask_begin,
            icon="key",
            shortcuts="Ctrl+N",
            in_head=False,
        )
        self._renew = self.add_command(
            "second_factor.new_codes", _("New recovery codes…"), self._ask_codes, in_head=False
        )
        self._remove = self.add_command(
            "second_factor.remove", _("Remove the second factor…"), self._ask_remove, in_head=False
        )
        password_card = CommandCard(_("Password"), _CHANGED, (self._password,), desk.theme, content)
        card = self._card = Card(content)
        self.state = QLabel(card)
        self.state.setFont(desk.theme.font(Type.HEADING))
        self.state.setWordWrap(True)
        self._means = QLabel(card)
        self._means.setWordWrap(True)
        self.codes = ToneLabel(desk.theme, card)
        for widget in (self.state, self._means, self.codes):
            card.column.addWidget(widget)
        card.add_commands(self._begin, self._renew, self._remove)
        card.hide()
        pin_card = CommandCard(_("PIN for stations"), _PIN, (self._pin, self._no_pin), desk.theme, content)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        is_first = desk.session.is_held_back
        self._cards = (card, password_card, pin_card) if is_first else (password_card, card, pin_card)
        for one in self._cards:
            row = QHBoxLayout()
            row.addWidget(one, WIDEST)
            row.addStretch(1)
            column.addLayout(row)
        column.addStretch(1)
        room = QScrollArea(self)  # a low window has room for a part of it
        room.setWidgetResizable(True)
        room.setFrameShape(QFrame.Shape.NoFrame)
        room.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        room.setWidget(content)
        room.viewport().setAutoFillBackground(False)
        content.setAutoFillBackground(False)
        self.set_content(room)
        desk.session.events.link_changed.connect(self._allow)
        self._allow()
        self.set_title(_("Password, second factor and PIN"), _("What proves who you are"))

    def load(self) -> None:
        self.ask(calls.second_factor(self.desk.session.client, owner=self), self._show)

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        buttons = (button for card in self._cards for button in card.findChildren(CommandButton))
        button = next((button for button in buttons if button.isEnabled()), None)
        (button or self).setFocus(reason)

    def _show(self, known: MfaAnswer) -> None:
        self._known = known
        since = known.confirmed_at
        if since is None:
            self.state.setText(_("No second factor is set up"))
            self._means.setText(_OFF)
        else:
            moment = own_time(since).strftime("%Y-%m-%d %H:%M")
            self.state.setText(_("A second factor is set up since {moment}").format(moment=moment))
            self._means.setText(_ON)
            self.codes.say(*_left(known.recovery_codes_left))
        self.codes.setVisible(since is not None)
        self._card.show()
        self._allow()

    def _allow(self) -> None:
        known, is_online = self._known, self.desk.session.is_online
        is_set_up = known is not None and known.confirmed_at is not None
        away = _("Not while the server is away.") if not is_online else ""
        unknown = _("It is not known yet whether there is one.") if known is None else ""
        me = self.desk.session.me
        practises = _PRACTISES if me is not None and me.is_practice else ""
        self._begin.allow(
            is_online and not practises and known is not None and not is_set_up,
            away or practises or unknown or _("Remove the one you have first."),
        )
        for command in (self._renew, self._remove):
            command.allow(is_online and is_set_up, away or practises or unknown or _("No second factor is set up."))
        self._password.allow(is_online and not practises, away or practises)
        first = _("Set up the second factor first.") if self.desk.session.is_held_back else ""
        for command in (self._pin, self._no_pin):
            command.allow(is_online and not first, away or first)

    def _ask_begin(self) -> None:
        dialog = BeginDialog(self.desk, self)
        dialog.saved.connect(self._ask_code)
        dialog.open()

    def _ask_code(self, begun: TotpBegun) -> None:
        dialog = ConfirmDialog(self.desk, begun, self)
        dialog.saved.connect(self._on_set_up)
        dialog.open()

    def _on_set_up(self, codes: RecoveryCodes) -> None:
        self._tell(_("From now on signing in asks for a code."))
        self._show_codes(codes).finished.connect(self._on_codes_shown)

    def _on_codes_shown(self, _result: int) -> None:
        self.set_up.emit()

    def _ask_codes(self) -> None:
        dialog = NewCodesDialog(self.desk, self)
        dialog.saved.connect(self._on_new_codes)
        dialog.open()

    def _on_new_codes(self, codes: RecoveryCodes) -> None:
        self._tell(_("The recovery codes of before are worthless now."))
        self._show_codes(codes)

    def _show_codes(self, codes: RecoveryCodes) -> RecoveryCodesDialog:
        dialog = RecoveryCodesDialog(self.desk, codes, self)
        dialog.open()
        return dialog

    def _ask_remove(self) -> None:
        dialog = RemoveDialog(self.desk, self)
        dialog.saved.connect(self._on_removed)
        dialog.open()

    def _on_removed(self, _nothing: object) -> None:
        self._tell(_("Your password alone lets you in again."))

    def _ask_password(self) -> None:
        dialog = OwnPasswordDialog(self.desk, self)
        dialog.saved.connect(self._on_password_changed)
        dialog.open()

    def _on_password_changed(self, _nothing: object) -> None:
        self.desk.messages.say(
            _("Your password is changed. Your other sessions have ended, this one goes on."), Tone.GOOD
        )

    def _ask_pin(self) -> None:
        dialog = OwnPinDialog(self.desk, self)
        dialog.saved.connect(self._on_pin_set)
        dialog.open()

    def _ask_no_pin(self) -> None:
        dialog = OwnPinRemoveDialog(self.desk, self)
        dialog.saved.connect(self._on_pin_removed)
        dialog.open()

    def _on_pin_removed(self, _nothing: object) -> None:
        self.desk.messages.say(_("You have no PIN any more: stations know you by your badge alone."), Tone.GOOD)

    def _on_pin_set(self, _nothing: object) -> None:
        self.desk.messages.say(_("Your PIN is set. Stations offer your name half a minute later."), Tone.GOOD)

    def _tell(self, words: str) -> None:
        self.desk.messages.say(words, Tone.GOOD)
        self.desk.session.changes.announce(f"{TOPIC}_changed", None)


def _left(codes: int) -> tuple[str, Tone]:
    if codes == 0:
        return _("No recovery code is left. Make new ones, so that you get in without your authenticator."), Tone.BAD
    if codes == 1:
        return _("1 recovery code is left. Make new ones."), Tone.WARNING
    if codes <= FEW:
        return _("{n} recovery codes are left. Make new ones.").format(n=codes), Tone.WARNING
    return _("{n} recovery codes are left.").format(n=codes), Tone.GOOD
