"""Bringing a PC of the shop floor in: a one-time code, to be typed there."""

from __future__ import annotations

from uuid import uuid4

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from unison_domain.stations.contracts import AgentAnswer, EnrolmentAnswer

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.server_address import is_only_here
from unison_desktop.frame.theme import Type
from unison_desktop.kernel.changes import Change
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.stations import calls

_FIRST = _("Makes a one-time code that you type at a PC on the shop floor. With it the PC becomes part of Unison.")
_AGAIN = _(
    "Makes another one-time code for this PC: after it was replaced, or where two PCs use one identity. "
    "The PC at which you type it goes on under this name; any other loses its access."
)

_FAR = _(
    "{server} reaches the server from its own PC only. At another PC, type the name or address the server has in the "
    "network instead."
)
_CODE_WIDTH = 570
"""Pixels that the card has for the code in the smallest window."""
_FRAME = 90
"""Pixels about the text of the command, in its line and beside it."""
ENROLLED = "stations.agent.enrolled"


class EnrolmentDialog(QDialog):
    """Asks for the PC's name, then shows code and command until the code expires.

    Signals:
        made: an `EnrolmentAnswer`; there is one more agent.
    """

    made = Signal(object)

    def __init__(self, desk: Desk, agent: AgentAnswer | None = None, parent: QWidget | None = None) -> None:
        """`agent` is the one that gets another code; None makes a new one."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Enrol a PC - Unison"))
        self.setMinimumSize(660, 400)
        self._desk = desk
        self._agent = agent
        self._key = uuid4()
        self._answer: EnrolmentAnswer | None = None
        self._clock = QTimer(self, interval=1000)
        self._clock.timeout.connect(self._tick)
        desk.session.changes.changed.connect(self._on_change)
        self._steps = QStackedWidget(self)
        self._steps.addWidget(self._ask_step())
        self._steps.addWidget(self._code_step())
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 24, 28, 22)
        column.addWidget(self._steps)

    def make(self) -> None:
        """Ask the server for a code; asked twice for one name it is still one agent."""
        name = self.name.text().strip()
        if not name:
            self._say(_("Give the PC a name people know it by, e.g. Line 4."))
            self.name.setFocus()
            return
        self._say("")
        self._make.setEnabled(False)
        client = self._desk.session.client
        if self._agent is None:
            call = calls.enrol(client, name, key=self._key, owner=self)
        else:
            call = calls.new_code(client, self._agent.id, key=self._key, owner=self)
        call.done.connect(self._show_code)
        call.failed.connect(self._on_failed)

    def copy_code(self) -> None:
        """Put the code on the clipboard."""
        QGuiApplication.clipboard().setText(self.code.text())
        self._copied.setText(_("Code copied."))

    def copy_command(self) -> None:
        """Put the command on the clipboard."""
        QGuiApplication.clipboard().setText(self.command.text())
        self._copied.setText(_("Command copied."))

    def _show_code(self, answer: EnrolmentAnswer) -> None:
        self._answer = answer
        self._heading.setText(_("Type this at {name}").format(name=self.name.text().strip()))
        self.code.setText(answer.code)
        self._fit_code()
        self.command.setText(enrol_command(self._desk.session.client.server, answer.code))
        self.command.setCursorPosition(0)
        wanted = self.command.fontMetrics().horizontalAdvance(self.command.text()) + _FRAME
        most = round(self.screen().availableGeometry().width() * 0.9)
        self.setMinimumWidth(max(self.minimumWidth(), min(wanted, most)))
        self._tick()
        self._clock.start()
        self._make.setDefault(False)  # else it, out of sight, would take the Enter meant for what has the keyboard
        self._steps.setCurrentIndex(1)
        self._copy_code.setFocus()
        self.made.emit(answer)

    def _fit_code(self) -> None:
        """As large as it stands in one line: broken, nobody knows whether something is between its parts."""
        font = self.code.font()
        while self.code.fontMetrics().horizontalAdvance(self.code.text()) > _CODE_WIDTH and font.pointSizeF() > 6:
            font.setPointSizeF(font.pointSizeF() - 0.5)
            self.code.setFont(font)

    def _on_change(self, change: Change) -> None:
        """The PC came: what is left of the code's time concerns nobody any more."""
        answer = self._answer
        if answer is None or change.topic != ENROLLED or not change.names(answer.agent_id):
            return
        self._clock.stop()
        self._heading.setText(_("{name} is enrolled").format(name=self.name.text().strip()))
        self.expiry.setText(_("The code is used up. What the PC reads is set up under Configuration."))
        for widget in (self._how, self.command, self._far, self._once, self._copy_code, self._copy_command):
            widget.hide()
        self.code.setText("✓")
        self.code.setAccessibleName(self._heading.text())
        self._copied.clear()
        self._done.setText(_("Close"))
        self._done.setDefault(True)
        self._done.setFocus()

    def _on_failed(self, error: ApiError) -> None:
        self._make.setEnabled(True)
        if not error.is_temporary:
            self._key = uuid4()  # the next try is another request, not a repetition of this one
        self._say(error.message)

    def _tick(self) -> None:
        if self._answer is None:
            return
        left = int((self._answer.expires_at - self._desk.session.clock.now()).total_seconds())
        if left > 0:
            self.expiry.setText(_("Valid for {time}").format(time=_countdown(left)))
            return
        self._clock.stop()
        self.expiry.setText(_("The code has expired. Close this and enrol the PC again."))
        self.expiry.setProperty("role", "bad")
        self.expiry.style().polish(self.expiry)
        for widget in (self.code, self._copy_code, self._copy_command):
            widget.setEnabled(False)

    def _say(self, text: str) -> None:
        self._error.setText(text)
        self._error.setAccessibleName(text)
        self._error.setVisible(bool(text))

    def _ask_step(self) -> QWidget:
        step = QWidget(self)
        heading = self._label(_("New code") if self._agent else _("Enrol a PC"), Type.TITLE, step)
        explain = QLabel(_AGAIN if self._agent else _FIRST, step)
        explain.setWordWrap(True)
        name = QLabel(_("Name of the PC"), step)
        name.setProperty("role", "muted")
        self.name = QLineEdit(step)
        self.name.setMaxLength(200)
        self.name.setPlaceholderText(_("For example Line 4"))
        if self._agent is not None:
            self.name.setText(self._agent.name)
            self.name.setReadOnly(True)
        self.name.setMinimumHeight(34)
        name.setBuddy(self.name)
        self.name.setAccessibleName(name.text())
        self._error = QLabel(step)
        self._error.setProperty("role", "error")
        self._error.setWordWrap(True)
        self._error.hide()
        self._make = QPushButton(_("Make the code"), step)
        self._make.setDefault(True)
        self._make.setProperty("role", "primary")
        self._make.clicked.connect(self.make)
        cancel = QPushButton(_("Cancel"), step)
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        column = QVBoxLayout(step)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        for widget in (heading, explain, name, self.name, self._error):
            column.addWidget(widget)
        column.addStretch(1)
        column.addLayout(_row(None, cancel, self._make))
        return step

    def _code_step(self) -> QWidget:
        step = QWidget(self)
        self._heading = self._label("", Type.TITLE, step)
        card = QFrame(step)
        card.setProperty("role", "card")
        self.code = self._label("", Type.CODE, card)
        font = self.code.font()
        font.setPointSizeF(font.pointSizeF() * 2)
        font.setBold(True)
        self.code.setFont(font)
        self.code.setMinimumHeight(self.code.fontMetrics().height())
        self.code.setAccessibleName(_("One-time code"))
        self.code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.code.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.expiry = QLabel(card)
        self.expiry.setProperty("role", "muted")
        self.expiry.setAlignment(Qt.AlignmentFlag.AlignCenter)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(16, 22, 16, 16)
        inside.setSpacing(8)
        inside.addWidget(self.code)
        inside.addWidget(self.expiry)
        self._how = QLabel(_("In a terminal of the PC, with the station agent installed:"), step)
        self.command = QLineEdit(step)
        self.command.setFont(self._desk.theme.font(Type.CODE))
        self.command.setReadOnly(True)
        self.command.setAccessibleName(_("Command"))
        self._far = QLabel(_FAR.format(server=self._desk.session.client.server), step)
        self._far.setProperty("role", "error")
        self._far.setWordWrap(True)
        self._far.setVisible(is_only_here(self._desk.session.client.server))
        self._once = QLabel(_("The code is shown once, works once, and for one PC."), step)
        self._once.setProperty("role", "muted")
        self._copied = QLabel(step)
        self._copied.setProperty("role", "muted")
        self._copy_code = self._button(_("Copy the code"), self.copy_code, step)
        self._copy_command = self._button(_("Copy the command"), self.copy_command, step)
        self._done = QPushButton(_("Done"), step)
        self._done.clicked.connect(self.accept)
        column = QVBoxLayout(step)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        for widget in (self._heading, card, self._how, self.command, self._far, self._once):
            column.addWidget(widget)
        column.addStretch(1)
        column.addLayout(_row(self._copied, self._copy_code, self._copy_command, self._done))
        return step

    def _label(self, text: str, type_: Type, parent: QWidget) -> QLabel:
        label = QLabel(text, parent)
        label.setFont(self._desk.theme.font(type_))
        return label

    def _button(self, text: str, run: object, parent: QWidget) -> QPushButton:
        button = QPushButton(self._desk.theme.icon("copy"), text, parent)
        button.clicked.connect(run)
        return button


def enrol_command(server: str, code: str) -> str:
    """What is typed at the PC; quoted, because for a shell a `#` may begin a comment."""
    return f'unison-station enrol --server {server} --code "{code}"'


def _countdown(seconds: int) -> str:
    if seconds >= 3600:
        return _("{hours} h {minutes:02} min").format(hours=seconds // 3600, minutes=seconds // 60 % 60)
    return _("{minutes}:{seconds:02} min").format(minutes=seconds // 60, seconds=seconds % 60)


def _row(first: QWidget | None, *buttons: QPushButton) -> QHBoxLayout:
    row = QHBoxLayout()
    if first is None:
        row.addStretch(1)
    else:
        row.addWidget(first, 1)
    for button in buttons:
        row.addWidget(button)
    return row
