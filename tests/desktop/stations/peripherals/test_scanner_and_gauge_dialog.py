"""Scanners and gauges are set up in the desktop: what goes out is what the server takes."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from unison_desktop.kernel.own_units import choose_units
from unison_desktop.stations.peripherals.editors import ChannelsEditor, ExpectedEditor, ListEditor
from unison_desktop.stations.peripherals.forms import PeripheralDialog, new_values
from unison_desktop.stations.peripherals.page import PeripheralsPage
from unison_desktop.stations.peripherals.shape import field_name, flat, nested, setting_path
from unison_domain.kernel.contracts import FieldError, Problem
from unison_domain.kernel.units import UnitSystem
from unison_domain.stations.peripheral_contracts import PeripheralAnswer, PeripheralCreate, PeripheralReplace
from unison_domain.stations.peripherals import PeripheralKind

from tests.desktop.fake_server import FakeServer
from tests.desktop.stations.peripherals.opening import edit, opened, run, unfold
from tests.desktop.stations.peripherals.samples import (
    CALIPER,
    SCANNER,
    STATION,
    WIDTH,
    caliper,
    camera,
    scanner,
)


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
    choose_units(UnitSystem.US_CUSTOMARY)
    trial.message.setText("12,60")
    assert "reads 12.60 mm (0.4961 in)" in trial.words.text()
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
