"""What a machine does is said from its page, by who may."""

from __future__ import annotations

from datetime import datetime

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.frame.question import Question
from unison_desktop.identity.session import Session
from unison_desktop.machines.page import MachinePage
from unison_desktop.machines.set_state import SET_STATE, StateDialog
from unison_domain.machines.contracts import MachineState

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
def test_what_was_set_is_taken_back_from_its_first_moment_on(
    qtbot: QtBot, page: MachinePage, server: FakeServer, desk: Desk
) -> None:
    qtbot.waitUntil(command_of(page).isEnabled)
    word = live(0, MachineState.MAINTENANCE)
    server.answer(STATUS, word)
    with qtbot.waitSignal(set_to(page, "maintenance").saved):
        pass
    said = desk.messages.history[-1]
    (undo,) = said.offers
    server.answer(STATUS, live(0, MachineState.RUNNING))
    undo.run()
    qtbot.waitUntil(lambda: "is set to Running again, by you; signals take" in desk.messages.history[-1].text)
    body = server.asked_for(STATUS)[1].body
    assert (body["state"], datetime.fromisoformat(body["at"])) == ("running", word.since)
    assert all(message.offers == () for message in desk.messages.history)


@pytest.mark.parametrize("signed_in", [[SET_STATE]], indirect=True)
def test_what_signals_ended_already_is_not_taken_back(
    qtbot: QtBot, page: MachinePage, server: FakeServer, desk: Desk
) -> None:
    qtbot.waitUntil(command_of(page).isEnabled)
    server.answer(STATUS, live(0, MachineState.MAINTENANCE))
    with qtbot.waitSignal(set_to(page, "maintenance").saved):
        pass
    (undo,) = desk.messages.history[-1].offers
    server.refuse(STATUS, 422, "before_present_state", "CNC-1: the present state began at 12:00")
    undo.run()
    qtbot.waitUntil(lambda: "another state was told since" in desk.messages.history[-1].text)
    assert all(message.offers == () for message in desk.messages.history)
