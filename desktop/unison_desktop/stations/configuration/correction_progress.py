"""How far something is that the server puts right in the background."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget
from unison_domain.machines.tag_runs import RunState, TagRun

from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.texts import _
from unison_desktop.stations.configuration.followed_run import FollowedRun

_SHOWN_AFTER_MS = 1000
_STEPS = 1000


class CorrectionProgress(QWidget):
    """Shows one run until it is over; seen when that takes more than a second.

    Attributes:
        bar: how much of it is looked through. said: the same in words. cancel_button: ends it.

    Signals:
        ended: the run that is over.
    """

    ended = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._followed: FollowedRun | None = None
        self.bar = QProgressBar(self)
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(_("How far the correction is"))
        self.said = QLabel(self)
        self.said.setProperty("role", "muted")
        self.cancel_button = QPushButton(_("Cancel the correction"), self)
        self.cancel_button.setAutoDefault(False)
        self.cancel_button.clicked.connect(self._cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.bar, 1)
        row.addWidget(self.said)
        row.addWidget(self.cancel_button)
        self._shown = QTimer(self)
        self._shown.setSingleShot(True)
        self._shown.setInterval(_SHOWN_AFTER_MS)
        self._shown.timeout.connect(self.show)
        self.hide()

    def follow(self, followed: FollowedRun) -> None:
        """Show this one, which is under way."""
        self._followed = followed
        followed.told.connect(self._show)
        followed.ended.connect(self._on_ended)
        followed.failed.connect(self._on_failed)
        self.cancel_button.setEnabled(True)
        self.cancel_button.setToolTip(followed.kind.cancels)
        self._shown.start()
        self._show(followed.run)

    def _cancel(self) -> None:
        if self._followed is not None:
            self.cancel_button.setEnabled(False)
            self._followed.cancel()

    def _show(self, run: TagRun) -> None:
        if self._followed is None:
            return
        kind = self._followed.kind
        self.bar.setValue(_STEPS * min(run.done, kind.all_of(run)) // max(kind.all_of(run), 1))
        words = _("Waiting for its turn…") if run.state is RunState.WAITING else kind.progress(run)
        self.said.setText(_("{progress}; tried again").format(progress=words) if run.problem else words)
        self.said.setToolTip(worded(run.problem) if run.problem else "")

    def _on_ended(self, run: TagRun) -> None:
        self._followed = None
        self._shown.stop()
        self.hide()
        self.ended.emit(run)

    def _on_failed(self, error: ApiError) -> None:
        self.cancel_button.setEnabled(True)
        self.said.setText(error.message)
