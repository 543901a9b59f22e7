"""The page of who has a second factor and who has none."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QWidget
from unison_domain.identity.mfa_contracts import SecondFactorCount, SecondFactorStanding

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.printing.commands import PrintCommands
from unison_desktop.frame.printing.paper import Paper
from unison_desktop.frame.theme import Look
from unison_desktop.identity import calls
from unison_desktop.identity.settings.words import CHOICES
from unison_desktop.kernel.own_clock import own_time
from unison_desktop.kernel.texts import _
from unison_desktop.tables.columns import Column
from unison_desktop.tables.export_notice import ExportNotice
from unison_desktop.tables.printed import PrintedTable
from unison_desktop.tables.table import Table

_TITLE = _("Second factors")
_WORDS = {str(known): text for known, text in CHOICES.items()}


class StandingsPage(Page):
    """A table of all who sign in by a password; whoever lost theirs gets it taken away on the page of people."""

    topics: ClassVar[tuple[str, ...]] = ("identity.user", "identity.setting", "identity.role")

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self._known: list[SecondFactorStanding] = []
        self.missing = QCheckBox(_("Only those without"), self)
        self.missing.clicked.connect(self._show)
        self.head.add_widget(self.missing)
        self.table = Table(
            _COLUMNS,
            _id_of,
            desk.theme,
            title=_TITLE,
            nothing=_("There is nobody: everybody who signs in has a second factor."),
            parent=self,
        )
        self.table.remember(desk.layout, "identity.second_factors")
        ExportNotice(self.table, desk.messages)
        self.set_content(self.table)
        self.add_command(
            "second_factors.settings",
            _("Demand it…"),
            self._go_settings,
            icon="settings",
            needs="identity.setting.read",
        )
        PrintCommands(self, self._paper)
        self.set_title(_TITLE)

    def trail(self) -> list[tuple[str, Place]]:
        return [(_("People"), Place("people"))] if self.desk.session.may("identity.user.read") else []

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        self.table.view.setFocus(reason)

    def load(self) -> None:
        client = self.desk.session.client
        self.ask(calls.second_factors(client, owner=self), self._show_people)
        self.ask(calls.second_factor_count(client, owner=self), self._show_count)

    def save_layout(self) -> None:
        self.table.save_layout()

    def _show_people(self, known: list[SecondFactorStanding]) -> None:
        self._known = known
        self._show()

    def _show(self) -> None:
        without = [one for one in self._known if one.confirmed_at is None]
        self.table.set_rows(without if self.missing.isChecked() else self._known)

    def _show_count(self, count: SecondFactorCount) -> None:
        words = _(
            "{without} of {people} who sign in have none, {administrators_without} of {administrators} administrators; "
            "demanded of {demanded}"
        )
        self.set_title(
            _TITLE,
            words.format(
                without=count.people_without,
                people=count.people,
                administrators_without=count.administrators_without,
                administrators=count.administrators,
                demanded=_WORDS.get(count.demanded_of, count.demanded_of),
            ),
        )

    def _go_settings(self) -> None:
        self.go.emit(Place("settings"))

    def _paper(self, look: Look, _parent: QWidget) -> Paper:
        return Paper(_TITLE, (self.head.subtitle,), (PrintedTable(self.table),), look)


def _id_of(one: SecondFactorStanding) -> UUID:
    return one.user_id


def _standing(one: SecondFactorStanding) -> str:
    if one.confirmed_at is not None:
        return _("set up")
    return _("missing: can only set it up") if one.is_demanded else _("none")


def _yes(is_so: bool) -> str:
    return _("yes") if is_so else ""


_COLUMNS: tuple[Column[SecondFactorStanding], ...] = (
    Column("name", _("Name"), lambda one: one.full_name, width=26, always_visible=True),
    Column("username", _("User name"), lambda one: one.username, width=20),
    Column("state", _("Second factor"), _standing, width=26),
    Column("since", _("Since"), lambda one: one.confirmed_at and own_time(one.confirmed_at), width=18),
    Column(
        "administrator",
        _("Administrator"),
        lambda one: _yes(one.is_administrator),
        width=14,
        explain=_("May manage people, roles, settings or keys"),
    ),
    Column("demanded", _("Demanded"), lambda one: _yes(one.is_demanded), width=10, stretch=True),
)
