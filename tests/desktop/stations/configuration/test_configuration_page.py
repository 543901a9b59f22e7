from pathlib import Path
from typing import TypeVar
from uuid import UUID

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.question import Question
from unison_desktop.identity.session import Session
from unison_desktop.stations.configuration import test_read
from unison_desktop.stations.configuration.csv_dialog import ImportDialog
from unison_desktop.stations.configuration.device_form import DeviceDialog
from unison_desktop.stations.configuration.forms import TagDialog
from unison_desktop.stations.configuration.history import HistoryDialog
from unison_desktop.stations.configuration.holding import drift_words, nothing_words
from unison_desktop.stations.configuration.notices import ReasonDialog
from unison_desktop.stations.configuration.page import ConfigurationPage
from unison_desktop.stations.configuration.template_dialog import TemplateDialog
from unison_desktop.stations.configuration.test_read import TestReadDialog
from unison_domain.kernel.contracts import Page as Listed
from unison_domain.kernel.csv_file import CsvError, text_of
from unison_domain.stations import tag_csv
from unison_domain.stations.commands import CommandState
from unison_domain.stations.configuration_changes import ConfigurationChange
from unison_domain.stations.contracts import DeviceReport, TagProblem
from unison_domain.stations.events import DeviceState
from unison_domain.stations.tag_csv import CsvChange, CsvPreview
from unison_domain.stations.templates import templates

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer
from tests.desktop.stations.configuration.samples import (
    COMMAND,
    DEVICE,
    GOOD,
    HEAT,
    STATION,
    agent,
    command,
    device,
    heat,
    read,
    serve,
    station,
    tag,
)

Dialog = TypeVar("Dialog", bound=QWidget)
COMMANDS = f"/agents/{agent().id}/commands"


def run(page: ConfigurationPage, id_: str) -> None:
    next(one for one in page.commands if isinstance(one, Command) and one.id == id_).trigger()


def opened(page: QWidget, kind: type[Dialog]) -> Dialog:
    """The dialog that was opened last."""
    return page.findChildren(kind)[-1]


def select(page: ConfigurationPage, name: str) -> None:
    place = next(n for n, row in enumerate(page.tags.model.rows()) if row.tag.name == name)
    page.tags.view.setFocus()
    page.tags.view.selectRow(place)


def test_pcs_stations_and_devices_are_a_tree_and_tags_stand_beside(page: ConfigurationPage) -> None:
    assert [node.text for node in page.holding.nodes()] == ["Line 1", "Line 1 left", "Press"]
    assert [row.tag.name for row in page.tags.model.rows()] == ["Good parts", "Heat"]


def test_an_empty_pc_says_what_is_made_next(page: ConfigurationPage) -> None:
    holding, here = page.holding, f"agent/{agent().id}"
    holding.devices = []
    assert "Choose a station" in nothing_words(holding, here)
    assert "New device" in nothing_words(holding, f"station/{STATION}")
    holding.stations = []
    assert "New station" in nothing_words(holding, here)
    holding.agents = []
    assert "Enrol a PC" in nothing_words(holding, "")


@pytest.mark.parametrize(
    ("kept", "said"),
    [(("stations", "devices"), "Choose the device"), (("stations",), "New device…"), ((), "New station…")],
)
def test_a_new_tag_without_a_device_says_what_is_made_first(
    page: ConfigurationPage, desk: Desk, monkeypatch: pytest.MonkeyPatch, kept: tuple[str, ...], said: str
) -> None:
    page.tree.choose(f"agent/{agent().id}")
    page.tags.view.clearSelection()
    there = [device(), device(id=UUID(int=77), name="Oven")]
    monkeypatch.setattr(page.holding, "devices", there if "devices" in kept else [])
    monkeypatch.setattr(page.holding, "stations", page.holding.stations if "stations" in kept else [])
    run(page, "config.tag")
    assert said in desk.messages.history[-1].text


def test_a_tag_that_gives_no_good_value_says_why(qtbot: QtBot, page: ConfigurationPage, server: FakeServer) -> None:
    problem = TagProblem(tag_id=HEAT, name="Heat", message="Address 8 is not there", exception=2)
    report = DeviceReport(device_id=DEVICE, state=DeviceState.DEGRADED, tags=(problem,))
    server.answer(f"GET /agents/{agent().id}/devices", [report])
    server.happen("stations.agent.reported", agent().id)
    model = page.tags.model
    state = next(column for column in model.columns if column.key == "state")
    qtbot.waitUntil(lambda: [state.shown(row) for row in model.rows()] == ["", "Address 8 is not there"])
    assert server.asked_for(f"GET /agents/{agent().id}/devices")[0].query == {}  # it comes in one piece


