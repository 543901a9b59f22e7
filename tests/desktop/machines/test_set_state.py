"""What a machine does is said from its page, by who may."""

from __future__ import annotations

from uuid import UUID

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.messages import Offer
from unison_desktop.frame.place import Place
from unison_desktop.frame.question import Question
from unison_desktop.identity.session import Session
from unison_desktop.machines.page import MachinePage
from unison_desktop.machines.set_state import SET_STATE, StateDialog
from unison_desktop.machines.states import LOOKS
from unison_domain.machines.contracts import Live, MachineState, StateSource

from tests.desktop.fake_server import FakeServer
from tests.desktop.identity.opened import error_beside
from tests.desktop.machines.samples import live, machine, machine_id, serve_machines
from tests.desktop.signing_in import sign_in_with

ID = machine_id(0)
STATUS = f"PUT /machines/{ID}/status"


@pytest.fixture
def signed_in(qtbot: QtBot, session: Session, server: FakeServer, request: pytest.FixtureRequest) -> Session:
    return sign_in_with(qtbot, session, server, request.param)


@pytest.fixture
def state() -> MachineState:
    """What the machine does; a test of another state overrides it."""
    return MachineState.RUNNING


@pytest.fixture
def told() -> MachineState | None:
    """What its signals say; a test of another overrides it."""
    return None


@pytest.fixture
def page(qtbot: QtBot, desk: Desk, server: FakeServer, state: MachineState, told: MachineState | None) -> MachinePage:
    serve_machines(server, [machine(0, live(0, state, signals_say=told))])
    page = MachinePage(desk, Place("machine", str(ID)))
    qtbot.addWidget(page)
    page.show()
    page.load()
    qtbot.waitUntil(lambda: page.table.model.total > 0)
    return page


def command_of(page: MachinePage) -> Command:
    return next(command for command in page.commands if command.id == "machine.set_state")


@pytest.mark.parametrize("signed_in", [[SET_STATE]], indirect=True)
def test_the_state_is_set_from_the_office(qtbot: QtBot, page: MachinePage, server: FakeServer) -> None:
    qtbot.waitUntil(command_of(page).isEnabled)
    server.answer(STATUS, live(0, MachineState.MAINTENANCE))
    command_of(page).trigger()
    (dialog,) = page.findChildren(StateDialog)
    assert dialog.form.editor("state").value() == "running"
    dialog.form.editor("state").set_value("maintenance")
    with qtbot.waitSignal(dialog.saved):
        dialog.save_button.click()
    assert server.asked_for(STATUS)[0].body["state"] == "maintenance"


@pytest.mark.parametrize("signed_in", [[SET_STATE]], indirect=True)
@pytest.mark.parametrize("state", [MachineState.UNKNOWN])
def test_nothing_is_said_of_a_machine_without_a_state_until_one_is_chosen(
    qtbot: QtBot, page: MachinePage, server: FakeServer
) -> None:
    qtbot.waitUntil(command_of(page).isEnabled)
    server.answer(STATUS, live(0, MachineState.STOPPED))
    command_of(page).trigger()
    (dialog,) = page.findChildren(StateDialog)
    chosen = dialog.form.editor("state")
    assert (chosen.value(), chosen.words(None)) == (None, "Choose a state")
    dialog.save_button.click()
    assert error_beside(qtbot, dialog, "state") == "This is needed."
    assert server.asked_for(STATUS) == []
    chosen.set_value("stopped")
    with qtbot.waitSignal(dialog.saved):
        dialog.save_button.click()
    assert server.asked_for(STATUS)[0].body["state"] == "stopped"


@pytest.mark.parametrize("signed_in", [[]], indirect=True)
def test_who_may_not_is_told_why(page: MachinePage) -> None:
    assert not command_of(page).isEnabled()
    assert "set the state of machines" in command_of(page).toolTip()


def set_to(page: MachinePage, state: str) -> StateDialog:
    """The dialog, with this state chosen and taken."""
    command_of(page).trigger()
    (dialog,) = page.findChildren(StateDialog)
    dialog.form.editor("state").set_value(state)
    dialog.save_button.click()
    return dialog


@pytest.mark.parametrize("signed_in", [[SET_STATE]], indirect=True)
@pytest.mark.parametrize("told", [MachineState.RUNNING])
def test_where_signals_tell_another_state_it_is_asked_first(
    qtbot: QtBot, page: MachinePage, server: FakeServer
) -> None:
    qtbot.waitUntil(command_of(page).isEnabled)
    server.answer(STATUS, live(0, MachineState.MAINTENANCE))
    dialog = set_to(page, "maintenance")
    assert any(label.text().startswith("The signals say now: Running.") for label in dialog.findChildren(QLabel))
    (question,) = dialog.findChildren(Question)
    assert "say: Running. Set it to Maintenance nevertheless?" in question.text()
    assert server.asked_for(STATUS) == []
    with qtbot.waitSignal(dialog.saved):
        question.yes.click()
    assert server.asked_for(STATUS)[0].body["state"] == "maintenance"


