"""Roles to be ticked for the whole organization, and for each plant and department by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QComboBox, QWidget
from unison_domain.identity.contracts import Me, RoleHeld

from unison_desktop.frame.form.editors import Editor
from unison_desktop.frame.form.form import Form
from unison_desktop.identity.people.held_roles import Where, all_places, held_at, roles_text, where, where_text
from unison_desktop.identity.people.places import Places
from unison_desktop.identity.people.rights_editors import RolesEditor
from unison_desktop.identity.people.roles import RoleBook
from unison_desktop.kernel.texts import _


class HeldRolesEditor(Editor):
    """Where, and below it the roles there; gives a list of `RoleHeld` of all places.

    Attributes:
        place: where the ticks below hold. roles: the ticks.
    """

    def __init__(self, parent: QWidget) -> None:
        self.place = QComboBox()
        super().__init__(self.place, parent)
        self.place.setAccessibleName(_("Where the roles hold"))
        self.place.setToolTip(_("Roles are ticked for each place by itself"))
        self.roles = RolesEditor(self)
        layout = self.layout()
        assert layout is not None  # noqa: S101 - every editor has one
        layout.addWidget(self.roles)
        self._book, self._places = RoleBook(), Places()
        self._offered: list[Where] = []
        self._may: Callable[[Where], frozenset[str]] = lambda _place: frozenset()
        self._held: dict[Where, list[str]] = {}
        self.place.currentIndexChanged.connect(self._show_place)
        self.roles.changed.connect(self._on_tick)

    def offer(self, book: RoleBook, places: Places, giver: Me) -> None:
        """Offer these roles in these places; nothing is ticked yet."""
        self._book, self._places = book, places
        self._may = lambda place: held_at(giver, place)
        self._offer(all_places(places))

    def choose(self, place: Where) -> None:
        """Show the ticks of a place."""
        self.place.setCurrentIndex(self._offered.index(place))

    def value(self) -> Any:
        return [
            RoleHeld(role=role, plant_id=place.plant_id, department_id=place.department_id).model_dump(mode="json")
            for place in self._offered
            for role in self._held.get(place, ())
        ]

    def set_value(self, value: Any) -> None:
        self._held = {}
        for one in map(RoleHeld.model_validate, value or ()):
            self._held.setdefault(where(one), []).append(one.role)
        known = all_places(self._places)
        self._offer([*known, *(place for place in self._held if place not in known)])

    def words(self, value: Any) -> str:
        held = map(RoleHeld.model_validate, value or ())
        return roles_text(held, self._book, self._places) or _("none")

    def _offer(self, places: list[Where]) -> None:
        chosen = max(self.place.currentIndex(), 0)
        self._offered = places
        self.place.blockSignals(True)
        self.place.clear()
        for place in places:
            self.place.addItem(self._text(place))
        self.place.setCurrentIndex(min(chosen, len(places) - 1))
        self.place.blockSignals(False)
        self._show_place()

    def _text(self, place: Where) -> str:
        name = where_text(place, self._places)
        held = self._book.names(self._held.get(place, ()))
        return f"{name}: {held}" if held else name

    def _show_place(self) -> None:
        place = self._offered[self.place.currentIndex()]
        self.roles.set_roles(self._book.choices(self._may(place)))
        self.roles.set_value(self._held.get(place, []))

    def _on_tick(self) -> None:
        index = self.place.currentIndex()
        place = self._offered[index]
        self._held[place] = self.roles.value()
        self.place.setItemText(index, self._text(place))
        self.changed.emit()


def offer_roles(form: Form, book: RoleBook, places: Places, giver: Me | None) -> None:
    """Offer what the giver may give in the field `held_roles` of a form."""
    editor = form.editor("held_roles")
    if isinstance(editor, HeldRolesEditor) and giver is not None:
        editor.offer(book, places, giver)
