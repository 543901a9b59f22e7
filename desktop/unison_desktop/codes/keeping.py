"""Keeping a code that was typed or scanned at this PC, and the way back."""

from __future__ import annotations

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

KEEP = "codes.scan.create"
_NUL = "\N{SYMBOL FOR NULL}"
"""Told instead of NUL, which no text of a database has."""


class Where(NamedTuple):
    """Where a scan was taken: at a station, or somewhere in a plant."""

    plant_id: UUID | None
    station_id: UUID | None


class ScanKeeping(QObject):
    """Sends one scan at a time; the same once more after a failure is the same request.

    Signals:
        kept: a `ScanAnswer`, as the server has it now.
    """

    kept = Signal(object)

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._wanted: ScanCreate | None = None
        self._key = uuid4()
        self._is_open = False

    def keep(self, code: str, where: Where) -> None:
        """Record that this code was scanned there, now."""
        if self._is_open:
            return
        wanted = ScanCreate(qr_code_data=code.replace("\0", _NUL), plant_id=where.plant_id, station_id=where.station_id)
        if wanted != self._wanted:
            self._wanted, self._key = wanted, uuid4()
        self._is_open = True
        call = calls.keep(self._desk.session.client, wanted, key=self._key, owner=self)
        call.done.connect(self._on_kept)
        call.failed.connect(self._on_refused)

    def _on_kept(self, scan: ScanAnswer) -> None:
        self._is_open, self._wanted = False, None
        offers = (Offer(_("Undo"), TakenBack(self._desk, scan.id).run),)
        self._desk.messages.say(_("Kept as a scan: {words}").format(words=said(scan.reading)), Tone.GOOD, offers=offers)
        self._desk.session.changes.announce(f"{TOPIC}.taken", [scan.id])
        self.kept.emit(scan)

    def _on_refused(self, error: ApiError) -> None:
        self._is_open = False
        self._desk.messages.say(error.message, Tone.BAD)


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
        self._desk.session.changes.announce(f"{TOPIC}.undone", [scan.id])

    def _on_failed(self, error: ApiError) -> None:
        self._desk.messages.say(_("It could not be taken back. {reason}").format(reason=error.message), Tone.BAD)
