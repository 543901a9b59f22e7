"""One's own preferences: how the program looks and writes, and how one is told of things."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget
from unison_domain.identity.notification_contracts import Channel
from unison_domain.identity.preference_contracts import PreferencesAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.own_preferences import TOPIC
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.theme import Type
from unison_desktop.identity import calls
from unison_desktop.identity.preferences.forms import PreferencesDialog, language_name
from unison_desktop.identity.preferences.words import CHANNELS, KINDS, PRIORITIES, THEMES, UNITS
from unison_desktop.kernel.texts import _

_WIDEST = 720
Facts = list[tuple[str, str]]


class PreferencesPage(Page):
    """Shows what was chosen, and changes it; needs no right."""

    topics: ClassVar[tuple[str, ...]] = (TOPIC,)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self._known: PreferencesAnswer | None = None
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.viewport().setAutoFillBackground(False)
        self.set_content(self._scroll)
        self._change = self.add_command(
            "preferences.change", _("Change…"), self._ask_change, shortcuts="F2", primary=True
        )
        desk.session.events.link_changed.connect(self._allow)
        self._allow()
        self.set_title(_("Preferences"), _("Wherever you sign in"))

    def load(self) -> None:
        self.ask(calls.preferences(self.desk.session.client, owner=self), self._show)

    def _show(self, known: PreferencesAnswer) -> None:
        self._known = known
        content = QWidget()
        content.setMaximumWidth(_WIDEST)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        column.addWidget(self._card(_("Looks and clocks"), _looks(known), content))
        column.addWidget(self._card(_("How I am told of what happens"), _ways(known), content))
        column.addStretch(1)
        content.setAutoFillBackground(False)
        self._scroll.setWidget(content)
        self._allow()

    def _card(self, title: str, facts: Facts, parent: QWidget) -> QFrame:
        card = QFrame(parent)
        card.setProperty("role", "card")
        heading = QLabel(title, card)
        heading.setFont(self.desk.theme.font(Type.HEADING))
        form = QFormLayout()
        form.setHorizontalSpacing(24)
        form.setVerticalSpacing(8)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        for label, value in facts:
            name = QLabel(label, card)
            name.setProperty("role", "muted")
            name.setMinimumWidth(190)
            form.addRow(name, QLabel(value, card))
        column = QVBoxLayout(card)
        column.setContentsMargins(22, 18, 22, 20)
        column.setSpacing(12)
        column.addWidget(heading)
        column.addLayout(form)
        return card

    def _allow(self) -> None:
        is_online = self.desk.session.is_online
        why = _("They are not known yet.") if is_online else _("Not while the server is away.")
        self._change.allow(is_online and self._known is not None, why)

    def _ask_change(self) -> None:
        if self._known is None:
            return
        dialog = PreferencesDialog(self.desk, self._known, self)
        dialog.saved.connect(self._on_saved)
        dialog.open()

    def _on_saved(self, _known: PreferencesAnswer) -> None:
        self.desk.messages.say(_("Your preferences hold wherever you sign in."), Tone.GOOD)
        self.desk.session.changes.announce(f"{TOPIC}.changed", None)


def _looks(known: PreferencesAnswer) -> Facts:
    own = _("as on this PC")
    return [
        (_("Language"), language_name(known.language) if known.language else own),
        (_("Time zone"), known.time_zone or own),
        (_("Units"), UNITS.get(known.units, str(known.units))),
        (_("Colours"), THEMES.get(known.theme, str(known.theme))),
    ]


def _ways(known: PreferencesAnswer) -> Facts:
    """By priority, then what differs from it."""
    by_priority = [(text, known.by_priority.get(one, Channel.INBOX)) for one, text in PRIORITIES.items()]
    by_kind = [(KINDS[one], channel) for one, channel in known.by_kind.items() if one in KINDS]
    return [(label, CHANNELS.get(channel, str(channel))) for label, channel in (*by_priority, *by_kind)]
