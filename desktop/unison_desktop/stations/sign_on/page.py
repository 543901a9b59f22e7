"""The page of signing on at stations: its rules, and which PC still believes an old list of people."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget
from unison_domain.identity.badge_contracts import SignOnRulesAnswer
from unison_domain.stations.contracts import AgentAnswer, AgentState

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.printing.commands import PrintCommands
from unison_desktop.frame.printing.paper import Paper
from unison_desktop.frame.theme import Look, Type
from unison_desktop.frame.tone_label import ToneLabel
from unison_desktop.identity.calls import sign_on_rules
from unison_desktop.kernel.changes import Change
from unison_desktop.kernel.texts import _
from unison_desktop.stations.calls import agents
from unison_desktop.stations.health import span
from unison_desktop.stations.page import REPORTS, TICK
from unison_desktop.stations.sign_on.columns import Knowing, ListRow, list_columns, list_id
from unison_desktop.stations.sign_on.form import RulesDialog
from unison_desktop.tables.export_notice import ExportNotice
from unison_desktop.tables.printed import PrintedTable
from unison_desktop.tables.table import Table

TOPIC = "identity.sign_on_rules"
AGENT = "stations.agent"
_AGENTS = f"{AGENT}.read"
_WORK_THERE = (AgentState.ENROLLED, AgentState.CONFLICT)


class SignOnPage(Page):
    """The rules on top, and below them how old the list of each PC is.

    Attributes:
        believed, idle: the rules in words. delay: what they mean for a badge that is lost now.
        table: the PCs.
    """

    topics: ClassVar[tuple[str, ...]] = (TOPIC, AGENT)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self._rules: SignOnRulesAnswer | None = None
        self._agents: list[AgentAnswer] = []
        card = QFrame(self)
        card.setProperty("role", "card")
        self.believed, self.idle = QLabel(card), QLabel(card)
        self.believed.setFont(desk.theme.font(Type.STRONG))
        self.idle.setFont(desk.theme.font(Type.STRONG))
        self.delay = ToneLabel(desk.theme, card)
        inner = QVBoxLayout(card)
        inner.setContentsMargins(22, 16, 22, 18)
        inner.setSpacing(8)
        for label in (self.believed, self.idle, self.delay):
            label.setWordWrap(True)
            inner.addWidget(label)
        card.hide()
        self._card = card
        self.table = Table(
            list_columns(desk.theme),
            list_id,
            desk.theme,
            title=_("Lists of people at PCs"),
            nothing=_("No PC is enrolled yet."),
            parent=self,
        )
        ExportNotice(self.table, desk.messages)
        self.table.remember(desk.layout, "stations.sign_on")
        content = QWidget(self)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        column.addWidget(card)
        column.addWidget(self.table, 1)
        self.set_content(content)
        self._tick = QTimer(self, interval=int(TICK.total_seconds() * 1000))
        self._tick.timeout.connect(self._show)
        self._tick.start()
        self._soon = QTimer(self, singleShot=True, interval=int(REPORTS.total_seconds() * 1000))
        self._soon.timeout.connect(self.reload)
        desk.theme.changed.connect(self._show)
        self.add_command(
            "sign_on.rules",
            _("Change rules…"),
            self._open_rules,
            shortcuts="F2",
            primary=True,
            needs="identity.badge.configure",
        )
        PrintCommands(self, self._paper)
        self.set_title(_("Signing on at stations"), _("By badge, or by name and PIN"))

    def trail(self) -> list[tuple[str, Place]]:
        return [(_("People"), Place("people"))] if self.desk.session.may("identity.user.read") else []

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        self.table.view.setFocus(reason)

    def load(self) -> None:
        session = self.desk.session
        self.ask(sign_on_rules(session.client, owner=self), self._show_rules)
        if session.may(_AGENTS):
            self.ask(agents(session.client, owner=self), self._show_agents)

    def on_change(self, change: Change) -> None:
        if change.concerns((TOPIC,)):
            self.reload()
        elif not self._soon.isActive():
            self._soon.start()

    def save_layout(self) -> None:
        self.table.save_layout()

    def _show_rules(self, rules: SignOnRulesAnswer) -> None:
        self._rules = rules
        self._show()

    def _show_agents(self, known: list[AgentAnswer]) -> None:
        self._agents = [one for one in known if one.is_active and one.state in _WORK_THERE]
        self._show()

    def _show(self) -> None:
        if self._rules is None:
            return
        believed, now = timedelta(hours=self._rules.roster_hours), self.desk.session.clock.now()
        words = _("Away from the server a station believes its list of people for {n} h.")
        self.believed.setText(words.format(n=self._rules.roster_hours))
        words = _("Nobody stays signed on after {n} min without input.")
        self.idle.setText(words.format(n=self._rules.idle_minutes))
        rows = [ListRow(one, believed, now) for one in self._agents]
        self.table.set_rows(rows)
        if not self.desk.session.may(_AGENTS):
            self.table.view.set_notice(self.desk.session.lacks(_AGENTS))
        self.delay.say(*_delay(rows, self._rules))
        self._card.show()

    def _open_rules(self) -> None:
        if self._rules is None:
            self.desk.messages.say(_("The rules are not read yet."))
            return
        dialog = RulesDialog(self.desk, self._rules, self)
        dialog.saved.connect(self._on_saved)
        dialog.open()

    def _on_saved(self, _rules: SignOnRulesAnswer) -> None:
        words = _("Stations follow the new rules with the next list they fetch, those that are away not before.")
        self.desk.messages.say(words, Tone.GOOD)
        self.desk.session.changes.announce(f"{TOPIC}.updated", None)

    def _paper(self, look: Look, _parent: QWidget) -> Paper:
        notes = (self.believed.text(), self.idle.text(), self.delay.text())
        return Paper(self.title, notes, (PrintedTable(self.table),), look)


def _delay(rows: list[ListRow], rules: SignOnRulesAnswer) -> tuple[str, Tone]:
    """What becomes of a badge that is lost now."""
    behind = [row for row in rows if row.knowing is Knowing.BEHIND]
    if not behind:
        words = _(
            "A badge that is lost or revoked now names nobody half a minute later; at a station that is away from the "
            "server then, once it is back, and at the latest after {n} h."
        )
        return words.format(n=rules.roster_hours), Tone.INFO
    names = ", ".join(row.agent.name for row in behind)
    oldest = max(row.age or timedelta() for row in behind)
    words = _("Badges that were lost or revoked in the last {time} may still name people at {names}.")
    return words.format(time=span(oldest), names=names), Tone.WARNING
