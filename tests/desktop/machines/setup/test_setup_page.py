from collections.abc import Iterator
from functools import partial
from uuid import UUID

import pytest
from PySide6.QtCore import QByteArray, Qt, QTimeZone
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit
from pytestqt.qtbot import QtBot
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.editors import ChoiceEditor
from unison_desktop.frame.place import Place
from unison_desktop.frame.question import Question
from unison_desktop.machines.board import BoardPage
from unison_desktop.machines.setup.copy_dialog import CopyDialog, copied_text
from unison_desktop.machines.setup.forms import MachineDialog, SetupDialog
from unison_desktop.machines.setup.page import SetupPage
from unison_domain.identity.contracts import PlantRight
from unison_domain.machines.contracts import MachineAnswer, WorkCenterAnswer
from unison_domain.machines.copying import MachineCopied
from unison_domain.stations.contracts import StationAnswer

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer
from tests.desktop.machines.samples import plant, serve_machines, shop
from tests.desktop.machines.test_help_calls import call
from tests.desktop.stations.configuration.samples import DEVICE, device, tag

RIGHTS = [
    "machines.machine.read",
    "machines.machine.create",
    "machines.machine.update",
    "machines.machine.deactivate",
    "sites.plant.create",
    "machines.work_center.create",
]


@pytest.fixture
def server(server: FakeServer) -> FakeServer:
    server.answer("GET /auth/me", samples.me(permissions=RIGHTS))
    server.answer("GET /machines", [])
    return server


@pytest.fixture
def page(qtbot: QtBot, desk: Desk) -> Iterator[SetupPage]:
    made = SetupPage(desk, Place("equipment"))
    made.show()
    with qtbot.waitSignal(made.loaded):
        made.reload()
    yield made
    made.close()
    made.deleteLater()


def run(page: SetupPage, id_: str) -> None:
    next(one for one in page.commands if isinstance(one, Command) and one.id == id_).trigger()


def test_the_first_machine_begins_with_its_plant(
    qtbot: QtBot, page: SetupPage, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QTimeZone, "systemTimeZoneId", lambda: QByteArray(b"Asia/Tokyo"))
    run(page, "setup.machine")
    dialog = page.findChildren(SetupDialog)[-1]
    assert dialog.windowTitle().startswith("New plant")
    assert dialog.form.values()["time_zone"] == "Asia/Tokyo"
    assert not dialog.isWindowModified()
    dialog.save()
    assert not server.asked_for("POST /plants")  # code and name are needed
    server.answer("POST /plants", plant(UUID(int=900), "Europe/Berlin"), status=201)
    dialog.form.fill({"code": "KIEL", "name": "Plant Kiel"})
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    after = page.findChildren(SetupDialog)[-1]
    assert after.windowTitle().startswith("New machine")
    assert after.form.values()["plant_id"] == str(UUID(int=900))
    after.close()


def choices(dialog: SetupDialog, name: str) -> list[str]:
    editor = dialog.form.editor(name)
    assert isinstance(editor, ChoiceEditor)
    return [editor.box.itemText(place) for place in range(editor.box.count())]


def test_a_machine_is_offered_lines_and_stations_of_its_plant(
    qtbot: QtBot, page: SetupPage, server: FakeServer
) -> None:
    north, south = plant(UUID(int=900), "Europe/Berlin"), plant(UUID(int=901), "Europe/Berlin")
    server.answer("GET /plants", [north, south.model_copy(update={"name": "South"})])
    server.answer("GET /stations", [station(1, north.id), station(2, south.id)])
    server.answer("GET /work-centers", [center(1, north.id), center(2, south.id)])
    server.answer("GET /machines", [shop(1)[0].model_copy(update={"station_id": UUID(int=501)})])
    with qtbot.waitSignal(page.loaded):
        page.reload()
    run(page, "setup.machine")
    new = page.findChildren(MachineDialog)[-1]
    new.form.fill({"plant_id": str(north.id)})
    new.form.editor("plant_id").changed.emit()
    assert (choices(new, "station_id"), choices(new, "work_center_id")) == (["none", "Station 1"], ["none", "Line 1"])
    new.form.fill({"station_id": str(UUID(int=501))})
    new.form.fill({"plant_id": str(south.id)})
    new.form.editor("plant_id").changed.emit()
    assert choices(new, "station_id") == ["none", "Station 2"]
    assert new.form.values()["station_id"] is None, "it is of the other plant"
    new.reject()
    page.table.row_opened.emit(page._machines[0])
    known = page.findChildren(MachineDialog)[-1]
    assert known.windowTitle().startswith(f"Machine: {page._machines[0].name}")
    assert (choices(known, "station_id"), choices(known, "work_center_id")[:2]) == (
        ["none", "Station 1"],
        ["none", "Line 1"],
    )
    assert known.form.values()["station_id"] == str(UUID(int=501))
    assert not known.isWindowModified()
    known.close()


