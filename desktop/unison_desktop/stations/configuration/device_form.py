"""The form of a device, which may change all devices of its line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from PySide6.QtWidgets import QWidget
from unison_domain.stations.contracts import DeviceAnswer, DeviceCreate, DeviceReplace

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.editors import SwitchEditor
from unison_desktop.frame.form.fields import Field
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.stations.configuration import calls
from unison_desktop.stations.configuration.device_fields import FORCED_REASON, device_fields
from unison_desktop.stations.configuration.forms import NEW_DEVICE, Names
from unison_desktop.stations.configuration.line_bar import LineBar


class DeviceDialog(FormDialog):
    """Makes a device, or changes the one that is given.

    Attributes:
        line: offers to change all devices of the line, where the device alone would contradict them.
    """

    def __init__(
        self,
        desk: Desk,
        stations: Names,
        device: DeviceAnswer | Mapping[str, Any],
        parent: QWidget,
        *,
        neighbours: Sequence[str] = (),
    ) -> None:
        """`neighbours` are called so and share the line of a known device."""
        known = device if isinstance(device, DeviceAnswer) else None
        whole_line = (_whole_line(neighbours),) if neighbours else ()
        super().__init__(
            desk,
            (*device_fields(), *whole_line, FORCED_REASON) if known else device_fields(stations),
            DeviceReplace if known else DeviceCreate,
            title=_("Device: {name}").format(name=known.name) if known else _("New device"),
            values=_values_of(known) if known else {**NEW_DEVICE, **dict(device)},
            version=known.version if known else None,
            intro="" if known else _("Something with an address that holds values: a controller, a meter, an I/O box."),
            parent=parent,
        )
        self._known = known
        self.line = LineBar(self)
        self.line.agreed.connect(self.save)
        self.column.insertWidget(self.column.indexOf(self.form), self.line)

    def send(self, body: BaseModel) -> Call:
        client = self.desk.session.client
        self.line.hide()
        if self._known is None or self.version is None:
            assert isinstance(body, DeviceCreate)  # noqa: S101 - the form's contract
            return calls.make_device(client, body, key=self.key, owner=self)
        return calls.change_device(client, self._known.id, body, version=self.version, owner=self)

    def typed(self) -> dict[str, object]:
        values = super().typed()
        return {**values, "whole_line": self.line.is_agreed or bool(values.get("whole_line"))}

    def own_words(self, error: ApiError) -> str:
        return self.line.offer(error)


def _whole_line(neighbours: Sequence[str]) -> Field:
    text = _("On: the address and the settings of the line become those of {names} too.")
    return Field("whole_line", _("The whole line"), SwitchEditor, text.format(names=", ".join(neighbours)))


def _values_of(device: DeviceAnswer) -> dict[str, Any]:
    """All but the reason of the last time: this change is another."""
    return {**device.model_dump(mode="json"), "forced_reason": None, "whole_line": False}
