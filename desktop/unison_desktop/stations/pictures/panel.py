"""The chosen picture, what is known of it, and the way to a file."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QVBoxLayout, QWidget

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.picture_dialog import FittedPicture
from unison_desktop.frame.tone_label import ToneLabel
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.persons import person_text
from unison_desktop.kernel.texts import _
from unison_desktop.stations import calls
from unison_desktop.stations.pictures.columns import PictureRow, where

_CHOOSE = _("Choose a picture.")
_NOT_IN_NAMES = dict.fromkeys(map(ord, '<>:"/\\|?*'), " ")


class PicturePanel(QWidget):
    """One picture at a time; it is read when it is chosen."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._row: PictureRow | None = None
        self._file: bytes | None = None
        self._reading: Call | None = None
        self.facts = QLabel(self)
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.facts.setWordWrap(True)
        self.notice = ToneLabel(desk.theme, self)
        self.picture = FittedPicture(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 0, 0, 0)
        column.addWidget(self.facts)
        column.addWidget(self.notice)
        column.addWidget(self.picture, 1)
        self.show_picture(None)

    @property
    def row(self) -> PictureRow | None:
        """The picture that is looked at."""
        return self._row

    def show_picture(self, row: PictureRow | None) -> None:
        """Look at another one, or at none."""
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
        self._row, self._file = row, None
        self.picture.clear()
        self.facts.setText("" if row is None else _facts(row))
        if row is None:
            self._tell(_CHOOSE, Tone.IDLE)
            return
        self._tell(_("Loading…"), Tone.IDLE)
        call = self._reading = calls.picture(self._desk.session.client, row.picture.sha256, owner=self)
        call.done.connect(partial(self._show_file, row.picture.sha256))
        call.failed.connect(self._fail)

    def save(self) -> None:
        """Ask for a file, and write the picture there as it was kept."""
        if self._row is None or self._file is None:
            self._desk.messages.say(_CHOOSE if self._row is None else self.notice.text())
            return
        ending = "png" if self._row.picture.media_type == "image/png" else "jpg"
        chosen, _kind = QFileDialog.getSaveFileName(
            self, _("Save the picture"), f"{_file_name(self._row)}.{ending}", f"*.{ending}"
        )
        if chosen:
            self.save_to(Path(chosen))

    def save_to(self, path: Path) -> None:
        """Write the file of the picture that is shown; how it went is told."""
        if self._file is None:
            return
        try:
            path.write_bytes(self._file)
        except OSError as error:
            words = _("{path} could not be written: {reason}")
            self._desk.messages.say(words.format(path=path, reason=error.strerror or error), Tone.BAD)
        else:
            self._desk.messages.say(_("{path} was written.").format(path=path), Tone.GOOD)

    def _show_file(self, sha256: str, file: bytes) -> None:
        if self._row is None or self._row.picture.sha256 != sha256:
            return
        self._reading, self._file = None, file
        if self.picture.load(file):
            self.notice.hide()
        else:
            self._tell(_("The file is no picture this program can show."), Tone.BAD)

    def _fail(self, error: ApiError) -> None:
        self._reading = None
        self._tell(error.message, Tone.BAD)

    def _tell(self, text: str, tone: Tone) -> None:
        self.notice.say(text, tone)
        self.notice.show()


def _facts(row: PictureRow) -> str:
    picture = row.picture
    of = (row.moment_text(picture.taken_at), row.reason, row.machine, row.station, row.camera)
    until = "" if picture.lost_at else _("kept until {moment}").format(moment=row.day_text(picture.ends_at))
    by = person_text(picture.person, picture.person_is_verified)
    return "  ·  ".join(filter(None, (*of, by, until, where(row))))


def _file_name(row: PictureRow) -> str:
    """By what it is of, and when, without what no file may be called."""
    of = row.machine or row.station or _("picture")
    return f"{of} {row.moment(row.picture.taken_at):%Y-%m-%d %H.%M.%S}".translate(_NOT_IN_NAMES)
