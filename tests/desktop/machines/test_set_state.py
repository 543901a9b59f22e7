"""What a machine does is said from its page, by who may."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
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
def page(qtbot: QtBot, desk: Desk, server: FakeServer, state: MachineState) -> MachinePage:
    serve_machines(server, [machine(0, live(0, state))])
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
