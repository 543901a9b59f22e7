"""A common device with its tags at once, from the map of its registers."""

from __future__ import annotations

from functools import partial

from pydantic import BaseModel
from PySide6.QtWidgets import QWidget
from unison_domain.identity.languages import Written, written_for
from unison_domain.sentences import made_name
from unison_domain.stations.contracts import StationAnswer
from unison_domain.stations.device_settings import Driver
from unison_domain.stations.templates import DeviceTemplate, FromTemplate

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.editors import ChecklistEditor, ChoiceEditor
from unison_desktop.frame.form.fields import Field
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _, spoken
from unison_desktop.stations.configuration import calls
from unison_desktop.stations.configuration.device_fields import device_fields
from unison_desktop.stations.configuration.forms import NEW_DEVICE, Names
from unison_desktop.stations.configuration.line_bar import LineBar

_OWN = ("template", "machine_id", "tags")


class TemplateDialog(FormDialog):
    """Makes a device at a station, with the values of it that are ticked.

    Attributes:
        line: offers to change all devices of the line, where the device alone would contradict them.
    """

    def __init__(
        self, desk: Desk, station: StationAnswer, machines: Names, parent: QWidget, *, machine_id: str | None = None
    ) -> None:
        """`machine_id` is the machine whose values they most likely are."""
        super().__init__(
            desk,
            (
                Field("template", _("Kind of device"), ChoiceEditor, _("Maker and model.")),
                *device_fields(),
                Field(
                    "machine_id",
                    _("Machine"),
                    partial(ChoiceEditor, choices=machines, nothing=_("none, only recorded")),
                    _("The machine whose values they are."),
                    heading=_("What is read of it"),
                ),
                Field("tags", _("Values"), ChecklistEditor, _("More can be added later, and any be changed.")),
            ),
            FromTemplate,
            title=_("Device from a template at {station}").format(station=station.name),
            values={**NEW_DEVICE, "machine_id": machine_id},
            intro=_("Looking for the templates…"),
            save_text=_("Make the device"),
            parent=parent,
        )
        self._station = station
        self._templates: dict[str, DeviceTemplate] = {}
        self.save_button.setEnabled(False)
        self.line = LineBar(self)
        self.line.agreed.connect(self.save)
        self.column.insertWidget(self.column.indexOf(self.form), self.line)
        self.choice = self.form.editor("template")
        self.choice.changed.connect(self._show_template)
        call = calls.templates(desk.session.client, owner=self)
        call.done.connect(self._on_templates)
        call.failed.connect(self._on_no_templates)

    def send(self, body: BaseModel) -> Call:
        assert isinstance(body, FromTemplate)  # noqa: S101 - the form's contract
        self.line.hide()
        body = body.model_copy(update={"language": written_for(spoken(), Written.ENGLISH)})
        return calls.from_template(self.desk.session.client, body, key=self.key, owner=self)

    def typed(self) -> dict[str, object]:
        values = super().typed()
        own = {name: values[name] for name in _OWN}
        device = {name: value for name, value in values.items() if name not in _OWN and name in NEW_DEVICE | _NAMED}
        return {**own, "station_id": str(self._station.id), "device": device, "whole_line": self.line.is_agreed}

    def own_words(self, error: ApiError) -> str:
        return self.line.offer(error)

    def _on_templates(self, templates: list[DeviceTemplate]) -> None:
        self._templates = {one.code: one for one in templates}
        if isinstance(self.choice, ChoiceEditor):
            self.choice.set_choices({one.code: f"{one.maker} {one.model}" for one in templates})
        self.save_button.setEnabled(bool(templates))
        self._show_template()
        self.form.open(self.form.values())

    def _on_no_templates(self, error: ApiError) -> None:
        self.tell(error.message)

    def _show_template(self) -> None:
        template = self._templates.get(str(self.choice.value()))
        if template is None:
            self.set_intro(_("There is no template."))
            return
        note = f" {made_name(template.note, spoken())}" if template.note else ""
        self.set_intro(_("Registers from: {source}.{note}").format(source=template.source.rstrip("."), note=note))
        tags = self.form.editor("tags")
        if isinstance(tags, ChecklistEditor):
            tags.set_choices(
                ((one.settings.name, made_name(one.note or "", spoken()), one.chosen) for one in template.tags),
                partial(made_name, language=spoken()),
            )
        driver = Driver.MODBUS_RTU if template.serial else Driver.MODBUS_TCP
        self.form.fill({**NEW_DEVICE, "driver": driver, **template.serial, **template.defaults})


_NAMED = {"name": None, "host": None, "serial_port": None}
