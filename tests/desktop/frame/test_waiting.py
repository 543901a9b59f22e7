from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame import waiting
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.navigation import _RoomButton
from unison_desktop.frame.window import MainWindow
from unison_desktop.machines.downtime.thresholds import Thresholds

from tests.desktop.fake_server import Answer, Asked, FakeServer
from tests.desktop.machines.downtime.samples import event, serve_downtime
from tests.desktop.machines.samples import machine_id

QUEUE = "GET /downtime-events/unassigned"
ASSIGNED, STATE = "machines.downtime.assigned", "machines.machine.state_changed"


@pytest.fixture
def window(qtbot: QtBot, shop_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    monkeypatch.setattr(waiting, "SOON_MS", 20)
    monkeypatch.setattr(waiting, "LATER_MS", 200)
    made = MainWindow(shop_desk)
    made.show()
    yield made
    made.close()
    made.deleteLater()


def button(window: MainWindow) -> _RoomButton:
    return next(one for one in window._navigation._buttons if one.entry.name == "downtime")


def test_the_queue_is_counted_and_told_beside_the_name(qtbot: QtBot, window: MainWindow, server: FakeServer) -> None:
    qtbot.waitUntil(lambda: button(window).badge == "2")
    assert button(window).accessibleName() == "Downtime: 2 stops wait for a reason"
    serve_downtime(server, [event(0)], [])
    server.happen(ASSIGNED, machine_id(1))
    qtbot.waitUntil(lambda: button(window).badge == "1")
    assert button(window).accessibleName() == "Downtime: 1 stop waits for a reason"
    serve_downtime(server, [], [])
    server.happen(ASSIGNED, machine_id(0))
    qtbot.waitUntil(lambda: button(window).badge == "")
    assert button(window).accessibleName() == "Downtime"


def test_many_changes_make_few_requests(qtbot: QtBot, window: MainWindow, server: FakeServer) -> None:
    qtbot.waitUntil(lambda: button(window).badge == "2")
    asked = len(server.asked_for(QUEUE))
    serve_downtime(server, [event(0)], [])
    for number in range(100):
        server.happen(STATE, machine_id(number % 6))
    qtbot.waitUntil(lambda: button(window).badge == "1")
    assert len(server.asked_for(QUEUE)) == asked + 1


def test_of_very_many_no_more_is_read_than_is_told(qtbot: QtBot, window: MainWindow, server: FakeServer) -> None:
    qtbot.waitUntil(lambda: button(window).badge == "2")
    pages = [event(number).model_dump(mode="json") for number in range(60)]

    def page(asked: Asked) -> Answer:
        return Answer({"items": pages, "next_cursor": "on" if int(asked.query["limit"][0]) else None})

    server.answer_with(QUEUE, page)
    asked = len(server.asked_for(QUEUE))
    server.happen(ASSIGNED, machine_id(0))
    qtbot.waitUntil(lambda: button(window).badge == "99+")
    assert len(server.asked_for(QUEUE)) == asked + 2


def test_what_is_known_stays_while_the_server_can_not_say(qtbot: QtBot, window: MainWindow, server: FakeServer) -> None:
    qtbot.waitUntil(lambda: button(window).badge == "2")
    server.refuse(QUEUE, 503, "busy", "Away.")
    asked = len(server.asked_for(QUEUE))
    server.happen(ASSIGNED, machine_id(0))
    qtbot.waitUntil(lambda: len(server.asked_for(QUEUE)) > asked)
    assert button(window).badge == "2"


def test_the_limit_the_person_set_holds(qtbot: QtBot, shop_desk: Desk, window: MainWindow, server: FakeServer) -> None:
    qtbot.waitUntil(lambda: button(window).badge == "2")
    assert "min_seconds" not in server.asked_for(QUEUE)[-1].query
    Thresholds(queue=300).remember(shop_desk.layout)
    shop_desk.session.changes.announce("machines.downtime.thresholds_changed", None)
    qtbot.waitUntil(lambda: server.asked_for(QUEUE)[-1].query.get("min_seconds") == ["300"])
