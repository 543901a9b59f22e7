"""The forms of a plant, a department, a warehouse and a storage location."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from PySide6.QtWidgets import QWidget

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.editors import ChoiceEditor, LinesEditor, TextEditor
from unison_desktop.frame.form.fields import Field
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.texts import _
from unison_desktop.kernel.time_zones import zone_names
from unison_desktop.sites import calls
from unison_desktop.sites.book import PEOPLE, Book
from unison_desktop.sites.kinds import DEPARTMENT, LOCATION, PLANT, WAREHOUSE, Kind, Thing, name_of

_SHORT = partial(TextEditor, longest=50)
_ADDRESS = Field("address", _("Address"), LinesEditor, _("Where it is."))


class PlaceDialog(FormDialog):
    """Makes a thing of a kind, or changes the one that is given."""

    def __init__(
        self, desk: Desk, book: Book, kind: Kind, given: Thing | Mapping[str, Any], parent: QWidget | None = None
    ) -> None:
        """`given` is what is changed, or what a new one begins with."""
        known = None if isinstance(given, Mapping) else given
        values = dict(given) if isinstance(given, Mapping) else given.model_dump(mode="json")
        fields = _fields(desk, book, kind, values, is_new=known is None)
        super().__init__(
            desk,
            fields,
            kind.update if known else kind.create,
            title=kind.named.format(name=name_of(known)) if known else kind.new_title,
            # A change names what it changes: what no field shows stays as it is.
            values={field.name: values.get(field.name) for field in fields},
            version=known.version if known else None,
            parent=parent,
        )
        self._kind, self._known = kind, known
        for field in fields:
            if field.name in _LEADERS and not desk.session.may(PEOPLE):
                self.form.editor(field.name).setEnabled(False)

    def send(self, body: BaseModel) -> Call:
        client = self.desk.session.client
        if self._known is None or self.version is None:
            return calls.make(client, self._kind, body, key=self.key, owner=self)
        return calls.change(client, self._known, body, version=self.version, owner=self)


_LEADERS = ("manager_user_id", "head_user_id")


def _fields(desk: Desk, book: Book, kind: Kind, values: Mapping[str, Any], *, is_new: bool) -> tuple[Field, ...]:
    if kind is PLANT:
        return (*_NAMES[PLANT.key], *_plant_fields(), _leader(desk, book, _LEADERS[0], _("Manager"), values), _ADDRESS)
    if kind is LOCATION:
        where = partial(ChoiceEditor, choices=book.warehouses_to_choose())
        place = Field("warehouse_id", _("Warehouse"), where, _("Where it is; it stays there."))
        return (*((place,) if is_new else ()), *_LOCATION)
    where = partial(ChoiceEditor, choices=book.plants_to_choose(kind))
    plant = Field("plant_id", _("Plant"), where, _("Where it is; it stays there."))
    rest = _WAREHOUSE if kind is WAREHOUSE else (_leader(desk, book, _LEADERS[1], _("Head"), values),)
    return (*((plant,) if is_new else ()), *_NAMES[kind.key], *rest)


def _leader(desk: Desk, book: Book, name: str, label: str, values: Mapping[str, Any]) -> Field:
    """Who leads: those who may not see people see that there is somebody, and can't choose."""
    known = {str(id_): person for id_, person in sorted(book.people.items(), key=lambda one: one[1].casefold())}
    chosen = values.get(name)
    if chosen is not None and chosen not in known:
        known[chosen] = book.person(UUID(chosen)) or ""
    help_ = _("Who leads it.") if desk.session.may(PEOPLE) else desk.session.lacks(PEOPLE)
    return Field(name, label, partial(ChoiceEditor, choices=known, nothing=_("nobody")), help_)


def _named(code: str, code_help: str, name: str) -> tuple[Field, ...]:
    return (
        Field("code", _("Code"), partial(_SHORT, hint=code), code_help),
        Field("name", _("Name"), partial(TextEditor, hint=name), _("What people call it.")),
    )


def _plant_fields() -> tuple[Field, ...]:
    zones = partial(ChoiceEditor, choices={name: name for name in zone_names()})
    kind = partial(TextEditor, hint=_("Foundry"))
    return (
        Field("time_zone", _("Time zone"), zones, _("By it its days and shifts begin.")),
        Field("plant_type", _("Kind"), kind, _("What is done there, in your own word.")),
    )


_NAMES = {
    PLANT.key: _named("KIEL", _("Short and unique, as on labels."), _("Plant Kiel")),
    DEPARTMENT.key: _named("PRESS", _("Short, and unique in its plant."), _("Press shop")),
    WAREHOUSE.key: _named("KIEL-RAW", _("Short and unique, as on labels."), _("Raw material Kiel")),
}
_WAREHOUSE = (
    Field(
        "warehouse_type",
        _("Kind"),
        partial(TextEditor, hint=_("Raw material")),
        _("What lies there, in your own word."),
    ),
    _ADDRESS,
)
_LOCATION = (
    Field("code", _("Code"), partial(_SHORT, hint="A-01-03"), _("As on its label; unique in its warehouse.")),
    Field("name", _("Name"), partial(TextEditor, hint=_("Coils at the gate")), _("Where people call it by a name.")),
    Field("zone", _("Zone"), partial(TextEditor, hint="A"), _("Hall or part of it.")),
    Field("aisle", _("Aisle"), partial(TextEditor, hint="01")),
    Field("shelf", _("Shelf"), partial(TextEditor, hint="03")),
)
