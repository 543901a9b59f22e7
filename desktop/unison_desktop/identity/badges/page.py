"""The page of badges: whose is which, and the end of those that are lost."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget
from unison_domain.identity.badge_contracts import BadgeAnswer, BadgeState
from unison_domain.identity.contracts import UserAnswer
from unison_domain.sites.contracts import PlantAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.printing.commands import PrintCommands
from unison_desktop.frame.printing.paper import Paper
from unison_desktop.frame.question import Question
from unison_desktop.frame.theme import Look
from unison_desktop.identity import calls
from unison_desktop.identity.audit.scope import id_in
from unison_desktop.identity.badges.columns import STATES, BadgeRow, badge_columns, badge_id, called
from unison_desktop.identity.badges.finder import BadgeFinder
from unison_desktop.identity.badges.form import GiveDialog
from unison_desktop.identity.badges.own_end import OwnBadgeEndDialog
from unison_desktop.identity.people.places import Places
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.sites.calls import plants
from unison_desktop.tables.export_notice import ExportNotice
from unison_desktop.tables.printed import PrintedTable
from unison_desktop.tables.table import Table

TOPIC = "identity.badge"
_PEOPLE = "identity.user.read"
_STILL_KNOWN = _(
    "At stations it names nobody any more half a minute later; at one that is away from the server once it is back, or "
    "its list is too old (“Signing on at stations” has how old the lists are)."
)


class BadgesPage(Page):
    """A field to find a badge, and the table. `Place("badges", person)` has those of one person."""

    topics: ClassVar[tuple[str, ...]] = (TOPIC,)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self._whose = id_in(place.argument)
        self._known: list[BadgeAnswer] = []
        self._people: dict[UUID, UserAnswer] = {}
        self._places = Places()
        self.finder = BadgeFinder(desk, self)
        self.finder.asked.connect(self._leave_table)
        self.finder.found.connect(self._on_found)
        self.ended = QCheckBox(_("Ended ones too"), self)
        self.ended.clicked.connect(self.reload)
        self.head.add_widget(self.ended)
        self.table = Table(
            badge_columns(desk.theme),
            badge_id,
            desk.theme,
            title=_("Badges"),
            nothing=_("No badge is in use: “Give a badge…” hands one out."),
            parent=self,
        )
        ExportNotice(self.table, desk.messages)
        self.table.remember(desk.layout, "identity.badges")
        desk.theme.changed.connect(self._show)
        self._lay_out()
        self._make_commands()
        PrintCommands(self, self._paper)
        self._show_title()

    def trail(self) -> list[tuple[str, Place]]:
        above = [(_("People"), Place("people"))] if self.desk.session.may(_PEOPLE) else []
        return [*above, (_("Badges"), Place("badges"))] if self._whose is not None else above

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        """A reader that types needs no click before."""
        self.finder.typed.setFocus(reason)

    def gestures(self) -> list[tuple[str, str]]:
        return [(_("Find whose badge it is"), _("Hold it to the reader, or type it, Enter"))]

    def load(self) -> None:
        session = self.desk.session
        is_valid = None if self.ended.isChecked() else True
        self.ask(calls.badges(session.client, self._whose, is_valid, owner=self), self._show_badges)
        if session.may(_PEOPLE):
            self.ask(calls.people(session.client, owner=self), self._show_people)
        if session.may("sites.plant.read"):
            self.ask(plants(session.client, owner=self), self._show_plants)

    def save_layout(self) -> None:
        self.table.save_layout()

    # What is shown.

    def _show_badges(self, known: list[BadgeAnswer]) -> None:
        self._known = known
        self._show()

    def _show_people(self, known: list[UserAnswer]) -> None:
        self._people = {person.id: person for person in known}
        self._show_again()

    def _show(self) -> None:
        now = self.desk.session.clock.now()
        self.table.set_rows([BadgeRow(one, now, self._zone_of(one.user_id)) for one in self._known])
        self._show_title()

    def _show_again(self) -> None:
        """By whose clocks badges end became known; before there are any, nothing says that there are none."""
        if self._known:
            self._show()
        else:
            self._show_title()

    def _show_title(self) -> None:
        if self._whose is None:
            self.set_title(_("Badges"), _("By which people are known at stations"))
            return
        person = self._people.get(self._whose)
        named = person.full_name if person else next((one.user_name for one in self._known), _("one person"))
        self.set_title(_("Badges of {name}").format(name=named), _("By which the person is known at stations"))

    def _leave_table(self) -> None:
        """What is done next is done to the badge at hand, or to none: not to what was chosen before."""
        self.table.view.clearSelection()

    def _on_found(self, badge: BadgeAnswer) -> None:
        self.table.view.select_ids([badge.id])

    # What is done.

    def _make_commands(self) -> None:
        one = self.add_command
        one("badge.find", _("Find whose badge it is"), self._begin_finding, icon="search", in_head=False)
        one("badge.lost", _("Lost…"), self._ask_lost, shortcuts="Ctrl+L", needs=f"{TOPIC}.revoke")
        one("badge.revoke", _("Revoke…"), self._ask_revoke, shortcuts="Del", needs=f"{TOPIC}.revoke")
        self._give = one(
            "badge.give", _("Give a badge…"), self._open_give, icon="plus", shortcuts="Ctrl+N", primary=True
        )
        session = self.desk.session
        session.events.link_changed.connect(self._allow)
        session.rights_changed.connect(self._allow)
        self._allow()

    def _allow(self) -> None:
        """To give one needs both rights: whom it is given to is chosen among people."""
        session = self.desk.session
        lacking = next((right for right in (f"{TOPIC}.create", _PEOPLE) if not session.may(right)), "")
        away = "" if session.is_online else _("Not while the server is away.")
        self._give.allow(not lacking and not away, session.lacks(lacking) if lacking else away)

    def _begin_finding(self) -> None:
        self.finder.typed.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _open_give(self) -> None:
        chosen = self._selected()
        whose = self._whose or (chosen.user_id if chosen else None)
        names = {person.id: person.full_name for person in self._people.values() if person.is_active}
        dialog = GiveDialog(self.desk, names, self._zone_of, whose, self)
        dialog.saved.connect(self._on_given)
        dialog.open()

    def _zone_of(self, whose: UUID | None) -> ZoneInfo:
        return self._places.zone_of(None if whose is None else self._people.get(whose), self.desk.session.zone)

    def _show_plants(self, known: list[PlantAnswer]) -> None:
        self._places = self._places.with_plants(known)
        self._show_again()

    def _selected(self) -> BadgeAnswer | None:
        ids = self.table.view.selected_ids()
        return next((one for one in self._known if [one.id] == ids), None)

    def _chosen(self) -> BadgeAnswer | None:
        """The chosen one, unless it has ended."""
        one = self._selected()
        if one is None:
            self.desk.messages.say(_("Choose one badge first."))
        elif one.state is not BadgeState.ACTIVE:
            words = _("{badge} of {name} is {state} already.")
            self.desk.messages.say(words.format(badge=called(one), name=one.user_name, state=STATES[one.state]))
        else:
            return one
        return None

    def _ask_lost(self) -> None:
        if (one := self._chosen()) is not None:
            asks = _("Did {name} lose {badge}?").format(name=one.user_name, badge=called(one))
            if not self._ask_own(one, BadgeState.LOST, asks):
                self._ask(one, asks, _("It is lost")).confirmed.connect(self._lose)

    def _ask_revoke(self) -> None:
        if (one := self._chosen()) is not None:
            asks = _("Revoke {badge} of {name}?").format(name=one.user_name, badge=called(one))
            if not self._ask_own(one, BadgeState.REVOKED, asks):
                self._ask(one, asks, _("Revoke")).confirmed.connect(self._revoke)

    def _ask_own(self, one: BadgeAnswer, state: BadgeState, asks: str) -> bool:
        """Ask for the password too, if it is one's own badge."""
        me = self.desk.session.me
        if me is None or one.user_id != me.id:
            return False
        dialog = OwnBadgeEndDialog(self.desk, one, state, self, asks=asks)
        dialog.saved.connect(self._on_ended)
        dialog.open()
        return True

    def _ask(self, one: BadgeAnswer, asks: str, yes: str) -> Question:
        question = Question(one, self.desk.theme, self, asks=asks, explains=_STILL_KNOWN, yes=yes)
        question.open()
        return question

    def _lose(self, one: BadgeAnswer) -> None:
        self._await(calls.lose_badge(self.desk.session.client, one.id, owner=self))

    def _revoke(self, one: BadgeAnswer) -> None:
        self._await(calls.revoke_badge(self.desk.session.client, one.id, owner=self))

    def _await(self, call: Call) -> None:
        call.done.connect(self._on_ended)
        call.failed.connect(self._on_failed)

    def _on_given(self, one: BadgeAnswer) -> None:
        self.desk.messages.say(
            _("{name} is known by {badge}.").format(name=one.user_name, badge=called(one)), Tone.GOOD
        )
        self.desk.session.changes.announce(f"{TOPIC}.issued", [one.id])

    def _on_ended(self, one: BadgeAnswer) -> None:
        words = _("{badge} of {name} is {state}.")
        self.desk.messages.say(words.format(badge=called(one), name=one.user_name, state=STATES[one.state]), Tone.GOOD)
        self.desk.session.changes.announce(f"{TOPIC}.{one.state.value}", [one.id])

    def _on_failed(self, error: ApiError) -> None:
        self.desk.messages.say(error.message, Tone.BAD)
        self.reload()

    def _paper(self, look: Look, _parent: QWidget) -> Paper:
        return Paper(self.title, (), (PrintedTable(self.table),), look)

    def _lay_out(self) -> None:
        content = QWidget(self)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.finder)
        column.addWidget(self.table, 1)
        self.set_content(content)