def station(number: int, plant_id: UUID) -> StationAnswer:
    made = {"version": 1, "is_active": True, "created_at": samples.NOW, "updated_at": samples.NOW}
    named = {"id": UUID(int=500 + number), "code": f"S{number}", "name": f"Station {number}"}
    return StationAnswer.model_validate({**made, **named, "plant_id": plant_id, "agent_id": None})


def center(number: int, plant_id: UUID) -> WorkCenterAnswer:
    made = {"version": 1, "is_active": True, "created_at": samples.NOW, "updated_at": samples.NOW}
    named = {"id": UUID(int=600 + number), "code": f"L{number}", "name": f"Line {number}"}
    return WorkCenterAnswer.model_validate({**made, **named, "plant_id": plant_id})


def copy_of(qtbot: QtBot, page: SetupPage, machine: MachineAnswer) -> CopyDialog:
    """The dialog that "Copy machine…" opens for it."""
    page.tree.choose(f"plant/{machine.plant_id}")
    page.table.view.select_ids([machine.id])
    page.table.view.setFocus()
    run(page, "setup.copy")
    qtbot.waitUntil(lambda: bool(page.findChildren(CopyDialog)))
    return page.findChildren(CopyDialog)[-1]


def serve_one(qtbot: QtBot, page: SetupPage, server: FakeServer) -> MachineAnswer:
    """Have the page show one machine, in a plant."""
    machine = shop(1)[0]
    server.answer("GET /plants", [plant(machine.plant_id, "Europe/Berlin")])
    server.answer("GET /machines", [machine])
    with qtbot.waitSignal(page.loaded):
        page.reload()
    return machine


def intro_of(dialog: CopyDialog) -> str:
    return " ".join(label.text() for label in dialog.findChildren(QLabel))


def test_a_copy_asks_where_each_device_is(qtbot: QtBot, page: SetupPage, server: FakeServer) -> None:
    machine = serve_one(qtbot, page, server)
    # Device and tag are made elsewhere, while this page is open and was read already.
    server.answer("GET /devices", [device(), device(id=UUID(int=77), name="Other machine's")])
    server.answer("GET /tags", [tag(machine_id=machine.id)])
    copied = MachineCopied(machine_id=UUID(int=9), device_ids=[UUID(int=8)], tag_ids=[UUID(int=7)])
    route = f"POST /machines/{machine.id}/copy"
    server.answer(route, copied, status=201)
    dialog = copy_of(qtbot, page, machine)
    assert "left out" not in intro_of(dialog)
    dialog.form.fill({"machine_code": "M-2", "name": "Second", "host_0": "10.0.0.6", "name_0": "Press 2"})
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    body = server.asked_for(route)[0].body
    assert (body["machine_code"], len(body["devices"])) == ("M-2", 1)
    copy = body["devices"][0]
    assert (copy["device_id"], copy["copy_as"]["host"], copy["copy_as"]["name"]) == (str(DEVICE), "10.0.0.6", "Press 2")


def test_a_copy_says_which_tags_it_will_not_have(qtbot: QtBot, page: SetupPage, server: FakeServer) -> None:
    machine = serve_one(qtbot, page, server)
    server.answer("GET /devices", [device()])
    hidden = tag(UUID(int=78), name="Hidden count", device_id=UUID(int=77), machine_id=machine.id)
    server.answer("GET /tags", [tag(machine_id=machine.id), hidden])
    dialog = copy_of(qtbot, page, machine)
    assert "left out, for their device is out of use or not yours to see: Hidden count." in intro_of(dialog)
    assert len(dialog.typed()["devices"]) == 1  # type: ignore[arg-type]
    dialog.close()


def test_a_copy_of_a_machine_without_tags_says_so(qtbot: QtBot, page: SetupPage, server: FakeServer) -> None:
    machine = serve_one(qtbot, page, server)
    server.answer("GET /devices", [device()])
    server.answer("GET /tags", [])
    dialog = copy_of(qtbot, page, machine)
    assert f"No tag in use is of {machine.name}" in intro_of(dialog)
    dialog.close()


