"""The usual reasons for stops: a first set for who has none."""

from __future__ import annotations

from PySide6.QtCore import QObject
from unison_domain.kernel.contracts import Page as Answers
from unison_domain.machines.downtime_contracts import DowntimeReasonAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.kernel.counted import counted
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.machines.downtime import calls

REASON_TOPIC, ALARM_TOPIC = "machines.downtime_reason", "machines.alarm_reason"


class LoadReasons(QObject):
    """Brings those whose numbers are free; what is there stays."""

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk

    def command(self, page: Page) -> Command:
        """Offer it on a page, to who may."""
        text, needs = _("Load the usual reasons"), f"{REASON_TOPIC}.create"
        return page.add_command("reason.defaults", text, self._load, needs=needs, everywhere=True, in_head=False)

    def _load(self) -> None:
        call = calls.load_defaults(self._desk.session.client, owner=self)
        call.done.connect(self._on_loaded)
        call.failed.connect(self._on_failed)

    def _on_loaded(self, page: Answers[DowntimeReasonAnswer]) -> None:
        self._desk.messages.say(
            counted(len(page.items), _("1 reason was added."), _("{n} reasons were added.")), Tone.GOOD
        )
        self._desk.session.changes.announce(f"{REASON_TOPIC}.created", None)

    def _on_failed(self, error: ApiError) -> None:
        self._desk.messages.say(error.message, Tone.BAD)
        self._desk.session.changes.announce(f"{REASON_TOPIC}.refused", None)
