"""Another machine like one that is there, with its tags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from pydantic import BaseModel
from PySide6.QtWidgets import QWidget
from unison_domain.machines.contracts import MachineAnswer
from unison_domain.machines.copying import MachineCopied, MachineCopy, proposed
from unison_domain.stations.contracts import DeviceAnswer
from unison_domain.stations.device_settings import DeviceSettings, Driver

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.editors import ChoiceEditor, NumberEditor, TextEditor
from unison_desktop.frame.form.fields import Field, Values
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.texts import _
from unison_desktop.machines.setup import calls

_NEW, _SAME, _LEFT = "new", "same", "left"
_HOW = {
    _NEW: _("a device of its own"),
    _SAME: _("the same device, other addresses"),
    _LEFT: _("leave its tags out"),
}


class CopyDialog(FormDialog):
    """Asks for the new machine, and for each device of the old one where its tags are."""

    def __init__(
        self,
        desk: Desk,
        machine: MachineAnswer,
        devices: Sequence[DeviceAnswer],
        parent: QWidget,
        *,
        stations: Mapping[str, str],
        left: Sequence[str] = (),
    ) -> None:
        """`stations` are names by id, of all plants; `left` names the tags whose device can't be asked for."""
        self._machine, self._devices = machine, devices
        begin: dict[str, Any] = {"name": machine.name}
        for n, device in enumerate(devices):
            begin |= {
                f"how_{n}": _NEW,
                f"name_{n}": device.name,
                f"host_{n}": device.host,
                f"port_{n}": device.port,
                f"serial_port_{n}": device.serial_port,
                f"unit_id_{n}": device.unit_id,
                f"address_shift_{n}": 0,
            }
        super().__init__(
            desk,
            (
                *_OWN,
                _station(machine, stations),
                *(field for n, device in enumerate(devices) for field in _device_fields(n, device)),
            ),
            MachineCopy,
            title=_("Copy {name}").format(name=machine.name),
            values=begin,
            intro=_intro(machine, devices, left),
            save_text=_("Make the copy"),
            parent=parent,
        )
        named = {"name": machine.name, **{f"name_{n}": device.name for n, device in enumerate(devices)}}
        self._named, self._proposed = named, dict(named)
        self.form.editor("machine_code").changed.connect(self._propose)

    def _propose(self) -> None:
        """Names go by the new code, until somebody types others."""
        code, values = str(self.form.editor("machine_code").value() or "").strip(), self.form.values()
        for field, name in self._named.items():
            if values.get(field) == self._proposed[field]:
                self._proposed[field] = proposed(name, self._machine.machine_code, code)
                self.form.editor(field).set_value(self._proposed[field])

    def send(self, body: BaseModel) -> Call:
        assert isinstance(body, MachineCopy)  # noqa: S101 - the form's contract
        return calls.copy(self.desk.session.client, self._machine.id, body, key=self.key, owner=self)

    def typed(self) -> dict[str, object]:
        values = self.form.values()
        copies = [self._copy(n, device, values) for n, device in enumerate(self._devices)]
        own = {name: values[name] for name in ("machine_code", "name", "station_id")}
        return {**own, "devices": [one for one in copies if one is not None]}

    def field_of(self, path: str) -> str:
        """`devices.1.copy_as.host` is asked in `host_1`, of those that are copied."""
        found = re.match(r"(?:body\.)?devices\.(\d+)\.(?:.*\.)?(\w+)$", path)
        if found is None:
            return path
        values = self.form.values()
        copied = [n for n in range(len(self._devices)) if values[f"how_{n}"] != _LEFT]
        return f"{found[2]}_{copied[int(found[1])]}"

    def _copy(self, n: int, device: DeviceAnswer, values: Values) -> dict[str, object] | None:
        copy: dict[str, object] = {"device_id": str(device.id), "address_shift": values.get(f"address_shift_{n}")}
        match values[f"how_{n}"]:
            case "left":
                return None
            case "same":
                return copy
        settings = {name: getattr(device, name) for name in DeviceSettings.model_fields}
        asked = {name: values[f"{name}_{n}"] for name in _ASKED if f"{name}_{n}" in values}
        return {**copy, "copy_as": {**settings, **asked}}


_ASKED = ("name", "host", "port", "serial_port", "unit_id")
_OWN = (
    Field("machine_code", _("Code"), partial(TextEditor, longest=50), _("The number on the new machine.")),
    Field("name", _("Name"), TextEditor, _("What people call it.")),
)


def _intro(machine: MachineAnswer, devices: Sequence[DeviceAnswer], left: Sequence[str]) -> str:
    """What the copy is, and what it will not have."""
    same = _("Everything that is not asked here is as at {name}.").format(name=machine.name)
    if left:
        lacks = _("These tags are left out, for their device is out of use or not yours to see: {tags}.")
        return f"{same}\n{lacks.format(tags=', '.join(left))}"
    if not devices:
        return f"{same}\n{_('No tag in use is of {name}: the copy has none either.').format(name=machine.name)}"
    return same


def _station(machine: MachineAnswer, stations: Mapping[str, str]) -> Field:
    return Field(
        "station_id",
        _("Station"),
        partial(ChoiceEditor, choices=stations, nothing=_("where {name} stands").format(name=machine.name)),
        _(
            "Where the copy and its own devices stand. In another plant it is in no work center yet. A device both "
            "share stays where it is."
        ),
    )


def _is(n: int, how: Iterable[str], values: Values) -> bool:
    return values.get(f"how_{n}") in tuple(how)


def _device_fields(n: int, device: DeviceAnswer) -> tuple[Field, ...]:
    new, copied = partial(_is, n, (_NEW,)), partial(_is, n, (_NEW, _SAME))
    place = (
        (Field(f"serial_port_{n}", _("Serial port"), partial(TextEditor, longest=255), "", False, new),)
        if device.driver is Driver.MODBUS_RTU
        else (
            Field(f"host_{n}", _("Address"), partial(TextEditor, longest=253), _("IP address or name."), False, new),
            Field(f"port_{n}", _("Port"), NumberEditor, "", False, new),
        )
    )
    return (
        Field(
            f"how_{n}",
            _("Its tags are in"),
            partial(ChoiceEditor, choices=_HOW),
            _("A machine with a controller of its own has its own device; machines behind one share it."),
            heading=_("Device: {name}").format(name=device.name),
        ),
        Field(f"name_{n}", _("Name"), TextEditor, _("Of the new device."), False, new),
        *place,
        Field(f"unit_id_{n}", _("Unit number"), NumberEditor, _("On a shared line each has its own."), False, new),
        Field(
            f"address_shift_{n}",
            _("Addresses + "),
            NumberEditor,
            _("Added to the address of every tag, e.g. 100 where the next machine's block begins."),
            False,
            copied,
        ),
    )


def copied_text(copied: MachineCopied) -> str:
    """What was made, and what was left out."""
    made = _("Copied; tags: {tags}, new devices: {devices}, rules of alarms: {rules}.").format(
        tags=len(copied.tag_ids), devices=len(copied.device_ids), rules=copied.alarm_rules
    )
    if not copied.alarm_rules_left:
        return made
    left = _("Rules of alarms left out, for you may make none there: {rules}.")
    return f"{made} {left.format(rules=copied.alarm_rules_left)}"
