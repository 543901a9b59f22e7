"""Events that lie at a PC because the server refused them: seen, sent once more, or given up with a reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from uuid import UUID

import orjson
from pydantic import BaseModel
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget
from unison_domain.stations.commands import (
    CommandAnswer,
    CommandKind,
    CommandState,
    DeadLetterAnswer,
    DeadLettersAnswer,
    DeadLettersDone,
    DiscardDeadLetters,
    ListDeadLetters,
    RetryDeadLetters,
)

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.kernel.counted import counted
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.moments import zoned_text
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.texts import _, pgettext
from unison_desktop.stations.asking import CommandQuestion, failure_words
from unison_desktop.stations.event_words import kind_words
from unison_desktop.stations.health import span
from unison_desktop.stations.reason_question import ReasonQuestion
from unison_desktop.stations.tab_part import TabPart
from unison_desktop.tables.columns import Align, Column
from unison_desktop.tables.table import Table

_MOST_SEQUENCES = 1000
"""So many are dealt with at once (`RetryDeadLetters`, `DiscardDeadLetters`)."""
_REST_MS = 30_000
"""A PC of which every event is refused tells another number with each heartbeat; it is not asked more often."""


def letter_columns(
    now: Callable[[], datetime], clock: Callable[[], tzinfo | None]
) -> tuple[Column[DeadLetterAnswer], ...]:
    """The table of such events; `now` is the server's time, `clock` that of the PC's plant."""
    return (
        Column("seq", _("Number"), lambda one: one.seq, align=Align.RIGHT, width=10, always_visible=True),
        Column("kind", _("Kind"), lambda one: kind_words(one.kind), width=20),
        Column("message", _("Why"), lambda one: worded(one.message, clock()), width=44, stretch=True),
        Column(
            "refused",
            _("Refused"),
            lambda one: one.refused_at.astimezone(clock()),
            text=lambda one: zoned_text(one.refused_at.astimezone(clock())),
            width=20,
        ),
        Column(
            "age",
            _("Lies there for"),
            lambda one: (now() - one.refused_at).total_seconds(),
            text=lambda one: span(now() - one.refused_at),
            width=14,
            unit=_("s"),
        ),
        Column("code", pgettext("of an error", "Code"), lambda one: one.code, width=16),
        Column(
            "event",
            _("Event"),
            lambda one: orjson.dumps(one.event).decode(),
            width=40,
            visible=False,
            always_exported=True,
        ),
    )


class DeadLetters(TabPart):
    """The dead letters of one PC, asked of the PC itself; it answers when it is connected.

    Attributes:
        table: the letters.

    Signals:
        changed: some were sent once more or given up.
    """

    changed = Signal()

    def __init__(self, desk: Desk, clock: Callable[[], tzinfo | None], parent: QWidget) -> None:
        """`clock` is that of the PC's plant; None: of this PC."""
        super().__init__(desk, parent)
        self._agent_id: UUID | None = None
        self._epoch: UUID | None = None
        self._question: CommandQuestion | None = None
        self._letters: list[DeadLetterAnswer] = []
        self._count: int | None = None
        self._is_due = True
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self.retry_button = self.add_button(_("Send once more"), self.retry, "stations.agent.retry_dead_letters")
        self.discard_button = self.add_button(_("Give up…"), self.ask_discard, "stations.agent.discard_dead_letters")
        self.table = Table(
            letter_columns(desk.session.clock.now, clock),
            _seq,
            desk.theme,
            title=_("Refused events"),
            nothing=_("No event lies at this PC that the server refused."),
            parent=self,
        )
        self.table.remember(desk.layout, "stations.letters")
        self.table.selection_told.connect(self._on_selection)
        self.table.retry_asked.connect(self.load)
        self.lay_out(self.table)

    @property
    def is_due(self) -> bool:
        """Whether this PC was not asked yet, or has told another number since; one that failed is a person's to
        repeat.
        """
        return self._is_due and self._question is None and not self._rest.isActive()

    def show_agent(self, agent_id: UUID | None) -> None:
        """Another PC; nothing is asked before `load`."""
        self._drop()
        self._agent_id, self._epoch, self._count, self._is_due = agent_id, None, None, True
        self._rest.stop()
        self.table.show_loading()
        self.said.clear()

    def tell_count(self, count: int | None) -> None:
        """The PC told that it has so many."""
        if count != self._count:
            self._is_due |= self._epoch is None or count != len(self._letters)
            self._count = count

    def read_again(self) -> None:
        """As a person wants it, unless the PC is being asked."""
        if self._question is None:
            self.load()

    def load(self) -> None:
        """Ask the PC for its dead letters, page after page."""
        self._letters, self._is_due = [], False
        self._rest.start()
        self._ask_page(0, _("Waiting for the PC…"))

    def _ask_page(self, after: int, saying: str) -> None:
        self._ask(CommandKind.LIST_DEAD_LETTERS, ListDeadLetters(after=after, limit=200), saying)

    def retry(self) -> None:
        """Send the selected ones once more: something may have changed at the server since."""
        if self._epoch is not None and (chosen := self._chosen()):
            asked = RetryDeadLetters(epoch=self._epoch, sequences=chosen)
            self._ask(CommandKind.RETRY_DEAD_LETTERS, asked, _("Asking the PC to send them once more…"))

    def ask_discard(self) -> None:
        """Ask why the selected ones are to be given up."""
        if not (chosen := self._chosen()):
            return
        question = ReasonQuestion(
            self.desk.theme,
            self,
            asks=counted(len(chosen), _("Give up 1 event?"), _("Give up {n} events?")),
            explains=_("What they tell will be missing for good. The reason stays with them in the record."),
            yes=_("Give up"),
        )
        question.given.connect(self._discard)
        question.open()

    def _discard(self, reason: str) -> None:
        if self._epoch is not None and (chosen := self._chosen()):
            asked = DiscardDeadLetters(epoch=self._epoch, sequences=chosen, reason=reason)
            self._ask(CommandKind.DISCARD_DEAD_LETTERS, asked, _("Asking the PC to give them up…"))

    def _chosen(self) -> tuple[int, ...]:
        """Those selected; none, and said so, where they are too many for one command."""
        chosen = tuple(int(str(seq)) for seq in self.table.view.selected_ids())
        if len(chosen) > _MOST_SEQUENCES:
            text = _("{n} events are selected, {most} go at once: select fewer.")
            self.desk.messages.say(text.format(n=len(chosen), most=_MOST_SEQUENCES), Tone.BAD)
            return ()
        return chosen

    def _ask(self, kind: CommandKind, asked: BaseModel, saying: str) -> None:
        if self._agent_id is None:
            return
        self._drop()
        self.said.setText(saying)
        question = self._question = CommandQuestion(self.desk.session, self._agent_id, kind, asked, self)
        question.ended.connect(self._on_ended)
        question.failed.connect(self._on_failed)

    def _on_ended(self, command: CommandAnswer) -> None:
        self._drop()
        if command.state is not CommandState.DONE or command.answer is None:
            self._tell_failure(failure_words(command))
        elif command.kind is CommandKind.LIST_DEAD_LETTERS:
            self._show(DeadLettersAnswer.model_validate(command.answer))
        else:
            done = DeadLettersDone.model_validate(command.answer).done
            said = counted(done, _("1 event is dealt with."), _("{n} events are dealt with."))
            self.desk.messages.say(said, Tone.GOOD)
            self.changed.emit()
            self.load()

    def _show(self, found: DeadLettersAnswer) -> None:
        if self._letters and found.epoch != self._epoch:
            self.load()  # the buffer began anew between two pages
            return
        self._epoch = found.epoch
        self._letters += found.letters
        self.table.set_rows(self._letters)
        self.said.clear()
        if found.next_after is not None:
            text = _("{n} of {all}, waiting for the PC to tell the others…")
            self._ask_page(found.next_after, text.format(n=len(self._letters), all=found.total))

    def _on_failed(self, error: ApiError) -> None:
        self._drop()
        self._tell_failure(error.message)

    def _tell_failure(self, text: str) -> None:
        self.said.clear()
        if self._epoch is None:
            self.table.show_error(text)
        else:
            self.desk.messages.say(text, Tone.BAD)

    def _on_selection(self, ids: list[object]) -> None:
        for button in (self.retry_button, self.discard_button):
            self.offer(button, bool(ids))

    def _drop(self) -> None:
        if self._question is not None:
            self._question.drop()
            self._question = None


def _seq(letter: DeadLetterAnswer) -> int:
    return letter.seq
