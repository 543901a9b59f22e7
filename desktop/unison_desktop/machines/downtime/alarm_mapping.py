"""From a stop to what its alarm means: the rule there is, or a new one with all that the stop tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject
from unison_domain.machines.contracts import CauseSource
from unison_domain.machines.downtime_contracts import AlarmReasonAnswer, DowntimeEvent
from unison_domain.machines.reasons import rule_of_alarm

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.plant_rights import against
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.machines.downtime import calls
from unison_desktop.machines.downtime.alarm_dialog import AlarmDialog
from unison_desktop.machines.downtime.book import Book
from unison_desktop.machines.downtime.loading import ALARM_TOPIC

_CREATE, _UPDATE = f"{ALARM_TOPIC}.create", f"{ALARM_TOPIC}.update"


class AlarmMapping(QObject):
    """The command that lets the alarm of the chosen stop mean a reason; where it can't be done, it says why."""

    def __init__(self, desk: Desk, book: Book, page: Page, chosen: Callable[[], list[DowntimeEvent]]) -> None:
        super().__init__(page)
        self._desk, self._book, self._page, self._chosen = desk, book, page, chosen
        self.command: Command = page.add_command(
            "downtime.map_alarm", _("Map this alarm…"), self._begin, shortcuts="F7", in_head=False
        )
        session = desk.session
        session.events.link_changed.connect(self.judge)
        session.rights_changed.connect(self.judge)
        self.judge()

    def judge(self) -> None:
        """After another stop was chosen, or something about it or the person is others: whether it can be done."""
        why_not = self._against()
        self.command.allow(not why_not, why_not)

    def _against(self) -> str:
        session, events = self._desk.session, self._chosen()
        if not session.may(_CREATE):
            return session.lacks(_CREATE)
        if not session.is_online:
            return _("Not while the server is away.")
        if len(events) != 1:
            return _("Choose the one stop whose alarm is to mean a reason.")
        if events[0].first_out_alarm is None:
            return _("The machine told no alarm when this stop began.")
        if self._book.lacks_reasons:
            return _("An alarm means a reason: make or load the reasons first.")
        plant = self._book.plants.get(events[0].plant_id)
        return against(session, _CREATE, plant)

    def _begin(self) -> None:
        """What the alarm means already is asked for first: there may be a rule to change."""
        event = next(iter(self._chosen()), None)
        if event is None or event.first_out_alarm is None:
            return
        call = calls.rules_of(self._desk.session.client, event.first_out_alarm, owner=self)
        call.done.connect(partial(self._open, event))
        call.failed.connect(self._on_failed)

    def _open(self, event: DowntimeEvent, rules: list[AlarmReasonAnswer]) -> None:
        known = self._rule_of(event, rules)
        dialog = AlarmDialog(self._desk, self._book, known, self._page, begin_with=self._new_rule(event))
        dialog.saved.connect(self._on_saved)
        dialog.open()

    def _rule_of(self, event: DowntimeEvent, rules: list[AlarmReasonAnswer]) -> AlarmReasonAnswer | None:
        """The one that holds on the machine, else one that is switched off; as far as the person may change it."""
        session = self._desk.session
        if not session.may(_UPDATE):
            return None
        mine = [rule for rule in rules if session.may_everywhere or rule.machine_id is not None]
        on = self._most_specific(event, (rule for rule in mine if rule.is_active))
        return on or self._most_specific(event, mine)

    def _most_specific(self, event: DowntimeEvent, rules: Iterable[AlarmReasonAnswer]) -> AlarmReasonAnswer | None:
        return rule_of_alarm(rules, event.first_out_alarm or "", event.machine_id, self._book.type_of(event))

    def _new_rule(self, event: DowntimeEvent) -> dict[str, Any]:
        """Of machines of its type, where the person may; else of this machine. What a person said is what it means."""
        values: dict[str, Any] = {"alarm": event.first_out_alarm}
        if event.cause_source is CauseSource.PERSON and event.downtime_reason_id is not None:
            values["downtime_reason_id"] = str(event.downtime_reason_id)
        type_ = self._book.type_of(event)
        if type_ and self._desk.session.may_everywhere:
            return values | {"machine_type": type_}
        return values | {"machine_id": str(event.machine_id)}

    def _on_saved(self, rule: AlarmReasonAnswer) -> None:
        text = _("{alarm} means {reason} now.")
        if not rule.is_active:
            text = _("{alarm} means nothing any more.")
        reason = self._book.reason_name(rule.downtime_reason_id)
        self._desk.messages.say(text.format(alarm=rule.alarm, reason=reason), Tone.GOOD)
        self._desk.session.changes.announce(f"{ALARM_TOPIC}.updated", [rule.id])

    def _on_failed(self, error: ApiError) -> None:
        self._desk.messages.say(error.message, Tone.BAD)
