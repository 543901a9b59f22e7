"""A stop entered by hand: of a machine without signals, of hours nobody heard it, or a part of a known stop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from functools import partial
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from PySide6.QtWidgets import QWidget
from unison_domain.kernel.contracts import FieldError
from unison_domain.machines.contracts import MachineAnswer, MachineState
from unison_domain.machines.downtime_contracts import DowntimeCreate, DowntimeEvent

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import CLASH, FormDialog
from unison_desktop.frame.form.editors import ChoiceEditor, Editor, TextEditor
from unison_desktop.frame.form.fields import Field
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.moments import moment_text
from unison_desktop.kernel.texts import _
from unison_desktop.machines.downtime import calls
from unison_desktop.machines.downtime.book import NO_REASON, SOMEBODY, Book, cause_text
from unison_desktop.machines.downtime.moments import read_next, read_past
from unison_desktop.machines.downtime.picker import ReasonPicker
from unison_desktop.machines.downtime.which_one import WhichOne
from unison_desktop.machines.states import LOOKS

RAN = "machine_ran"
_TIMES = ("started_at", "ended_at")
_REASON_LINES = 15
_LINE = partial(TextEditor, longest=2000)
_NO_START = _("“{typed}” is no time up to now. Type e.g. 14:05, or 2026-11-20 14:05.")
_NO_END = _("“{typed}” is no time between the start and now. Type e.g. 14:20, or nothing while it stands.")
_TWICE = _("Please say which of the two is meant.")


class MomentEditor(TextEditor):
    """A time as people type it; where the clocks showed it twice it asks which one is meant."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.which = WhichOne(self)
        self.which.chosen.connect(self._on_chosen)
        self.column.addWidget(self.which)

    def offer(self, moments: Sequence[datetime]) -> None:
        """What was typed is any of these."""
        self.which.offer(moments)

    def _on_chosen(self, moment: datetime) -> None:
        self.set_value(moment_text(moment))
        self.line.setFocus()
        self.changed.emit()


class ReasonEditor(Editor):
    """A reason by its number or a part of its name; gives its id, or what was typed where that fits none."""

    def __init__(self, parent: QWidget) -> None:
        self.picker = ReasonPicker(parent)
        super().__init__(self.picker, parent)
        self.picker.setFixedHeight(self.fontMetrics().lineSpacing() * _REASON_LINES)
        self.picker.line.textEdited.connect(self.changed)

    def value(self) -> Any:
        chosen = self.picker.chosen
        return str(chosen) if chosen is not None else self.picker.line.text().strip() or None

    def set_value(self, value: Any) -> None:
        if value is None:
            self.picker.clear()
        else:
            self.picker.choose(UUID(str(value)))

    def set_invalid(self, invalid: bool) -> None:
        self.picker.line.setProperty("invalid", invalid)
        self.picker.line.style().polish(self.picker.line)


