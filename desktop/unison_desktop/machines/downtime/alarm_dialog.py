"""The form of a rule: an alarm means a reason. Alarms that machines know are offered; any other can be typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from pydantic import BaseModel
from PySide6.QtWidgets import QWidget
from unison_domain.machines.downtime_contracts import (
    AlarmReasonAnswer,
    AlarmReasonCreate,
    AlarmReasonUpdate,
    KnownAlarm,
)

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.editors import ChoiceEditor, SwitchEditor
from unison_desktop.frame.form.fields import Field
from unison_desktop.frame.form.in_use import in_use_field
from unison_desktop.frame.form.offering import OfferingEditor
from unison_desktop.frame.plant_rights import against
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.counted import counted
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.moments import moment_text
from unison_desktop.kernel.one_at_a_time import OneAtATime
from unison_desktop.kernel.texts import _
from unison_desktop.machines.downtime import calls
from unison_desktop.machines.downtime.book import Book, reason_text, where_text

_CHANGES_PAST = _("Off: stops from before keep what the alarm meant then, and the figures of past periods stay.")
_EXPLAINS_PAST = _("Stops from before that nobody explained get this reason too; off: only those from now on.")


class AlarmDialog(FormDialog):
    """Lets an alarm mean a reason: everywhere, on a kind of machines, or on one; who has not all plants, on one."""

    def __init__(
        self,
        desk: Desk,
        book: Book,
        known: AlarmReasonAnswer | None,
        parent: QWidget,
        *,
        begin_with: Mapping[str, Any] | None = None,
    ) -> None:
        """`begin_with` are fields of a new rule as they are shown first, in place of what is usual."""
        everywhere = desk.session.may_everywhere
        reasons = {str(one.id): reason_text(one) for one in book.offered(())}
        machines = {str(one.id): one.name for one in sorted(book.machines.values(), key=lambda one: one.name)}
        fields = _fields(reasons, machines, everywhere=everywhere)
        why_not = against(desk.session, "machines.alarm_reason.deactivate", None, ends=True)
        offered = in_use_field(_("In use"), _("Off: the alarm means nothing any more."), why_not)
        past = Field("also_past", _("Past stops too"), SwitchEditor, _CHANGES_PAST if known else _EXPLAINS_PAST)
        values: dict[str, Any] = {"downtime_reason_id": next(iter(reasons), None), "also_past": False}
        if not everywhere:
            values["machine_id"] = next(iter(machines), None)
        values |= begin_with or {}
        if known is not None:
            reason_id = str(known.downtime_reason_id)
            values = {"downtime_reason_id": reason_id, "is_active": known.is_active, "also_past": False}
        super().__init__(
            desk,
            (fields["downtime_reason_id"], offered, past) if known else (*fields.values(), past),
            AlarmReasonUpdate if known else AlarmReasonCreate,
            title=known.alarm if known else _("Map an alarm"),
            values=values,
            version=known.version if known else None,
            intro=_("This rule holds: {where}.").format(where=where_text(known, book)) if known else "",
            parent=parent,
        )
        self._known = known
        if known is None:
            self._offer_known(sorted({one.machine_type for one in book.machines.values() if one.machine_type}))

    def send(self, body: BaseModel) -> Call:
        client = self.desk.session.client
        if self._known is None or self.version is None:
            return calls.make_alarm(client, body, key=self.key, owner=self)
        return calls.change_alarm(client, self._known.id, body, version=self.version, owner=self)

    def _offer_known(self, types: Iterable[str]) -> None:
        self._asked: dict[str, Any] | None = None
        self._alarms = OneAtATime(partial(calls.known_alarms, self.desk.session.client), self)
        self._alarms.read.connect(self._show_alarms)
        self._alarms.failed.connect(self._show_no_alarms)
        if self.form.has("machine_type"):
            editor = self.form.editor("machine_type")
            assert isinstance(editor, OfferingEditor)  # noqa: S101 - as `_fields` makes it
            editor.offer(dict.fromkeys(types, ""))
        self.form.changed.connect(self._look)
        self._look()

    def _look(self) -> None:
        """Ask what the machines concerned can tell; only when those are others."""
        held = self.form.values()
        asked = {name: held[name] for name in ("machine_id", "machine_type") if held.get(name)}
        if asked != self._asked:
            self._asked = asked
            self._alarms.ask(asked)

    def _show_alarms(self, known: list[KnownAlarm]) -> None:
        """Those that stops began with first, the most frequent on top."""
        ranked = sorted(known, key=lambda one: (-one.stops, one.last_at is None, one.alarm.casefold()))
        self._offered().offer({one.alarm: _told(one) for one in ranked})

    def _show_no_alarms(self, _error: ApiError) -> None:
        """It is typed then; what is offered of other machines is none of these."""
        self._offered().offer({})

    def _offered(self) -> OfferingEditor:
        editor = self.form.editor("alarm")
        assert isinstance(editor, OfferingEditor)  # noqa: S101 - as `_fields` makes it
        return editor


def _fields(reasons: Mapping[str, str], machines: Mapping[str, str], *, everywhere: bool) -> dict[str, Field]:
    one = partial(ChoiceEditor, choices=machines, nothing=_("any") if everywhere else "")
    fields = (
        Field(
            "alarm",
            _("Alarm"),
            OfferingEditor,
            _("Its text, exactly as the machine tells it. Offered are those that tags name and that stops had lately."),
        ),
        Field("downtime_reason_id", _("Reason"), partial(ChoiceEditor, choices=reasons), _("What it means.")),
        Field("machine_type", _("Machine type"), OfferingEditor, _("Only on machines of this type; empty: on all.")),
        Field("machine_id", _("Machine"), one, _("Only on this one; the more specific rule wins.")),
    )
    return {field.name: field for field in fields if everywhere or field.name != "machine_type"}


def _told(alarm: KnownAlarm) -> str:
    """Where it is known from, for the tool tip."""
    words = [_("A tag names it.")] if alarm.is_configured else []
    if alarm.stops:
        one, several = _("1 of the newest stops began with it."), _("{n} of the newest stops began with it.")
        words.append(counted(alarm.stops, one, several))
    if alarm.last_at is not None:
        words.append(_("Last seen in a stop from {moment}.").format(moment=moment_text(alarm.last_at.astimezone())))
    return " ".join(words)
