"""Which reason holds where two stops become one and have different ones: one of the two, or another."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from unison_domain.machines.downtime_contracts import DowntimeEvent, ReasonOfOne

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.theme import Type
from unison_desktop.kernel.texts import _
from unison_desktop.machines.downtime.book import Book
from unison_desktop.machines.downtime.picker import ReasonPicker


class MergeDialog(QDialog):
    """Offers both reasons with who gave them, and all others below.

    Attributes:
        buttons: one for each reason; none where only the machine's states tell the two causes.

    Signals:
        chosen: id of the reason that both have.
    """

    chosen = Signal(object)

    def __init__(
        self, desk: Desk, book: Book, event: DowntimeEvent, reasons: Sequence[ReasonOfOne], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Merge the stops") + " - Unison")
        heading = QLabel(_("Merge the stops of {machine}").format(machine=event.machine_name), self)
        heading.setFont(desk.theme.font(Type.TITLE))
        words = _("They have different reasons. Which one holds for both?")
        question = QLabel(words if reasons else _("The machine tells two causes. Which reason do both have?"), self)
        question.setWordWrap(True)
        self.buttons = [self._button(one) for one in reasons]
        self.picker = ReasonPicker(self)
        if reasons:
            self.picker.line.setPlaceholderText(_("Or another reason: number or part of it"))
        self.picker.offer(book.offered([book.type_of(event)]), lacks=book.lacks_reasons)
        self.picker.picked.connect(self._choose)
        self.picker.left.connect(self.reject)
        no = QPushButton(_("Cancel"), self)
        no.setAutoDefault(False)
        no.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(no)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 18, 20, 16)
        column.setSpacing(10)
        column.addWidget(heading)
        column.addWidget(question)
        for button in self.buttons:
            column.addWidget(button)
        column.addWidget(self.picker, 1)
        column.addLayout(foot)
        self.resize(560, 520)
        (self.buttons[0] if self.buttons else self.picker).setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button it is on; a default button would take the Enter of the whole dialog."""
        pressed = next((one for one in self.findChildren(QPushButton) if one.hasFocus()), None)
        if pressed is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            pressed.click()
        else:
            super().keyPressEvent(event)

    def _button(self, reason: ReasonOfOne) -> QPushButton:
        text = f"{reason.code} {reason.name}"
        said = _("{reason}, said by {person}").format(reason=text, person=reason.by) if reason.by else text
        button = QPushButton(said.replace("&", "&&"), self)
        button.setAccessibleName(said)
        button.setAutoDefault(False)
        button.clicked.connect(partial(self._choose, reason.id))
        return button

    def _choose(self, reason_id: UUID, _checked: bool = False) -> None:
        self.chosen.emit(reason_id)
        self.accept()
