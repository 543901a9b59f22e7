"""Setting up what a camera measures, on a picture it takes now or took before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

from pydantic import BaseModel, ValidationError
from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget
from unison_domain.quality.contracts import CharacteristicAnswer
from unison_domain.stations.camera_commands import (
    CalibratedPlane,
    CalibratePlane,
    Cut,
    FindBoard,
    FoundBoard,
    TakenPicture,
    TakePicture,
    TriedTool,
    TryTool,
)
from unison_domain.stations.camera_settings import CameraSettings
from unison_domain.stations.commands import CommandAnswer, CommandKind, CommandState
from unison_domain.stations.peripheral_contracts import PeripheralAnswer
from unison_domain.stations.picture_contracts import PictureAnswer
from unison_domain.stations.picture_tools import Presence

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.tone_label import ToneLabel
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.stations.asking import CommandQuestion, failure_words
from unison_desktop.stations.vision import calls, laying
from unison_desktop.stations.vision.calibration_form import CalibrationForm, ShownPicture
from unison_desktop.stations.vision.finding_text import finding_text
from unison_desktop.stations.vision.laying import NO_TEMPLATE
from unison_desktop.stations.vision.measured_by import against_saving
from unison_desktop.stations.vision.picture_view import PictureView
from unison_desktop.stations.vision.resting import RestingButtons
from unison_desktop.stations.vision.saving import SaveBar
from unison_desktop.stations.vision.side import beside
from unison_desktop.stations.vision.stored_pictures import StoredPicturesDialog
from unison_desktop.stations.vision.tool_form import ToolForm

AGAIN_MS = 700
LIVE_MS = 1_000
"""From one live picture to asking for the next; the way from the PC comes on top."""

LIVE_PICTURES = 600
"""Then it stops by itself: somebody went away."""

LIVE_WIDTH = 1_280
_MOST_LOOKS = 30
"""So often is looked for a picture that is on its way from the station."""


class VisionDialog(QDialog):
    """Takes pictures, lays tools upon them, tries them, calibrates, and saves all of it with the camera.

    Signals:
        saved: the `PeripheralAnswer`.
    """

    saved = Signal(object)

    def __init__(
        self,
        desk: Desk,
        agent_id: UUID,
        camera: PeripheralAnswer,
        settings: CameraSettings,
        characteristics: Sequence[CharacteristicAnswer],
        parent: QWidget,
    ) -> None:
        """`characteristics`: what can be measured at its plant."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Measuring with {camera} - Unison").format(camera=camera.name))
        self._desk, self._agent_id, self._camera = desk, agent_id, camera
        self.calibration = settings.calibration
        self.picture: str | None = None
        self._size = (settings.width, settings.height)
        self._shown: ShownPicture | None = None
        self._taken_by = camera.id
        self._question: CommandQuestion | None = None
        self._looks = 0
        self._again = QTimer(self, singleShot=True, interval=AGAIN_MS)
        self._again.timeout.connect(self._load)
        self._live_left = 0
        self._next_live = QTimer(self, singleShot=True, interval=LIVE_MS)
        self._next_live.timeout.connect(self._take_live)
        self.view = PictureView(desk.theme, self)
        self.view.setAccessibleName(_("Picture"))
        self.tools = ToolForm(settings.tools, characteristics, self)
        self.board = CalibrationForm(camera.id, settings.calibration, self)
        self.saving = SaveBar(desk, camera, settings, self)
        self.state = ToneLabel(desk.theme, self)
        self.state.say(_NO_PICTURE if characteristics else _NO_CHARACTERISTIC, Tone.INFO)
        self.take_button = QPushButton(_("Take a picture"), self)
        self.live_button = QPushButton(_("Live"), self)
        self.live_button.setCheckable(True)
        self.stored_button = QPushButton(_("Open a picture…"), self)
        self.try_button = QPushButton(_("Try"), self)
        self.save_button = QPushButton(_("Save"), self)
        self.save_button.setProperty("role", "primary")
        asking = (self.take_button, self.try_button, self.board.add_button, self.board.calibrate_button)
        self._resting = RestingButtons((*asking, self.tools.template_button), self)
        self.view.show_hull(self.calibration)
        self._connect()
        self._lay_out()
        self._show_tool()

    def take(self) -> None:
        """Take a picture and show it."""
        self._ask(CommandKind.TAKE_PICTURE, TakePicture(peripheral_id=self._camera.id), self._on_taken)

    def see_live(self, is_live: bool) -> None:
        """Show one picture after the other, to aim and focus by; nothing is measured in them."""
        self.stored_button.setEnabled(not is_live)
        self.live_button.setText(_("Stop live") if is_live else _("Live"))
        if is_live:
            self.picture, self._live_left = None, LIVE_PICTURES
            self._take_live()
            return
        self._live_left = 0
        self._next_live.stop()
        self._again.stop()
        self._stop()
        self.picture = None
        self.state.say(_NO_PICTURE, Tone.INFO)

    def open_stored(self) -> None:
        """Choose a picture this camera took before."""
        dialog = StoredPicturesDialog(self._desk, self._camera, self)
        dialog.chosen.connect(self._on_stored)
        dialog.open()

    def try_tool(self) -> None:
        """Lay the chosen tool upon the picture that is shown, or on a new one."""
        tool = self.tools.tool
        if tool is None:
            self.state.say(_("Add a tool first."), Tone.WARNING)
            return
        if words := self.tools.refusal([tool], is_trial=True):
            self.state.say(words, Tone.WARNING)
            return
        if isinstance(tool, Presence) and tool.template == NO_TEMPLATE:
            self.state.say(_("Draw a region around the part and take it as template first."), Tone.WARNING)
            return
        asked = TryTool(peripheral_id=self._camera.id, tool=tool, picture=self.picture, calibration=self.calibration)
        self._ask(CommandKind.TRY_TOOL, asked, self._on_tried)

    def calibrate(self) -> None:
        """Calibrate from the pictures that were chosen."""
        try:
            asked = CalibratePlane(
                peripheral_id=self._camera.id, board=self.board.board(), pictures=tuple(self.board.pictures)
            )
        except ValidationError:
            self.state.say(_("Choose pictures of the board first."), Tone.WARNING)
            return
        self._ask(CommandKind.CALIBRATE_PLANE, asked, self._on_calibrated)

    def save(self) -> None:
        """Save tools and calibration with the camera's other settings."""
        if words := self.tools.refusal(self.tools.tools) or against_saving(self.tools.tools):
            self.state.say(words, Tone.WARNING)
            return
        self.saving.save(self.tools.tools, self.calibration)

    def reject(self) -> None:
        """Close; tools and calibration are not lost without a question."""
        if not self.saving.holds(self.tools.tools, self.calibration):
            super().reject()

    def _discard(self) -> None:
        super().reject()

    def _ask(self, kind: CommandKind, asked: BaseModel, then: Callable[[dict[str, object]], None]) -> None:
        if self._question is not None:
            self._question.drop()
        self._set_busy(True)
        self.state.say(_("Waiting for the PC of the camera…"), Tone.IDLE)
        question = self._question = CommandQuestion(self._desk.session, self._agent_id, kind, asked, self)

        def ended(command: CommandAnswer) -> None:
            self._stop()
            if command.state is CommandState.DONE and command.answer is not None:
                then(command.answer)
            else:
                self.live_button.setChecked(False)
                self.state.say(failure_words(command), Tone.BAD)

        question.ended.connect(ended)
        question.failed.connect(self._on_failed)

    def _take_live(self) -> None:
        self._live_left -= 1
        if self._live_left < 0:
            self.live_button.setChecked(False)
            return
        glance = TakePicture(peripheral_id=self._camera.id, widest=LIVE_WIDTH)
        self._ask(CommandKind.TAKE_PICTURE, glance, self._on_glance)
        self.state.say(_LIVE, Tone.IDLE)

    def _on_glance(self, answer: dict[str, object]) -> None:
        self.view.show_found((), ())
        taken = TakenPicture.model_validate(answer)
        self.picture, self._size, self._looks = taken.sha256, (taken.width, taken.height), 0
        self._load()

    def _on_stored(self, picture: PictureAnswer) -> None:
        self.picture, self._looks, self._taken_by = picture.sha256, 0, picture.peripheral_id
        self.view.show_found((), ())
        self.state.say(_ON_ITS_WAY, Tone.IDLE)
        self._load()

    def _on_taken(self, answer: dict[str, object]) -> None:
        self.view.show_found((), ())
        self.state.say(_ON_ITS_WAY, Tone.IDLE)
        self._show_taken(TakenPicture.model_validate(answer))

    def _show_taken(self, taken: TakenPicture) -> None:
        self.picture, self._size, self._looks = taken.sha256, (taken.width, taken.height), 0
        self.board.camera_size, self._taken_by = self._size, self._camera.id
        self._load()

    def _load(self) -> None:
        if self.picture is None:
            return
        call = calls.picture(self._desk.session.client, self.picture, owner=self)
        call.done.connect(partial(self._show_picture, self.picture))
        call.failed.connect(self._on_not_loaded)

    def _show_picture(self, sha256: str, image: QImage) -> None:
        if sha256 != self.picture:
            return  # another one is wanted by now
        if self.live_button.isChecked():
            self.picture = None
            self.view.show_picture(image, QSize(*self._size))
            self._next_live.start()
            return
        self._size = image.width(), image.height()
        self._shown = ShownPicture(sha256, self._taken_by, self._size)
        self.view.show_picture(image)
        if self.state.text() == _ON_ITS_WAY:
            self.state.say(_HELP, Tone.INFO)

    def _on_not_loaded(self, error: ApiError) -> None:
        self._looks += 1
        if error.status == 404 and self._looks < _MOST_LOOKS:
            self._again.start()
        else:
            self.live_button.setChecked(False)
            self.state.say(error.message, Tone.BAD)

    def _on_tried(self, answer: dict[str, object]) -> None:
        tried = TriedTool.model_validate(answer)
        if tried.picture.sha256 != self.picture:
            self._show_taken(tried.picture)
        found = tried.finding
        self.view.show_found(found.points, found.paths)
        self.state.say(finding_text(found), Tone.BAD if found.value is None else Tone.GOOD)

    def _on_calibrated(self, answer: dict[str, object]) -> None:
        self.calibration = CalibratedPlane.model_validate(answer).calibration
        self.board.show_calibration(self.calibration)
        self.view.show_hull(self.calibration)
        self.state.say(_("The camera is calibrated. Save to use it."), Tone.GOOD)

    def _take_template(self) -> None:
        tool = self.tools.tool
        if not isinstance(tool, Presence) or self.picture is None:
            self.state.say(_("Take a picture and draw a region around the part first."), Tone.WARNING)
            return
        region = tool.region(*self._size)
        if region is None:
            self.state.say(_("The region lies outside the picture: draw it anew."), Tone.WARNING)
            return
        left, top, right, bottom = region
        cut = Cut(x=left, y=top, width=right - left, height=bottom - top)
        asked = TakePicture(peripheral_id=self._camera.id, picture=self.picture, cut=cut)

        def taken(answer: dict[str, object]) -> None:
            sha256 = TakenPicture.model_validate(answer).sha256
            self.tools.set_tool(tool.model_copy(update={"template": sha256}))
            self.state.say(_("The template is taken. Now draw the region in which it is looked for."), Tone.GOOD)

        self._ask(CommandKind.TAKE_PICTURE, asked, taken)

    def _use_picture(self) -> None:
        if self.picture is None:
            self.state.say(_("Take a picture of the board first."), Tone.WARNING)
        elif self._shown is None or self._shown.sha256 != self.picture:
            self.state.say(_("The picture is still on its way: use it when it is seen."), Tone.WARNING)
        elif refusal := self.board.refusal(self._shown):
            self.state.say(refusal, Tone.WARNING)
        else:
            asked = FindBoard(peripheral_id=self._camera.id, board=self.board.board(), picture=self.picture)
            self._ask(CommandKind.FIND_BOARD, asked, partial(self._on_board_found, self._shown))

    def _on_board_found(self, picture: ShownPicture, answer: dict[str, object]) -> None:
        """What the PC found, in sight and in words: the picture is used."""
        found = FoundBoard.model_validate(answer)
        refusal = self.board.add(picture)
        if self.picture == picture.sha256:
            self.view.show_found(found.points, ())
        words = _("The board is in this picture: {n} of its {of} corners, over {share} % of it.")
        told = words.format(n=found.corners, of=found.of, share=round(100 * found.share))
        self.state.say(refusal or told, Tone.WARNING if refusal else Tone.GOOD)

    def _add_tool(self) -> None:
        self.tools.add((self._size[0] / 2, self._size[1] / 2), min(self._size) / 5)

    def _show_tool(self) -> None:
        tool = self.tools.tool
        self.view.show_tool([] if tool is None else list(laying.outlines(tool)))

    def _on_saved(self, camera: PeripheralAnswer) -> None:
        self.saved.emit(camera)
        self.accept()

    def _on_failed(self, error: ApiError) -> None:
        self._stop()
        self.live_button.setChecked(False)
        self.state.say(error.message, Tone.BAD)

    def _stop(self) -> None:
        self._set_busy(False)
        if self._question is not None:
            self._question.drop()
            self._question = None

    def _set_busy(self, is_busy: bool) -> None:
        self._resting.rest(is_busy or self.live_button.isChecked())

    def _connect(self) -> None:
        for button, keys in ((self.take_button, "F5"), (self.try_button, "Ctrl+Return"), (self.save_button, "Ctrl+S")):
            button.setShortcut(keys)
        self.take_button.setToolTip(_("F5"))
        self.try_button.setToolTip(_("Ctrl+Enter"))
        self.save_button.setToolTip(_("Ctrl+S"))
        self.take_button.clicked.connect(self.take)
        self.live_button.toggled.connect(self.see_live)
        QShortcut(QKeySequence("F6"), self, self.live_button.click)  # a button loses its own with its text
        self.live_button.setToolTip(_("F6"))
        self.stored_button.clicked.connect(self.open_stored)
        self.try_button.clicked.connect(self.try_tool)
        self.save_button.clicked.connect(self.save)
        self.saving.saved.connect(self._on_saved)
        self.saving.failed.connect(self._on_failed)
        self.saving.discarded.connect(self._discard)
        self.view.drawn.connect(self.tools.lay)
        self.view.nudged.connect(self.tools.nudge)
        self.tools.changed.connect(self._show_tool)
        self.tools.add_button.clicked.connect(self._add_tool)
        self.tools.template_wanted.connect(self._take_template)
        self.board.add_button.clicked.connect(self._use_picture)
        self.board.calibrate_button.clicked.connect(self.calibrate)

    def _lay_out(self) -> None:
        self.resize(1180, 760)
        body = QHBoxLayout()
        body.addWidget(self.view, 1)
        body.addWidget(beside({_("Tools"): self.tools, _("Calibration"): self.board}, self))
        close = QPushButton(_("Close"), self)
        close.clicked.connect(self.reject)
        foot = QHBoxLayout()
        looking = (self.live_button, self.take_button, self.stored_button, self.try_button)
        for button in (*looking, close, self.save_button):
            button.setAutoDefault(False)
            foot.addWidget(button)
        foot.insertStretch(len(looking), 1)
        whole = QVBoxLayout(self)
        whole.addLayout(body, 1)
        whole.addWidget(self.state)
        whole.addWidget(self.saving)
        whole.addLayout(foot)


_LIVE = _("Live: aim and focus by it. F6 ends it.")
_NO_PICTURE = _("Take a picture to measure in it.")
_ON_ITS_WAY = _("The picture is on its way…")
_HELP = _(
    "Draw the chosen tool with the mouse. Arrows nudge it, with Shift by ten pixels, with Ctrl its end alone; "
    "wheel, + and - zoom, 0 shows all."
)
_NO_CHARACTERISTIC = _("Nothing can be measured here yet: make a characteristic of this plant first.")
