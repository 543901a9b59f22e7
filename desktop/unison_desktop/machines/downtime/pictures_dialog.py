"""What cameras saw around a stop."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLabel, QPushButton, QSlider, QVBoxLayout, QWidget
from unison_domain.machines.downtime_contracts import DowntimeEvent
from unison_domain.stations.peripheral_contracts import PeripheralAnswer
from unison_domain.stations.picture_contracts import PictureAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.picture_dialog import FittedPicture
from unison_desktop.frame.tone_label import ToneLabel
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.numbers import fixed_text
from unison_desktop.kernel.texts import _, pgettext
from unison_desktop.machines.day_place import around_stop
from unison_desktop.machines.downtime.book import Book
from unison_desktop.stations import calls
from unison_desktop.stations.peripherals import calls as peripheral_calls

_PERIPHERALS = "stations.peripheral.read"


class StopPicturesDialog(QDialog):
    """The pictures in order of time, the one nearest to the begin of the stop first; arrow keys go on and back."""

    def __init__(self, desk: Desk, book: Book, event: DowntimeEvent, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Pictures of {machine} - Unison").format(machine=event.machine_name))
        self.resize(960, 760)
        self._desk, self._book, self._event = desk, book, event
        self._pictures: list[PictureAnswer] = []
        self._files: dict[str, bytes] = {}
        self._cameras: dict[UUID, str] = {}
        self.facts = QLabel(self)
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        self.facts.setWordWrap(True)
        self.notice = ToneLabel(desk.theme, self)
        self.notice.say(_("Loading…"))
        self.picture = FittedPicture(self)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setAccessibleName(_("Moment of the picture"))
        self.back_button = QPushButton(_("Earlier"), self)
        self.on_button = QPushButton(_("Later"), self)
        self.save_button = QPushButton(_("Save as…"), self)
        self._lay_out()
        self._connect()
        self._enable()
        self._ask()

    @property
    def shown(self) -> PictureAnswer | None:
        """The picture that is looked at."""
        place = self.slider.value()
        return self._pictures[place] if place < len(self._pictures) else None

    def save_to(self, path: Path) -> None:
        """Write the file of the picture that is shown; a failure is told."""
        picture = self.shown
        if picture is None or picture.sha256 not in self._files:
            return
        try:
            path.write_bytes(self._files[picture.sha256])
        except OSError as error:
            reason = error.strerror or str(error)
            self._tell(_("{path} could not be written: {reason}").format(path=path, reason=reason), Tone.BAD)

    def _ask(self) -> None:
        client, event = self._desk.session.client, self._event
        begins, ends = around_stop(event.started_at, event.ended_at)
        call = calls.stop_pictures(client, event.machine_id, begins, ends, owner=self)
        call.done.connect(self._show_pictures)
        call.failed.connect(self._fail)
        if self._desk.session.may(_PERIPHERALS):
            peripheral_calls.peripherals(client, owner=self).done.connect(self._know_cameras)

    def _show_pictures(self, pictures: list[PictureAnswer]) -> None:
        self._pictures = sorted(pictures, key=lambda one: (one.taken_at, str(one.id)))
        if not self._pictures:
            self.notice.say(_NOTHING, Tone.IDLE)
            return
        begins = self._event.started_at
        nearest = min(range(len(self._pictures)), key=lambda place: abs(self._pictures[place].taken_at - begins))
        self.slider.setMaximum(len(self._pictures) - 1)
        self.slider.setValue(nearest)
        self._show()

    def _know_cameras(self, peripherals: list[PeripheralAnswer]) -> None:
        self._cameras = {one.id: one.name for one in peripherals}
        self._tell_facts()

    def _show(self) -> None:
        picture = self.shown
        if picture is None:
            return
        self._tell_facts()
        self._enable()
        if picture.sha256 in self._files:
            self._show_file(picture.sha256)
            return
        call = calls.picture(self._desk.session.client, picture.sha256, owner=self)
        call.done.connect(partial(self._keep, picture.sha256))
        call.failed.connect(partial(self._fail_one, picture.sha256))

    def _keep(self, sha256: str, file: bytes) -> None:
        self._files[sha256] = file
        if self.shown is not None and self.shown.sha256 == sha256:
            self._show_file(sha256)

    def _show_file(self, sha256: str) -> None:
        if self.picture.load(self._files[sha256]):
            self.notice.hide()
        else:
            self._tell(_("The file is no picture this program can show."), Tone.BAD)
        self._enable()

    def _fail_one(self, sha256: str, error: ApiError) -> None:
        if self.shown is not None and self.shown.sha256 == sha256:
            self.picture.clear()
            self._fail(error)

    def _fail(self, error: ApiError) -> None:
        self._tell(error.message, Tone.BAD)

    def _tell(self, text: str, tone: Tone) -> None:
        self.notice.say(text, tone)
        self.notice.show()

    def _tell_facts(self) -> None:
        picture = self.shown
        if picture is None:
            return
        moment = picture.taken_at.astimezone(self._book.zone_of(self._event))
        away = (picture.taken_at - self._event.started_at).total_seconds()
        words = _("{n} s before the stop began") if away < 0 else _("{n} s after the stop began")
        place = _("{n} of {all}").format(n=self.slider.value() + 1, all=len(self._pictures))
        facts = [place, self._book.moment(moment), words.format(n=fixed_text(abs(away), 1))]
        facts += [name] if (name := self._cameras.get(picture.peripheral_id)) else []
        self.facts.setText("  ·  ".join(facts))

    def _enable(self) -> None:
        place, last = self.slider.value(), len(self._pictures) - 1
        self.slider.setEnabled(last > 0)
        self.back_button.setEnabled(place > 0)
        self.on_button.setEnabled(place < last)
        self.save_button.setEnabled(self.shown is not None and self.shown.sha256 in self._files)

    def _back(self) -> None:
        self.slider.setValue(self.slider.value() - 1)

    def _on(self) -> None:
        self.slider.setValue(self.slider.value() + 1)

    def _to_first(self) -> None:
        self.slider.setValue(0)

    def _to_last(self) -> None:
        self.slider.setValue(self.slider.maximum())

    def _save(self) -> None:
        picture = self.shown
        if picture is None or not self.save_button.isEnabled():
            return
        moment = picture.taken_at.astimezone(self._book.zone_of(self._event))
        ending = "png" if picture.media_type == "image/png" else "jpg"
        proposed = f"{self._event.machine_code} {moment:%Y-%m-%d %H.%M.%S}.{ending}"
        chosen, _kind = QFileDialog.getSaveFileName(self, _("Save the picture"), proposed, f"*.{ending}")
        if chosen:
            self.save_to(Path(chosen))

    def _connect(self) -> None:
        self.slider.valueChanged.connect(self._show)
        self.back_button.clicked.connect(self._back)
        self.on_button.clicked.connect(self._on)
        self.save_button.clicked.connect(self._save)
        keys = {
            "Left": self._back,
            "Right": self._on,
            "Home": self._to_first,
            "End": self._to_last,
            "Ctrl+S": self._save,
        }
        for key, done in keys.items():
            QShortcut(QKeySequence(key), self, done)
        for button, key in (
            (self.back_button, pgettext("key", "Left")),
            (self.on_button, pgettext("key", "Right")),
            (self.save_button, _("Ctrl+S")),
        ):
            button.setToolTip(key)

    def _lay_out(self) -> None:
        close = QPushButton(_("Close"), self)
        close.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addWidget(self.back_button)
        foot.addWidget(self.on_button)
        foot.addStretch(1)
        foot.addWidget(self.save_button)
        foot.addWidget(close)
        for button in (self.back_button, self.on_button, self.save_button, close):
            button.setAutoDefault(False)
        column = QVBoxLayout(self)
        column.addWidget(self.facts)
        column.addWidget(self.notice)
        column.addWidget(self.picture, 1)
        column.addWidget(self.slider)
        column.addLayout(foot)
        self.slider.setFocus()


_NOTHING = _(
    "No pictures of this stop are here. A camera of its station keeps them where “Around a stop” is set under "
    "Instruments, for as many days as are set there."
)
