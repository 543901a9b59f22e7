"""Giving a PC another name, or a note."""

from __future__ import annotations

from pydantic import BaseModel
from PySide6.QtWidgets import QWidget
from unison_domain.stations.contracts import AgentAnswer, AgentUpdate

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.editors import TextEditor
from unison_desktop.frame.form.fields import Field
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.texts import _
from unison_desktop.stations import calls

_NOTE_LENGTH = 2000

FIELDS = (
    Field("name", _("Name"), TextEditor, _("What people call it. The PC shows it on its own page soon after.")),
    Field(
        "note",
        _("Note"),
        lambda parent: TextEditor(parent, hint=_("In the cabinet behind press 4"), longest=_NOTE_LENGTH),
        _("For people: where it stands, who looks after it."),
    ),
)


class AgentDialog(FormDialog):
    """Changes what a PC is called."""

    def __init__(self, desk: Desk, agent: AgentAnswer, parent: QWidget) -> None:
        super().__init__(
            desk,
            FIELDS,
            AgentUpdate,
            title=_("PC: {name}").format(name=agent.name),
            values={"name": agent.name, "note": agent.note},
            version=agent.version,
            parent=parent,
        )
        self._agent_id = agent.id
        self.resize(720, 300)

    def send(self, body: BaseModel) -> Call:
        assert self.version is not None  # noqa: S101 - it is there already
        return calls.change(self.desk.session.client, self._agent_id, body, version=self.version, owner=self)
