"""Which machines forms offer for a tag, and what they and the preview of a file say of an odd one."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.command import Command
from unison_desktop.stations.configuration.csv_dialog import ImportDialog
from unison_desktop.stations.configuration.forms import TagDialog
from unison_desktop.stations.configuration.machine_note import MachineNote
from unison_desktop.stations.configuration.page import ConfigurationPage
from unison_desktop.stations.configuration.template_dialog import TemplateDialog
from unison_domain.kernel.csv_file import CsvError
from unison_domain.machines.contracts import MachineAnswer
from unison_domain.stations.tag_csv import CsvChange, CsvPreview
from unison_domain.stations.templates import templates

from tests.desktop.fake_server import FakeServer
from tests.desktop.machines import samples
from tests.desktop.stations.configuration.samples import PLANT, STATION, me, serve, tag

HERE, OTHER, FAR = (UUID(int=810 + n) for n in range(3))


def machine(id_: UUID, code: str, **changes: Any) -> MachineAnswer:
    return samples.machine(1, id=id_, **{"plant_id": PLANT, "machine_code": code, **changes})


@pytest.fixture
def server(server: FakeServer) -> FakeServer:
    server.answer("GET /auth/me", me())
    serve(server)
    server.answer("GET /machines", [
        machine(FAR, "A of another plant", plant_id=UUID(int=9)),
        machine(OTHER, "B of the plant", station_id=UUID(int=8)),
        machine(HERE, "C of the station", station_id=STATION),
    ])  # fmt: skip
    server.answer("GET /tags", [tag(machine_id=HERE)])
    server.answer("GET /device-templates", list(templates()))
    return server


def run(page: ConfigurationPage, id_: str) -> None:
    next(one for one in page.commands if isinstance(one, Command) and one.id == id_).trigger()


def offered(dialog: TagDialog | TemplateDialog) -> list[str]:
    box = dialog.form.editor("machine_id").box  # type: ignore[attr-defined]
    return [box.itemData(n) for n in range(box.count())]


def test_machines_of_the_station_come_first_and_of_another_plant_none(page: ConfigurationPage) -> None:
    run(page, "config.tag")
    assert offered(page.findChildren(TagDialog)[-1]) == [None, str(HERE), str(OTHER)]
    assert list(page.holding.machine_choices(STATION, kept=FAR)) == [str(HERE), str(FAR), str(OTHER)]


def test_a_template_begins_with_the_only_machine_of_the_station(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer
) -> None:
    run(page, "config.template")
    dialog = page.findChildren(TemplateDialog)[-1]
    qtbot.waitUntil(dialog.save_button.isEnabled)
    assert offered(dialog) == [None, str(HERE), str(OTHER)]
    assert dialog.form.values()["machine_id"] == str(HERE)
    note = dialog.findChildren(MachineNote)[-1]
    assert note.isHidden()
    dialog.form.fill({"machine_id": str(OTHER)})
    assert "another station" in note.text()


def test_a_form_says_that_the_machine_has_such_a_signal_already(page: ConfigurationPage) -> None:
    run(page, "config.tag")
    dialog = page.findChildren(TagDialog)[-1]
    note = dialog.findChildren(MachineNote)[-1]
    assert note.isHidden(), "what is only recorded may be as much as one likes"
    dialog.form.fill({"role": "count_good"})
    assert not note.isHidden()
    assert "Good parts of Press" in note.text()
    dialog.form.fill({"role": "count_scrap"})
    assert note.isHidden()


def test_a_tag_is_no_second_one_of_itself(page: ConfigurationPage) -> None:
    page.tags.view.setFocus()
    page.tags.view.selectRow(0)
    run(page, "config.edit")
    dialog = page.findChildren(TagDialog)[-1]
    assert dialog.form.values()["role"] == "count_good"
    assert dialog.findChildren(MachineNote)[-1].isHidden()


def test_a_preview_shows_what_to_look_at_and_hinders_nothing(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer, tmp_path: Path
) -> None:
    change = CsvChange(row=2, thing="tag", name="more", action="create")
    doubt = CsvError(row=2, column="machine", message="M1 has the signal count_good already: good of PLC")
    told = CsvPreview(rows=1, errors=[], warnings=[doubt], changes=[change], seen="a")
    server.answer(f"POST /stations/{STATION}/tags-import/preview", told)
    run(page, "config.import")
    dialog = page.findChildren(ImportDialog)[-1]
    (tmp_path / "tags.csv").write_text("device;tag\n")
    dialog.read(tmp_path / "tags.csv")
    qtbot.waitUntil(dialog.do.isEnabled)
    column = next(one for one in dialog.changes.model.columns if one.key == "doubt")
    assert column.shown(change) == doubt.message
    assert not dialog.changes.view.isColumnHidden(4)
    assert "To look at first, rows: 2" in dialog.told.text()
