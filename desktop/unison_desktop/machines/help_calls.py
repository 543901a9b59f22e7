"""Calls for help that are open, kept current wherever the person looks, and told when a new one comes."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from PySide6.QtCore import QObject, Signal
from unison_domain.machines.calls import CallAnswer, CallKind, CallState
from unison_domain.sites.contracts import PlantAnswer

from unison_desktop.frame.plant_rights import against
from unison_desktop.identity.session import Session
from unison_desktop.kernel.changes import Change
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.one_at_a_time import OneAtATime
from unison_desktop.kernel.texts import _
from unison_desktop.machines import calls
from unison_desktop.sites.calls import plants

TOPICS = ("machines.call",)
READ, ANSWER = "machines.call.read", "machines.call.answer"

CALLED_TEXTS = {
    CallKind.SETTER: _("Setter"),
    CallKind.MAINTENANCE: _("Maintenance"),
    CallKind.QUALITY: _("Quality"),
    CallKind.LOGISTICS: _("Logistics"),
    CallKind.UNKNOWN: _("Somebody"),
}


def next_step(call: CallAnswer) -> calls.Step:
    """What is said of it next: somebody comes, is there, is done."""
    if call.state is CallState.ARRIVED:
        return "done"
    return "answer" if call.answered_at is None else "arrive"


class HelpCalls(QObject):
    """The open calls of machines that the person may see, oldest first. Somebody without the right sees none.

    Attributes:
        calls: as read last.

    Signals:
        changed: `calls` are others now.
        plants_known: whose plants they are is known, so whether the person may answer them there.
        came: a `CallAnswer` that was not there before.
        failed: an `ApiError`; None when reading works again.
    """

    changed = Signal()
    plants_known = Signal()
    came = Signal(object)
    failed = Signal(object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.calls: list[CallAnswer] = []
        self._session = session
        self._known: frozenset[UUID] | None = None
        self._plants: dict[UUID, PlantAnswer] = {}
        self._plants_reading = OneAtATime(partial(plants, session.client), self)
        self._plants_reading.read.connect(self._take_plants)
        self._reading = OneAtATime(partial(calls.open_calls, session.client), self)
        self._reading.read.connect(self._take)
        self._reading.failed.connect(self.failed)
        session.changes.changed.connect(self._on_change)

    def load(self) -> None:
        """Read them again."""
        if self._session.may(READ):
            self._reading.ask()

    def against(self, call: CallAnswer) -> str:
        """Why the person may not answer this call; empty where they may."""
        return against(self._session, ANSWER, self._plants.get(call.plant_id))

    def say(self, call: CallAnswer, step: calls.Step) -> None:
        """Say a step of a call; what comes of it is read with the change."""
        request = calls.answer_call(self._session.client, call.id, step, owner=self)
        request.done.connect(self._on_said)
        request.failed.connect(self._on_refused)

    def _take(self, found: list[CallAnswer]) -> None:
        """Those that were open when the person came are no news."""
        self.failed.emit(None)
        self.calls = sorted(found, key=lambda call: call.called_at)
        if any(call.plant_id not in self._plants for call in found) and self._session.may("sites.plant.read"):
            self._plants_reading.ask()
        before, self._known = self._known, frozenset(call.id for call in found)
        self.changed.emit()
        for call in self.calls:
            if before is not None and call.id not in before:
                self.came.emit(call)

    def _take_plants(self, found: list[PlantAnswer]) -> None:
        self._plants = {plant.id: plant for plant in found}
        self.plants_known.emit()

    def _on_change(self, change: Change) -> None:
        if change.concerns(TOPICS):
            self.load()

    def _on_said(self, call: CallAnswer) -> None:
        self._session.changes.announce(TOPICS[0], [call.id])

    def _on_refused(self, error: ApiError) -> None:
        """Somebody else may have been quicker: what is so now is read in any case."""
        self.failed.emit(error)
        self.load()