@pytest.mark.parametrize("signed_in", [[SET_STATE]], indirect=True)
@pytest.mark.parametrize("state", [MachineState.UNKNOWN])
def test_where_its_signals_tell_nothing_or_it_has_none_it_is_said_how_long_it_holds(
    qtbot: QtBot, page: MachinePage, server: FakeServer
) -> None:
    qtbot.waitUntil(command_of(page).isEnabled)
    server.answer(STATUS, live(0, MachineState.STOPPED))
    with qtbot.waitSignal(set_to(page, "stopped").saved):
        pass
    holds = "What you set holds until they tell one again."
    (dialog,) = page.findChildren(StateDialog)
    assert any(holds in label.text() for label in dialog.findChildren(QLabel))


@pytest.mark.parametrize("signed_in", [[SET_STATE]], indirect=True)
def test_a_machine_whose_state_tags_were_taken_away_is_one_without_signals(
    qtbot: QtBot, desk: Desk, server: FakeServer, signed_in: Session
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = StateDialog(desk, machine(0), lambda: live(0, has_signals=False), parent)
    holds = "It holds until somebody says another, here or at its station."
    assert any(label.text() == holds for label in dialog.findChildren(QLabel))


def undo_of(qtbot: QtBot, page: MachinePage, server: FakeServer, desk: Desk, word: Live) -> Offer:
    """What is offered once the state was set."""
    qtbot.waitUntil(command_of(page).isEnabled)
    server.answer(STATUS, word)
    with qtbot.waitSignal(set_to(page, "maintenance").saved):
        pass
    (undo,) = desk.messages.history[-1].offers
    return undo


WORD = live(0, MachineState.MAINTENANCE, source=StateSource.PERSON, word_id=UUID(int=77))
UNDO = f"POST /machines/{ID}/status/{WORD.word_id}/undo"


@pytest.mark.parametrize("signed_in", [[SET_STATE]], indirect=True)
@pytest.mark.parametrize("state", [MachineState.RUNNING, MachineState.UNKNOWN])
def test_what_was_set_is_taken_back_as_if_it_never_had_been(
    qtbot: QtBot, page: MachinePage, server: FakeServer, desk: Desk, state: MachineState
) -> None:
    undo = undo_of(qtbot, page, server, desk, WORD)
    server.answer(UNDO, live(0, state))
    undo.run()
    now = f"Maintenance was taken back, as if it never had been set. Now: {LOOKS[state].text}."
    qtbot.waitUntil(lambda: now in desk.messages.history[-1].text)
    assert len(server.asked_for(STATUS)) == len(server.asked_for(UNDO)) == 1
    assert all(message.offers == () for message in desk.messages.history)


def shown(qtbot: QtBot, page: MachinePage, server: FakeServer, word: Live) -> Command:
    """The command that takes back the state, once the page shows this."""
    serve_machines(server, [machine(0, word)])
    with qtbot.waitSignal(page.loaded):
        page.reload()
    qtbot.waitUntil(lambda: page.set_state._now(machine(0)).state is word.state)
    return page.set_state.taking_back


@pytest.mark.parametrize("signed_in", [[SET_STATE]], indirect=True)
def test_a_state_set_in_the_office_is_taken_back_when_its_message_is_long_gone(
    qtbot: QtBot, page: MachinePage, server: FakeServer, desk: Desk
) -> None:
    taking_back = shown(qtbot, page, server, WORD)
    qtbot.waitUntil(taking_back.isEnabled)
    server.answer(UNDO, live(0))
    taking_back.trigger()
    qtbot.waitUntil(lambda: len(desk.messages.history) > 0)
    assert "Maintenance was taken back" in desk.messages.history[-1].text


@pytest.mark.parametrize("signed_in", [[SET_STATE]], indirect=True)
@pytest.mark.parametrize(
    ("word", "why_not"),
    [
        (live(0, MachineState.SETUP, source=StateSource.PERSON), "It was said at the station"),
        (live(0, MachineState.STOPPED), "Its signals tell its state"),
        (live(0, MachineState.UNKNOWN), "Nobody set its state."),
    ],
)
def test_what_was_not_set_in_the_office_is_not_taken_back_there_and_it_is_said_why(
    qtbot: QtBot, page: MachinePage, server: FakeServer, word: Live, why_not: str
) -> None:
    taking_back = shown(qtbot, page, server, word)
    qtbot.waitUntil(lambda: taking_back.why_not.startswith(why_not))


@pytest.mark.parametrize("signed_in", [[SET_STATE]], indirect=True)
def test_what_another_person_spoke_after_is_not_taken_back_and_it_is_said_why(
    qtbot: QtBot, page: MachinePage, server: FakeServer, desk: Desk
) -> None:
    undo = undo_of(qtbot, page, server, desk, WORD)
    server.refuse(UNDO, 409, "said_since", "Bert set M1 to setup since")
    undo.run()
    qtbot.waitUntil(lambda: "can't be taken back. Bert set M1" in desk.messages.history[-1].text)
    assert all(message.offers == () for message in desk.messages.history)