def test_a_copy_tells_which_rules_of_alarms_it_has() -> None:
    copied = MachineCopied(machine_id=UUID(int=9), device_ids=[], tag_ids=[UUID(int=7)], alarm_rules=3)
    assert copied_text(copied) == "Copied; tags: 1, new devices: 0, rules of alarms: 3."
    left = copied.model_copy(update={"alarm_rules": 0, "alarm_rules_left": 3})
    assert copied_text(left).endswith("Rules of alarms left out, for you may make none there: 3.")


def test_a_copy_goes_to_another_station(qtbot: QtBot, page: SetupPage, server: FakeServer) -> None:
    machine, south = shop(1)[0], UUID(int=51)
    here = plant(machine.plant_id, "Europe/Berlin")
    server.answer("GET /plants", [here, plant(south, "Europe/Berlin").model_copy(update={"name": "South"})])
    server.answer("GET /machines", [machine])
    server.answer("GET /stations", [station(1, here.id), station(9, south)])
    server.answer("GET /tags", [])
    server.answer("GET /devices", [])
    copied = MachineCopied(machine_id=UUID(int=9), device_ids=[], tag_ids=[])
    server.answer(f"POST /machines/{machine.id}/copy", copied, status=201)
    with qtbot.waitSignal(page.loaded):
        page.reload()
    dialog = copy_of(qtbot, page, machine)
    editor = dialog.form.editor("station_id")
    assert isinstance(editor, ChoiceEditor)
    offered = [editor.box.itemText(n) for n in range(editor.box.count())]
    assert offered == [f"where {machine.name} stands", "Station 1 · Plant", "Station 9 · South"]
    for wanted in (None, str(station(9, south).id)):
        dialog.form.fill({"machine_code": "M-2", "station_id": wanted})
        assert dialog.typed()["station_id"] == wanted
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    assert server.asked_for(f"POST /machines/{machine.id}/copy")[0].body["station_id"] == wanted


def test_a_copy_and_its_devices_are_named_by_the_new_code_until_others_are_typed(desk: Desk, page: SetupPage) -> None:
    machine = shop(1)[0].model_copy(update={"machine_code": "X", "name": "Machine X"})
    devices = [device(name="Controller X"), device(id=UUID(int=77), name="Scales")]
    dialog = CopyDialog(desk, machine, devices, page, stations={})
    code = dialog.form.editor("machine_code")
    assert isinstance(code.field, QLineEdit)

    def names() -> list[object]:
        return [dialog.form.values()[field] for field in ("name", "name_0", "name_1")]

    QTest.keyClicks(code.field, "X-10")
    assert names() == ["Machine X-10", "Controller X-10", "Scales (X-10)"]
    dialog.form.editor("name_0").set_value("New PLC")
    QTest.keyClick(code.field, Qt.Key.Key_Backspace)
    assert names() == ["Machine X-1", "New PLC", "Scales (X-1)"]
    code.field.selectAll()
    QTest.keyClick(code.field, Qt.Key.Key_Delete)
    assert names() == ["Machine X", "New PLC", "Scales"]
    dialog.form.open(dialog.form.values())
    dialog.close()


def test_a_copy_within_the_device_only_shifts(desk: Desk, page: SetupPage) -> None:
    dialog = CopyDialog(desk, shop(1)[0], [device()], page, stations={})
    dialog.form.fill({"machine_code": "M-2", "how_0": "same", "address_shift_0": 100})
    assert dialog.typed()["devices"] == [{"device_id": str(DEVICE), "address_shift": 100}]
    dialog.form.fill({"how_0": "left"})
    assert dialog.typed()["devices"] == []
    dialog.form.open(dialog.form.values())
    dialog.close()


def test_an_error_in_a_copied_device_stands_beside_its_field(desk: Desk, page: SetupPage) -> None:
    dialog = CopyDialog(desk, shop(1)[0], [device()], page, stations={})
    assert dialog.field_of("devices.0.copy_as.host") == "host_0"
    assert dialog.field_of("body.devices.0.address_shift") == "address_shift_0"
    dialog.close()


def test_an_empty_board_says_how_to_begin(qtbot: QtBot, desk: Desk, server: FakeServer) -> None:
    board = BoardPage(desk, Place("machines"))
    board.show()
    with qtbot.waitSignal(board.loaded):
        board.reload()
    assert board.empty.isVisible()
    with qtbot.waitSignal(board.go) as went:
        board.empty.begin.click()
    assert went.args == [Place("equipment")]
    serve_machines(server, shop(2))
    with qtbot.waitSignal(board.loaded):
        board.reload()
    assert board.empty.isHidden()
    board.close()
    board.deleteLater()


