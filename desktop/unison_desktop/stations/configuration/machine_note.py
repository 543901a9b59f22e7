"""Says beside a form what is odd about the machine that was chosen in it; it may be meant, so it hinders nothing."""

from __future__ import annotations

from uuid import UUID

from unison_domain.machines.contracts import MachineAnswer
from unison_domain.stations.configuration import SINGLE_ROLES, SignalRole
from unison_domain.stations.contracts import TagAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.tone_label import ToneLabel
from unison_desktop.kernel.texts import _
from unison_desktop.stations.configuration.holding import Holding
from unison_desktop.stations.configuration.words import ROLES


class MachineNote(ToneLabel):
    """Stands above the fields while the machine is of another station, or has such a signal already."""

    def __init__(
        self, desk: Desk, dialog: FormDialog, holding: Holding, station_id: UUID, tag: TagAnswer | None = None
    ) -> None:
        """`tag` is the one that is changed, if any."""
        super().__init__(desk.theme, dialog)
        self._form, self._holding, self._station_id = dialog.form, holding, station_id
        self._tag_id = None if tag is None else tag.id
        dialog.column.insertWidget(dialog.column.indexOf(dialog.form), self)
        dialog.form.changed.connect(self._look)
        self._look()

    def _look(self) -> None:
        values = self._form.values()
        chosen = str(values.get("machine_id"))
        machine = next((one for one in self._holding.machines if str(one.id) == chosen), None)
        words = "" if machine is None else self._doubts(machine, values.get("role"))
        self.say(words, Tone.WARNING)
        self.setVisible(bool(words))

    def _doubts(self, machine: MachineAnswer, role: object) -> str:
        code, doubts = machine.machine_code, []
        if machine.station_id not in (None, self._station_id):
            station = self._holding.station_names().get(str(machine.station_id), "")
            doubts.append(_("{machine} belongs to another station: {station}.").format(machine=code, station=station))
        for tag, device in self._signals(machine, role):
            text = _("{machine} has “{meaning}” already: {tag} of {device}. Is a second one meant?")
            meaning = ROLES[SignalRole(tag.role)]
            doubts.append(text.format(machine=code, meaning=meaning, tag=tag.name, device=device))
        return " ".join(doubts)

    def _signals(self, machine: MachineAnswer, role: object) -> list[tuple[TagAnswer, str]]:
        """The first other signal of the machine that means the same."""
        if role not in SINGLE_ROLES:
            return []
        devices = {device.id: device.name for device in self._holding.devices}
        found = [
            (tag, devices[tag.device_id])
            for tag in self._holding.tags
            if (tag.machine_id, tag.role) == (machine.id, role) and tag.id != self._tag_id and tag.device_id in devices
        ]
        return found[:1]