def test_a_device_is_made_at_the_chosen_station(qtbot: QtBot, page: ConfigurationPage, server: FakeServer) -> None:
    server.answer("POST /devices", device(name="Mill"), status=201)
    run(page, "config.device")
    dialog = opened(page, DeviceDialog)
    dialog.form.fill({"name": "Mill", "host": "10.0.0.7"})
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    body = server.asked_for("POST /devices")[0].body
    assert (body["station_id"], body["host"], body["driver"]) == (str(STATION), "10.0.0.7", "modbus_tcp")
    assert "baud_rate" not in body or body["baud_rate"] is None


def test_a_serial_device_asks_for_its_line(page: ConfigurationPage, server: FakeServer) -> None:
    run(page, "config.device")
    form = opened(page, DeviceDialog).form
    form.fill({"driver": "modbus_rtu"})
    assert form.editor("host").isHidden()
    assert {"serial_port", "baud_rate", "parity", "stop_bits"} <= form.values().keys()
    form.open(form.values())


def test_a_changed_tag_goes_out_whole(qtbot: QtBot, page: ConfigurationPage, server: FakeServer) -> None:
    server.answer(f"PUT /tags/{HEAT}", heat())
    select(page, "Heat")
    run(page, "config.edit")
    dialog = opened(page, TagDialog)
    dialog.form.fill({"scale": 0.01})
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    asked = server.asked_for(f"PUT /tags/{HEAT}")[0]
    assert (asked.body["scale"], asked.body["unit"], asked.body["address"]) == (0.01, "°C", 8)
    assert asked.body.get("forced_reason") is None


def test_a_read_shows_registers_value_and_time(qtbot: QtBot, page: ConfigurationPage, server: FakeServer) -> None:
    server.answer(f"POST {COMMANDS}", command(CommandState.WAITING), status=201)
    server.answer(f"GET {COMMANDS}/{COMMAND}", command(CommandState.WAITING))
    select(page, "Heat")
    run(page, "config.read")
    dialog = opened(page, TestReadDialog)
    qtbot.waitUntil(lambda: bool(server.asked_for(f"POST {COMMANDS}")))
    assert server.asked_for(f"POST {COMMANDS}")[0].body["parameters"] == {"tag_id": str(HEAT)}
    done = command(CommandState.DONE, answer=read("00D7", tag_id=HEAT, value=21.5, raw=215))
    server.answer(f"GET {COMMANDS}/{COMMAND}", done)
    server.happen("stations.agent.command_answered", agent().id)
    qtbot.waitUntil(lambda: dialog.state.text().startswith("Value 21.5 °C (register 215), good, in 23 ms"))
    assert dialog.registers.text() == "8: 00D7"
    dialog.close()


@pytest.mark.parametrize(
    ("ended", "text"),
    [
        (command(CommandState.EXPIRED), "did not answer in time"),
        (command(CommandState.FAILED, message="The line is busy"), "The line is busy"),
    ],
)
def test_a_read_that_fails_says_why(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer, ended: object, text: str
) -> None:
    server.answer(f"POST {COMMANDS}", ended, status=201)
    run(page, "config.read")
    dialog = opened(page, TestReadDialog)
    qtbot.waitUntil(lambda: text in dialog.state.text())
    assert dialog.read_button.isEnabled()
    dialog.close()


def test_a_pc_that_takes_up_its_configuration_is_asked_again(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_read, "AGAIN_MS", 20)
    server.answer(f"GET /agents/{agent().id}", agent(configuration_running=2))
    server.answer(f"POST {COMMANDS}", command(CommandState.FAILED, message="There is no such device"), status=201)
    run(page, "config.read")
    dialog = opened(page, TestReadDialog)
    qtbot.waitUntil(lambda: "newest configuration first" in dialog.state.text())
    server.answer(f"POST {COMMANDS}", command(CommandState.DONE, answer=read("0001")), status=201)
    qtbot.waitUntil(lambda: dialog.registers.text() == "8: 0001")
    dialog.close()


def test_without_the_right_reading_says_why_beside_its_button(
    qtbot: QtBot, signed_in: Session, server: FakeServer, desk: Desk
) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    dialog = TagDialog(desk, {}, device(), tag(), host, why_no_read="You may not.")
    assert not dialog.read_button.isEnabled()
    assert dialog.read_button.toolTip() == "You may not."