class EnterDialog(FormDialog):
    """Enters a stop. Times are typed and read by the clocks of the machine's plant."""

    def __init__(self, desk: Desk, book: Book, machine_id: UUID | None, parent: QWidget) -> None:
        """`machine_id` is offered first."""
        ranked = sorted(book.machines.values(), key=lambda one: one.name.casefold())
        names = {str(one.id): f"{one.name} ({one.machine_code})" for one in ranked}
        fields = (
            Field("machine_id", _("Machine"), partial(ChoiceEditor, choices=names), _("Which machine stood.")),
            Field(
                "started_at",
                _("From"),
                MomentEditor,
                _("By the plant's clocks: 14:05, or 2026-11-20 14:05:30."),
                wide=True,
            ),
            Field(
                "ended_at", _("To"), MomentEditor, _("Empty: it still stands, and the stop ends with it."), wide=True
            ),
            Field("downtime_reason_id", _("Reason"), ReasonEditor, _("Number or part of its name; empty: not known.")),
            Field("notes", _("Notes"), _LINE, _("What was seen, e.g. “chips in the chute”.")),
            Field("resolution_notes", _("Resolution"), _LINE, more=True),
        )
        self._book = book
        first = str(machine_id) if machine_id is not None else next(iter(names), None)
        super().__init__(
            desk,
            fields,
            DowntimeCreate,
            title=_("Enter a stop"),
            values={field.name: None for field in fields} | {"machine_id": first},
            intro=_(
                "For time no signals speak of, or a part of a stop they know. Where they say that it ran, they hold."
            ),
            save_text=_("Enter it"),
            parent=parent,
        )
        self.resize(860, 700)
        reasons = self.form.editor("downtime_reason_id")
        assert isinstance(reasons, ReasonEditor)  # noqa: S101 - declared above
        self._picker = reasons.picker
        self._picker.left.connect(self.reject)
        self.form.changed.connect(self._offer)
        self._offer()
        self.form.editor("machine_id" if machine_id is None else "started_at").setFocus()

    def send(self, body: BaseModel) -> Call:
        return calls.enter(self.desk.session.client, body, key=self.key, owner=self)

    def typed(self) -> dict[str, object]:
        values = super().typed()
        read = zip(_TIMES, self._read(values), strict=True)
        return {**values, **{name: found[0].isoformat() if len(found) == 1 else None for name, found in read}}

    def check(self) -> BaseModel | None:
        """What was typed; times that can't be read are told in the words of who typed them."""
        errors = list(self._unread(self.form.values()))
        if errors:
            self.show_errors(errors)
            self._ask_which()
            return None
        return super().check()

    def own_words(self, error: ApiError) -> str:
        if error.problem is None:
            return ""
        if error.code == CLASH and error.problem.current is not None:
            return self._spoken_of(DowntimeEvent.model_validate(error.problem.current))
        return self._ran(error.problem.parameters) if error.code == RAN else ""

    def _ran(self, told: Mapping[str, Any]) -> str:
        """Signals say otherwise."""
        start, end, machine = told.get("started_at"), told.get("ended_at"), self._machine()
        if start is None or machine is None:
            return ""
        words = _(
            "Signals say that {machine} was not standing then: {state} from {start} {until}. "
            "A stop can be entered where it stood, or where nothing is known."
        )
        until = _("to {end}").format(end=self._clock(end)) if end else _("on")
        state = LOOKS[MachineState(told.get("state", MachineState.UNKNOWN))].text
        return words.format(machine=machine.name, state=state, start=self._clock(start), until=until)

    def _spoken_of(self, event: DowntimeEvent) -> str:
        """A person was there before."""
        who = self._book.reporter(event) or SOMEBODY
        start, end = self._book.start(event), self._book.end(event)
        words = _("{who} spoke of some of that time already: {start} to {end}, {cause}. Change that stop instead.")
        until = moment_text(end) if end else _("now")
        return words.format(who=who, start=moment_text(start), end=until, cause=cause_text(event) or NO_REASON)

    def _read(self, values: Mapping[str, Any]) -> tuple[list[datetime], list[datetime]]:
        """The moments that start and end may be; the end is looked for once the start is known."""
        now, zone = self._book.now(), self._zone()
        starts = read_past(values.get("started_at") or "", now, zone)
        ends = read_next(values.get("ended_at") or "", starts[0], now, zone) if len(starts) == 1 else []
        return starts, ends

    def _unread(self, values: Mapping[str, Any]) -> list[FieldError]:
        starts, ends = self._read(values)
        wrong = []
        if values["started_at"] and not starts:
            wrong.append(FieldError(field="started_at", code="unread", message=_fill(_NO_START, values["started_at"])))
        elif values["ended_at"] and len(starts) == 1 and not ends:
            wrong.append(FieldError(field="ended_at", code="unread", message=_fill(_NO_END, values["ended_at"])))
        for name, found in zip(_TIMES, (starts, ends), strict=True):
            if len(found) > 1:
                wrong.append(FieldError(field=name, code="twice", message=_TWICE))
        chosen = values["downtime_reason_id"]
        if chosen and not _is_id(chosen):
            text = _("No reason of this machine fits “{typed}”.").format(typed=chosen)
            wrong.append(FieldError(field="downtime_reason_id", code="unread", message=text))
        return wrong

    def _moments(self) -> list[MomentEditor]:
        """Of start and end."""
        return [editor for name in _TIMES if isinstance(editor := self.form.editor(name), MomentEditor)]

    def _ask_which(self) -> None:
        doubtful = (editor for editor in self._moments() if not editor.which.isHidden())
        if (first := next(doubtful, None)) is not None:
            first.which.setFocus()

    def _offer(self) -> None:
        """The reasons that fit the machine, and both moments where a time that was typed may be either."""
        for editor, found in zip(self._moments(), self._read(self.form.values()), strict=True):
            editor.offer(found)
        machine = self._machine()
        offered = self._book.offered([machine.machine_type if machine else None])
        self._picker.offer(offered, lacks=self._book.lacks_reasons)

    def _machine(self) -> MachineAnswer | None:
        chosen = self.form.editor("machine_id").value()
        return self._book.machines.get(UUID(chosen)) if chosen else None

    def _zone(self) -> tzinfo | None:
        machine = self._machine()
        return self._book.zones.get(machine.plant_id) if machine else None

    def _clock(self, told: str) -> str:
        return moment_text(datetime.fromisoformat(told).astimezone(self._zone()))


def _fill(text: str, typed: object) -> str:
    return text.format(typed=typed)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
