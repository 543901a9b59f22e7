"""Saying what a machine does, from the office: a command of the machine page and of the board, with its form."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from operator import attrgetter
from uuid import UUID

from pydantic import BaseModel
from PySide6.QtCore import QObject, SignalInstance
from PySide6.QtWidgets import QWidget
from unison_domain.machines.contracts import Live, MachineAnswer, MachineState, StatusChange
from unison_domain.sites.contracts import PlantAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.editors import ChoiceEditor, TextEditor
from unison_desktop.frame.form.fields import Field
from unison_desktop.frame.page import Page
from unison_desktop.frame.plant_rights import against
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.texts import _
from unison_desktop.machines import calls
from unison_desktop.machines.states import LOOKS

SET_STATE = "machines.machine.set_status"

_SAID = {state.value: look.text for state, look in LOOKS.items() if state is not MachineState.UNKNOWN}
_FIELDS = (
    Field(
        "state",
        _("State"),
        partial(ChoiceEditor, choices=_SAID, nothing=_("Choose a state")),
        _("What the machine does from now on."),
    ),
    Field("note", _("Note"), partial(TextEditor, longest=2000), _("Who or what it is known from.")),
)


class StateDialog(FormDialog):
    """Says the state of a machine from now on."""

    def __init__(self, desk: Desk, machine: MachineAnswer, live: Live, parent: QWidget) -> None:
        has_signals = live.last_signal_at is not None
        holds = _("It holds until the signals of the machine tell another state.")
        super().__init__(
            desk,
            _FIELDS,
            StatusChange,
            title=_("State of {machine}").format(machine=machine.name),
            values={"state": live.state.value if live.state.value in _SAID else None},
            intro=holds if has_signals else _("It holds until somebody says another, here or at its station."),
            save_text=_("Set state"),
            parent=parent,
        )
        self._machine = machine

    def send(self, body: BaseModel) -> Call:
        return calls.set_state(self.desk.session.client, self._machine.id, body, owner=self)


class StateCommand(QObject):
    """Adds the command to a page, for the machine that is shown or chosen there."""

    def __init__(
        self,
        page: Page,
        id: str,  # noqa: A002 - as in Command
        chosen: SignalInstance,
        nothing: str = _("The machine is not read yet."),
        *,
        live: Callable[[MachineAnswer], Live] = attrgetter("live"),
        in_head: bool = True,
    ) -> None:
        """Begin without a machine.

        Args:
            page: gets the command.
            id: of the command.
            chosen: brings the machine it is for from now on, or None.
            nothing: said while there is no machine.
            live: what a machine does now.
            in_head: whether the page's head has it too.
        """
        super().__init__(page)
        self._page, self._nothing, self._live = page, nothing, live
        self._machine: MachineAnswer | None = None
        self._plants: dict[UUID, PlantAnswer] = {}
        self.command = page.add_command(
            id, _("Set state…"), self._open, shortcuts="F4", against=self._against, in_head=in_head
        )
        chosen.connect(self._on_chosen)

    def know_plants(self, plants: Iterable[PlantAnswer]) -> None:
        """Where machines are, by which the right is judged."""
        self._plants = {plant.id: plant for plant in plants}
        self._page.guard()

    def _on_chosen(self, machine: MachineAnswer | None) -> None:
        self._machine = machine
        self._page.guard()

    def _against(self) -> str:
        if self._machine is None:
            return self._nothing
        return against(self._page.desk.session, SET_STATE, self._plants.get(self._machine.plant_id))

    def _open(self) -> None:
        if self._machine is not None:
            dialog = StateDialog(self._page.desk, self._machine, self._live(self._machine), self._page)
            dialog.saved.connect(partial(self._on_saved, self._machine))
            dialog.open()

    def _on_saved(self, machine: MachineAnswer, live: Live) -> None:
        words = _("{machine} is set to: {state}.").format(machine=machine.name, state=LOOKS[live.state].text)
        self._page.desk.messages.say(words, Tone.GOOD)
        self._page.desk.session.changes.announce("machines.machine.state_changed", [live.machine_id])