def test_a_waiting_counter_is_applied_with_a_reason(qtbot: QtBot, page: ConfigurationPage, server: FakeServer) -> None:
    serve(server, waiting_tags=[GOOD])
    server.answer(f"PUT /tags/{GOOD}", tag(forced_reason="wrong register"))
    page.reload()
    qtbot.waitUntil(page.waiting.isVisible)
    page.waiting.apply.click()
    dialog = opened(page, ReasonDialog)
    dialog.save()
    assert dialog.isVisible()  # a reason is needed
    dialog.form.fill({"forced_reason": "wrong register"})
    dialog.save()
    qtbot.waitUntil(lambda: bool(server.asked_for(f"PUT /tags/{GOOD}")))
    body = server.asked_for(f"PUT /tags/{GOOD}")[0].body
    assert (body["forced_reason"], body["address"]) == ("wrong register", 4)


def test_a_template_makes_a_device_with_the_ticked_tags(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer
) -> None:
    server.answer("GET /device-templates", list(templates()))
    server.answer("POST /devices/from-template", device(name="Meter"), status=201)
    run(page, "config.template")
    dialog = opened(page, TemplateDialog)
    qtbot.waitUntil(dialog.save_button.isEnabled)
    dialog.form.fill({"name": "Meter", "host": "10.0.0.9"})
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    body = server.asked_for("POST /devices/from-template")[0].body
    first = templates()[0]
    assert server.asked_for("GET /device-templates")[0].query == {}
    assert (body["template"], body["station_id"]) == (first.code, str(STATION))
    assert body["device"]["host"] == "10.0.0.9"
    assert body["tags"] == [one.settings.name for one in first.tags if one.chosen]


def test_a_file_with_errors_is_not_imported(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer, tmp_path: Path
) -> None:
    route = f"POST /stations/{STATION}/tags-import"
    error = CsvError(row=3, column="address", message="70000 is above 65535")
    server.answer(f"{route}/preview", CsvPreview(rows=2, errors=[error], changes=[], seen="a1"))
    run(page, "config.import")
    dialog = opened(page, ImportDialog)
    (tmp_path / "tags.csv").write_text("device;tag\n")
    dialog.read(tmp_path / "tags.csv")
    qtbot.waitUntil(lambda: dialog.errors.model.total == 1)
    assert not dialog.do.isEnabled()
    changed = {"fields": ["scale", "unit"], "before": ["1", ""], "after": ["0.1", "°C"]}
    change = CsvChange(row=2, thing="tag", name="Heat", device="PLC", action="update", **changed)
    for end in ("", "/preview"):
        server.answer(route + end, CsvPreview(rows=2, errors=[], changes=[change], seen="b2"))
    dialog.again.click()  # as somebody mended it meanwhile
    qtbot.waitUntil(dialog.do.isEnabled)
    (change,) = dialog.changes.model.rows()
    told = [column.shown(change) for column in dialog.changes.model.columns if column.key in ("device", "fields")]
    assert told == ["PLC", "scale: 1 → 0.1, unit: empty → °C"]
    assert not server.asked_for(route)
    with qtbot.waitSignal(dialog.imported):
        dialog.do.click()
    assert server.asked_for(route)[0].body == {"csv": "device;tag\n", "seen": "b2", "forced_reason": None}


