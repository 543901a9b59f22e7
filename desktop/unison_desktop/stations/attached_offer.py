"""Offers in a form what is plugged in at the PC of its station."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import QObject
from unison_domain.stations.attached import AttachedAnswer, AttachedKind

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.offering import OfferingEditor
from unison_desktop.kernel.texts import _
from unison_desktop.stations import calls
from unison_desktop.stations.configuration.holding import Holding

_FIELDS = {
    "serial_port": AttachedKind.SERIAL_PORT,
    "keyboard": AttachedKind.KEYBOARD,
    "source": AttachedKind.CAMERA,
}
_READ = "stations.agent.read"


class AttachedOffer(QObject):
    """Lives with the form; another station is another PC. What no PC told is typed as ever."""

    def __init__(self, desk: Desk, dialog: FormDialog, holding: Holding, station_id: UUID | None = None) -> None:
        """`station_id` is that of the thing; None: it is chosen in the form."""
        super().__init__(dialog)
        self._desk, self._form, self._holding = desk, dialog.form, holding
        self._station = None if station_id is None else str(station_id)
        self._agent: UUID | None = None
        dialog.form.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        station = self._station or self._form.values().get("station_id")
        agent = self._holding.agent(f"station/{station}")
        known = None if agent is None else agent.id
        if known == self._agent:
            return
        self._agent = known
        self._offer([])
        if known is not None and self._desk.session.may(_READ):
            calls.attached(self._desk.session.client, known, owner=self).done.connect(self._offer)

    def _offer(self, told: list[AttachedAnswer]) -> None:
        for name, kind in _FIELDS.items():
            if self._form.has(name) and isinstance(editor := self._form.editor(name), OfferingEditor):
                editor.offer({one.name: _more(one) for one in told if one.kind is kind})


def _more(one: AttachedAnswer) -> str:
    now = "" if one.path == one.name else _("now {path}").format(path=one.path)
    return "  ·  ".join(filter(None, (one.description, now))) or _("tells nothing of itself")
