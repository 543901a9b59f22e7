"""Tools and a calibration are saved with a camera that somebody else may have changed, and not lost unasked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget
from unison_domain.stations.camera_settings import CameraSettings
from unison_domain.stations.peripheral_contracts import PeripheralAnswer, PeripheralReplace
from unison_domain.stations.picture_tools import PictureTool, PlaneCalibration

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import CLASH
from unison_desktop.frame.form.input_dialog import AnswerBar
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.stations.peripherals import calls


class SaveBar(QWidget):
    """Saves, and asks where something would be lost; empty until then.

    Signals:
        saved: the `PeripheralAnswer`.
        failed: the `ApiError`.
        discarded: what was not saved may go.
    """

    saved = Signal(object)
    failed = Signal(object)
    discarded = Signal()

    def __init__(self, desk: Desk, camera: PeripheralAnswer, settings: CameraSettings, parent: QWidget) -> None:
        """`settings` are those of `camera`, as they were opened."""
        super().__init__(parent)
        self._desk, self._camera, self._opened, self._mine = desk, camera, settings, settings
        self._theirs = camera
        self.question = AnswerBar(_("Discard"), _("Go on editing"), self)
        self.question.words.setText(_("Tools and calibration are not saved. Discard what was changed?"))
        self.question.first.clicked.connect(self.discarded)
        self.question.second.clicked.connect(self.question.hide)
        self.clash = AnswerBar(_("Save mine"), _("Go on editing"), self)
        self.clash.first.clicked.connect(self._save_mine)
        self.clash.second.clicked.connect(self.clash.hide)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.question)
        column.addWidget(self.clash)

    def holds(self, tools: Sequence[PictureTool], calibration: PlaneCalibration | None) -> bool:
        """Whether the window must stay: it asks, or the question was put away just now."""
        if not self.question.isHidden():
            self.question.hide()
            return True
        if _with(self._opened, tools, calibration) == self._opened:
            return False
        self.question.show()
        self.question.second.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def save(self, tools: Sequence[PictureTool], calibration: PlaneCalibration | None) -> None:
        """Save both with the camera's other settings, also with those that were changed elsewhere meanwhile."""
        self.question.hide()
        self.clash.hide()
        self._mine = _with(self._opened, tools, calibration)
        self._put(self._camera, self._mine)

    def _put(self, upon: PeripheralAnswer, settings: CameraSettings) -> None:
        body = PeripheralReplace(settings=settings)
        call = calls.change(self._desk.session.client, upon.id, body, version=upon.version, owner=self)
        call.done.connect(self.saved)
        call.failed.connect(self._on_failed)

    def _on_failed(self, error: ApiError) -> None:
        current = error.problem.current if error.problem is not None and error.code == CLASH else None
        if current is None:
            self.failed.emit(error)
            return
        self._theirs = PeripheralAnswer.model_validate(current)
        theirs = self._theirs.settings
        assert isinstance(theirs, CameraSettings)  # noqa: S101 - a peripheral stays of its kind
        laid = laid_upon(theirs, self._opened, self._mine)
        if laid is not None:
            self._put(self._theirs, laid)
            return
        self.clash.words.setText(
            _(
                "Somebody else changed what {camera} measures, or where its pictures come from, meanwhile. Save yours "
                "in place of theirs? Their other changes stay."
            ).format(camera=self._theirs.name)
        )
        self.clash.show()
        self.clash.second.setFocus(Qt.FocusReason.OtherFocusReason)

    def _save_mine(self) -> None:
        self.clash.hide()
        theirs = self._theirs.settings
        assert isinstance(theirs, CameraSettings)  # noqa: S101 - a peripheral stays of its kind
        self._put(self._theirs, _with(theirs, self._mine.tools, self._mine.calibration))


def laid_upon(theirs: CameraSettings, opened: CameraSettings, mine: CameraSettings) -> CameraSettings | None:
    """Their settings with the tools and the calibration that are mine alone, or theirs alone.

    None where both changed the same, or a new calibration was made for pictures that come from elsewhere now.
    """
    changed = {name for name in ("tools", "calibration") if getattr(mine, name) != getattr(opened, name)}
    if any(getattr(theirs, name) not in (getattr(opened, name), getattr(mine, name)) for name in changed):
        return None
    seen = ("source", "width", "height", "focus")
    if "calibration" in changed and any(getattr(theirs, name) != getattr(opened, name) for name in seen):
        return None
    return theirs.model_copy(update={name: getattr(mine, name) for name in changed})


def _with(
    settings: CameraSettings, tools: Sequence[PictureTool], calibration: PlaneCalibration | None
) -> CameraSettings:
    return settings.model_copy(update={"tools": tuple(tools), "calibration": calibration})