def test_a_template_is_saved_beside_the_import(
    page: ConfigurationPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(page, "config.import")
    path = tmp_path / "begin.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_given: (str(path), ""))
    opened(page, ImportDialog).template_button.click()
    assert tag_csv.read(text_of(path.read_bytes()))[1] == []


def test_a_file_that_changes_counters_may_force_it_with_a_reason(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer, tmp_path: Path
) -> None:
    route = f"POST /stations/{STATION}/tags-import"
    change = CsvChange(row=2, thing="tag", name="Parts", action="update", fields=["address"])
    for end in ("", "/preview"):
        server.answer(route + end, CsvPreview(rows=1, errors=[], changes=[change], seen="b2"))
    run(page, "config.import")
    dialog = opened(page, ImportDialog)
    assert not dialog.reason.isVisible()
    (tmp_path / "tags.csv").write_text("device;tag\n")
    dialog.read(tmp_path / "tags.csv")
    qtbot.waitUntil(dialog.reason.isVisible)
    QTest.keyClicks(dialog.reason.field, "no")
    assert not dialog.do.isEnabled()
    QTest.keyClicks(dialog.reason.field, " parts run")
    with qtbot.waitSignal(dialog.imported):
        dialog.do.click()
    assert server.asked_for(route)[0].body["forced_reason"] == "no parts run"


def test_a_file_of_new_tags_alone_asks_for_no_reason(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer, tmp_path: Path
) -> None:
    change = CsvChange(row=2, thing="tag", name="Parts", action="create", fields=[])
    preview = CsvPreview(rows=1, errors=[], changes=[change], seen="b2")
    server.answer(f"POST /stations/{STATION}/tags-import/preview", preview)
    run(page, "config.import")
    dialog = opened(page, ImportDialog)
    (tmp_path / "tags.csv").write_text("device;tag\n")
    dialog.read(tmp_path / "tags.csv")
    qtbot.waitUntil(dialog.do.isEnabled)
    assert not dialog.reason.isVisible()
    dialog.close()


def test_a_file_of_no_known_encoding_is_refused(page: ConfigurationPage, tmp_path: Path) -> None:
    run(page, "config.import")
    dialog = opened(page, ImportDialog)
    (tmp_path / "tags.csv").write_bytes("Wärme".encode("utf-16"))
    dialog.read(tmp_path / "tags.csv")
    assert "UTF-8" in dialog.told.text()
    dialog.close()


def a_change() -> ConfigurationChange:
    """Somebody changed the scale of the heat, and its device."""
    return ConfigurationChange.model_validate(
        {
            "id": COMMAND,
            "at": samples.NOW,
            "thing": "tag",
            "entity_id": HEAT,
            "name": "Heat",
            "action": "updated",
            "actor_kind": "user",
            "actor_name": "Anna Berger",
            "fields": [
                {"field": "scale", "old": 0.1, "new": 0.01},
                {"field": "device_id", "old": None, "new": str(DEVICE)},
            ],
        }
    )


def test_history_tells_names_before_and_after(qtbot: QtBot, page: ConfigurationPage, server: FakeServer) -> None:
    change = a_change()
    server.answer(f"GET /agents/{agent().id}/configuration-changes", [change])
    run(page, "config.history")
    dialog = opened(page, HistoryDialog)
    qtbot.waitUntil(lambda: dialog.fields.model.total == 2)
    shown = [[column.shown(row) for column in dialog.fields.model.columns] for row in dialog.fields.model.rows()]
    assert shown == [["Scale", "0.1", "0.01"], ["Device", "-", "Press"]]
    assert not dialog.cut.text()
    dialog._show(Listed(items=[change], next_cursor="more"))
    assert "newest 1 changes" in dialog.cut.text()
    dialog.close()


def test_a_station_without_a_pc_has_a_history(qtbot: QtBot, page: ConfigurationPage, server: FakeServer) -> None:
    server.answer("GET /stations", [station().model_copy(update={"agent_id": None})])
    with qtbot.waitSignal(page.loaded):
        page.reload()
    route = f"GET /stations/{STATION}/configuration-changes"
    server.answer(route, [a_change()])
    page.tree.choose(f"station/{STATION}")
    page.tree.setFocus()
    run(page, "config.history")
    whole = opened(page, HistoryDialog)
    qtbot.waitUntil(lambda: whole.changes.model.total == 1)
    assert "entity_id" not in server.asked_for(route)[-1].query, "all that is in the station"
    assert "taken_up" not in [one.key for one in whole.changes.model.columns if one.visible]
    whole.close()
    page.tree.choose(f"device/{DEVICE}")
    select(page, "Heat")
    page.tags.view.setFocus()
    run(page, "config.history")
    one = opened(page, HistoryDialog)
    qtbot.waitUntil(lambda: one.changes.model.total == 1)
    assert server.asked_for(route)[-1].query["entity_id"] == [str(HEAT)]
    one.close()


def test_drift_is_told_with_the_moments_of_both_configurations() -> None:
    running, wanted = 1_790_000_000_000, 1_790_000_060_000
    words = drift_words(agent(configuration_running=running, configuration_version=wanted))
    assert "not yet the newest" in words
    assert "newest configuration" in drift_words(agent(configuration_running=wanted, configuration_version=wanted))


def test_a_deactivated_device_is_asked_about_first(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer, desk: Desk
) -> None:
    server.answer(f"DELETE /devices/{DEVICE}", device(is_active=False))
    page.tree.setFocus()
    run(page, "config.deactivate")
    assert not server.asked_for(f"DELETE /devices/{DEVICE}")
    opened(page, Question).yes.click()
    qtbot.waitUntil(lambda: "Press is not read any more." in [one.text for one in desk.messages.history])
    assert server.asked_for(f"DELETE /devices/{DEVICE}")[0].headers["if-match"] == '"1"'
