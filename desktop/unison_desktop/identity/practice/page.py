"""The page of the practice organization: what it is, going there, and making it anew."""

from __future__ import annotations

from typing import ClassVar
from uuid import uuid4

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget
from unison_domain.identity.organization_contracts import OrganizationAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.question import Question
from unison_desktop.identity.practice import calls
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.own_clock import own_time
from unison_desktop.kernel.texts import _

_MAKE, _RESET = "identity.practice.create", "identity.practice.reset"
_WHAT = _(
    "A copy of this organization to try things out in: plants, warehouses, machines, reasons, characteristics, roles, "
    "and the people with what they may do. Nothing done there reaches the real one."
)
_STATIONS = _(
    "A practice station is a PC of its own: go there, enrol it with a code made there, and its page says that it is "
    "practice. Devices and instruments are set up there anew, so that no machine is read twice."
)
_NONE = _("There is none yet; an administrator makes it.")
_THERE = _("There is one, {code}, made on {made}.")
_MADE = _("There is one already: “Make it anew…” begins with a fresh copy.")
_HERE = _("You are in the practice organization now. The button in the stripe above leads back.")
_WAITS = _("Masters and people are being copied…")


class PracticePage(Page):
    """Words about it, and what can be done."""

    topics: ClassVar[tuple[str, ...]] = ("identity.organization",)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self._known: OrganizationAnswer | None = None
        self._is_copying = False
        card = QFrame(self)
        card.setProperty("role", "card")
        self.state = QLabel(card)
        column = QVBoxLayout(card)
        column.setContentsMargins(22, 18, 22, 18)
        column.setSpacing(12)
        for label in (self.state, QLabel(_WHAT, card), QLabel(_STATIONS, card)):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(label)
        column.addStretch(1)
        self.set_content(card)
        one, using = self.add_command, self._against_using
        one("practice.reset", _("Make it anew…"), self._ask_reset, needs=_RESET, against=using)
        one("practice.make", _("Make it"), self._start, icon="plus", needs=_MAKE, against=self._against_making)
        go = _("Go there")
        one("practice.go", go, self._practise, icon="forward", shortcuts="Ctrl+Return", primary=True, against=using)
        self.set_title(_("Practice organization"))

    @property
    def _is_here(self) -> bool:
        me = self.desk.session.me
        return me is not None and me.is_practice

    def load(self) -> None:
        if self._is_here:
            self._tell(_HERE)
            return
        call = calls.practice(self.desk.session.client, owner=self)
        call.done.connect(self._show)
        call.failed.connect(self._on_not_read)

    def _show(self, known: OrganizationAnswer) -> None:
        self._known = known
        made = f"{own_time(known.created_at):%Y-%m-%d %H:%M}"
        self._tell(_THERE.format(code=known.code, made=made))

    def _on_not_read(self, error: ApiError) -> None:
        if error.status == 404:
            self._known = None
            self._tell(_NONE)
        else:
            self.tell(error, "practice")

    def _tell(self, words: str) -> None:
        self.state.setText(words)
        self.guard()
        self.tell(None, "practice")
        self.loaded.emit()

    # What is done, and what is against it.

    def _against_making(self) -> str:
        return self._against_all() or (_MADE if self._known is not None else "")

    def _against_using(self) -> str:
        return self._against_all() or (_NONE if self._known is None else "")

    def _against_all(self) -> str:
        if self._is_here:
            return _HERE
        return _WAITS if self._is_copying else ""

    def _practise(self) -> None:
        self.desk.session.practise().failed.connect(self._on_failed)

    def _start(self) -> None:
        self._wait_for(calls.make_practice(self.desk.session.client, key=uuid4(), owner=self))

    def _ask_reset(self) -> None:
        if self._known is None:
            return
        asks = _("Make {code} anew?").format(code=self._known.code)
        explains = _(
            "All that was done there is deleted, and masters and people are copied as they are now. Who practises is "
            "signed out, and its stations are enrolled again."
        )
        question = Question(self._known, self.desk.theme, self, asks=asks, explains=explains, yes=_("Make it anew"))
        question.confirmed.connect(self._make_anew)
        question.open()

    def _make_anew(self, known: OrganizationAnswer) -> None:
        self._wait_for(calls.reset_practice(self.desk.session.client, known, owner=self))

    def _wait_for(self, call: Call) -> None:
        self._is_copying = True
        self.state.setText(_WAITS)
        self.guard()
        call.done.connect(self._on_made)
        call.failed.connect(self._on_failed)

    def _on_made(self, made: OrganizationAnswer) -> None:
        self._is_copying = False
        self._show(made)
        self.desk.messages.say(_("{code} is ready.").format(code=made.code), Tone.GOOD)

    def _on_failed(self, error: ApiError) -> None:
        self._is_copying = False
        self.desk.messages.say(error.message, Tone.BAD)
        self.reload()
