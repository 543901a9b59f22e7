"""Pictures a camera took before, to set up its tools on one of them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QListWidget, QListWidgetItem, QVBoxLayout, QWidget
from unison_domain.stations.peripheral_contracts import PeripheralAnswer
from unison_domain.stations.picture_contracts import PictureAnswer
from unison_domain.stations.picture_events import PictureReason

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.tone_label import ToneLabel
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.moments import zoned_text
from unison_desktop.kernel.persons import person_text
from unison_desktop.kernel.texts import _
from unison_desktop.stations.vision import calls

REASONS = {PictureReason.READING: _("a measurement"), PictureReason.ASKED: _("asked for")}
"""Whole pictures as the camera took them; those of scans and stops are smaller ones."""

_WHOLE = "image/png"


class StoredPicturesDialog(QDialog):
    """The newest ones in a list; Enter or a double click takes one.

    Signals:
        chosen: the `PictureAnswer`.
    """

    chosen = Signal(object)

    def __init__(self, desk: Desk, camera: PeripheralAnswer, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Pictures of {camera} - Unison").format(camera=camera.name))
        self.resize(460, 420)
        self._desk = desk
        self._pictures: list[PictureAnswer] = []
        self._waiting = len(REASONS)
        self.notice = ToneLabel(desk.theme, self)
        self.notice.say(_("Loading…"))
        self.list = QListWidget(self)
        self.list.setAccessibleName(_("Pictures"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel, self)
        self.open_button = buttons.button(QDialogButtonBox.StandardButton.Open)
        self.open_button.setEnabled(False)
        buttons.accepted.connect(self._take)
        buttons.rejected.connect(self.reject)
        self.list.itemActivated.connect(self._take)
        column = QVBoxLayout(self)
        column.addWidget(self.notice)
        column.addWidget(self.list, 1)
        column.addWidget(buttons)
        for reason in REASONS:
            call = calls.taken_by(desk.session.client, camera.id, reason, owner=self)
            call.done.connect(self._show)
            call.failed.connect(self._fail)

    def _show(self, pictures: list[PictureAnswer]) -> None:
        self._waiting -= 1
        whole = [one for one in pictures if one.media_type == _WHOLE and one.stored_at is not None]
        self._pictures = sorted([*self._pictures, *whole], key=lambda one: one.taken_at, reverse=True)
        self.list.clear()
        for one in self._pictures:
            taken = zoned_text(one.taken_at.astimezone(self._desk.messages.zone))
            by = person_text(one.person, one.person_is_verified)
            words = "  ·  ".join(filter(None, (taken, REASONS[PictureReason(one.reason)], by)))
            self.list.addItem(QListWidgetItem(words))
        self.list.setCurrentRow(0)
        self.open_button.setEnabled(bool(self._pictures))
        self.notice.setVisible(not self._pictures)
        if not self._pictures and not self._waiting:
            self.notice.say(_("This camera kept no whole picture yet: take one."), Tone.IDLE)

    def _take(self) -> None:
        row = self.list.currentRow()
        if 0 <= row < len(self._pictures):
            self.chosen.emit(self._pictures[row])
            self.accept()

    def _fail(self, error: ApiError) -> None:
        self.notice.say(error.message, Tone.BAD)
        self.notice.show()
