"""The forms of a reason and of an alarm that means one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from pydantic import BaseModel
from PySide6.QtWidgets import QWidget
from unison_domain.machines.downtime_contracts import (
    AlarmReasonAnswer,
    AlarmReasonCreate,
    AlarmReasonUpdate,
    DowntimeReasonAnswer,
    DowntimeReasonCreate,
    DowntimeReasonUpdate,
)

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.editors import ChoiceEditor, NumberEditor, SwitchEditor, TextEditor
from unison_desktop.frame.form.fields import Field
from unison_desktop.frame.plant_rights import against_ending, in_use_field
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.texts import _
from unison_desktop.machines.downtime import calls
from unison_desktop.machines.downtime.book import Book, reason_text

_NUMBER_HELP = _("From 100 to 999; its hundred is the class: 1 failure, 2 setup, 3 material, 4 quality, 5 operator, "
                 "6 external, 7 organization, 8 planned, 9 other. Below another reason: above its number.")  # fmt: skip


class _TypesEditor(TextEditor):
    """Kinds of machines in one line, apart by commas."""

    def value(self) -> Any:
        return [part.strip() for part in self.line.text().split(",") if part.strip()]

    def set_value(self, value: Any) -> None:
        self.line.setText(", ".join(value or ()))

    def words(self, value: Any) -> str:
        return ", ".join(value) if value else "-"


def _against(desk: Desk, thing: str) -> str:
    """Why the person may not end such a thing, or bring it back; empty where they may."""
    return against_ending(desk.session, f"{thing}.deactivate", None)


class ReasonDialog(FormDialog):
    """Makes a reason, below another or at the top, or changes one."""

    def __init__(
        self, desk: Desk, book: Book, known: DowntimeReasonAnswer | None, values: Mapping[str, Any], parent: QWidget
    ) -> None:
        """`values` are what is shown first."""
        ranked = sorted(book.reasons.values(), key=lambda one: one.number)
        above = {str(one.id): reason_text(one) for one in ranked if known is None or one.id != known.id}
        fields = (
            *((Field("number", _("Number"), NumberEditor, _NUMBER_HELP),) if known is None else ()),
            Field("name", _("Name"), TextEditor, _("As people choose it, e.g. “Tool broken”.")),
            Field(
                "parent_id",
                _("Below"),
                partial(ChoiceEditor, choices=above, nothing=_("nothing: at the top of its class")),
                _("What it is a kind of."),
            ),
            Field("machine_types", _("Machine types"), _TypesEditor, _("For which it is offered; empty: for all.")),
            *((in_use_field(_("Offered"), _NO_LONGER, _against(desk, "machines.downtime_reason")),) if known else ()),
        )
        super().__init__(
            desk,
            fields,
            DowntimeReasonUpdate if known else DowntimeReasonCreate,
            title=reason_text(known) if known else _("New reason"),
            values=values,
            version=known.version if known else None,
            parent=parent,
        )
        self._known = known

    def send(self, body: BaseModel) -> Call:
        client = self.desk.session.client
        if self._known is None or self.version is None:
            return calls.make_reason(client, body, key=self.key, owner=self)
        return calls.change_reason(client, self._known.id, body, version=self.version, owner=self)


class AlarmDialog(FormDialog):
    """Lets an alarm mean a reason: everywhere, on a kind of machines, or on one; who has not all plants, on one."""

    def __init__(self, desk: Desk, book: Book, known: AlarmReasonAnswer | None, parent: QWidget) -> None:
        reasons = {str(one.id): reason_text(one) for one in book.offered(())}
        machines = {str(one.id): one.name for one in sorted(book.machines.values(), key=lambda one: one.name)}
        reason = Field("downtime_reason_id", _("Reason"), partial(ChoiceEditor, choices=reasons), _("What it means."))
        everywhere = desk.session.may_everywhere
        one = partial(ChoiceEditor, choices=machines, nothing=_("any") if everywhere else "")
        of_type = Field(
            "machine_type", _("Machine type"), TextEditor, _("Only on machines of this type; empty: on all.")
        )
        where = (
            Field("alarm", _("Alarm"), TextEditor, _("Its text, exactly as the machine's tag names it.")),
            reason,
            *((of_type,) if everywhere else ()),
            Field("machine_id", _("Machine"), one, _("Only on this one; the more specific rule wins.")),
        )
        why_not = _against(desk, "machines.alarm_reason")
        offered = in_use_field(_("In use"), _("Off: the alarm means nothing any more."), why_not)
        past = Field("also_past", _("Past stops too"), SwitchEditor, _CHANGES_PAST if known else _EXPLAINS_PAST)
        values: dict[str, Any] = {"downtime_reason_id": next(iter(reasons), None), "also_past": True}
        if not everywhere:
            values["machine_id"] = next(iter(machines), None)
        if known is not None:
            reason_id = str(known.downtime_reason_id)
            values = {"downtime_reason_id": reason_id, "is_active": known.is_active, "also_past": False}
        super().__init__(
            desk,
            (reason, offered, past) if known else (*where, past),
            AlarmReasonUpdate if known else AlarmReasonCreate,
            title=known.alarm if known else _("New alarm"),
            values=values,
            version=known.version if known else None,
            parent=parent,
        )
        self._known = known

    def send(self, body: BaseModel) -> Call:
        client = self.desk.session.client
        if self._known is None or self.version is None:
            return calls.make_alarm(client, body, key=self.key, owner=self)
        return calls.change_alarm(client, self._known.id, body, version=self.version, owner=self)


_CHANGES_PAST = _("Off: stops from before keep what the alarm meant then, and the figures of past periods stay.")
_EXPLAINS_PAST = _("Stops from before that nobody explained get this reason too; off: only those from now on.")
_NO_LONGER = _("Off: nobody can choose it any more; old stops keep it.")
