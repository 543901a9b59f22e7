from collections.abc import Iterator
from threading import Event

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.identity.session import Session
from unison_desktop.machines.fleet import Fleet, natural_key
from unison_desktop.machines.renewal import SIGNALLED_TOPIC
from unison_domain.machines.contracts import MachineState

from tests.desktop.fake_server import Answer, Asked, FakeServer
from tests.desktop.machines.samples import live, machine, machine_id, serve_machines, set_live

CHANGED = "machines.machine.state_changed"
COUNTED = "machines.machine.counted"
LIVE = "GET /machines/live"


@pytest.fixture
def fleet(qtbot: QtBot, signed_in: Session, server: FakeServer) -> Iterator[Fleet]:
    """Three machines, listed, kept current."""
    serve_machines(server, [machine(n) for n in range(3)])
    made = Fleet(signed_in)
    with qtbot.waitSignal(made.listed):
        made.load()
    made.listen(True)
    yield made
    made.deleteLater()


def ids_asked(server: FakeServer) -> list[list[str]]:
    return [asked.query.get("ids", []) for asked in server.asked_for(LIVE)]


def test_a_change_is_read_at_once_and_only_of_that_machine(qtbot: QtBot, fleet: Fleet, server: FakeServer) -> None:
    set_live(server, [live(0), live(1, MachineState.FAULT), live(2)])
    with qtbot.waitSignal(fleet.changed) as changed:
        server.happen(CHANGED, machine_id(1))
    assert changed.args == [frozenset({machine_id(1)})]
    assert fleet.live(machine_id(1)).state is MachineState.FAULT
    assert ids_asked(server) == [[str(machine_id(1))]]


def test_changes_during_an_answer_are_asked_for_together_after_it(
    qtbot: QtBot, fleet: Fleet, server: FakeServer
) -> None:
    held = Event()
    plain = {str(machine_id(n)): live(n, MachineState.SETUP).model_dump(mode="json") for n in range(3)}

    def answer(asked: Asked) -> Answer:
        first = len(server.asked_for(LIVE)) == 1
        items = [plain[key] for key in asked.query["ids"]]
        return Answer({"items": items, "next_cursor": None}, wait=held if first else None)

    server.answer_with(LIVE, answer)
    fleet.refresh([machine_id(0)])
    qtbot.waitUntil(lambda: len(ids_asked(server)) == 1)
    fleet.refresh([machine_id(1)])
    fleet.refresh([machine_id(2)])
    assert len(ids_asked(server)) == 1
    held.set()
    qtbot.waitUntil(lambda: fleet.live(machine_id(2)).state is MachineState.SETUP)
    assert ids_asked(server) == [[str(machine_id(0))], [str(machine_id(1)), str(machine_id(2))]]


def test_a_change_of_a_foreign_machine_asks_nothing(qtbot: QtBot, fleet: Fleet, server: FakeServer) -> None:
    set_live(server, [live(0, good=7), live(1), live(2)])
    server.happen(COUNTED, machine_id(77))
    with qtbot.waitSignal(fleet.changed):
        server.happen(CHANGED, machine_id(0))
    assert ids_asked(server) == [[str(machine_id(0))]]


def test_signals_of_a_plant_renew_all_ages_together(qtbot: QtBot, fleet: Fleet, server: FakeServer) -> None:
    fleet.renewal.gather.setInterval(50)
    before = fleet.live(machine_id(0)).last_signal_at
    set_live(server, [live(n) for n in range(3)])
    with qtbot.waitSignal(fleet.changed):
        for _n in range(4):
            server.happen(SIGNALLED_TOPIC)
    assert fleet.live(machine_id(0)).last_signal_at != before
    assert ids_asked(server) == [[]]


def test_after_a_silence_ages_are_read_unasked(qtbot: QtBot, fleet: Fleet, server: FakeServer) -> None:
    before = fleet.live(machine_id(0)).last_signal_at
    set_live(server, [live(n) for n in range(3)])
    with qtbot.waitSignal(fleet.changed):
        fleet.renewal.silence.setInterval(20)
    assert fleet.live(machine_id(0)).last_signal_at != before


