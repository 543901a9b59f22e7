"""Where somebody is signed in, and the attempts to sign in: shown alike for a chosen person, everybody and oneself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QStackedWidget, QTabBar, QVBoxLayout, QWidget
from unison_domain.identity.sign_in_contracts import LoginAttemptAnswer, SignInSessionAnswer

from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.theme import Type
from unison_desktop.identity.people.attempt_scope import AttemptScope
from unison_desktop.identity.people.columns import (
    AttemptRow,
    attempt_columns,
    attempt_id,
    session_columns,
    session_id,
)
from unison_desktop.identity.session_calls import NEWEST
from unison_desktop.kernel.texts import _
from unison_desktop.tables.columns import Column
from unison_desktop.tables.export_notice import ExportNotice
from unison_desktop.tables.table import Table


class SignIns(QWidget):
    """Tables of sessions and attempts, each on its tab; reads nothing.

    Attributes:
        tabs: which part is seen.
        sessions, attempts: the tables.
        scope: which attempts are wanted.
        ended: whether sessions that have ended are wanted too.

    Signals:
        asked: the person wants another part of the sessions. asked_attempts: or other attempts.
    """

    asked = Signal()
    asked_attempts = Signal()

    def __init__(self, desk: Desk, key: str, parent: QWidget, *, of_everybody: bool) -> None:
        """`key` is what the columns are remembered by."""
        super().__init__(parent)
        self._desk, self._key = desk, key
        self._known: list[SignInSessionAnswer] = []
        self._attempts: list[LoginAttemptAnswer] = []
        self._names: Mapping[UUID, str] = {}
        self._of: UUID | None = None
        self._tables: list[Table] = []
        self._refused: dict[Table, str] = {}
        self._name = QLabel(self)
        self._name.setFont(desk.theme.font(Type.HEADING))
        self._name.hide()
        self._note = QLabel(self)
        self._note.setProperty("role", "muted")
        self.ended = QCheckBox(_("Ended ones too"), self)
        self.ended.clicked.connect(self.asked)
        self.scope = AttemptScope(self, of_everybody=of_everybody)
        self.scope.changed.connect(self.asked_attempts)
        self.scope.hide()
        self.tabs = QTabBar(self)
        self.tabs.setUsesScrollButtons(False)  # what is in the same line gives way, and no name is cut
        self.tabs.setAccessibleName(_("What is shown of signing in"))
        self.tabs.setDrawBase(False)
        self._stack = QStackedWidget(self)
        self.sessions = self.add_table(
            session_columns(desk.session.clock.now, of_everybody=of_everybody),
            session_id,
            _("Sessions"),
            _("Nobody is signed in."),
            "sessions",
        )
        self.attempts = self.add_table(
            attempt_columns(desk.theme, of_everybody=of_everybody),
            attempt_id,
            _("Sign-ins"),
            _("Nobody tried to sign in, as far as the filters go."),
            "attempts",
        )
        self._act = QPushButton(self)
        self._act.hide()
        self._end: Command | None = None
        self._lay_out()
        self.tabs.currentChanged.connect(self._on_tab)
        desk.theme.changed.connect(self._show_attempts)

    def offer(self, end: Command) -> None:
        """Put the command that ends the chosen session beside them."""
        self._end = end
        self._act.clicked.connect(end.trigger)
        end.changed.connect(self._follow)
        self._follow()
        self._act.show()

    def show_of(self, id_: UUID | None, name: str) -> None:
        """Whose they are from now on; None is everybody. What is shown of others goes."""
        self._name.setText(name)
        self._name.show()
        if id_ != self._of:
            self._of = id_
            self._show_sessions()
            self._show_attempts()

    def show_names(self, names: Mapping[UUID, str]) -> None:
        """What people are called."""
        self._names = names
        self._show_attempts()

    def show_sessions(self, known: list[SignInSessionAnswer]) -> None:
        """Sessions that were read."""
        self._known = known
        self._show_sessions()

    def show_attempts(self, attempts: list[LoginAttemptAnswer]) -> None:
        """Attempts that were read."""
        self._attempts = attempts
        self._show_attempts()

    def refuse(self, table: Table, why: str) -> None:
        """Say why one of the tables is not filled."""
        self._refused[table] = why
        self._fill(table, [])

    def allow(self, table: Table) -> None:
        """It is filled again."""
        self._refused.pop(table, None)

    def chosen(self) -> list[SignInSessionAnswer]:
        """The sessions that are selected."""
        ids = self.sessions.view.selected_ids()
        return [one for one in self._known if one.id in ids]

    def add_table(self, columns: Sequence[Column[Any]], id_of: Any, title: str, nothing: str, key: str) -> Table:
        """Another table on a tab of its own, whose columns are remembered too."""
        table = Table(columns, id_of, self._desk.theme, title=title, nothing=nothing, parent=self)
        table.remember(self._desk.layout, f"{self._key}.{key}")
        ExportNotice(table, self._desk.messages)
        self._tables.append(table)
        self._stack.addWidget(table)
        self.tabs.addTab(title)
        return table

    def save_layout(self) -> None:
        """Remember the columns."""
        for table in self._tables:
            table.save_layout()

    def _show_sessions(self) -> None:
        self._fill(self.sessions, [one for one in self._known if self._of in (None, one.user_id)])
        self._tell()

    def _show_attempts(self) -> None:
        shown = [one for one in self._attempts if self._of in (None, one.user_id)]
        self._fill(self.attempts, [AttemptRow(one, self._name_of(one)) for one in shown])
        self._tell()

    def _fill(self, table: Table, rows: Sequence[object]) -> None:
        why = self._refused.get(table)
        table.set_rows([] if why else rows)
        if why:
            table.view.set_notice(why)

    def _name_of(self, one: LoginAttemptAnswer) -> str:
        return "" if one.user_id is None else self._names.get(one.user_id, "")

    def _tell(self) -> None:
        table = self._tables[self.tabs.currentIndex()]
        self._note.setText(_("the newest {n}").format(n=NEWEST) if table.model.total >= NEWEST else "")

    def _follow(self) -> None:
        if self._end is not None:
            self._act.setText(self._end.text())
            self._act.setEnabled(self._end.isEnabled())
            self._act.setToolTip(self._end.toolTip())

    def _on_tab(self, place: int) -> None:
        self._stack.setCurrentIndex(place)
        self.ended.setVisible(place == 0)
        self.scope.setVisible(place == 1)
        self._act.setVisible(place == 0 and self._end is not None)
        self._tell()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(self._name)
        top.addWidget(self.tabs)
        top.addStretch(1)
        for widget in (self._note, self.ended, self._act):
            top.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self.scope, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._stack, 1)
