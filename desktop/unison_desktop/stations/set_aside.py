"""Events of a PC the server could not use: kept with their reason, accepted after all or discarded by a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo
from functools import partial
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget
from unison_domain.stations.quarantine_contracts import (
    MOST_DECIDED,
    DecidedEvent,
    Decision,
    QuarantinedAnswer,
    QuarantineDecided,
)

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.kernel.counted import Counted, counted
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.moments import zoned_text
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.texts import _, pgettext
from unison_desktop.stations import calls
from unison_desktop.stations.event_words import kind_words
from unison_desktop.stations.reason_question import ReasonQuestion
from unison_desktop.stations.set_aside_words import (
    cause,
    content,
    what_accepting_does,
    what_came_of,
    what_discarding_does,
)
from unison_desktop.stations.tab_part import TabPart
from unison_desktop.tables.columns import Align, Column
from unison_desktop.tables.table import Table

_DECISIONS = {Decision.ACCEPTED: _("accepted"), Decision.DISCARDED: _("discarded")}


def _decision_of(event: QuarantinedAnswer) -> str:
    return "" if event.decision is None else _DECISIONS.get(event.decision, str(event.decision))


def _reason_of(event: QuarantinedAnswer, clock: tzinfo | None) -> str:
    """A person's words as they are; the server's own in the reader's language."""
    reason = event.reason or ""
    return reason if event.decided_by is not None else worded(reason, clock)


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
        Column("cause", _("Set aside for"), cause, width=22),
        Column("machine", _("Machine"), lambda one: one.machine_code or "", width=12),
        Column("station", _("Station"), lambda one: one.station_name or one.station_code or "", width=14),
        Column("content", _("What it says"), content, width=16),
        Column(
            "told_of",
            _("Of when"),
            lambda one: one.told_of and one.told_of.astimezone(clock()),
            text=lambda one: "" if one.told_of is None else zoned_text(one.told_of.astimezone(clock())),
            width=20,
        ),
        Column("parts", _("Parts"), lambda one: one.parts, align=Align.RIGHT, width=8),
        Column("message", _("Why"), lambda one: worded(one.message, clock()), width=44),
        Column("kind", _("Kind"), lambda one: kind_words(one.kind), width=20),
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
        Column("reason", _("Reason given"), lambda one: _reason_of(one, clock()), width=24, visible=False),
        Column("raw", _("As it came"), lambda one: one.raw, width=40, visible=False, always_exported=True),
    )


class SetAside(TabPart):
    """The events of one PC that were set aside, and what a person can decide about the selected ones.

    Attributes:
        table: the events; its filter finds those of a cause, a machine, a station.
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
        self._clock = clock
        self._agent_id: UUID | None = None
        self._left: list[UUID] = []
        self._came: list[DecidedEvent] = []
        self.accept_button = self.add_button(_("Accept…"), self.ask_accept, "stations.quarantine.accept")
        self.discard_button = self.add_button(_("Discard…"), self.ask_discard, "stations.quarantine.discard")
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
        self.table.selection_renewed.connect(self._on_selection)
        self.lay_out(self.table)

    def show_agent(self, agent_id: UUID | None) -> None:
        """Another PC, of which nothing is read yet."""
        self._agent_id = agent_id
        self._left = []
        self.table.show_loading()

    def _on_all(self) -> None:
        self.table.show_loading()
        self.wanted.emit()

    def ask_accept(self) -> None:
        """Say what accepting the selected ones does and ask why."""
        events = self._undecided()
        if able := sum(event.may_accept for event in events):
            asks = _("Accept {n} of {all} events?").format(n=able, all=len(events))
            asks = asks if len(events) > 1 else _("Accept this event?")
            explains = what_accepting_does(events, self._clock())
            self._ask(events, "accept", asks, explains, pgettext("events", "Accept"))

    def ask_discard(self) -> None:
        """Say what discarding the selected ones does and ask why."""
        if events := self._undecided():
            asks = counted(len(events), _("Discard this event?"), _("Discard {n} events?"))
            self._ask(
                events, "discard", asks, what_discarding_does(events, self._clock()), pgettext("events", "Discard")
            )

    def _ask(self, events: Sequence[QuarantinedAnswer], decision: str, asks: str, explains: str, yes: str) -> None:
        able = [event for event in events if decision == "discard" or event.may_accept]
        ids = [event.id for event in sorted(able, key=lambda one: (one.received_at, one.seq))]
        question = ReasonQuestion(self.desk.theme, self, asks=asks, explains=explains, yes=yes)
        question.given.connect(partial(self._begin, self._agent_id, ids, decision))
        question.open()

    def _begin(self, agent_id: UUID | None, ids: list[UUID], decision: str, reason: str) -> None:
        if agent_id is None or agent_id != self._agent_id:
            return
        self._left, self._came = ids, []
        self._decide_next(decision, reason)

    def _decide_next(self, decision: str, reason: str) -> None:
        """The oldest first, as many at once as the server takes."""
        if self._agent_id is None or not self._left:
            return
        part, total = self._left[:MOST_DECIDED], len(self._left) + len(self._came)
        if total > MOST_DECIDED:
            self.said.setText(_("Deciding: {n} of {all}…").format(n=len(self._came), all=total))
        call = calls.decide_many(self.desk.session.client, self._agent_id, part, decision, reason, owner=self)
        call.done.connect(partial(self._on_decided, decision, reason))
        call.failed.connect(self._on_failed)

    def _on_decided(self, decision: str, reason: str, answer: QuarantineDecided) -> None:
        self._left = self._left[len(answer.items) :]
        self._came += answer.items
        if self._left:
            self._decide_next(decision, reason)
            return
        self.said.clear()
        done = sum(one.is_done for one in self._came)
        texts = {
            "accept": Counted(_("1 event is accepted."), _("{n} events are accepted.")),
            "discard": Counted(_("1 event is discarded."), _("{n} events are discarded.")),
        }
        if done:
            self.desk.messages.say(texts[decision].said(done), Tone.GOOD)
        if problem := what_came_of(self._came):
            self.desk.messages.say(problem, Tone.BAD)
        self.decided.emit()

    def _on_failed(self, error: ApiError) -> None:
        """Somebody may have decided meanwhile: what is so now is read in any case."""
        done = sum(one.is_done for one in self._came)
        self._left = []
        self.said.clear()
        texts = Counted(_("1 event was decided, then it ended: "), _("{n} events were decided, then it ended: "))
        before = texts.said(done) if done else ""
        self.desk.messages.say(f"{before}{error.message}", Tone.BAD)
        self.decided.emit()

    def _undecided(self) -> list[QuarantinedAnswer]:
        """Those selected that nobody decided yet."""
        chosen = set(self.table.view.selected_ids())
        return [row for row in self.table.model.rows() if row.id in chosen and row.decision is None]

    def _on_selection(self, _ids: list[object]) -> None:
        events = self._undecided()
        self.said.setText(what_accepting_does(events, self._clock()).replace("\n", " ") if events else "")
        self.offer(self.accept_button, any(event.may_accept for event in events))
        self.offer(self.discard_button, bool(events))


def _id(event: QuarantinedAnswer) -> UUID:
    return event.id
