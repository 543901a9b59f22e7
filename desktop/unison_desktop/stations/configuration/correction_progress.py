"""How far a correction of many counts is that the server makes in the background."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget
from unison_domain.machines.count_corrections import CountCorrectionRun, RunState

from unison_desktop.frame.desk import Desk
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.stations.configuration import calls
from unison_desktop.tables.columns import value_text

_SHOWN_AFTER_MS = 1000
_ASKED_EVERY_MS = 500
_STEPS = 1000


class CorrectionProgress(QWidget):
    """Follows one correction until it is over; seen when that takes more than a second.

    Attributes:
        bar: how much of it is looked through. said: the same in words. cancel_button: ends it without any effect.

    Signals:
        ended: the `CountCorrectionRun` that is over.
    """

    ended = Signal(object)

    def __init__(self, desk: Desk, tag_id: UUID, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk, self._tag_id = desk, tag_id
        self._run: CountCorrectionRun | None = None
        self.bar = QProgressBar(self)
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(_("How far the correction is"))
        self.said = QLabel(self)
        self.said.setProperty("role", "muted")
        self.cancel_button = QPushButton(_("Cancel the correction"), self)
        self.cancel_button.setToolTip(_("Nothing of it takes effect then"))
        self.cancel_button.clicked.connect(self._cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.bar, 1)
        row.addWidget(self.said)
        row.addWidget(self.cancel_button)
        self._shown = self._timer(_SHOWN_AFTER_MS, self.show)
        self._again = self._timer(_ASKED_EVERY_MS, self._ask)
        self.hide()

    def follow(self, run: CountCorrectionRun) -> None:
        """Follow this one, which is under way."""
        self.cancel_button.setEnabled(True)
        self._shown.start()
        self._show(run)

    def _timer(self, milliseconds: int, run: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(run)
        return timer

    def _ask(self) -> None:
        if self._run is not None:
            call = calls.correction_run(self._desk.session.client, self._tag_id, self._run.id, owner=self)
            call.done.connect(self._show)
            call.failed.connect(self._on_failed)

    def _cancel(self) -> None:
        if self._run is not None:
            self.cancel_button.setEnabled(False)
            call = calls.cancel_correction(self._desk.session.client, self._tag_id, self._run.id, owner=self)
            call.done.connect(self._show)

    def _show(self, run: CountCorrectionRun) -> None:
        if self._run is not None and self._run.state.is_over and self._run.id == run.id:
            return
        self._run = run
        if run.state.is_over:
            self._shown.stop()
            self._again.stop()
            self.hide()
            self.ended.emit(run)
            return
        self.bar.setValue(_STEPS * min(run.done, run.counts) // max(run.counts, 1))
        words = _("Waiting for its turn…")
        if run.state is RunState.RUNNING:
            words = _("{done} of {all} counts").format(done=value_text(run.done), all=value_text(run.counts))
        self.said.setText(words)
        self._again.start()

    def _on_failed(self, error: ApiError) -> None:
        """It goes on at the server, whoever is reached."""
        self.said.setText(error.message)
        self._again.start()
