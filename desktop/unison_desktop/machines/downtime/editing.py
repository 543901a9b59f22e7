"""What people do to causes, and how it is taken back. Nothing is overwritten that was not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal
from uuid import UUID

from pydantic import BaseModel
from PySide6.QtCore import QObject, Signal
from unison_domain.kernel.contracts import Problem
from unison_domain.machines.downtime_contracts import (
    DowntimeAssign,
    DowntimeChangeKind,
    DowntimeEvent,
    DowntimeMerge,
    DowntimeSplit,
    ReasonOfOne,
)

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.messages import Offer
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.machines.downtime import calls
from unison_desktop.machines.downtime.book import NO_REASON_UNDONE, UNDONE, cause_text

TOPIC = "machines.downtime"
TAKEN_BACK = f"{TOPIC}.taken_back"
"""Announced here alone, of what this person took back: a page shows it at once."""
CLASH = "version_clash"
TWO_CAUSES = "two_causes"
_KEPT = 50
_SIGNED_OUT = 401
_Done = Literal["enter"] | calls.Step


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody was quicker, or the machine's states changed.

    Attributes:
        now: the event as it is now.
        wanted: the reason it was to get, kept for a second try; None takes the reason back.
        cut: where it was to be split, kept for a second try.
        changed_by: who changed it last, as far as that is known.
        is_of_states: nobody said anything, but what was seen is part of another event now.
    """

    now: DowntimeEvent
    step: calls.Step
    wanted: UUID | None
    cut: DowntimeSplit | None = None
    changed_by: str | None = None
    is_of_states: bool = False

    @classmethod
    def told(cls, problem: Problem, step: calls.Step, body: BaseModel, wanted: UUID | None) -> Clash:
        """As the server says it."""
        said = problem.parameters
        is_of_states = bool(said.get("is_another")) and "change" not in said
        now, by = DowntimeEvent.model_validate(problem.current), said.get("changed_by")
        cut = body if isinstance(body, DowntimeSplit) else None
        return cls(now, step, wanted if step == "assign" else None, cut, by, is_of_states)


class TakeBack:
    """One thing a person did to some events, and the way back. Holds no widget: a message may outlive its page.

    Attributes:
        events: as the change left them; those that could not be taken back stay while that may still succeed.
    """

    def __init__(self, desk: Desk, done: list[TakeBack]) -> None:
        """`done` is all that was done in the same place, in order."""
        self._desk, self._all = desk, done
        self.events: list[DowntimeEvent] = []
        self._seen: dict[UUID, int] = {}
        self._step: _Done | None = None
        self._under_way = 0

    @property
    def is_under_way(self) -> bool:
        """Whether an answer is awaited."""
        return self._under_way > 0

    def keep(self, event: DowntimeEvent, seen: int | None, step: _Done | None) -> None:
        """The change, such a step, made this of an event that was seen at that version; None: it made it.

        A step of None is one that is not known, of whoever changed the event last.
        """
        self._step = step
        self.events.append(event)
        if seen is not None:
            self._seen[event.id] = seen

    def run(self) -> None:
        """Take it back, where nobody changed the event since."""
        events, self.events = self.events, []
        for event in events:
            self._under_way += 1
            client, owner = self._desk.session.client, self._desk.session
            call = calls.act(client, event.id, "undo", None, version=event.version, owner=owner)
            call.done.connect(partial(self._on_done, event))
            call.failed.connect(partial(self._on_failed, event))

    def follow(self, event: DowntimeEvent, version: int) -> None:
        """What was done on top of this version of the event is taken back: it is that version again."""
        same = (event.id, version)
        self.events = [event if (one.id, one.version) == same else one for one in self.events]

    def _on_done(self, undone: DowntimeEvent, event: DowntimeEvent) -> None:
        self._under_way -= 1
        if undone.id == event.id and undone.id in self._seen:
            for other in self._all:
                other.follow(event, self._seen[undone.id])
        self._desk.messages.say(_told_back(undone, self._step, event))
        self._desk.session.changes.announce(TAKEN_BACK, [event.machine_id])
        self._withdraw()

    def forget(self, id_: UUID) -> None:
        """What was done to the event is not to be taken back any more."""
        self.events = [one for one in self.events if one.id != id_]
        self._withdraw()

    def _withdraw(self) -> None:
        """Where nothing is left to take back, no message offers it any more."""
        if not self.events and not self.is_under_way:
            self._desk.messages.withdraw(self)

    def _on_failed(self, event: DowntimeEvent, error: ApiError) -> None:
        self._under_way -= 1
        text = _("It could not be taken back. {reason}").format(reason=error.message)
        if error.is_temporary or error.status == _SIGNED_OUT or self._is_below(event):
            self.events.append(event)
        else:
            text = self._give_up(event, error)
        self._desk.messages.say(text, Tone.BAD)
        self._desk.session.changes.announce(f"{TOPIC}.undone", None)
        self._withdraw()

    def _is_below(self, event: DowntimeEvent) -> bool:
        """Whether a later change made here stands in the way, which can be taken back first."""
        newer = self._all[self._all.index(self) + 1 :] if self in self._all else []
        return any(one.id == event.id for other in newer for one in other.events)

    def _give_up(self, event: DowntimeEvent, error: ApiError) -> str:
        """Trying again would fail for ever, and so would all that was done to the event before; answers what to say."""
        older = self._all[: self._all.index(self)] if self in self._all else []
        for other in older:
            other.forget(event.id)
        said = error.problem.parameters if error.problem is not None else {}
        by, me = said.get("changed_by"), self._desk.session.me
        text = _("{machine}: it stays as it is now, for {person} changed it later.") if by else _STAYS
        if me is not None and said.get("changed_by_id") == str(me.id):
            text = _OWN
        words = [text.format(machine=event.machine_name, person=by)]
        if any(other.events for other in (*older, self)):
            words.append(_("Ctrl+Z goes on with what was done before."))
        return " ".join(words if by else [*words, error.message])


