"""The forms of a plant, a work center and a machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from PySide6.QtWidgets import QWidget
from unison_domain.machines.contracts import (
    LifeCycle,
    MachineAnswer,
    MachineCreate,
    MachineUpdate,
    WorkCenterAnswer,
    WorkCenterCreate,
    WorkCenterUpdate,
)
from unison_domain.sites.contracts import PlantAnswer, PlantCreate, PlantUpdate
from unison_domain.stations.contracts import StationAnswer

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.editors import ChoiceEditor
from unison_desktop.frame.form.fields import Field
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.texts import _
from unison_desktop.machines.setup import calls
from unison_desktop.machines.setup.fields import machine_fields

NEW_MACHINE: dict[str, Any] = {
    "life_cycle": LifeCycle.IN_SERVICE,
    **{
        name: MachineCreate.model_fields[name].default
        for name in ("micro_stop_seconds", "on_delay_seconds", "off_delay_seconds")
    },
}

_KINDS: dict[type[calls.Thing], tuple[type[BaseModel], type[BaseModel], str, str]] = {
    PlantAnswer: (PlantCreate, PlantUpdate, _("New plant"), _("Plant: {name}")),
    WorkCenterAnswer: (WorkCenterCreate, WorkCenterUpdate, _("New work center"), _("Work center: {name}")),
    MachineAnswer: (MachineCreate, MachineUpdate, _("New machine"), _("Machine: {name}")),
}


class SetupDialog(FormDialog):
    """Makes a plant, a work center or a machine, or changes the one that is given."""

    def __init__(
        self,
        desk: Desk,
        kind: type[calls.Thing],
        fields: Sequence[Field],
        given: calls.Thing | Mapping[str, Any],
        parent: QWidget,
    ) -> None:
        """`given` is what is changed, or what a new one begins with."""
        known = None if isinstance(given, Mapping) else given
        create, update, new, named = _KINDS[kind]
        super().__init__(
            desk,
            fields,
            update if known else create,
            title=named.format(name=known.name) if known else new,
            values=_shown_values(known, fields) if known else dict(given),
            version=known.version if known else None,
            parent=parent,
        )
        self._kind, self._known = kind, known

    def send(self, body: BaseModel) -> Call:
        client = self.desk.session.client
        if self._known is None or self.version is None:
            return calls.make(client, self._kind, body, key=self.key, owner=self)
        return calls.change(client, self._known, body, version=self.version, owner=self)


class MachineDialog(SetupDialog):
    """Makes or changes a machine, and offers lines and stations of its plant alone."""

    def __init__(
        self,
        desk: Desk,
        plants: Mapping[str, str],
        centers: Sequence[WorkCenterAnswer],
        stations: Sequence[StationAnswer],
        given: MachineAnswer | Mapping[str, Any],
        parent: QWidget,
    ) -> None:
        """`plants` are names by id."""
        self._plant = None if isinstance(given, Mapping) else str(given.plant_id)
        self._places: dict[str, Sequence[WorkCenterAnswer | StationAnswer]] = {
            "work_center_id": centers,
            "station_id": stations,
        }
        super().__init__(desk, MachineAnswer, machine_fields(plants, is_new=self._plant is None), given, parent)
        if self._plant is None:
            self.form.editor("plant_id").changed.connect(self._offer)
        self._offer()

    def _offer(self) -> None:
        plant = self._plant or self.form.values().get("plant_id")
        for name, places in self._places.items():
            editor = self.form.editor(name)
            if not isinstance(editor, ChoiceEditor):
                continue
            if any(str(one.id) == editor.value() and str(one.plant_id) != plant for one in places):
                editor.set_value(None)
            editor.set_choices({str(one.id): one.name for one in places if str(one.plant_id) == plant})


def _shown_values(thing: calls.Thing, fields: Sequence[Field]) -> dict[str, Any]:
    """A change (PATCH) names what it changes: what no field shows stays as it is."""
    names = {field.name for field in fields}
    return {name: value for name, value in thing.model_dump(mode="json").items() if name in names}
