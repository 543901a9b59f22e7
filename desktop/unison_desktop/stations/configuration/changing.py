"""Making and changing stations, devices and tags: their forms, what the forms read, and what comes of them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget
from unison_domain.stations.byte_orders import Candidate
from unison_domain.stations.configuration import RegisterTable
from unison_domain.stations.contracts import DeviceAnswer, StationAnswer, TagAnswer, TagReplace

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.question import Question
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.stations.attached_offer import AttachedOffer
from unison_desktop.stations.configuration import calls
from unison_desktop.stations.configuration.device_form import DeviceDialog
from unison_desktop.stations.configuration.forms import StationDialog, TagDialog
from unison_desktop.stations.configuration.holding import Holding
from unison_desktop.stations.configuration.machine_note import MachineNote
from unison_desktop.stations.configuration.returning import against_change_of, against_end_of
from unison_desktop.stations.configuration.tag_table import TagRow
from unison_desktop.stations.configuration.template_dialog import TemplateDialog
from unison_desktop.stations.configuration.test_read import USUAL_COUNT, TestReadDialog

TEST_READ = "stations.agent.test_read"
Thing = StationAnswer | DeviceAnswer | TagAnswer


class Changing(QObject):
    """Opens the forms over a page, and tells everybody what was changed.

    Signals:
        device_made: a `DeviceAnswer`: its tags come next.
        failed: something could not be changed; what is shown may be old.
    """

    device_made = Signal(object)
    failed = Signal()

    def __init__(self, desk: Desk, holding: Holding, page: QWidget) -> None:
        super().__init__(page)
        self._desk, self._holding, self._page = desk, holding, page
        self._read: tuple[DeviceAnswer, TagRow | None] | None = None

    def new_station(self, key: str) -> None:
        """A station of the PC this node is, or belongs to."""
        agent = self._holding.agent(key)
        begin = {"agent_id": str(agent.id) if agent else None, "plant_id": self._holding.likely_plant(agent)}
        self._open_station(begin)

    def new_device(self, key: str) -> None:
        """A device at the station this node is, or belongs to, or at the only one of a PC."""
        begin = {"station_id": self._holding.likely_station(key)}
        dialog = DeviceDialog(self._desk, self._holding.station_names(), begin, self._page)
        AttachedOffer(self._desk, dialog, self._holding)
        self._open(dialog)

    def new_from_template(self, station: StationAnswer) -> None:
        """A common device with its tags."""
        machines, likely = self._holding.machine_choices(station.id), self._holding.likely_machine_at(station.id)
        dialog = TemplateDialog(self._desk, station, machines, self._page, machine_id=likely)
        MachineNote(self._desk, dialog, self._holding, station.id)
        self._open(dialog)

    def new_tag(self, device: DeviceAnswer) -> TagDialog:
        """A tag of a device, most likely of the machine its other tags are of."""
        return self.open_tag(device, {"machine_id": self._holding.likely_machine(device)})

    def edit(self, thing: Thing, device: DeviceAnswer | None = None) -> None:
        """Change a thing; of a tag the `device` is named."""
        if why := against_change_of(self._desk.session, self._holding, thing):
            self._desk.messages.say(why)
        elif isinstance(thing, StationAnswer):
            self._open_station(thing)
        elif isinstance(thing, DeviceAnswer):
            names = [one.name for one in self._holding.on_line_of(thing)]
            dialog = DeviceDialog(self._desk, {}, thing, self._page, neighbours=names)
            AttachedOffer(self._desk, dialog, self._holding, thing.station_id)
            self._open(dialog)
        elif device is not None:
            self.open_tag(device, thing)

    def open_tag(self, device: DeviceAnswer, tag: TagAnswer | dict[str, str | None]) -> TagDialog:
        """The form of a tag, or of a new one that begins with these values."""
        why_not = "" if self._holding.agent_of(device) else _("No PC reads this device yet.")
        if not self._desk.session.may(TEST_READ):
            why_not = self._desk.session.lacks(TEST_READ)
        known = tag if isinstance(tag, TagAnswer) else None
        machines = self._holding.machine_choices(device.station_id, known.machine_id if known else None)
        dialog = TagDialog(self._desk, machines, device, tag, self._page, why_no_read=why_not)
        MachineNote(self._desk, dialog, self._holding, device.station_id, known)
        dialog.read_asked.connect(self._read_for_form)
        self._open(dialog)
        return dialog

    def read_now(self, device: DeviceAnswer, row: TagRow | None) -> None:
        """Read a tag, or look around in a device."""
        agent = self._holding.agent_of(device)
        if agent is None:
            self._desk.messages.say(_("No PC reads {device} yet.").format(device=device.name), Tone.WARNING)
            return
        self._read = device, row
        dialog = TestReadDialog(self._desk, agent.id, device, self._page, tag=row.tag if row else None)
        dialog.taken.connect(self._on_way_taken)
        dialog.open()

    def ask_deactivate(self, thing: Thing) -> None:
        """Take it out of use, after a question."""
        if why := against_end_of(self._desk.session, self._holding, thing):
            self._desk.messages.say(why)
            return
        question = Question(
            thing,
            self._desk.theme,
            self._page,
            asks=_("Deactivate {name}?").format(name=thing.name),
            explains=_(
                "It is not read any more, with all that belongs to it. What was recorded stays; “Out of use…” "
                "brings it back."
            ),
            yes=_("Deactivate"),
        )
        question.confirmed.connect(self._deactivate)
        question.open()

    def force(self, rows: Sequence[TagRow], reason: str) -> None:
        """Let what waits for the end of a run hold now."""
        for row in rows:
            settings = {name: getattr(row.tag, name) for name in TagReplace.model_fields}
            body = TagReplace.model_validate({**settings, "forced_reason": reason})
            call = calls.change_tag(self._desk.session.client, row.tag.id, body, version=row.tag.version, owner=self)
            call.done.connect(self._on_saved)
            call.failed.connect(self._on_failed)

    def _open_station(self, station: StationAnswer | dict[str, str | None]) -> None:
        names = self._holding.plant_names(), self._holding.agent_names()
        self._open(StationDialog(self._desk, *names, station, self._page))

    def _open(self, dialog: FormDialog) -> None:
        dialog.saved.connect(self._on_saved)
        dialog.open()

    def _on_saved(self, thing: Thing) -> None:
        if isinstance(thing, DeviceAnswer):
            self.device_made.emit(thing)
        self._desk.messages.say(_("{name} is saved.").format(name=thing.name), Tone.GOOD)
        self._desk.session.changes.announce(_topic(thing), [thing.id])

    def _read_for_form(self) -> None:
        form = self.sender()
        if not isinstance(form, TagDialog) or (agent := self._holding.agent_of(form.device)) is None:
            return
        place = form.place()
        address = place["address"] if isinstance(place["address"], int) else 0
        offset = place["offset"] if isinstance(place["offset"], int | float) else 0.0
        known = {"table": place["table"], "address": address, "offset": offset, "role": place["role"]}
        dialog = TestReadDialog(self._desk, agent.id, form.device, form, count=USUAL_COUNT, **known)
        dialog.taken.connect(form.take)
        dialog.open()

    def _on_way_taken(self, candidate: Candidate, table: RegisterTable, address: int) -> None:
        """Put what was found into the form of the tag that was read, or of a new one."""
        if self._read is not None:
            device, row = self._read
            form = self.open_tag(device, row.tag) if row else self.new_tag(device)
            form.take(candidate, table, address)

    def _deactivate(self, thing: Thing) -> None:
        call = calls.deactivate(self._desk.session.client, thing, owner=self)
        call.done.connect(self._on_deactivated)
        call.failed.connect(self._on_failed)

    def _on_deactivated(self, thing: Thing) -> None:
        self._desk.messages.say(_("{name} is not read any more.").format(name=thing.name), Tone.GOOD)
        self._desk.session.changes.announce(_topic(thing), [thing.id])

    def _on_failed(self, error: ApiError) -> None:
        self._desk.messages.say(error.message, Tone.BAD)
        self.failed.emit()


def _topic(thing: Thing) -> str:
    kind = {StationAnswer: "station", DeviceAnswer: "device", TagAnswer: "tag"}[type(thing)]
    return f"stations.{kind}.updated"