_STAYS = _("{machine}: it stays as it is now.")
_OWN = _(
    "{machine}: it stays as it is now, for you changed it later yourself. “Undo the last change of this stop” takes "
    "back one change after the other."
)


class Editing(QObject):
    """Sends what a person does to events; each answer is told, with a way back.

    Signals:
        changed: the `DowntimeEvent` as it is now.
        merged: the `DowntimeEvent` that two became.
        clashed: a `Clash`: somebody else changed it meanwhile.
        asked: the event, its `DowntimeMerge` and the `ReasonOfOne`s of which somebody is to say which holds.
        settled: nothing is under way any more.
    """

    changed = Signal(object)
    merged = Signal(object)
    clashed = Signal(object)
    asked = Signal(object, object, object)
    settled = Signal()

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._done: list[TakeBack] = []
        self._open = 0

    @property
    def is_busy(self) -> bool:
        """Whether an answer is awaited."""
        return self._open > 0

    def assign(self, events: Sequence[DowntimeEvent], reason_id: UUID | None) -> None:
        """Say why these were, each as it is seen here; None takes a person's reason back."""
        way_back = TakeBack(self._desk, self._done)
        for event in events:
            body = DowntimeAssign(downtime_reason_id=reason_id)
            self._send(event, "assign", body, reason_id, way_back)

    def split(self, event: DowntimeEvent, body: DowntimeSplit) -> None:
        """Two events from one."""
        self._send(event, "split", body, body.later_reason_id, TakeBack(self._desk, self._done))

    def merge(self, event: DowntimeEvent, other: DowntimeEvent) -> None:
        """One event from two neighbours; where they have different reasons, `asked` asks which holds."""
        self.merge_as(event, DowntimeMerge(other_id=other.id, other_version=other.version))

    def merge_as(self, event: DowntimeEvent, body: DowntimeMerge) -> None:
        """One event from two neighbours, with the reason it names."""
        self._send(event, "merge", body, body.downtime_reason_id, TakeBack(self._desk, self._done))

    def undo_event(self, event: DowntimeEvent) -> None:
        """Take back the last change of this event, whoever made it."""
        way_back = TakeBack(self._desk, self._done)
        way_back.keep(event, None, None)
        way_back.run()

    def undo_last(self) -> bool:
        """Take back what was done here last; False where there is nothing.

        What failed for a while is tried again, and nothing older in its place; so one is awaited before the next. What
        somebody else changed since is left as it is.
        """
        if any(way_back.is_under_way for way_back in self._done):
            self._desk.messages.say(_("The last change is being taken back; press again once it is."))
            return True
        for way_back in reversed(self._done):
            if way_back.events:
                way_back.run()
                return True
        return False

    def _send(
        self, event: DowntimeEvent, step: calls.Step, body: BaseModel, wanted: UUID | None, way_back: TakeBack
    ) -> None:
        call = calls.act(self._desk.session.client, event.id, step, body, version=event.version, owner=self)
        self._open += 1
        _Sent(call, self, event, step, body, wanted, way_back)

    def take_answer(self, event: DowntimeEvent, seen: int, step: calls.Step, way_back: TakeBack) -> None:
        """The server did it to an event that was seen at that version."""
        self._keep(event, seen, step, way_back)
        if step == "merge":
            self.merged.emit(event)
        self._close()

    def take_entered(self, event: DowntimeEvent) -> None:
        """Somebody entered this stop in a dialog of its own."""
        self._keep(event, None, "enter", TakeBack(self._desk, self._done))

    def take_noted(self, event: DowntimeEvent, seen: int) -> None:
        """Somebody noted something of this stop, seen at that version, in a dialog of its own."""
        self._keep(event, seen, "annotate", TakeBack(self._desk, self._done))

    def take_refusal(
        self, error: ApiError, event: DowntimeEvent, step: calls.Step, body: BaseModel, wanted: UUID | None
    ) -> None:
        """The server did not."""
        if error.code == CLASH and error.problem is not None and error.problem.current is not None:
            self.clashed.emit(Clash.told(error.problem, step, body, wanted))
        elif error.code == TWO_CAUSES and error.problem is not None:
            told = error.problem.parameters.get("reasons", [])
            self.asked.emit(event, body, [ReasonOfOne.model_validate(one) for one in told])
        else:
            self._desk.messages.say(error.message, Tone.BAD)
        self._desk.session.changes.announce(f"{TOPIC}.refused", None)
        self._close()

    def _keep(self, event: DowntimeEvent, seen: int | None, step: _Done, way_back: TakeBack) -> None:
        way_back.keep(event, seen, step)
        if way_back not in self._done:
            self._done.append(way_back)
            del self._done[:-_KEPT]
        self._desk.messages.say(_told(event, step), Tone.GOOD, offers=(Offer(_("Undo"), way_back.run, way_back),))
        self._desk.session.changes.announce(f"{TOPIC}.{step}", [event.machine_id])
        self.changed.emit(event)

    def _close(self) -> None:
        self._open -= 1
        if not self._open:
            self.settled.emit()


