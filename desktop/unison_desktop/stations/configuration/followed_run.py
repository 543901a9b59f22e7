"""A run that the server makes in the background, followed until it is over, whoever still looks at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal
from unison_domain.machines.tag_runs import RunState, TagRun
from unison_domain.stations.contracts import TagAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.stations.configuration import calls
from unison_desktop.stations.configuration.calls import RunWay

_ASKED_EVERY_MS = 500


class RunKind(NamedTuple):
    """What a kind of runs is.

    Attributes:
        all_of: how much there is to look through. progress: how far it is, in words. outcome: what came of one that is
            over.
        cancels: what cancelling does, in words.
    """

    way: RunWay
    all_of: Callable[[TagRun], int]
    progress: Callable[[TagRun], str]
    outcome: Callable[[TagRun], tuple[str, Tone]]
    cancels: str


class FollowedRun(QObject):
    """Asks how far it is until it is over, and then says what came of it, also after its dialog was left.

    Attributes:
        run: how it stood last.

    Signals:
        told: the run, as it stands now. ended: the run, which is over.
        failed: an `ApiError`: the server could not be asked.
    """

    told = Signal(object)
    ended = Signal(object)
    failed = Signal(object)

    def __init__(self, desk: Desk, kind: RunKind, tag: TagAnswer, run: TagRun) -> None:
        super().__init__(desk.session)
        self.kind, self.run = kind, run
        self._desk, self._tag = desk, tag
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(_ASKED_EVERY_MS)
        self._again.timeout.connect(self._ask)
        self._again.start()

    def cancel(self) -> None:
        """End it."""
        client = self._desk.session.client
        call = calls.cancel_run(client, self.kind.way, self.run.tag_id, self.run.id, owner=self)
        call.done.connect(self._take)
        call.failed.connect(self._on_failed)

    def _ask(self) -> None:
        client = self._desk.session.client
        call = calls.run_of(client, self.kind.way, self.run.tag_id, self.run.id, owner=self)
        call.done.connect(self._take)
        call.failed.connect(self._on_failed)

    def _take(self, run: TagRun) -> None:
        if self.run.state.is_over:
            return
        self.run = run
        self.told.emit(run)
        if not run.state.is_over:
            self._again.start()
            return
        self._again.stop()
        words, tone = self.kind.outcome(run)
        self._desk.messages.say(said_of(self._tag, words), tone)
        self.ended.emit(run)
        self.deleteLater()

    def _on_failed(self, error: ApiError) -> None:
        """It goes on at the server, whoever is reached; one that can't be asked about any more is left to itself."""
        self.failed.emit(error)
        if error.is_temporary or error.code == "run_is_over":
            self._again.start()


def followed(desk: Desk, kind: RunKind, tag: TagAnswer, run: TagRun) -> FollowedRun:
    """What follows this run, which is under way: each run is followed once."""
    for one in desk.session.findChildren(FollowedRun):
        if one.run.id == run.id and not one.run.state.is_over:
            return one
    return FollowedRun(desk, kind, tag, run)


def said_of(tag: TagAnswer, words: str) -> str:
    """What came of something, with the name of the tag: it is told when the person may look at another."""
    return _("{name}: {words}").format(name=tag.name, words=words)


def is_cut_off(run: TagRun) -> bool:
    """Whether it ended before it was done."""
    return run.state in (RunState.CANCELLED, RunState.FAILED)
