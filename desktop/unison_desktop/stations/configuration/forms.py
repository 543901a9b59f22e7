"""The forms of a station, a device and a tag."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from unison_domain.stations.byte_orders import Candidate
from unison_domain.stations.configuration import RegisterTable, SignalRole, ValueType
from unison_domain.stations.contracts import (
    DeviceAnswer,
    DeviceCreate,
    StationAnswer,
    StationCreate,
    StationUpdate,
    TagAnswer,
    TagCreate,
    TagReplace,
)
from unison_domain.stations.device_settings import Driver, Parity

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.tone_label import ToneLabel
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.texts import _
from unison_desktop.stations.configuration import calls
from unison_desktop.stations.configuration.device_fields import FORCED_REASON, station_fields
from unison_desktop.stations.configuration.tag_fields import tag_fields
from unison_desktop.stations.configuration.taken_way import against

Names = Mapping[str, str]
"""Names by id, for choosing."""

NEW_DEVICE: dict[str, Any] = {
    "driver": Driver.MODBUS_TCP,
    "port": 502,
    "unit_id": 1,
    "baud_rate": 19_200,
    "parity": Parity.EVEN,
    "stop_bits": 1,
    **{
        name: DeviceCreate.model_fields[name].default
        for name in (
            "timeout_seconds",
            "retries",
            "probe_seconds",
            "max_registers",
            "max_bits",
            "max_gap",
            "request_gap_seconds",
            "turnaround_seconds",
        )
    },
}
NEW_TAG: dict[str, Any] = {
    "role": SignalRole.SAMPLE,
    "table": RegisterTable.HOLDING_REGISTER,
    "type": ValueType.UINT16,
    "byte_order": "abcd",
    "string_bytes": "both",
    "bit": 0,
    "bit_count": 1,
    "scale": 1,
    "offset": 0,
    "poll_seconds": 1,
    "deadband": 0,
    "heartbeat_seconds": 60,
    "alarm_bits": True,
}
_COUNT_ROLES = (SignalRole.COUNT_GOOD, SignalRole.COUNT_SCRAP, SignalRole.COUNT_TOTAL)


class StationDialog(FormDialog):
    """Makes a station, or changes the one that is given."""

    def __init__(
        self, desk: Desk, plants: Names, agents: Names, station: StationAnswer | Mapping[str, Any], parent: QWidget
    ) -> None:
        """`station` is what is changed, or what a new one begins with."""
        known = station if isinstance(station, StationAnswer) else None
        super().__init__(
            desk,
            station_fields(plants, agents, is_new=known is None),
            StationUpdate if known else StationCreate,
            title=_("Station: {name}").format(name=known.name) if known else _("New station"),
            values=_values(station),
            version=known.version if known else None,
            intro="" if known else _("A workplace: what one team looks after, served by one PC."),
            parent=parent,
        )
        self._known = known

    def send(self, body: BaseModel) -> Call:
        client = self.desk.session.client
        if self._known is None or self.version is None:
            return calls.make_station(client, body, key=self.key, owner=self)
        return calls.change_station(client, self._known.id, body, version=self.version, owner=self)


class TagDialog(FormDialog):
    """Makes a tag of a device, or changes the one that is given.

    Signals:
        read_asked: the person wants to know what is there now; `place` says where.
    """

    read_asked = Signal()

    def __init__(
        self,
        desk: Desk,
        machines: Names,
        device: DeviceAnswer,
        tag: TagAnswer | Mapping[str, Any],
        parent: QWidget,
        *,
        why_no_read: str = "",
    ) -> None:
        """`why_no_read` says why nothing can be read now; empty where it can."""
        known = tag if isinstance(tag, TagAnswer) else None
        fields = tag_fields(machines)
        title = _("Tag of {device}: {name}") if known else _("New tag of {device}")
        super().__init__(
            desk,
            (*fields, FORCED_REASON) if known and known.role in _COUNT_ROLES else fields,
            TagReplace if known else TagCreate,
            title=title.format(name=known.name if known else "", device=device.name),
            values=_known_values(known) if known else {**NEW_TAG, **_values(tag), "device_id": str(device.id)},
            version=known.version if known else None,
            intro="" if known else _("One value of the device: where it is, how it is read, what it means."),
            parent=parent,
        )
        self._known, self.device = known, device
        self.read_button = QPushButton(_("Read it now…"), self)
        self.read_button.setAutoDefault(False)
        self.read_button.setEnabled(not why_no_read)
        self.read_button.setToolTip(why_no_read or _("Ctrl+T"))
        self.read_button.setShortcut("Ctrl+T")
        self.read_button.clicked.connect(self.read_asked)
        self.foot.insertWidget(0, self.read_button)
        self.set_back = ToneLabel(desk.theme, self)
        self.set_back.hide()
        self.column.insertWidget(self.column.indexOf(self.foot), self.set_back)
        if why_no_read:
            self.foot.insertWidget(1, _reason(why_no_read, self), 1)

    def send(self, body: BaseModel) -> Call:
        client = self.desk.session.client
        if self._known is None or self.version is None:
            assert isinstance(body, TagCreate)  # noqa: S101 - the form's contract
            return calls.make_tag(client, body, key=self.key, owner=self)
        assert isinstance(body, TagReplace)  # noqa: S101 - the form's contract
        return calls.change_tag(client, self._known.id, body, version=self.version, owner=self)

    def place(self) -> dict[str, Any]:
        """Where the value is, what is added to it and what it means, as far as it was typed."""
        values = self.form.values()
        return {name: values.get(name) for name in ("table", "address", "offset", "role")}

    def take(self, candidate: Candidate, table: RegisterTable, address: int) -> None:
        """Read it as a known value showed: `address` of that table is where the candidate begins.

        What else was set, and would make another value of it or none, is set back; the form says what.
        """
        before = self.form.values()
        taken: dict[str, Any] = {
            "table": str(table),
            "address": address,
            "type": str(candidate.type),
            "byte_order": str(candidate.byte_order),
            "scale": candidate.scale,
            "string_bytes": str(candidate.string_bytes),
        }
        if candidate.bit is not None:
            taken["bit"] = candidate.bit
        if candidate.type is ValueType.STRING:
            taken["length"] = candidate.registers
        set_back = against(candidate, before)
        self.form.fill({**taken, "offset": candidate.offset, **set_back})
        labels = [self.form.label_of(name) for name in set_back]
        text = _("Set back, for it was of another way to read: {fields}.").format(fields=", ".join(labels))
        self.set_back.say(text if labels else "", Tone.WARNING)
        self.set_back.setVisible(bool(labels))


def _values(given: BaseModel | Mapping[str, Any]) -> dict[str, Any]:
    return given.model_dump(mode="json") if isinstance(given, BaseModel) else dict(given)


def _known_values(given: BaseModel) -> dict[str, Any]:
    """All but the reason of the last time: this change is another."""
    return {**_values(given), "forced_reason": None}


def _reason(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setProperty("role", "muted")
    label.setWordWrap(True)
    return label