def test_nothing_is_read_unasked_while_the_server_is_away(
    qtbot: QtBot, fleet: Fleet, server: FakeServer, signed_in: Session
) -> None:
    server.stream_status = 503
    server.cut_streams()
    qtbot.waitUntil(lambda: not signed_in.is_online)
    with qtbot.assertNotEmitted(fleet.renewal.due), qtbot.waitSignal(fleet.renewal.silence.timeout):
        fleet.renewal.silence.setInterval(20)
    assert ids_asked(server) == []


def test_after_a_silence_unseen_everything_is_read_when_somebody_looks(
    qtbot: QtBot, fleet: Fleet, server: FakeServer
) -> None:
    fleet.listen(False)
    with qtbot.waitSignal(fleet.renewal.due):
        fleet.renewal.silence.setInterval(20)
    assert ids_asked(server) == []
    fleet.renewal.silence.stop()
    with qtbot.waitSignal(fleet.listed):
        fleet.listen(True)


def test_what_is_missed_while_nobody_looks_is_read_when_somebody_does(
    qtbot: QtBot, fleet: Fleet, server: FakeServer, signed_in: Session
) -> None:
    fleet.listen(False)
    serve_machines(server, [machine(0, live(0, MachineState.FAULT))])
    with qtbot.waitSignal(signed_in.changes.changed):
        server.happen(CHANGED, machine_id(0))
    assert ids_asked(server) == []
    with qtbot.waitSignal(fleet.listed):
        fleet.listen(True)
    assert list(fleet.machines) == [machine_id(0)]
    assert fleet.live(machine_id(0)).state is MachineState.FAULT


def test_after_a_gap_in_the_stream_everything_is_read_again(qtbot: QtBot, fleet: Fleet, server: FakeServer) -> None:
    serve_machines(server, [machine(n) for n in range(5)])
    with qtbot.waitSignal(fleet.listed):
        server.send(b"event: reset\n\n")
    assert len(fleet.machines) == 5


def test_a_failure_is_told_and_the_next_change_works(qtbot: QtBot, fleet: Fleet, server: FakeServer) -> None:
    server.refuse(LIVE, 503, "busy", "The database is starting.")
    with qtbot.waitSignal(fleet.failed) as failed:
        fleet.refresh([machine_id(0)])
    assert "database is starting" in failed.args[0].message
    set_live(server, [live(0, MachineState.BLOCKED), live(1), live(2)])
    with qtbot.waitSignal(fleet.changed):
        fleet.refresh([machine_id(0)])


def test_what_failed_for_a_while_is_read_by_itself(qtbot: QtBot, fleet: Fleet, server: FakeServer) -> None:
    fleet._retry.setInterval(20)
    server.refuse(LIVE, 503, "busy", "The database is starting.")
    with qtbot.waitSignal(fleet.failed):
        server.happen(CHANGED, machine_id(0))
    serve_machines(server, [machine(n, live(n, MachineState.BLOCKED)) for n in range(3)])
    with qtbot.waitSignal(fleet.listed):
        pass
    assert fleet.live(machine_id(0)).state is MachineState.BLOCKED


def test_a_list_older_than_what_was_read_meanwhile_does_not_stay(
    qtbot: QtBot, fleet: Fleet, server: FakeServer
) -> None:
    held = Event()
    old = {"items": [machine(n).model_dump(mode="json") for n in range(3)], "next_cursor": None}
    server.answer("GET /machines", old, wait=held)
    fleet.load()
    qtbot.waitUntil(lambda: len(server.asked_for("GET /machines")) == 2)
    set_live(server, [live(0, MachineState.FAULT), live(1), live(2)])
    with qtbot.waitSignal(fleet.changed):
        server.happen(CHANGED, machine_id(0))
    with qtbot.waitSignal(fleet.listed):
        held.set()
    qtbot.waitUntil(lambda: fleet.live(machine_id(0)).state is MachineState.FAULT)


def test_names_are_ordered_as_people_count() -> None:
    assert sorted(["Line 11", "line 2", "Line", "12"], key=natural_key) == ["12", "Line", "line 2", "Line 11"]
