"""The board a camera is calibrated with, and the pictures of it that were chosen."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)
from unison_domain.stations.picture_tools import Board, CalibrationBoard, PlaneCalibration

from unison_desktop.frame.form.editors import ChoiceEditor
from unison_desktop.frame.form.input_dialog import AnswerBar
from unison_desktop.kernel.numbers import fixed_text, short_text
from unison_desktop.kernel.texts import _
from unison_desktop.stations.vision.tool_form import indented, millimetres

_OTHER_SIZE = _(
    "This picture is {this} pixels, those chosen before are {others}: all must be of one size. Take a new one, or "
    "begin anew with this one."
)
_NOT_ITS_SIZE = _(
    "This picture is {this} pixels, the camera takes {its} now: it is a part of a picture, or was taken with other "
    "settings. Take a new one."
)
_KNOWN = _(
    "How surely the side of a square is known: measure over many squares, and divide. 0.05 mm over 9 squares of 10 mm "
    "are 0.06 %; a board that was printed and not measured is wrong by up to 0.5 %."
)
_THICKNESS = _("How far its print lies above what it lies on. Heights of tools count from below the board.")
_USUAL = CalibrationBoard(columns=10, rows=7, square=10.0, square_uncertainty=0.001)
_BOARDS = {Board.CHESSBOARD.value: _("Chessboard"), Board.CHARUCO.value: _("ChArUco board (5 by 5 markers)")}


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """A whole picture that is here: its SHA-256, the camera that took it, its width and height in pixels."""

    sha256: str
    camera_id: UUID
    size: tuple[int, int]


class CalibrationForm(QWidget):
    """Asks for the board; pictures are added by whoever shows them.

    Attributes:
        camera_size: width and height of the pictures the camera takes now, once one was taken.
    """

    def __init__(self, camera_id: UUID, calibration: PlaneCalibration | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.camera_size: tuple[int, int] | None = None
        self._camera_id = camera_id
        self._chosen: list[ShownPicture] = []
        self.kind = ChoiceEditor(self, _BOARDS)
        self.columns, self.rows = _count(self), _count(self)
        self.square, self.marker = millimetres(self, 0.01, 1_000.0), millimetres(self, 0.01, 1_000.0)
        self.known, self.thickness = millimetres(self, 0.0, 10.0), millimetres(self, 0.0, 200.0)
        self.known.setToolTip(_KNOWN)
        self.thickness.setToolTip(_THICKNESS)
        self.add_button = QPushButton(_("Use this picture"), self)
        self.clear_button = QPushButton(_("Begin anew"), self)
        self.calibrate_button = QPushButton(_("Calibrate"), self)
        self.question = AnswerBar(_("Begin anew"), _("Keep them"), self)
        self.said = QLabel(self)
        self.said.setProperty("role", "muted")
        self.said.setWordWrap(True)
        self._fill(calibration.board if calibration is not None else _USUAL)
        self._fields = self._lay_out()
        self.kind.changed.connect(self._show_marker)
        self.clear_button.clicked.connect(self._ask_clear)
        self.question.first.clicked.connect(self.clear)
        self.question.second.clicked.connect(self._leave_question)
        self._show_marker()
        self.show_calibration(calibration)

    def board(self) -> CalibrationBoard:
        """As it is entered."""
        kind = Board(str(self.kind.value()))
        return CalibrationBoard(
            board=kind,
            columns=self.columns.value(),
            rows=self.rows.value(),
            square=self.square.value(),
            marker=self.marker.value() if kind is Board.CHARUCO else None,
            square_uncertainty=self.known.value() / 100,
            thickness=self.thickness.value(),
        )

    @property
    def pictures(self) -> list[str]:
        """SHA-256 of the chosen ones; the first shows the board on the plane of the parts."""
        return [one.sha256 for one in self._chosen]

    def add(self, picture: ShownPicture) -> str | None:
        """One more picture; or why it can't be used, in words."""
        if refusal := self.refusal(picture):
            return refusal
        self._chosen.append(picture)
        self._tell()
        return None

    def clear(self) -> None:
        """Without pictures."""
        self._leave_question()
        self._chosen.clear()
        self._tell()

    def _ask_clear(self) -> None:
        if not self._chosen:
            return
        words = _("Begin anew without the pictures chosen so far ({n})?")
        self.question.words.setText(words.format(n=len(self._chosen)))
        self.question.show()
        self.question.second.setFocus(Qt.FocusReason.OtherFocusReason)

    def _leave_question(self) -> None:
        if self.question.isVisible():
            self.add_button.setFocus(Qt.FocusReason.OtherFocusReason)
        self.question.hide()

    def refusal(self, picture: ShownPicture) -> str | None:
        """Why it can't be used: a calibration holds for one camera and for pictures of one size as it takes them."""
        if picture.camera_id != self._camera_id:
            return _("Another camera took this picture: take one with the camera that is calibrated.")
        if picture in self._chosen:
            return _("This picture is used already: tilt the board to another side, and take a new one.")
        if self._chosen and picture.size != self._chosen[0].size:
            return _OTHER_SIZE.format(this=_size(picture.size), others=_size(self._chosen[0].size))
        if self.camera_size is not None and picture.size != self.camera_size:
            return _NOT_ITS_SIZE.format(this=_size(picture.size), its=_size(self.camera_size))
        return None

    def show_calibration(self, calibration: PlaneCalibration | None) -> None:
        """Say how the camera is calibrated."""
        if calibration is None:
            self.said.setText(_EXPLAIN)
            return
        words = _("Calibrated {day}: corners fit within {residual} pixels, lengths within {share} % (95 %).")
        lengths = hypot(2 * calibration.plane_uncertainty, calibration.board.square_uncertainty)
        told = words.format(
            day=f"{calibration.calibrated_at.astimezone():%Y-%m-%d %H:%M}",
            residual=fixed_text(calibration.residual, 2),
            share=short_text(100 * lengths, 2),
        )
        self.said.setText(f"{told}\n{_HULL if calibration.hull is not None else _NO_HULL}")

    def _tell(self) -> None:
        count = len(self._chosen)
        if not count:
            self.said.setText(_EXPLAIN)
        elif count == 1:
            self.said.setText(_("1 picture: the board on the plane. Now tilt it, and take at least two more."))
        else:
            self.said.setText(_("{n} pictures; the first shows the plane.").format(n=count))

    def _fill(self, board: CalibrationBoard) -> None:
        self.kind.set_value(board.board.value)
        self.columns.setValue(board.columns)
        self.rows.setValue(board.rows)
        self.square.setValue(board.square)
        self.marker.setValue(board.marker or 0.7 * board.square)
        self.known.setValue(100 * board.square_uncertainty)
        self.thickness.setValue(board.thickness)

    def _show_marker(self) -> None:
        self._fields.setRowVisible(self.marker, self.kind.value() == Board.CHARUCO.value)

    def _lay_out(self) -> QFormLayout:
        fields = QFormLayout()
        for text, field in (
            (_("Board"), self.kind),
            (_("Squares across"), self.columns),
            (_("Squares down"), self.rows),
            (_("Side of a square (mm)"), self.square),
            (_("Side of a marker (mm)"), self.marker),
            (_("Sides known within (± %)"), self.known),
            (_("Thickness of the board (mm)"), self.thickness),
        ):
            fields.addRow(text, field)
            (field.field if isinstance(field, ChoiceEditor) else field).setAccessibleName(text)
        buttons = QHBoxLayout()
        for button in (self.add_button, self.clear_button, self.calibrate_button):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(fields)
        column.addLayout(buttons)
        column.addWidget(self.question)
        column.addWidget(self.said)
        return fields


_EXPLAIN = _(
    "Lay the board where the parts lie, take a picture and use it; then tilt it to different sides for two or more."
)

_HULL = _(
    "The thin line in the picture surrounds where the board was shown; farther than a square beside it nothing is "
    "measured."
)
_NO_HULL = _("Where the board was shown is not known of this calibration, and not checked: calibrate anew.")


def _count(parent: QWidget) -> QSpinBox:
    box = QSpinBox(parent)
    box.setRange(3, 50)
    return indented(box)


def _size(size: tuple[int, int]) -> str:
    return _("{width} by {height}").format(width=size[0], height=size[1])
