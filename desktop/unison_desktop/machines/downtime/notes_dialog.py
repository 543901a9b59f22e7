"""Notes of a stop and of how it was put right."""

from __future__ import annotations

from functools import partial

from pydantic import BaseModel
from PySide6.QtWidgets import QWidget
from unison_domain.machines.downtime_contracts import DowntimeAnnotate, DowntimeEvent

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.editors import TextEditor
from unison_desktop.frame.form.fields import Field
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.texts import _
from unison_desktop.machines.downtime import calls

_LINE = partial(TextEditor, longest=2000)
_FIELDS = (
    Field("notes", _("Notes"), _LINE, _("What was seen, e.g. “chips in the chute”.")),
    Field("resolution_notes", _("Resolution"), _LINE, _("How it was put right.")),
)


class NotesDialog(FormDialog):
    """Changes both notes; the cause stays."""

    def __init__(self, desk: Desk, event: DowntimeEvent, parent: QWidget) -> None:
        super().__init__(
            desk,
            _FIELDS,
            DowntimeAnnotate,
            title=_("Notes of {machine}").format(machine=event.machine_name),
            values={"notes": event.notes, "resolution_notes": event.resolution_notes},
            version=event.version,
            parent=parent,
        )
        self._event = event

    @property
    def seen(self) -> int:
        """Version of the stop whose notes the person saw."""
        return self._event.version if self.version is None else self.version

    def send(self, body: BaseModel) -> Call:
        return calls.act(self.desk.session.client, self._event.id, "annotate", body, version=self.seen, owner=self)
