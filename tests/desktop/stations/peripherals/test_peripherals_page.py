"""Scanners, gauges and cameras are set up in the desktop: what goes out is what the server takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.frame.question import Question
from unison_desktop.stations.configuration.history import HistoryDialog
from unison_desktop.stations.peripherals.editors import ChannelsEditor, ExpectedEditor, ListEditor, TicksEditor
from unison_desktop.stations.peripherals.forms import PeripheralDialog, new_values
from unison_desktop.stations.peripherals.page import PeripheralsPage
from unison_desktop.stations.peripherals.shape import field_name, flat, nested, setting_path
from unison_domain.kernel.contracts import FieldError, Page, Problem
from unison_domain.stations.configuration_changes import ConfigurationChange
from unison_domain.stations.peripheral_contracts import PeripheralAnswer, PeripheralCreate, PeripheralReplace
from unison_domain.stations.peripherals import PeripheralKind

from tests.desktop import samples as known
from tests.desktop.fake_server import FakeServer
from tests.desktop.stations.peripherals.samples import (
    CALIBRATION,
    CALIPER,
    CAMERA,
    SCANNER,
    STATION,
    WIDTH,
    caliper,
    camera,
    me,
    scanner,
    serve,
)

Dialog = TypeVar("Dialog", bound=QWidget)


@pytest.fixture
def less() -> tuple[str, ...]:
    """Rights the person lacks."""
    return ()


@pytest.fixture
def server(server: FakeServer, less: tuple[str, ...]) -> FakeServer:
    serve(server)
    server.answer("GET /auth/me", me(*less))
    return server


_TOLD = ("raw", "reason", "remedy")


@pytest.fixture
def page(qtbot: QtBot, desk: Desk) -> Iterator[PeripheralsPage]:
    made = PeripheralsPage(desk, Place("peripherals", f"station/{STATION}"))
    made.show()
    with qtbot.waitSignal(made.loaded):
        made.reload()
    qtbot.waitUntil(lambda: len(made.table.model.rows()) == 3)
    yield made
    made.close()
    made.deleteLater()


def run(page: PeripheralsPage, id_: str) -> None:
    next(one for one in page.commands if isinstance(one, Command) and one.id == id_).trigger()


def opened(page: QWidget, kind: type[Dialog]) -> Dialog:
    return page.findChildren(kind)[-1]


def select(page: PeripheralsPage, id_: UUID) -> None:
    place = next(n for n, row in enumerate(page.table.model.rows()) if row.peripheral.id == id_)
    page.table.view.selectRow(place)


def cells(page: PeripheralsPage, key: str) -> list[str]:
    column = next(column for column in page.table.model.columns if column.key == key)
    return [column.shown(row) for row in page.table.model.rows()]


def edit(page: PeripheralsPage, id_: UUID) -> PeripheralDialog:
    select(page, id_)
    run(page, "peripheral.edit")
    return opened(page, PeripheralDialog)


def unfold(dialog: PeripheralDialog) -> None:
    next(one for one in dialog.form.findChildren(QPushButton) if one.isCheckable()).setChecked(True)


def test_the_table_says_where_each_is_what_it_does_and_how_it_fares(page: PeripheralsPage) -> None:
    assert cells(page, "name") == ["Caliper", "Hand scanner", "Top camera"]
    assert cells(page, "station") == ["Assembly 1"] * 3
    assert cells(page, "state") == ["not there", "works", ""]
    assert cells(page, "message")[0] == "it was unplugged"
    assert cells(page, "place") == ["/dev/ttyUSB1", "usb-Honeywell_Scanner-if00", "/srv/pictures"]
    assert cells(page, "does") == ["Width", "codes", "QR, Data Matrix, Width"]


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


@pytest.mark.parametrize("made", [scanner(), caliper(), camera()], ids=["scanner", "gauge", "camera"])
def test_what_nobody_touched_goes_back_as_it_came(
    qtbot: QtBot, page: PeripheralsPage, server: FakeServer, made: PeripheralAnswer
) -> None:
    server.answer(f"PUT /peripherals/{made.id}", made)
    dialog = edit(page, made.id)
    assert not dialog.form.is_dirty
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    (asked,) = server.asked_for(f"PUT /peripherals/{made.id}")
    assert PeripheralReplace.model_validate(asked.body).settings == made.settings
    assert asked.headers["if-match"] == '"1"'


def test_a_scanner_is_made_by_few_words(qtbot: QtBot, page: PeripheralsPage, server: FakeServer) -> None:
    server.answer("POST /peripherals", scanner(), status=201)
    run(page, "peripheral.scanner")
    dialog = opened(page, PeripheralDialog)
    dialog.form.fill({"name": "Gate", "serial_port": "COM3"})
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    body = PeripheralCreate.model_validate(server.asked_for("POST /peripherals")[0].body)
    assert body.station_id == STATION
    assert body.settings.model_dump(exclude_defaults=True) == {"name": "Gate", "serial": {"port": "COM3"}}


def test_a_scanner_as_a_keyboard_has_no_serial_port(qtbot: QtBot, page: PeripheralsPage, server: FakeServer) -> None:
    server.answer("POST /peripherals", scanner(), status=201)
    run(page, "peripheral.scanner")
    dialog = opened(page, PeripheralDialog)
    assert dialog.form.editor("keyboard").isHidden()
    dialog.form.fill({"name": "Gate", "connection": "keyboard", "keyboard": "usb-Zebra-event-kbd"})
    assert dialog.form.editor("serial_port").isHidden()
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    settings = server.asked_for("POST /peripherals")[0].body["settings"]
    assert (settings["keyboard"], settings["serial"]) == ("usb-Zebra-event-kbd", None)


def test_a_scanner_as_a_keyboard_keeps_where_its_messages_end(
    qtbot: QtBot, page: PeripheralsPage, server: FakeServer
) -> None:
    framing = {"end": "suffix", "prefix": "02", "suffix": "09"}
    typing = scanner(settings={"serial": None, "keyboard": "usb-Zebra-event-kbd", "framing": framing})
    server.answer("GET /peripherals", [typing])
    server.answer(f"PUT /peripherals/{SCANNER}", typing)
    server.happen("stations.peripheral.updated", SCANNER)
    qtbot.waitUntil(lambda: [row.peripheral for row in page.table.model.rows()] == [typing])
    dialog = edit(page, SCANNER)
    dialog.form.fill({"name": "Gate"})
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    sent = PeripheralReplace.model_validate(server.asked_for(f"PUT /peripherals/{SCANNER}")[0].body).settings
    assert sent == typing.settings.model_copy(update={"name": "Gate"})


@pytest.mark.parametrize(
    ("connection", "place", "pause"), [("serial", "serial_port", 40), ("keyboard", "keyboard", 200)]
)
def test_a_pause_is_set_where_it_ends_a_message(
    qtbot: QtBot, page: PeripheralsPage, server: FakeServer, connection: str, place: str, pause: int
) -> None:
    server.answer("POST /peripherals", scanner(), status=201)
    run(page, "peripheral.scanner")
    dialog = opened(page, PeripheralDialog)
    unfold(dialog)
    dialog.form.fill({"name": "Gate", "connection": connection, place: "usb-1"})
    assert dialog.form.editor("framing_idle_milliseconds").isHidden()
    dialog.form.fill({"framing_end": "idle"})
    assert not dialog.form.editor("framing_idle_milliseconds").isHidden()
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    sent = server.asked_for("POST /peripherals")[0].body["settings"]["framing"]
    assert (sent["end"], sent["idle_milliseconds"]) == ("idle", pause)


def test_what_is_missing_or_wrong_is_said_beside_its_field(page: PeripheralsPage, server: FakeServer) -> None:
    run(page, "peripheral.gauge")
    dialog = opened(page, PeripheralDialog)
    dialog.form.fill({"name": "Scale", "framing_prefix": "zz"})
    dialog.save()
    assert dialog.form.editor("serial_port").field.property("invalid")
    assert dialog.form.editor("framing_prefix").field.property("invalid")
    assert not server.asked_for("POST /peripherals")
    dialog.form.open(dialog.form.values())


def test_what_the_server_refuses_stands_beside_its_field(
    qtbot: QtBot, page: PeripheralsPage, server: FakeServer
) -> None:
    words = "Gate and Hand scanner would both use it"
    error = FieldError(field="settings.serial.port", code="place_taken", message=words)
    problem = Problem(title="Invalid", status=422, code="place_taken", detail=words, errors=[error])
    server.answer("POST /peripherals", problem, status=422)
    run(page, "peripheral.scanner")
    dialog = opened(page, PeripheralDialog)
    dialog.form.fill({"name": "Gate", "serial_port": "COM3"})
    dialog.save()
    port = dialog.form.editor("serial_port").field
    qtbot.waitUntil(lambda: port.accessibleDescription() == words)
    dialog.form.open(dialog.form.values())


def test_what_somebody_else_changed_meanwhile_is_shown(qtbot: QtBot, page: PeripheralsPage, server: FakeServer) -> None:
    dialog = edit(page, SCANNER)
    dialog.form.fill({"name": "Mine"})
    theirs = scanner(version=2, settings={"serial": {"port": "COM9", "baud_rate": 9_600}})
    current = theirs.model_dump(mode="json")
    problem = Problem(title="Clash", status=409, code="version_clash", detail="changed", current=current)
    server.answer(f"PUT /peripherals/{SCANNER}", problem, status=409)
    dialog.save()
    qtbot.waitUntil(dialog.clash.isVisible)
    assert "Serial port: was usb-Honeywell_Scanner-if00, is now COM9" in dialog.clash.words.text()
    server.answer(f"PUT /peripherals/{SCANNER}", theirs)
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    asked = server.asked_for(f"PUT /peripherals/{SCANNER}")[-1]
    assert asked.headers["if-match"] == '"2"'
    assert (asked.body["settings"]["name"], asked.body["settings"]["serial"]["port"]) == ("Mine", "COM9")


def test_a_gauge_s_settings_are_tried_as_they_are_typed(page: PeripheralsPage) -> None:
    dialog = edit(page, CALIPER)
    trial = dialog.trial
    assert trial is not None
    assert trial.words.text() == "", "nobody tried anything yet"
    trial.message.setText("01A+0000.123")
    assert trial.words.text() == "01A+0000.123 reads 0.123 mm\nThat is Width: it came from channel 1."
    trial.message.setText("02A+0000.123")
    assert "channel 2, which measures nothing: say" in trial.words.text()
    trial.message.setText("01A-0012.500")
    assert "reads -12.500 mm" in trial.words.text()
    dialog.form.fill({"format": "mt_sics"})
    assert "not of the format mt_sics" in trial.words.text()
    trial.message.setText("S D     10.00 g")
    assert "still moving; wait" in trial.words.text()
    dialog.form.fill({"stable_only": False})
    assert "sent 10.00 for no channel, which measures nothing" in trial.words.text()
    channels = [{"channel": None, "characteristic_id": str(WIDTH)}]
    dialog.form.fill({"channels": channels})
    trial.message.setText("S D     10.00 mm")
    assert trial.words.text().startswith("S D     10.00 mm reads 10.00 mm, still moving\nThat is Width")
    dialog.form.fill({"format": "pattern"})
    assert trial.words.text() == "Write the pattern of its messages above."
    assert trial.words.property("role") == "muted"
    dialog.form.fill({"pattern": r"(?P<value>\d"})
    assert trial.words.text().startswith(r"the pattern “(?P<value>\d” is no"), "as it was typed, each \\ once"
    assert "is no regular expression" in trial.words.text()
    dialog.form.fill({"pattern": r"(?P<value>[\d,]+)", "decimal_comma": True})
    trial.message.setText("12,50")
    assert "reads 12.50 mm" in trial.words.text()
    dialog.form.open(dialog.form.values())


def test_a_value_in_another_unit_is_refused_when_it_is_tried(page: PeripheralsPage) -> None:
    dialog = edit(page, CALIPER)
    trial = dialog.trial
    assert trial is not None
    pattern = r"(?P<value>[\d.]+) (?P<unit>\w+)"
    channels = [{"channel": None, "characteristic_id": str(WIDTH)}]
    dialog.form.fill({"format": "pattern", "pattern": pattern, "channels": channels})
    trial.message.setText("12.500 mm")
    assert "That is Width: it came from a gauge without channels" in trial.words.text()
    trial.message.setText("12.500 in")
    assert "sent 12.500 in, but Width is measured in mm: set the gauge to that unit" in trial.words.text()
    assert trial.words.property("role") == "bad"
    dialog.form.open(dialog.form.values())


def test_a_gauge_measures_characteristics_of_its_plant(qtbot: QtBot, page: PeripheralsPage, server: FakeServer) -> None:
    server.answer("POST /peripherals", caliper(), status=201)
    run(page, "peripheral.gauge")
    dialog = opened(page, PeripheralDialog)
    channels = dialog.form.editor("channels")
    assert isinstance(channels, ChannelsEditor)
    assert channels.value() == []
    line = channels._lines[0]
    assert [line[1].itemText(n) for n in range(line[1].count())] == ["nothing yet", "Width (mm)"]
    line[1].setCurrentIndex(1)
    line[1].activated.emit(1)
    channels.more.click()
    channels._lines[1][0].setText("2")
    assert channels.words(channels.value()) == "Width (mm), 2: nothing chosen"
    channels._lines[1][2].click()
    dialog.form.fill({"name": "Scale", "serial_port": "COM4", "format": "mt_sics"})
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    sent = server.asked_for("POST /peripherals")[0].body["settings"]
    assert sent["channels"] == [{"channel": None, "characteristic_id": str(WIDTH)}]
    assert sent["timeout_seconds"] == 10, "a scale settles first"


def test_a_camera_looks_at_a_part_of_the_picture(qtbot: QtBot, page: PeripheralsPage, server: FakeServer) -> None:
    server.answer(f"PUT /peripherals/{CAMERA}", camera())
    dialog = edit(page, CAMERA)
    assert dialog.form.editor("region_x").isHidden()
    dialog.form.fill({"is_part": True, "region_width": 0.9, "formats": ["code_128"], "ring_seconds": 10})
    dialog.save()
    assert dialog.form.editor("region_width").field.property("invalid")
    dialog.form.fill({"region_x": 0})
    ticks = dialog.form.editor("formats")
    assert isinstance(ticks, TicksEditor)
    ticks.boxes["qr"].click()
    assert ticks.words(ticks.value()) == "QR, Code 128"
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    settings = server.asked_for(f"PUT /peripherals/{CAMERA}")[0].body["settings"]
    assert settings["region"] == {"x": 0, "y": 0.25, "width": 0.9, "height": 0.5}
    assert (settings["formats"], settings["ring_seconds"]) == (["qr", "code_128"], 10)
    assert [tool["name"] for tool in settings["tools"]] == ["Bore"], "what was set up on a picture stays"


def test_a_new_camera_begins_with_the_usual_gamma_and_an_older_one_keeps_its_own(
    qtbot: QtBot, page: PeripheralsPage, server: FakeServer
) -> None:
    assert new_values(PeripheralKind.CAMERA)["gamma"] == 2.2
    dialog = edit(page, CAMERA)
    assert dialog.form.values()["gamma"] == 1
    dialog.form.fill({"gamma": 2.2})
    server.answer(f"PUT /peripherals/{CAMERA}", camera())
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    assert server.asked_for(f"PUT /peripherals/{CAMERA}")[0].body["settings"]["gamma"] == 2.2


def test_a_calibration_that_ended_with_a_change_is_told(
    qtbot: QtBot, page: PeripheralsPage, server: FakeServer
) -> None:
    server.answer("GET /peripherals", [camera(settings={"calibration": CALIBRATION})])
    page.reload()
    qtbot.waitUntil(lambda: len(page.table.model.rows()) == 1)
    server.answer(f"PUT /peripherals/{CAMERA}", camera(settings={"focus": 31}))
    dialog = edit(page, CAMERA)
    dialog.form.fill({"focus": 31})
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    words = "The calibration of Top camera was for another source or focus: calibrate it anew"
    assert words in page.desk.messages.history[-1].text


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


@pytest.mark.parametrize("kind", PeripheralKind)
def test_fields_and_settings_are_two_shapes_of_one_thing(kind: PeripheralKind) -> None:
    for made in (scanner(), caliper(), camera()):
        settings = made.settings.model_dump(mode="json")
        there = nested({name: value for name, value in flat(settings).items() if value is not None})
        beside = {"gamma": 1.0} if made.kind is PeripheralKind.CAMERA else {}  # which it is when nothing is said
        assert {name: value for name, value in settings.items() if value is not None} | beside == there
    for name in new_values(kind):
        assert field_name(f"settings.{setting_path(name)}") == name


def test_lists_are_typed_as_text(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    words, codes = ListEditor(parent), ExpectedEditor(parent)
    words.set_value(["ST", "OK"])
    assert (words.line.text(), words.value(), words.words([])) == ("ST OK", ["ST", "OK"], "-")
    wanted = [{"name": "part", "pattern": "P=\\d+"}, {"name": "part", "pattern": "again"}]
    codes.set_value(wanted)
    assert codes.value() == wanted, "what is there twice is refused by the contract, not lost here"
    assert codes.words(wanted) == "part = P=\\d+, part = again"
