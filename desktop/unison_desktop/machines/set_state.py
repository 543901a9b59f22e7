"""Saying what a machine does, from the office: a command of the machine page and of the board, with its form."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from operator import attrgetter
from uuid import UUID

from pydantic import BaseModel
from PySide6.QtCore import QObject, SignalInstance
from PySide6.QtWidgets import QWidget
from unison_domain.machines.contracts import Live, MachineAnswer, MachineState, StateSource, StatusChange
from unison_domain.sites.contracts import PlantAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.editors import ChoiceEditor, TextEditor
from unison_desktop.frame.form.fields import Field
from unison_desktop.frame.messages import Offer
from unison_desktop.frame.page import Page
from unison_desktop.frame.plant_rights import against
from unison_desktop.frame.question import Question
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.machines import calls
from unison_desktop.machines.states import LOOKS

SET_STATE = "machines.machine.set_status"
CHANGED = "machines.machine.state_changed"

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
    """Says the state of a machine from now on; asks first where its signals tell another."""

    def __init__(self, desk: Desk, machine: MachineAnswer, live: Callable[[], Live], parent: QWidget) -> None:
        """`live` is what the machine does now, whenever it is asked."""
        now = live()
        super().__init__(
            desk,
            _FIELDS,
            StatusChange,
            title=_("State of {machine}").format(machine=machine.name),
            values={"state": now.state.value if now.state.value in _SAID else None},
            intro=_holds(now),
            save_text=_("Set state"),
            parent=parent,
        )
        self._machine, self._live = machine, live

    def use(self, body: BaseModel) -> None:
        """Set it, where the signals tell another state only after a question."""
        state, told = MachineState(str(self.form.editor("state").value())), self._live().signals_say
        if told is None or told is state:
            super().use(body)
            return
        self.set_intro(_holds(self._live()))
        asks = _("The signals of {machine} say: {told}. Set it to {state} nevertheless?")
        question = Question(
            body,
            self.desk.theme,
            self,
            asks=asks.format(machine=self._machine.name, told=LOOKS[told].text, state=LOOKS[state].text),
            explains=_(
                "Until the signals change next, board, totals and stops go by what you set; then they hold again."
            ),
            yes=_("Set state"),
        )
        question.confirmed.connect(super().use)
        question.open()

    def send(self, body: BaseModel) -> Call:
        return calls.set_state(self.desk.session.client, self._machine.id, body, owner=self)


def _holds(live: Live) -> str:
    """What the signals say, and how long what a person sets beside it holds."""
    if live.signals_say is not None:
        told = _("The signals say now: {state}. What you set holds until they change next; then they hold again.")
        return told.format(state=LOOKS[live.signals_say].text)
    if live.has_signals:
        return _("The signals tell no state now. What you set holds until they tell one again.")
    return _("It holds until somebody says another, here or at its station.")


class WayBack:
    """How to take back a state that was set: what the machine does is as if it never had been.

    Holds no widget: a message may outlive its page.
    """

    def __init__(self, desk: Desk, machine: MachineAnswer, word: Live) -> None:
        """`word` is what was set."""
        self._desk, self._machine, self._word = desk, machine, word

    def run(self) -> None:
        """Take it back; the server refuses where another person said it, or spoke since."""
        if self._word.word_id is not None:
            client, owner = self._desk.session.client, self._desk.session
            call = calls.take_back_state(client, self._machine.id, self._word.word_id, owner=owner)
            call.done.connect(self._on_done)
            call.failed.connect(self._on_failed)

    def _on_done(self, live: Live) -> None:
        words = _("{machine}: {state} was taken back, as if it never had been set. Now: {now}.").format(
            machine=self._machine.name, state=LOOKS[self._word.state].text, now=LOOKS[live.state].text
        )
        self._desk.messages.say(words, Tone.GOOD)
        self._desk.messages.withdraw(self)
        self._desk.session.changes.announce(CHANGED, [live.machine_id])

    def _on_failed(self, error: ApiError) -> None:
        text = _("{machine}: {state} can't be taken back. {reason}").format(
            machine=self._machine.name, state=LOOKS[self._word.state].text, reason=error.message
        )
        if not error.is_temporary:
            self._desk.messages.withdraw(self)
        self._desk.messages.say(text, Tone.BAD)


class StateCommand(QObject):
    """Adds the command to a page, for the machine that is shown or chosen there, and the one that takes its state back.

    Attributes:
        command: sets a state.
        taking_back: takes back what stands, if it was set in the office.
    """

    def __init__(
        self,
        page: Page,
        thing: str,
        chosen: SignalInstance,
        nothing: str = _("The machine is not read yet."),
        *,
        live: Callable[[MachineAnswer], Live] = attrgetter("live"),
        in_head: bool = True,
    ) -> None:
        """Begin without a machine.

        Args:
            page: gets the command.
            thing: the page's name, with which the commands' begin.
            chosen: brings the machine it is for from now on, or None.
            nothing: said while there is no machine.
            live: what a machine does now.
            in_head: whether the page's head has it too.
        """
        super().__init__(page)
        self._page, self._nothing, self._live = page, nothing, live
        self._machine: MachineAnswer | None = None
        self._way_back: WayBack | None = None  # held until it is answered
        self._plants: dict[UUID, PlantAnswer] = {}
        add = page.add_command
        self.command = add(
            f"{thing}.set_state",
            _("Set state…"),
            self._open,
            shortcuts="F4",
            against=self._against,
            in_head=in_head,
        )
        self.taking_back = add(
            f"{thing}.take_back_state",
            _("Take back the state that was set"),
            self._take_back,
            against=self._against_taking_back,
            in_head=in_head,
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

    def _against_taking_back(self) -> str:
        if self._machine is None or self._against():
            return self._against()
        live = self._now(self._machine)
        if live.word_id is not None:
            return ""
        if live.source is StateSource.PERSON and live.state is not MachineState.UNKNOWN:
            return _("It was said at the station: there it is changed, or set another state.")
        if live.state is MachineState.UNKNOWN:
            return _("Nobody set its state.")
        return _("Its signals tell its state, nobody set it.")

    def _take_back(self) -> None:
        if self._machine is not None:
            self._way_back = WayBack(self._page.desk, self._machine, self._now(self._machine))
            self._way_back.run()

    def _now(self, machine: MachineAnswer) -> Live:
        """What it does, as it was read last."""
        shown = self._machine
        return self._live(shown if shown is not None and shown.id == machine.id else machine)

    def _open(self) -> None:
        if self._machine is not None:
            dialog = StateDialog(self._page.desk, self._machine, partial(self._now, self._machine), self._page)
            dialog.saved.connect(partial(self._on_saved, self._machine))
            dialog.open()

    def _on_saved(self, machine: MachineAnswer, live: Live) -> None:
        words = _("{machine} is set to: {state}.").format(machine=machine.name, state=LOOKS[live.state].text)
        way_back = WayBack(self._page.desk, machine, live)
        offers = () if live.word_id is None else (Offer(_("Undo"), way_back.run, way_back),)
        self._page.desk.messages.say(words, Tone.GOOD, offers=offers)
        self._page.desk.session.changes.announce(CHANGED, [live.machine_id])


class UndoCommand(QObject):
    """Adds Ctrl+Z to a page of all machines: takes back what was set last, as the message offers that tells of it."""

    def __init__(self, page: Page, id: str) -> None:  # noqa: A002 - as in Command
        super().__init__(page)
        self._messages = page.desk.messages
        self.command = page.add_command(id, _("Undo"), self._undo, shortcuts="Ctrl+Z", needs=SET_STATE, in_head=False)

    def _undo(self) -> None:
        offered = (offer.about for message in reversed(self._messages.history) for offer in message.offers)
        way_back = next((about for about in offered if isinstance(about, WayBack)), None)
        if way_back is None:
            self._messages.say(_("No state was set here that could be taken back."))
        else:
            way_back.run()
