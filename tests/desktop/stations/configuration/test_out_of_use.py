"""What is ended and brought back on the page of configuration, and lines that are changed as a whole."""

from __future__ import annotations

from uuid import UUID

from pytestqt.qtbot import QtBot
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.question import Question
from unison_desktop.stations.configuration.device_form import DeviceDialog
from unison_desktop.stations.configuration.page import ConfigurationPage
from unison_desktop.stations.configuration.tag_table import tag_columns
from unison_desktop.stations.configuration.template_dialog import TemplateDialog
from unison_desktop.tables.returning import ReturnDialog
from unison_domain.identity.contracts import PlantRight
from unison_domain.stations.templates import templates

from tests.desktop.fake_server import Answer, Asked, FakeServer
from tests.desktop.stations.configuration.samples import DEVICE, HEAT, PLANT, device, heat, me, station, tag

DISAGREES = {
    "title": "Values are not valid",
    "status": 422,
    "code": "line_settings_disagree",
    "detail": "Press and Meter share the line",
    "parameters": {"devices": ["Meter"]},
}


def command(page: ConfigurationPage, id_: str) -> Command:
    return next(one for one in page.commands if isinstance(one, Command) and one.id == id_)


def resting(server: FakeServer, route: str, *things: object) -> None:
    """These are out of use; what is in use stays as it was answered before."""
    in_use = server.answers(route)

    def reply(asked: Asked) -> Answer:
        if asked.query.get("is_active") != ["false"]:
            return in_use(asked)
        items = [thing.model_dump(mode="json") for thing in things]  # type: ignore[attr-defined]  # contracts
        return Answer({"items": items, "next_cursor": None})

    server.answer_with(route, reply)


def test_what_is_out_of_use_comes_back(qtbot: QtBot, page: ConfigurationPage, server: FakeServer, desk: Desk) -> None:
    resting(server, "GET /stations")
    resting(server, "GET /devices")
    resting(server, "GET /tags", tag(HEAT, name="Heat", version=3, is_active=False))
    server.answer(f"POST /tags/{HEAT}/reactivate", heat())
    command(page, "config.return").trigger()
    dialog = page.findChildren(ReturnDialog)[-1]
    qtbot.waitUntil(lambda: dialog.table.model.total == 1)
    assert not dialog.back.isEnabled()
    dialog.table.view.selectRow(0)
    qtbot.waitUntil(dialog.back.isEnabled)
    dialog.back.click()
    qtbot.waitUntil(lambda: "Heat is in use again." in [one.text for one in desk.messages.history])
    assert server.asked_for(f"POST /tags/{HEAT}/reactivate")[0].headers["if-match"] == '"3"'
    dialog.close()


def test_a_refusal_is_told_where_it_was_asked(qtbot: QtBot, page: ConfigurationPage, server: FakeServer) -> None:
    resting(server, "GET /stations", station().model_copy(update={"is_active": False}))
    resting(server, "GET /devices", device(is_active=False))
    resting(server, "GET /tags")
    server.refuse(f"POST /devices/{DEVICE}/reactivate", 409, "out_of_use_above", "The station L1 is out of use")
    command(page, "config.return").trigger()
    dialog = page.findChildren(ReturnDialog)[-1]
    qtbot.waitUntil(lambda: dialog.table.model.total == 2)
    row = next(row for row in dialog.table.model.rows() if row.thing.id == DEVICE)
    assert row.above == "Line 1 left (out of use)"
    dialog.table.row_opened.emit(row)
    qtbot.waitUntil(lambda: "is out of use" in dialog.told.text())
    dialog.close()


def test_who_may_only_change_ends_nothing(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer, desk: Desk
) -> None:
    end = command(page, "config.deactivate")
    assert end.isEnabled()
    right = PlantRight(plant_id=PLANT, can_read=True, can_write=True, can_delete=False)
    mine = me().model_copy(update={"all_plants": False, "plants": [right]})
    server.answer("GET /auth/me", mine)
    with qtbot.waitSignal(desk.session.rights_changed):
        server.cut_streams()
    page.reload()
    qtbot.waitUntil(lambda: not end.isEnabled())
    assert "is assigned to you for changes, not for taking out of use" in end.toolTip()
    assert not page.findChildren(Question)


def test_a_device_from_a_template_changes_its_line_as_a_whole(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer
) -> None:
    def reply(asked: Asked) -> Answer:
        whole = asked.body["whole_line"]
        return Answer(device(name="Meter 2").model_dump(mode="json"), 201) if whole else Answer(DISAGREES, 422)

    server.answer("GET /device-templates", list(templates()))
    server.answer_with("POST /devices/from-template", reply)
    command(page, "config.template").trigger()
    dialog = page.findChildren(TemplateDialog)[-1]
    qtbot.waitUntil(dialog.save_button.isEnabled)
    dialog.form.fill({"name": "Meter 2", "host": "10.0.0.9"})
    dialog.save()
    qtbot.waitUntil(lambda: not dialog.line.isHidden())
    assert "Meter" in dialog.line.words.text()
    with qtbot.waitSignal(dialog.saved):
        dialog.line.first.click()


def test_a_line_is_changed_as_a_whole(qtbot: QtBot, page: ConfigurationPage, server: FakeServer) -> None:
    def reply(asked: Asked) -> Answer:
        if asked.body["whole_line"]:
            return Answer(device(version=2).model_dump(mode="json"))
        return Answer(DISAGREES, 422)

    server.answer_with(f"PUT /devices/{DEVICE}", reply)
    page.tree.setFocus()
    command(page, "config.edit").trigger()
    dialog = page.findChildren(DeviceDialog)[-1]
    dialog.form.fill({"driver": "modbus_rtu_tcp"})
    dialog.save()
    qtbot.waitUntil(lambda: not dialog.line.isHidden())
    assert "Meter" in dialog.line.words.text()
    with qtbot.waitSignal(dialog.saved):
        dialog.line.first.click()


def test_tags_of_a_machine_that_was_put_away_say_that_they_are_not_read(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer
) -> None:
    server.answer("GET /tags", [tag(machine_id=UUID(int=77), rests_with="PRESS-7"), heat()])
    with qtbot.waitSignal(page.loaded):
        page.reload()
    rows = {row.tag.name: row for row in page.tags.model.rows()}
    state = next(column for column in tag_columns(page.desk.theme) if column.key == "state")
    said = {name: state.value(row) for name, row in rows.items()}
    assert said["Good parts"] == "not read: PRESS-7 is put away"
    assert "not read" not in str(said["Heat"])
    assert rows["Good parts"].machine == "PRESS-7"