def test_what_is_of_a_plant_that_is_only_read_is_not_changed(qtbot: QtBot, page: SetupPage, server: FakeServer) -> None:
    north = plant(UUID(int=900), "Europe/Berlin")
    south = plant(UUID(int=901), "Europe/Berlin").model_copy(update={"code": "S", "name": "South"})
    rights = [
        PlantRight(plant_id=one.id, can_read=True, can_write=one is north, can_delete=False) for one in (north, south)
    ]
    server.answer("GET /plants", [north, south])
    server.answer("GET /work-centers", [])
    ours, theirs = (
        shop(2)[number].model_copy(update={"plant_id": one.id}) for number, one in enumerate((north, south))
    )
    server.answer("GET /machines", [ours, theirs])
    server.answer("GET /auth/me", samples.me(permissions=RIGHTS, all_plants=False, plants=rights))
    with qtbot.waitSignal(page.desk.session.rights_changed):
        server.cut_streams()
    edit, copy, new = (
        next(one for one in page.commands if one.id == f"setup.{id_}") for id_ in ("edit", "copy", "machine")
    )
    refusal = "Plant S (South) is not assigned to you for changes."
    for plant_, why in ((south, refusal), (north, "")):
        qtbot.waitUntil(partial(page.tree.has, f"plant/{plant_.id}"))
        page.tree.choose(f"plant/{plant_.id}")
        qtbot.waitUntil(lambda: page.table.model.rowCount() == 1 and page.desk.session.is_online)
        page.tree.clearFocus()
        page.table.view.selectRow(0)
        assert (edit.why_not, copy.why_not, new.why_not) == (why, why, "")
    page.table.row_opened.emit(theirs)
    assert not page.findChildren(MachineDialog)
    run(page, "setup.machine")
    dialog = page.findChildren(MachineDialog)[-1]
    assert choices(dialog, "plant_id") == [north.name]
    dialog.reject()


def test_before_a_machine_is_put_away_it_is_said_what_goes_with_it(
    qtbot: QtBot, page: SetupPage, server: FakeServer
) -> None:
    one = shop(1)[0]
    server.answer("GET /machines", [one])
    server.answer("GET /tags", [tag(), tag(UUID(int=9))])
    server.answer("GET /machine-calls", [call(1)])
    page.desk.session.me = samples.me(permissions=[*RIGHTS, "stations.tag.read", "machines.call.read"])
    with qtbot.waitSignal(page.loaded):
        page.reload()
    page.ending.ask(one)
    qtbot.waitUntil(lambda: bool(page.findChildren(Question)))
    (question,) = page.findChildren(Question)
    said = question.informativeText()
    assert said.startswith("Its 2 tags are not read until it is brought back. Its 1 open call for help ends. ")
    for path in ("GET /tags", "GET /machine-calls"):
        assert server.asked_for(path)[-1].query["machine_id"] == [str(one.id)]
    server.answer(f"DELETE /machines/{one.id}", one.model_copy(update={"is_active": False}))
    with qtbot.waitSignal(page.ending.ended):
        question.yes.click()


def test_a_machine_is_put_away_also_where_what_goes_with_it_can_not_be_read(
    qtbot: QtBot, page: SetupPage, server: FakeServer
) -> None:
    one, other = shop(2)[:2]
    server.refuse("GET /tags", 500, "broken", "It broke")
    server.refuse("GET /machine-calls", 500, "broken", "It broke")
    page.desk.session.me = samples.me(permissions=[*RIGHTS, "stations.tag.read", "machines.call.read"])
    page.ending.ask(one)
    page.ending.ask(other)
    qtbot.waitUntil(lambda: bool(page.findChildren(Question)))
    qtbot.waitUntil(lambda: len(server.asked_for("GET /machine-calls")) == 2)
    (question,) = page.findChildren(Question)
    assert question.text() == f"Deactivate {other.name}?"
    assert question.informativeText().startswith("It is not offered")
    question.close()


def test_who_may_see_neither_tags_nor_calls_is_asked_without_them(page: SetupPage, server: FakeServer) -> None:
    page.ending.ask(shop(1)[0])
    (question,) = page.findChildren(Question)
    assert question.informativeText().startswith("It is not offered")
    assert not server.asked_for("GET /tags")
    question.close()
