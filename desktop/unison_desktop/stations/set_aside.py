"""Events of a PC the server could not use: kept with their reason, accepted after all or discarded by a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget
from unison_domain.stations.contracts import Decision, QuarantinedAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.moments import zoned_text
from unison_desktop.kernel.texts import _, pgettext
from unison_desktop.stations import calls
from unison_desktop.stations.event_words import kind_words
from unison_desktop.stations.reason_question import ReasonQuestion
from unison_desktop.stations.tab_part import TabPart
from unison_desktop.tables.columns import Align, Column
from unison_desktop.tables.table import Table

_DECISIONS = {Decision.ACCEPTED: _("accepted"), Decision.DISCARDED: _("discarded")}


def _decision_of(event: QuarantinedAnswer) -> str:
    return "" if event.decision is None else _DECISIONS.get(event.decision, str(event.decision))


def set_aside_columns(clock: Callable[[], tzinfo | None]) -> tuple[Column[QuarantinedAnswer], ...]:
    """The table of such events; moments follow the `clock` of the PC's plant."""
    return (
        Column(
            "received",
            _("Received"),
            lambda one: one.received_at.astimezone(clock()),
            text=lambda one: zoned_text(one.received_at.astimezone(clock())),
            width=20,
            always_visible=True,
        ),
        Column("kind", _("Kind"), lambda one: kind_words(one.kind), width=20),
        Column("message", _("Why"), lambda one: one.message, width=44),
        Column("decision", _("Decided"), _decision_of, width=16),
        Column("decided_by", _("By"), lambda one: one.decided_by_name or "", width=18),
        Column(
            "rejected",
            _("At the PC"),
            lambda one: _("kept too") if one.rejected else _("taken as sent"),
            width=12,
            explain=_("Whether the PC keeps it among its dead letters: unison-station dead list"),
        ),
        Column("code", pgettext("of an error", "Code"), lambda one: one.code, width=16),
        Column("seq", _("Number"), lambda one: one.seq, align=Align.RIGHT, width=10),
        Column("reason", _("Reason given"), lambda one: one.reason or "", width=24, visible=False),
        Column("raw", _("As it came"), lambda one: one.raw, width=40, visible=False),
    )


class SetAside(TabPart):
    """The events of one PC that were set aside, and what a person can decide about the selected one.

    Attributes:
        table: the events.
        accept_button, discard_button: decide, after asking why.
        all_box: whether those are shown too that were decided, or that the PC keeps.

    Signals:
        decided: something was decided.
        wanted: others are to be shown.
    """

    decided = Signal()
    wanted = Signal()

    def __init__(self, desk: Desk, clock: Callable[[], tzinfo | None], parent: QWidget) -> None:
        """`clock` is that of the PC's plant; None: of this PC."""
        super().__init__(desk, parent)
        self._agent_id: UUID | None = None
        self._asked: tuple[UUID, str] | None = None
        self.accept_button = self.add_button(_("Take after all…"), self.ask_accept, "stations.quarantine.accept")
        self.discard_button = self.add_button(_("Let it be…"), self.ask_discard, "stations.quarantine.discard")
        self.all_box = QCheckBox(_("Also what waits for nobody"), self)
        self.all_box.setToolTip(_("Events that were decided, and those the PC itself keeps: the newest 200"))
        self.all_box.toggled.connect(self._on_all)
        self._buttons.addWidget(self.all_box)
        self.table = Table(
            set_aside_columns(clock),
            _id,
            desk.theme,
            title=_("Set aside"),
            nothing=_("No event waits for a decision."),
            parent=self,
        )
        self.table.remember(desk.layout, "stations.aside")
        self.table.selection_told.connect(self._on_selection)
        self.lay_out(self.table)

    def show_agent(self, agent_id: UUID | None) -> None:
        """Another PC, of which nothing is read yet."""
        self._agent_id = agent_id
        self.table.show_loading()

    def _on_all(self) -> None:
        self.table.show_loading()
        self.wanted.emit()

    def ask_accept(self) -> None:
        """Say what accepting does and ask why."""
        if (event := self._chosen()) is not None:
            self._ask(event, "accept", _("Take this event after all?"), event.consequence or "", _("Take it"))

    def ask_discard(self) -> None:
        """Ask why it is let be."""
        if (event := self._chosen()) is not None:
            explains = _("It has no effect, now and later. It stays in this list, with the reason.")
            self._ask(event, "discard", _("Let this event be?"), explains, _("Let it be"))

    def _ask(self, event: QuarantinedAnswer, decision: str, asks: str, explains: str, yes: str) -> None:
        self._asked = event.id, decision
        question = ReasonQuestion(self.desk.theme, self, asks=asks, explains=explains, yes=yes)
        question.given.connect(self._decide)
        question.open()

    def _decide(self, reason: str) -> None:
        if self._agent_id is None or self._asked is None:
            return
        event_id, decision = self._asked
        call = calls.decide(self.desk.session.client, self._agent_id, event_id, decision, reason, owner=self)
        call.done.connect(self._on_decided)
        call.failed.connect(self._on_failed)

    def _on_decided(self, event: QuarantinedAnswer) -> None:
        text = _("Event {seq} is {decision}.").format(seq=event.seq, decision=_decision_of(event))
        self.desk.messages.say(text, Tone.GOOD)
        self.decided.emit()

    def _on_failed(self, error: ApiError) -> None:
        """Somebody may have decided meanwhile: what is so now is read in any case."""
        self.desk.messages.say(error.message, Tone.BAD)
        self.decided.emit()

    def _chosen(self) -> QuarantinedAnswer | None:
        ids = self.table.view.selected_ids()
        return next((row for row in self.table.model.rows() if len(ids) == 1 and row.id == ids[0]), None)

    def _on_selection(self, _ids: list[object]) -> None:
        event = self._chosen()
        undecided = event if event is not None and event.decision is None else None
        self.said.setText(undecided.consequence or "" if undecided else "")
        self.offer(self.accept_button, undecided is not None and undecided.may_accept)
        self.offer(self.discard_button, undecided is not None)


def _id(event: QuarantinedAnswer) -> UUID:
    return event.id
