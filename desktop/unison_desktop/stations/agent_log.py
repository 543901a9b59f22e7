"""The newest lines of a PC's own log, asked of the PC itself."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget
from unison_domain.stations.commands import CommandAnswer, CommandKind, CommandState, LogAnswer, SendLog

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.theme import Type
from unison_desktop.kernel.counted import counted
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.stations.asking import CommandQuestion, failure_words
from unison_desktop.stations.tab_part import TabPart

LINES = 500


class AgentLog(TabPart):
    """Asks when told to, because the log travels through the server and is kept with the command.

    Attributes:
        lines: what came.
        fetch_button: asks for it.
    """

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(desk, parent)
        self._agent_id: UUID | None = None
        self._question: CommandQuestion | None = None
        self.fetch_button = self.add_button(_("Fetch the log"), self.fetch, "stations.agent.send_log")
        self.offer(self.fetch_button, True)
        self.lines = QPlainTextEdit(self)
        self.lines.setReadOnly(True)
        self.lines.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.lines.setFont(desk.theme.font(Type.CODE))
        self.lines.setAccessibleName(_("Log of the PC"))
        self._down = self.lines.verticalScrollBar()
        self._newest = self._down.maximum()
        self._down.rangeChanged.connect(self._stay_at_newest)
        self.lay_out(self.lines)

    def show_agent(self, agent_id: UUID | None) -> None:
        """Another PC, whose log is not fetched yet."""
        self._drop()
        self._agent_id = agent_id
        self.lines.clear()
        self.said.clear()

    def fetch(self) -> None:
        """Ask the PC for its newest lines."""
        if self._agent_id is None:
            return
        self._drop()
        self.said.setText(_("Waiting for the PC…"))
        asked = SendLog(lines=LINES)
        question = self._question = CommandQuestion(
            self.desk.session, self._agent_id, CommandKind.SEND_LOG, asked, self
        )
        question.ended.connect(self._on_ended)
        question.failed.connect(self._on_failed)

    def _on_ended(self, command: CommandAnswer) -> None:
        self._drop()
        if command.state is CommandState.DONE and command.answer is not None:
            lines = LogAnswer.model_validate(command.answer).lines
            self.lines.setPlainText("\n".join(lines))
            self.lines.moveCursor(QTextCursor.MoveOperation.End)
            self.lines.moveCursor(QTextCursor.MoveOperation.StartOfBlock)
            self._down.setValue(self._down.maximum())
            self.said.setText(counted(len(lines), _("1 line"), _("{n} lines, newest last")))
        else:
            self.said.setText(failure_words(command))

    def _on_failed(self, error: ApiError) -> None:
        self._drop()
        self.said.setText(error.message)

    def _stay_at_newest(self, _oldest: int, newest: int) -> None:
        """The bar that long lines bring is laid out after them, and would cover the last."""
        if self._down.value() == self._newest:
            self._down.setValue(newest)
        self._newest = newest

    def _drop(self) -> None:
        if self._question is not None:
            self._question.drop()
            self._question = None
