"""The newest lines of a PC's own log, asked of the PC itself."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget
from unison_domain.stations.commands import CommandAnswer, CommandKind, CommandState, LogAnswer, SendLog

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.theme import Type
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.stations.asking import CommandQuestion

LINES = 500


class AgentLog(QWidget):
    """Asks when told to, because the log travels through the server and is kept with the command.

    Attributes:
        lines: what came.
        fetch_button: asks for it.
    """

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._agent_id: UUID | None = None
        self._question: CommandQuestion | None = None
        self.fetch_button = QPushButton(_("Fetch the log"), self)
        self.fetch_button.clicked.connect(self.fetch)
        right = "stations.agent.send_log"
        if not desk.session.may(right):
            self.fetch_button.setEnabled(False)
            self.fetch_button.setToolTip(desk.session.lacks(right))
        self._said = QLabel(self)
        self._said.setProperty("role", "muted")
        self.lines = QPlainTextEdit(self)
        self.lines.setReadOnly(True)
        self.lines.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.lines.setFont(desk.theme.font(Type.CODE))
        self.lines.setAccessibleName(_("Log of the PC"))
        row = QHBoxLayout()
        row.addWidget(self.fetch_button)
        row.addWidget(self._said, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(row)
        column.addWidget(self.lines, 1)

    def show_agent(self, agent_id: UUID | None) -> None:
        """Another PC, whose log is not fetched yet."""
        self._drop()
        self._agent_id = agent_id
        self.lines.clear()
        self._said.clear()

    def fetch(self) -> None:
        """Ask the PC for its newest lines."""
        if self._agent_id is None:
            return
        self._drop()
        self._said.setText(_("Waiting for the PC…"))
        asked = SendLog(lines=LINES)
        question = self._question = CommandQuestion(
            self._desk.session, self._agent_id, CommandKind.SEND_LOG, asked, self
        )
        question.ended.connect(self._on_ended)
        question.failed.connect(self._on_failed)

    def _on_ended(self, command: CommandAnswer) -> None:
        self._drop()
        if command.state is CommandState.DONE and command.answer is not None:
            lines = LogAnswer.model_validate(command.answer).lines
            self.lines.setPlainText("\n".join(lines))
            self.lines.moveCursor(self.lines.textCursor().MoveOperation.End)
            self._said.setText(_("{n} lines, newest last").format(n=len(lines)))
        else:
            self._said.setText(command.message or _("The PC did not answer in time. Is it switched on and connected?"))

    def _on_failed(self, error: ApiError) -> None:
        self._drop()
        self._said.setText(error.message)

    def _drop(self) -> None:
        if self._question is not None:
            self._question.drop()
            self._question = None
