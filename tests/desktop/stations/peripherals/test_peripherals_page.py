"""The page of scanners, gauges and cameras: where each is, how it fares, and what led there."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.frame.question import Question
from unison_desktop.stations.configuration.history import HistoryDialog
from unison_desktop.stations.peripherals.forms import PeripheralDialog
from unison_desktop.stations.peripherals.page import PeripheralsPage
from unison_domain.kernel.contracts import Page
from unison_domain.stations.configuration_changes import ConfigurationChange
from unison_domain.stations.contracts import StationAnswer

from tests.desktop import samples as known
from tests.desktop.fake_server import FakeServer
from tests.desktop.stations.peripherals.opening import cells, opened, run, select
from tests.desktop.stations.peripherals.samples import (
    CALIPER,
    SCANNER,
    WIDTH,
    caliper,
    camera,
    scanner,
)

_TOLD = ("raw", "reason", "remedy")


def test_the_table_says_where_each_is_what_it_does_and_how_it_fares(page: PeripheralsPage) -> None:
    assert cells(page, "name") == ["Caliper", "Hand scanner", "Top camera"]
    assert cells(page, "station") == ["Assembly 1"] * 3
    assert cells(page, "state") == ["not there", "works", ""]
    assert cells(page, "message")[0] == "it was unplugged"
    assert cells(page, "place") == ["/dev/ttyUSB1", "usb-Honeywell_Scanner-if00", "/srv/pictures"]
    assert cells(page, "does") == ["Width", "codes", "QR, Data Matrix, Width"]


def test_what_could_not_be_read_is_not_told_as_nothing(qtbot: QtBot, desk: Desk, server: FakeServer) -> None:
    server.answer("GET /stations", {"title": "away", "status": 503}, status=503)
    page = PeripheralsPage(desk, Place("peripherals"))
    with qtbot.waitSignal(page.loaded):
        page.reload()
    page._tick.timeout.emit()
    assert page.table.view.notice == ""
    server.answer("GET /stations", Page[StationAnswer](items=[], next_cursor=None))
    with qtbot.waitSignal(page.loaded):
        page.reload()
    qtbot.waitUntil(lambda: "no station here yet" in page.table.view.notice)
    page.deleteLater()


def test_what_a_silent_pc_told_is_as_old_as_it_is(
    qtbot: QtBot, page: PeripheralsPage, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = page.desk.session.clock.now()
    told = [
        scanner(state="online", told_at=now - timedelta(days=3, minutes=1)),
        caliper(state="offline", told_at=now - timedelta(minutes=5, seconds=5)),
        camera(state="online", told_at=now),
    ]
    server.answer("GET /peripherals", told)
    page.desk.session.changes.announce("stations.agent.silent", [known.agent(1).id])
    wanted = ["was not there 5 min ago", "worked 3 d 0 h ago", "works"]
    qtbot.waitUntil(lambda: cells(page, "state") == wanted)
    state = next(column for column in page.table.model.columns if column.key == "state")
    assert state.icon is not None
    icons = [state.icon(row).pixmap(24).toImage() for row in page.table.model.rows()]
    assert icons[0] == icons[1], "neither is known to be so any more"
    assert icons[1] != icons[2]
    monkeypatch.setattr(page.desk.session.clock, "now", lambda: now + timedelta(hours=1))
    page._tick.timeout.emit()
    assert cells(page, "state")[2] == "worked 1 h 0 min ago"


def test_what_was_refused_last_is_in_its_row_and_f6_leads_to_its_history(
    qtbot: QtBot, page: PeripheralsPage, server: FakeServer
) -> None:
    unit = {"at": known.NOW, "raw": "01A+00.12345", "reason": "Caliper sent 0.12345 in, but Width is measured in mm"}
    server.answer("GET /peripherals", [scanner(), caliper(refused=[unit]), camera()])
    page.desk.session.changes.announce("stations.agent.reported", [known.agent(1).id])
    qtbot.waitUntil(lambda: cells(page, "refused")[0] == unit["reason"])
    select(page, CALIPER)
    with qtbot.waitSignal(page.go) as gone:
        run(page, "peripheral.refused")
    assert gone.args == [Place("refused-values", str(CALIPER))]


def test_a_station_without_any_says_what_is_made_next(qtbot: QtBot, page: PeripheralsPage, server: FakeServer) -> None:
    server.answer("GET /peripherals", [])
    server.happen("stations.peripheral.deactivated", SCANNER)
    qtbot.waitUntil(lambda: page.table.model.rows() == [])
    page.grab()
    page.tree.choose("agent/")


def test_one_is_put_away_after_a_question(qtbot: QtBot, page: PeripheralsPage, server: FakeServer) -> None:
    server.answer(f"DELETE /peripherals/{SCANNER}", scanner(is_active=False))
    select(page, SCANNER)
    run(page, "peripheral.put_away")
    question = opened(page, Question)
    assert "Hand scanner" in question.text()
    QTest.mouseClick(question.yes, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(server.asked_for(f"DELETE /peripherals/{SCANNER}")))


def test_its_history_calls_fields_as_the_form_does(qtbot: QtBot, page: PeripheralsPage, server: FakeServer) -> None:
    change = ConfigurationChange.model_validate(
        {
            "id": UUID(int=1),
            "at": known.NOW,
            "thing": "peripheral",
            "entity_id": SCANNER,
            "name": "Hand scanner",
            "action": "updated",
            "fields": [
                {"field": "channels", "old": [], "new": [{"characteristic_id": str(WIDTH)}]},
                {"field": "serial.baud_rate", "old": 9600, "new": 115_200},
            ],
        }
    )
    path = f"GET /agents/{known.agent(1).id}/configuration-changes"
    server.answer(path, Page[ConfigurationChange](items=[change]))
    select(page, SCANNER)
    run(page, "peripheral.history")
    dialog = opened(page, HistoryDialog)
    qtbot.waitUntil(lambda: len(dialog.changes.model.rows()) == 1)
    assert server.asked_for(path)[0].query["entity_id"] == [str(SCANNER)]
    shown = {column.key: column.shown(dialog.changes.model.rows()[0]) for column in dialog.changes.model.columns}
    assert (shown["what"], shown["fields"]) == ("Peripheral changed", "Measures, Speed (baud)")
    after = next(column for column in dialog.fields.model.columns if column.key == "new")
    assert [after.shown(row) for row in dialog.fields.model.rows()] == ['[{"characteristic_id": "Width"}]', "115200"]
    dialog.close()


@pytest.mark.parametrize("less", [("stations.peripheral.update", "stations.peripheral.create")])
def test_who_may_only_look_can_change_nothing(page: PeripheralsPage) -> None:
    commands = {one.id: one for one in page.commands if isinstance(one, Command)}
    disabled = {id_ for id_, one in commands.items() if not one.isEnabled()}
    assert {"peripheral.edit", "peripheral.scanner", "peripheral.gauge", "peripheral.camera"} <= disabled
    assert "stations.peripheral.update" in commands["peripheral.edit"].toolTip()
    page.table.row_opened.emit(page.table.model.rows()[0])
    assert not page.findChildren(PeripheralDialog)
