"""Keeping a code that was typed or scanned at this PC, and the way back."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID, uuid4

from PySide6.QtCore import QObject, Signal
from unison_domain.codes.contracts import ScanAnswer, ScanCreate

from unison_desktop.codes import calls
from unison_desktop.codes.panel import TOPIC
from unison_desktop.codes.words import said
from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.messages import Offer
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.kernel.visible_text import visible

KEEP = "codes.scan.create"
SAME_FOR_SECONDS = 120.0
"""So long the same code again is one more try of a scan that failed; later it is a scan of its own."""
_NUL = "\N{SYMBOL FOR NULL}"
"""Told instead of NUL, which no text of a database has."""


class Where(NamedTuple):
    """Where a scan was taken: at a station, or somewhere in a plant."""

    plant_id: UUID | None
    station_id: UUID | None


class _Wanted(NamedTuple):
    """A scan that is to be kept, under the key of its request; `forgotten_at` is on the monotonic clock."""

    scan: ScanCreate
    key: UUID
    forgotten_at: float = math.inf

    def is_of(self, code: str, where: Where) -> bool:
        """Whether it is of this code there, whenever it was scanned."""
        return (self.scan.qr_code_data, self.scan.plant_id, self.scan.station_id) == (code, *where)


class ScanKeeping(QObject):
    """Sends scans one after the other, in the order they were kept; one more try after a failure is the same request.

    Signals:
        kept: a `ScanAnswer`, as the server has it now.
    """

    kept = Signal(object)

    def __init__(self, desk: Desk, parent: QObject, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self._desk = desk
        self._monotonic = monotonic
        self._waiting: list[_Wanted] = []
        self._failed: list[_Wanted] = []

    def keep(self, code: str, where: Where) -> None:
        """Record that this code was scanned there, now. The same again while it waits is one press too many."""
        code = code.replace("\0", _NUL)
        if any(one.is_of(code, where) for one in self._waiting):
            return
        self._failed = [one for one in self._failed if self._monotonic() < one.forgotten_at]
        again = next((one for one in self._failed if one.is_of(code, where)), None)
        self._waiting.append(again or self._wanted(code, where))
        self._failed = [one for one in self._failed if one is not again]
        if len(self._waiting) == 1:
            self._send()

    def _wanted(self, code: str, where: Where) -> _Wanted:
        now = self._desk.session.clock.now()
        return _Wanted(ScanCreate(qr_code_data=code, **where._asdict(), scanned_at=now), uuid4())

    def _send(self) -> None:
        wanted = self._waiting[0]
        call = calls.keep(self._desk.session.client, wanted.scan, key=wanted.key, owner=self)
        call.done.connect(self._on_kept)
        call.failed.connect(self._on_refused)

    def _on_kept(self, scan: ScanAnswer) -> None:
        self._waiting.pop(0)
        offers = (Offer(_("Undo"), TakenBack(self._desk, scan.id).run, scan.id),)
        self._desk.messages.say(_("Kept as a scan: {words}").format(words=said(scan.reading)), Tone.GOOD, offers=offers)
        self._desk.session.changes.announce(f"{TOPIC}.taken", [scan.id])
        self.kept.emit(scan)
        self._go_on()

    def _on_refused(self, error: ApiError) -> None:
        wanted = self._waiting.pop(0)
        self._failed.append(wanted._replace(forgotten_at=self._monotonic() + SAME_FOR_SECONDS))
        text = _("“{code}” was not kept: {reason}")
        self._desk.messages.say(text.format(code=visible(wanted.scan.qr_code_data), reason=error.message), Tone.BAD)
        self._go_on()

    def _go_on(self) -> None:
        if self._waiting:
            self._send()


class TakenBack:
    """The way back of a scan that was kept. Holds no widget: a message may outlive its page."""

    def __init__(self, desk: Desk, scan_id: UUID) -> None:
        self._desk, self._scan_id = desk, scan_id

    def run(self) -> None:
        """Say that it does not count."""
        session = self._desk.session
        call = calls.undo(session.client, self._scan_id, _("kept by mistake"), owner=session)
        call.done.connect(self._on_undone)
        call.failed.connect(self._on_failed)

    def _on_undone(self, scan: ScanAnswer) -> None:
        self._desk.messages.say(_("The scan does not count any more; it stays in the list."), Tone.GOOD)
        self._desk.messages.withdraw(self._scan_id)
        self._desk.session.changes.announce(f"{TOPIC}.undone", [scan.id])

    def _on_failed(self, error: ApiError) -> None:
        self._desk.messages.say(_("It could not be taken back. {reason}").format(reason=error.message), Tone.BAD)
