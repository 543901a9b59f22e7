"""The tree of reasons, and which alarm means which of them."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget
from unison_domain.machines.contracts import MachineAnswer
from unison_domain.machines.downtime_contracts import AlarmReasonAnswer, DowntimeReasonAnswer, DowntimeReasonUpdate
from unison_domain.machines.reasons import is_rooted

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.command_menu import CommandMenu
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.outline import Node, Outline
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.moments import moment_text
from unison_desktop.kernel.texts import _
from unison_desktop.machines import calls as machine_calls
from unison_desktop.machines.downtime import calls
from unison_desktop.machines.downtime.alarm_dialog import AlarmDialog
from unison_desktop.machines.downtime.book import CATEGORIES, Book, reason_text, where_text
from unison_desktop.machines.downtime.loading import REASON_TOPIC as _REASON
from unison_desktop.machines.downtime.loading import LoadReasons
from unison_desktop.machines.downtime.reason_dialog import ReasonDialog
from unison_desktop.tables.columns import Column
from unison_desktop.tables.table import Table

_ABOUT = _("Why machines stand, and which alarm means what")
_BEGIN = _("There is none yet: More, “Load the usual reasons”.")
_ALARM = "machines.alarm_reason"


class ReasonsPage(Page):
    """Reasons in their classes left, alarms right."""

    topics: ClassVar[tuple[str, ...]] = (_REASON, _ALARM)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self.book = Book(desk.session.clock.now)
        self._alarms: list[AlarmReasonAnswer] = []
        self.tree = Outline(desk.theme, _("Reasons"), self)
        self.table = Table(
            self._columns(),
            _id_of,
            desk.theme,
            title=_("Alarms"),
            nothing=_("No alarm means a reason yet."),
            parent=self,
        )
        self._splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self._splitter.addWidget(self.tree)
        self._splitter.addWidget(self.table)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setSizes([450, 550])
        self._splitter.setHandleWidth(12)
        self.set_content(self._splitter)
        self.table.remember(desk.layout, "downtime.alarms")
        desk.layout.restore_splitter(self._splitter, "downtime.reasons")
        self._make_commands()
        self.tree.opened.connect(self._edit_node)
        self.table.row_opened.connect(self._edit_alarm)
        self.set_title(_("Reasons"), _ABOUT)

    def trail(self) -> list[tuple[str, Place]]:
        return [(_("Downtime"), Place("downtime"))]

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        self.tree.setFocus(reason)

    def load(self) -> None:
        client = self.desk.session.client
        self.ask(calls.reasons(client, owner=self), self._show_reasons)
        self.ask(calls.alarms(client, owner=self), self._show_alarms)
        self.ask(machine_calls.machines(client, owner=self), self._show_machines)

    def save_layout(self) -> None:
        self.table.save_layout()
        self.desk.layout.save_splitter(self._splitter, "downtime.reasons")

    def _columns(self) -> tuple[Column[AlarmReasonAnswer], ...]:
        return (
            Column("alarm", _("Alarm"), lambda a: a.alarm, width=16, always_visible=True, stretch=True),
            Column("reason", _("Means"), lambda a: self.book.reason_name(a.downtime_reason_id), width=16, stretch=True),
            Column("where", _("Where"), lambda a: where_text(a, self.book), width=14),
            Column("in_use", _("In use"), lambda a: _("yes") if a.is_active else _("no"), width=6),
            Column(
                "since",
                _("Since"),
                lambda a: a.holds_since and a.holds_since.astimezone(),
                text=_since,
                width=14,
                explain=_("Stops from before keep what the alarm meant then"),
            ),
        )

    def _show_reasons(self, reasons: list[DowntimeReasonAnswer]) -> None:
        self.book.know_reasons(reasons)
        self.tree.show_nodes(_nodes(reasons))
        session = self.desk.session
        is_new = not reasons and session.may(f"{_REASON}.create") and session.may_everywhere
        self.set_title(_("Reasons"), _BEGIN if is_new else _ABOUT)
        self.table.set_rows(self._alarms)

    def _show_alarms(self, alarms: list[AlarmReasonAnswer]) -> None:
        self._alarms = alarms
        self.table.set_rows(alarms)

    def _show_machines(self, machines: list[MachineAnswer]) -> None:
        self.book.know_machines(machines)
        self.table.set_rows(self._alarms)

    # What is done.

    def _make_commands(self) -> None:
        one = self.add_command
        more = [
            LoadReasons(self.desk, self).command(self),
            one(
                "reason.switch",
                _("Stop or start offering it"),
                self._switch,
                shortcuts="Del",
                needs=f"{_REASON}.deactivate",
                everywhere=True,
                in_head=False,
            ),
        ]
        self.head.add_widget(CommandMenu(_("More"), more, self.desk.theme, self))
        one("reason.edit", _("Edit…"), self._edit, shortcuts="F2", needs=f"{_REASON}.update")
        one("alarm.new", _("Map an alarm…"), self._new_alarm, shortcuts="Ctrl+Shift+N", needs=f"{_ALARM}.create")
        one(
            "reason.new",
            _("New reason…"),
            self._new_reason,
            icon="plus",
            shortcuts="Ctrl+N",
            primary=True,
            needs=f"{_REASON}.create",
            everywhere=True,
        )

    def _chosen(self) -> DowntimeReasonAnswer | None:
        return next((one for one in self.book.reasons.values() if str(one.id) == self.tree.current), None)

    def _new_reason(self) -> None:
        """Below the chosen one, with the first number that is free there."""
        above = self._chosen()
        taken = {one.number for one in self.book.reasons.values()}
        values: dict[str, Any] = {"machine_types": list(above.machine_types) if above else []}
        if above is not None:
            hundred = above.number - above.number % 100
            number = next((n for n in range(above.number + 1, hundred + 100) if n not in taken), None)
            values |= {"parent_id": str(above.id), "number": number}
        self._open_reason(None, values)

    def _edit(self) -> None:
        alarm = self._chosen_alarm() if not self.tree.hasFocus() else None
        if alarm is not None:
            self._edit_alarm(alarm)
        else:
            self._edit_node(self.tree.current)

    def _edit_node(self, _key: str) -> None:
        reason = self._chosen()
        if reason is None:
            self.desk.messages.say(_("Choose the reason that is to be changed."))
        elif not self.desk.session.may_everywhere:
            self.desk.messages.say(self.desk.session.lacks_plants())
        elif self.desk.session.may(f"{_REASON}.update"):
            names = ("name", "parent_id", "machine_types", "is_active")
            self._open_reason(reason, {name: reason.model_dump(mode="json")[name] for name in names})

    def _open_reason(self, known: DowntimeReasonAnswer | None, values: dict[str, Any]) -> None:
        dialog = ReasonDialog(self.desk, self.book, known, values, self)
        dialog.saved.connect(self._on_reason_saved)
        dialog.open()

    def _switch(self) -> None:
        reason = self._chosen()
        if reason is None:
            self.desk.messages.say(_("Choose the reason that is no longer to be offered."))
            return
        body = DowntimeReasonUpdate(is_active=not reason.is_active)
        call = calls.change_reason(self.desk.session.client, reason.id, body, version=reason.version, owner=self)
        call.done.connect(self._on_reason_saved)
        call.failed.connect(self._on_failed)

    def _on_reason_saved(self, reason: DowntimeReasonAnswer) -> None:
        text = _("{name} is saved.") if reason.is_active else _("{name} is no longer offered.")
        self.desk.messages.say(text.format(name=reason_text(reason)), Tone.GOOD)
        self.desk.session.changes.announce(f"{_REASON}.updated", [reason.id])

    def _on_failed(self, error: ApiError) -> None:
        self.desk.messages.say(error.message, Tone.BAD)
        self.reload()

    def _chosen_alarm(self) -> AlarmReasonAnswer | None:
        ids = self.table.view.selected_ids()
        return next((one for one in self._alarms if one.id in ids), None)

    def _new_alarm(self) -> None:
        if not self.book.reasons:
            self.desk.messages.say(_("An alarm means a reason: make or load the reasons first."))
            return
        self._open_alarm(None)

    def _edit_alarm(self, alarm: AlarmReasonAnswer) -> None:
        if alarm.machine_id is None and not self.desk.session.may_everywhere:
            self.desk.messages.say(self.desk.session.lacks_plants())
        elif self.desk.session.may(f"{_ALARM}.update"):
            self._open_alarm(alarm)

    def _open_alarm(self, alarm: AlarmReasonAnswer | None) -> None:
        dialog = AlarmDialog(self.desk, self.book, alarm, self)
        dialog.saved.connect(self._on_alarm_saved)
        dialog.open()

    def _on_alarm_saved(self, alarm: AlarmReasonAnswer) -> None:
        self.desk.messages.say(_("{alarm} is saved.").format(alarm=alarm.alarm), Tone.GOOD)
        self.desk.session.changes.announce(f"{_ALARM}.updated", [alarm.id])


def _nodes(reasons: list[DowntimeReasonAnswer]) -> list[Node]:
    nodes: list[Node] = []
    headings: set[str] = set()
    used = {one.id: one for one in reasons if one.is_active}
    for one in sorted(reasons, key=lambda one: one.number):
        heading = f"class/{one.category}"
        if heading not in headings:
            headings.add(heading)
            nodes.append(Node(heading, CATEGORIES[one.category], "state-stopped"))
        text = reason_text(one)
        if one.machine_types:
            text += f"  ({', '.join(one.machine_types)})"
        if not one.is_active:
            text = _("{reason} - no longer offered").format(reason=text)
        elif not is_rooted(one, used):
            text = _("{reason} - not offered, for what is above it is not").format(reason=text)
        is_offered = one.is_active and is_rooted(one, used)
        icon, under = ("info" if is_offered else "close"), str(one.parent_id or heading)
        nodes.append(Node(str(one.id), text, icon, under, Tone.BAD if one.is_failure and is_offered else None))
    return nodes


def _since(alarm: AlarmReasonAnswer) -> str:
    return _("from the beginning") if alarm.holds_since is None else moment_text(alarm.holds_since.astimezone())


def _id_of(alarm: AlarmReasonAnswer) -> UUID:
    return alarm.id
