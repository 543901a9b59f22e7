"""Plants, departments, warehouses and storage locations: seen by all, changed where they are assigned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtCore import QByteArray, Qt, QTimeZone
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.frame.question import Question
from unison_desktop.sites.forms import PlaceDialog
from unison_desktop.sites.kinds import KINDS, WAREHOUSE
from unison_desktop.sites.page import PlacesPage

from tests.desktop import samples
from tests.desktop.fake_server import Answer, FakeServer, problem
from tests.desktop.sites.samples import (
    BERLIN,
    FINISHED,
    KIEL,
    LOCATIONS,
    PAULA,
    PLANTS,
    RAW,
    RIGHTS,
    SPARES,
    WAREHOUSES,
    location,
    right,
    serve_sites,
    warehouse,
)

PLANT_TAB, DEPARTMENT_TAB, WAREHOUSE_TAB, LOCATION_TAB = range(4)
Opens = Callable[..., PlacesPage]


@pytest.fixture
def opens(qtbot: QtBot, desk: Desk, server: FakeServer) -> Iterator[Opens]:
    """Opens the page for Paula as she is then."""
    serve_sites(server)
    made: list[PlacesPage] = []

    def open_page(tab: int = PLANT_TAB, **me: Any) -> PlacesPage:
        me.setdefault("permissions", [*RIGHTS, "identity.user.read"])
        desk.session.me = samples.me(**me)
        page = PlacesPage(desk, Place("places"))
        made.append(page)
        page.resize(1000, 600)
        page.show()
        with qtbot.waitSignal(page.loaded):
            page.reload()
        qtbot.waitUntil(lambda: page.tables["locations"].model.rowCount() > 0)
        page.tabs.setCurrentIndex(tab)
        return page

    yield open_page
    for page in made:
        page.close()
        page.deleteLater()


def rows(page: PlacesPage) -> list[tuple[str, ...]]:
    model = page.table.model
    return [tuple(column.shown(row) for column in model.columns) for row in model.rows()]


def command(page: PlacesPage, verb: str) -> Command:
    return next(one for one in page.commands if one.id == f"place.{verb}")


def opened(page: PlacesPage) -> PlaceDialog:
    return page.findChildren(PlaceDialog)[-1]


def test_each_kind_has_a_list(opens: Opens) -> None:
    page = opens()
    assert rows(page) == [
        ("KIEL", "Plant Kiel", "Europe/Berlin", "Foundry", "Paula Planner", "Werftstr. 7, 24143 Kiel", "yes"),
        ("BER", "Plant Berlin", "Europe/Berlin", "Assembly", "", "", "yes"),
    ]
    page.unused.setChecked(True)
    assert rows(page)[2][0] == "OLD"
    page.tabs.setCurrentIndex(DEPARTMENT_TAB)
    assert rows(page)[0] == ("PRESS", "Press shop", "Plant Kiel", "Paula Planner", "yes")
    page.tabs.setCurrentIndex(WAREHOUSE_TAB)
    kind, may = "Coils and castings", "change and deactivate"
    assert rows(page)[0] == ("KIEL-RAW", "Raw material", "Plant Kiel", kind, may, "", "yes")


def test_places_are_those_of_the_chosen_warehouse(qtbot: QtBot, opens: Opens, server: FakeServer) -> None:
    page = opens(LOCATION_TAB)
    assert [row[0] for row in rows(page)] == [one.code for one in LOCATIONS[:7]]
    assert rows(page)[6] == ("A-02-03", "Coils at the gate", "A", "02", "03", "yes")
    page.locations.tree.choose(f"warehouse/{FINISHED}")
    assert page.table.view.notice == "Loading…"
    qtbot.waitUntil(lambda: len(rows(page)) == 2)
    page.locations.tree.choose(f"warehouse/{SPARES}")
    qtbot.waitUntil(lambda: page.table.view.notice.startswith("There is no storage location here yet"))
    page.locations.tree.choose(f"plant/{KIEL}")
    assert page.table.view.notice == "Choose a warehouse at the left."
    assert command(page, "new").toolTip() == "Choose a warehouse first."


def test_an_answer_about_another_warehouse_comes_too_late(qtbot: QtBot, opens: Opens) -> None:
    page = opens(LOCATION_TAB)
    page.locations.tree.choose(f"warehouse/{SPARES}")
    page.locations.tree.choose(f"warehouse/{FINISHED}")
    qtbot.waitUntil(lambda: len(rows(page)) == 2)
    assert {one.warehouse_id for one in page.table.model.rows()} == {FINISHED}


def test_places_that_cannot_be_read_are_told_of(qtbot: QtBot, opens: Opens, server: FakeServer) -> None:
    page = opens(LOCATION_TAB)
    server.refuse("GET /storage-locations", 500, "broken", "The server is broken.")
    with qtbot.waitSignal(page.failed):
        page.locations.tree.choose(f"warehouse/{FINISHED}")
    assert page.table.view.notice == "No storage locations could be read."
    serve_sites(server)
    page.reload()
    qtbot.waitUntil(lambda: len(rows(page)) == 2)
    assert not page._errors.isVisible()


def test_the_own_warehouse_is_chosen_first(opens: Opens) -> None:
    page = opens(LOCATION_TAB, all_plants=False, warehouses=[right(FINISHED, default=True)])
    assert page.book.warehouse == WAREHOUSES[1]


def test_what_is_not_assigned_is_off_and_says_which_warehouse(qtbot: QtBot, opens: Opens) -> None:
    given = [right(RAW), right(FINISHED, ends=True), right(SPARES, writes=False)]
    page = opens(WAREHOUSE_TAB, all_plants=False, warehouses=given)
    assert [row[4] for row in rows(page)] == ["change", "change and deactivate", "see"]
    page.tabs.setCurrentIndex(LOCATION_TAB)
    assert command(page, "new").isEnabled()
    assert not page.locations.note.isVisible()
    kept = "Warehouse KIEL-RAW (Raw material) is assigned to you for changes, not for taking out of use."
    assert (command(page, "deactivate").isEnabled(), command(page, "deactivate").toolTip()) == (False, kept)
    page.locations.tree.choose(f"warehouse/{SPARES}")
    refusal = "Warehouse BER-SPARE (Spare parts) is not assigned to you for changes: you see what is in it."
    for verb in ("new", "edit", "deactivate"):
        assert (command(page, verb).isEnabled(), command(page, verb).toolTip()) == (False, refusal)
    assert page.locations.note.text() == refusal
    assert page.book.warehouses_to_choose().keys() == {str(RAW), str(FINISHED)}


def test_what_is_in_a_plant_is_held_to_the_plant(opens: Opens, desk: Desk, messages: list[str]) -> None:
    here = {"plant_id": KIEL, "can_read": True, "can_write": True}
    page = opens(WAREHOUSE_TAB, all_plants=False, plants=[here])
    page.table.view.selectRow(2)
    refusal = "Plant BER (Plant Berlin) is not assigned to you for changes."
    assert command(page, "edit").toolTip() == refusal
    page.table.view.selectRow(0)
    assert command(page, "edit").isEnabled()
    assert "not for taking out of use" in command(page, "deactivate").toolTip()
    assert page.book.plants_to_choose(WAREHOUSE) == {str(KIEL): "Plant Kiel"}
    page.table.row_opened.emit(WAREHOUSES[2])
    assert messages == [refusal]
    page.tabs.setCurrentIndex(PLANT_TAB)
    assert command(page, "new").toolTip() == "You may not do this: it needs write access to all plants."


def test_warehouses_of_plants_that_are_not_seen_are_seen(qtbot: QtBot, opens: Opens, server: FakeServer) -> None:
    server.answer("GET /plants", [])
    page = opens(WAREHOUSE_TAB, all_plants=False, warehouses=[right(RAW)])
    assert rows(page)[0][2:5] == ("(not assigned)", "Coils and castings", "change")
    page.table.view.selectRow(0)
    assert command(page, "edit").isEnabled(), "by the rights in it, whatever its plant"
    page.table.view.selectRow(2)
    refusal = "Warehouse BER-SPARE (Spare parts) is not assigned to you for changes: you see what is in it."
    assert command(page, "edit").toolTip() == refusal
    page.table.view.selectRow(0)
    command(page, "locations").trigger()
    assert command(page, "new").isEnabled()


def test_without_a_right_it_says_which(opens: Opens) -> None:
    readers = [one for one in RIGHTS if one.endswith(".read")]
    page = opens(DEPARTMENT_TAB, permissions=readers)
    words = "You may not do this: it needs the right “{} departments{}” (sites.department.{})."
    assert {verb: command(page, verb).toolTip() for verb in ("new", "edit", "deactivate")} == {
        "new": words.format("make", "", "create"),
        "edit": words.format("change", "", "update"),
        "deactivate": words.format("take", " out of use", "deactivate"),
    }
    page = opens(permissions=["sites.plant.read", "sites.warehouse.read", "sites.storage_location.read"])
    assert not page.tabs.isTabEnabled(DEPARTMENT_TAB)
    assert "sites.department.read" in page.tabs.tabToolTip(DEPARTMENT_TAB)


def test_a_place_is_made_in_the_chosen_warehouse(qtbot: QtBot, opens: Opens, server: FakeServer) -> None:
    page = opens(LOCATION_TAB)
    server.answer("POST /storage-locations", location(8, RAW), status=201)
    assert command(page, "new").text() == "New location…"
    command(page, "new").trigger()
    opened(page).form.fill({"code": "A-03-01", "zone": "A"})
    opened(page).save()
    qtbot.waitUntil(lambda: bool(server.asked_for("POST /storage-locations")))
    body = {"warehouse_id": str(RAW), "code": "A-03-01", "name": None, "zone": "A", "aisle": None, "shelf": None}
    assert server.asked_for("POST /storage-locations")[0].body == body
    qtbot.waitUntil(lambda: len(server.asked_for("GET /storage-locations")) == 2)


def test_a_new_plant_begins_with_the_time_zone_of_this_pc(opens: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QTimeZone, "systemTimeZoneId", lambda: QByteArray(b"Asia/Tokyo"))
    page = opens()
    command(page, "new").trigger()
    assert opened(page).form.values()["time_zone"] == "Asia/Tokyo"


def test_a_plant_is_changed_and_its_address_keeps_its_lines(qtbot: QtBot, opens: Opens, server: FakeServer) -> None:
    page = opens()
    patch = f"PATCH /plants/{KIEL}"
    server.answer(patch, PLANTS[0].model_copy(update={"name": "Kiel", "version": 2}))
    page.table.view.selectRow(0)
    QTest.keyClick(page.table.view, Qt.Key.Key_Return)
    assert opened(page).windowTitle().startswith("Plant: Plant Kiel")
    opened(page).form.fill({"name": "Kiel"})
    opened(page).save()
    qtbot.waitUntil(lambda: bool(server.asked_for(patch)))
    (asked,) = server.asked_for(patch)
    assert (asked.headers["if-match"], asked.body) == (
        '"1"',
        {
            "code": "KIEL",
            "name": "Kiel",
            "time_zone": "Europe/Berlin",
            "plant_type": "Foundry",
            "manager_user_id": str(PAULA),
            "address": "Werftstr. 7\n24143 Kiel",
        },
    )


def test_who_may_not_see_people_leaves_the_manager_as_it_is(opens: Opens) -> None:
    page = opens(permissions=RIGHTS)
    assert rows(page)[0][4] == "somebody"
    page._edit_row(PLANTS[0])
    editor = opened(page).form.editor("manager_user_id")
    assert (editor.isEnabled(), editor.value()) == (False, str(PAULA))
    opened(page).close()


def test_what_others_changed_meanwhile_is_told(qtbot: QtBot, opens: Opens, server: FakeServer) -> None:
    page = opens(WAREHOUSE_TAB)
    theirs = WAREHOUSES[0].model_copy(update={"version": 2, "name": "Raw stock"}).model_dump(mode="json")
    clash = problem(409, "version_clash", "The warehouse was changed meanwhile.")
    server.answer_with(f"PATCH /warehouses/{RAW}", lambda _asked: Answer({**clash.body, "current": theirs}, 409))
    page._edit_row(WAREHOUSES[0])
    dialog = opened(page)
    dialog.form.fill({"address": "Gate 1"})
    dialog.save()
    qtbot.waitUntil(dialog.clash.isVisible)
    assert "Name: was Raw material, is now Raw stock" in dialog.clash.words.text()
    assert (dialog.version, dialog.form.values()["address"]) == (2, "Gate 1")
    dialog.form.open({})
    dialog.close()


def test_a_plant_is_put_out_of_use_after_a_question(qtbot: QtBot, opens: Opens, server: FakeServer) -> None:
    page = opens()
    delete = f"DELETE /plants/{BERLIN}"
    server.answer(delete, PLANTS[1].model_copy(update={"is_active": False}))
    page.table.view.selectRow(1)
    command(page, "deactivate").trigger()
    (question,) = page.findChildren(Question)
    assert question.informativeText().splitlines()[1] == "In use there, and stays so: BER-SPARE."
    question.yes.click()
    qtbot.waitUntil(lambda: bool(server.asked_for(delete)))
    assert server.asked_for(delete)[0].headers["if-match"] == '"1"'
    page.unused.setChecked(True)
    page.table.view.select_ids([PLANTS[2].id])
    page._guard_places()
    assert command(page, "deactivate").toolTip() == "Plant Husum is out of use already."


def test_a_refusal_is_told(qtbot: QtBot, opens: Opens, server: FakeServer, messages: list[str]) -> None:
    page = opens()
    server.refuse(f"DELETE /plants/{BERLIN}", 403, "place_keeps", "You may not deactivate plant BER")
    page._deactivate(PLANTS[1])
    qtbot.waitUntil(lambda: messages == ["You may not deactivate plant BER"])


def test_a_warehouse_leads_to_its_places(qtbot: QtBot, opens: Opens) -> None:
    page = opens(WAREHOUSE_TAB)
    page.table.view.selectRow(KINDS.index(WAREHOUSE) - 1)
    command(page, "locations").trigger()
    assert page.book.warehouse == WAREHOUSES[1]
    qtbot.waitUntil(lambda: len(rows(page)) == 2)


def test_a_place_leads_to_its_history(qtbot: QtBot, opens: Opens, messages: list[str]) -> None:
    page = opens()
    assert (
        command(page, "history").toolTip()
        == "You may not do this: it needs the right “see the audit log” (identity.audit.read)."
    )
    page = opens(permissions=[*RIGHTS, "identity.audit.read"])
    command(page, "history").trigger()
    assert messages == ["Choose a plant first."]
    page.table.view.selectRow(1)
    with qtbot.waitSignal(page.go) as went:
        command(page, "history").trigger()
    assert went.args == [Place("audit", str(BERLIN))]


def test_the_list_in_front_is_exported(opens: Opens, tmp_path: Path) -> None:
    page = opens(LOCATION_TAB)
    page.table.write(tmp_path / "places.csv")
    lines = (tmp_path / "places.csv").read_text("utf-8-sig").splitlines()
    assert lines[0] == "Code,Name,Zone,Aisle,Shelf,In use"
    assert lines[7] == "A-02-03,Coils at the gate,A,02,03,yes"
    assert page.table.proposed_file(".csv").name == "Storage locations KIEL-RAW.csv"


@pytest.fixture
def messages(desk: Desk) -> list[str]:
    """What was said to the person so far."""
    said: list[str] = []
    desk.messages.said.connect(lambda message: said.append(message.text))
    return said


def test_what_is_out_of_use_is_brought_back(
    qtbot: QtBot, opens: Opens, server: FakeServer, messages: list[str]
) -> None:
    page = opens()
    page.unused.setChecked(True)
    page.table.view.selectRow(0)
    back = command(page, "reactivate")
    assert (back.isEnabled(), back.toolTip()) == (False, "Plant Kiel is in use.")
    page.table.view.selectRow(2)
    husum = PLANTS[2]
    route = f"POST /plants/{husum.id}/reactivate"
    server.answer(route, husum.model_copy(update={"is_active": True, "version": 2}))
    assert back.isEnabled()
    back.trigger()
    qtbot.waitUntil(lambda: messages == ["Plant Husum is in use again."])
    assert server.asked_for(route)[0].headers["if-match"] == '"1"'
    qtbot.waitUntil(lambda: len(server.asked_for("GET /plants")) == 2)


def test_nothing_comes_back_below_what_is_out_of_use(qtbot: QtBot, opens: Opens, server: FakeServer) -> None:
    old = warehouse(UUID(int=929), PLANTS[2].id, "OLD-RAW", "Old store", is_active=False)
    server.answer("GET /warehouses", [*WAREHOUSES, old])
    page = opens(WAREHOUSE_TAB)
    page.unused.setChecked(True)
    page.table.view.selectRow(3)
    back, told = command(page, "reactivate"), "OLD (Plant Husum) is out of use: bring that back first."
    qtbot.waitUntil(lambda: (back.isEnabled(), back.toolTip()) == (False, told))


def test_who_may_not_take_out_of_use_brings_nothing_back(opens: Opens) -> None:
    here = {"plant_id": KIEL, "can_read": True, "can_write": True}
    given = [right(RAW, default=True)]
    page = opens(LOCATION_TAB, all_plants=False, plants=[here], warehouses=given)
    page.unused.setChecked(True)
    page.table.view.select_ids([LOCATIONS[7].id])
    assert "not for taking out of use" in command(page, "reactivate").toolTip()
    page = opens(permissions=[one for one in RIGHTS if one.endswith(".read")])
    words = "You may not do this: it needs the right “take plants out of use” (sites.plant.deactivate)."
    assert command(page, "reactivate").toolTip() == words
