"""A question to a PC and its answer, which takes a moment to come."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel
from PySide6.QtCore import QObject, QTimer, Signal
from unison_domain.stations.commands import CommandAnswer, CommandKind, CommandState

from unison_desktop.identity.session import Session
from unison_desktop.kernel.changes import Change
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.texts import _
from unison_desktop.stations import calls

AGAIN_MS = 1000
"""An expired question tells nothing, and a stream may have a gap: it is looked after now and then."""


def failure_words(command: CommandAnswer) -> str:
    """Why a command that ended was not carried out."""
    if command.state is CommandState.EXPIRED:
        return _("The PC did not answer in time. Is it switched on and connected?")
    return worded(command.message or "") or _("The PC could not do it, and did not say why.")


class CommandQuestion(QObject):
    """One command to a PC, from asking to its end.

    Attributes:
        expires_at: when the PC has not answered in time; None before the server took the question.

    Signals:
        taken: the server took it; the PC is being waited for.
        ended: the `CommandAnswer`: done, failed or expired.
        failed: an `ApiError`: it could not be asked.
    """

    taken = Signal()
    ended = Signal(object)
    failed = Signal(object)

    def __init__(self, session: Session, agent_id: UUID, kind: CommandKind, asked: BaseModel, parent: QObject) -> None:
        """`asked` are the parameters of the kind (`stations.commands.PARAMETERS`)."""
        super().__init__(parent)
        self._session, self._agent_id = session, agent_id
        self._id: UUID | None = None
        self._is_asking = False
        self.expires_at: datetime | None = None
        self._again = QTimer(self, interval=AGAIN_MS)
        self._again.timeout.connect(self._look)
        session.changes.changed.connect(self._on_change)
        call = calls.ask(session.client, agent_id, kind, asked, owner=self)
        call.done.connect(self._on_taken)
        call.failed.connect(self.failed)

    def drop(self) -> None:
        """Its answer is not wanted any more."""
        self.blockSignals(True)
        self.deleteLater()

    def _on_taken(self, command: CommandAnswer) -> None:
        self._id, self.expires_at = command.id, command.expires_at
        self.taken.emit()
        self._again.start()
        self._on_command(command)

    def _on_change(self, change: Change) -> None:
        if change.concerns(("stations.agent.command_answered",)) and change.names(self._agent_id):
            self._look()

    def _look(self) -> None:
        if self._id is None or self._is_asking:
            return
        self._is_asking = True
        call = calls.command(self._session.client, self._agent_id, self._id, owner=self)
        call.done.connect(self._on_command)
        call.failed.connect(self._on_not_read)

    def _on_command(self, command: CommandAnswer) -> None:
        self._is_asking = False
        if command.state is CommandState.WAITING or self._id is None:
            return
        self._id = None
        self._again.stop()
        self.ended.emit(command)

    def _on_not_read(self, error: ApiError) -> None:
        self._is_asking = False
        if not error.is_temporary:
            self._id = None
            self._again.stop()
            self.failed.emit(error)
