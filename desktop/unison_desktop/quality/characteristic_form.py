"""The form of a characteristic."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from pydantic import BaseModel
from PySide6.QtWidgets import QWidget
from unison_domain.quality.contracts import CharacteristicAnswer, CharacteristicCreate, CharacteristicUpdate
from unison_domain.sites.contracts import PlantAnswer

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.editors import ChoiceEditor, TextEditor
from unison_desktop.frame.form.fields import Field
from unison_desktop.frame.form.in_use import in_use_field
from unison_desktop.frame.plant_rights import against, open_to
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.texts import _, pgettext
from unison_desktop.quality import calls
from unison_desktop.quality.digits import DigitsEditor


class UnitEditor(TextEditor):
    """A unit; empty is none, which is a unit too."""

    def value(self) -> Any:
        return super().value() or ""


class CharacteristicDialog(FormDialog):
    """Makes a characteristic, or changes one."""

    def __init__(
        self, desk: Desk, plants: Sequence[PlantAnswer], known: CharacteristicAnswer | None, parent: QWidget
    ) -> None:
        open_here = open_to(desk.session, "quality.characteristic.create", plants)
        names = {str(one.id): one.name for one in sorted(open_here, key=lambda one: one.name)}
        plant = Field("plant_id", _("Plant"), partial(ChoiceEditor, choices=names), _PLANT)
        fields = (plant, *FIELDS)
        if known is not None:
            of_plant = next((one for one in plants if one.id == known.plant_id), None)
            why_not = against(desk.session, "quality.characteristic.deactivate", of_plant, ends=True)
            fields = (*FIELDS, in_use_field(_("In use"), _NO_LONGER, why_not))
        values: dict[str, Any] = {"plant_id": next(iter(names), None), "measurement_unit": "mm"}
        super().__init__(
            desk,
            fields,
            CharacteristicUpdate if known else CharacteristicCreate,
            title=known.characteristic_name if known else _("New characteristic"),
            values=known.model_dump(mode="json") if known else values,
            version=known.version if known else None,
            parent=parent,
        )
        self._known = known

    def send(self, body: BaseModel) -> Call:
        client = self.desk.session.client
        if self._known is None or self.version is None:
            return calls.make_characteristic(client, body, key=self.key, owner=self)
        return calls.change_characteristic(client, self._known.id, body, version=self.version, owner=self)


_PLANT = _("Where it is measured: its stations offer it.")


def _digits(name: str, label: str, help_: str) -> Field:
    return Field(name, label, DigitsEditor, help_)


FIELDS = (
    Field("characteristic_name", _("Name"), TextEditor, _("As people call it, e.g. “Bore Ø 12 H7”.")),
    Field(
        "measurement_unit",
        _("Unit"),
        partial(UnitEditor, longest=20),
        _("As it is written beside a value: mm, g, N. It stays once something was measured."),
    ),
    _digits("target", _("Target"), _("The nominal value; may be empty.")),
    _digits("lsl", _("Lower limit"), _("The lowest good value; empty where there is none.")),
    _digits("usl", _("Upper limit"), _("The highest good value; empty where there is none.")),
    _digits(
        "resolution",
        pgettext("of a gauge", "Resolution"),
        _("The smallest step worth writing, e.g. 0.001: finer typed values are refused."),
    ),
)
_NO_LONGER = _("Off: stations no longer offer it; what was measured stays.")