class _Sent(QObject):
    """One change under way; lives and dies with its call."""

    def __init__(
        self,
        call: Call,
        editing: Editing,
        event: DowntimeEvent,
        step: calls.Step,
        body: BaseModel,
        wanted: UUID | None,
        way_back: TakeBack,
    ) -> None:
        super().__init__(call)
        self._editing, self._event, self._step, self._body = editing, event, step, body
        self._wanted, self._way_back = wanted, way_back
        call.done.connect(self._on_done)
        call.failed.connect(self._on_failed)

    def _on_done(self, event: DowntimeEvent) -> None:
        self._editing.take_answer(event, self._event.version, self._step, self._way_back)

    def _on_failed(self, error: ApiError) -> None:
        self._editing.take_refusal(error, self._event, self._step, self._body, self._wanted)


def _told(event: DowntimeEvent, step: _Done) -> str:
    text = {
        "enter": _("{machine}: stop entered, {cause}."),
        "annotate": _("{machine}: noted."),
        "assign": _("{machine}: {cause}."),
        "split": _("{machine}: split in two."),
        "merge": _("{machine}: one stop now, {cause}."),
    }[step]
    return text.format(machine=event.machine_name, cause=cause_text(event) or _("no reason"))


_UNDONE: dict[_Done | None, str] = {
    "enter": UNDONE[DowntimeChangeKind.ENTERED],
    "annotate": UNDONE[DowntimeChangeKind.ANNOTATED],
    "split": UNDONE[DowntimeChangeKind.SPLIT],
    "merge": UNDONE[DowntimeChangeKind.MERGED],
}


def _told_back(undone: DowntimeEvent, step: _Done | None, now: DowntimeEvent) -> str:
    """What was taken back, and what stands now; of an entered stop nothing does."""
    cause, stands = cause_text(undone), cause_text(now) or _("no reason")
    what = _UNDONE.get(step)
    if what is None and cause_text(now) == cause:
        what = _("the last change")
    if what is None:
        what = cause or NO_REASON_UNDONE
    text = _("Taken back: {machine}, {what}.") if step == "enter" else _("Taken back: {machine}, {what}. Now: {cause}.")
    return text.format(machine=now.machine_name, what=what, cause=stands)
