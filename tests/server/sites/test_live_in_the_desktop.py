"""Plants and stores are kept on the desktop, where they are assigned, and the audit log there tells of all of it."""

from __future__ import annotations

import csv
import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.file_saving import FileSaving
from unison_desktop.frame.layout_memory import LayoutMemory
from unison_desktop.frame.messages import Messages
from unison_desktop.frame.place import Place
from unison_desktop.frame.theme import Theme
from unison_desktop.identity.audit.page import AuditPage
from unison_desktop.identity.kept_sign_in import KeptSignIn
from unison_desktop.identity.session import Session
from unison_desktop.kernel.preferences import Preferences
from unison_desktop.sites.forms import PlaceDialog
from unison_desktop.sites.kinds import KINDS, LOCATION, PLANT, WAREHOUSE, Kind
from unison_desktop.sites.page import PlacesPage
from unison_domain.identity.contracts import RoleCode

from tests.server.factories import PASSWORD, Made
from tests.server.serving import SignedIn

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


class Desks:
    """Desks of people at one server."""

    def __init__(self, qtbot: QtBot, app: QApplication, address: str, organization: str, folder: Path) -> None:
        self._qtbot, self._app, self._address, self._organization = qtbot, app, address, organization
        self._folder = folder
        self._made: list[Desk] = []

    def of(self, user: str, meanwhile: Callable[[Session], None] | None = None) -> Desk:
        """Signs somebody in; `meanwhile` runs when it is known what they may do, and before their stream is there."""
        preferences = Preferences(self._folder / user)
        session = Session(self._address, KeptSignIn(preferences.folder))
        if meanwhile is not None:
            session.signed_in.connect(partial(meanwhile, session))
        with self._qtbot.waitSignal(session.signed_in):
            session.sign_in(self._address, self._organization, user, PASSWORD, keep=False)
        self._qtbot.waitUntil(lambda: session.is_online)
        made = Desk(session, Theme(preferences, self._app), Messages(), LayoutMemory(preferences))
        self._made.append(made)
        return made

    def close(self) -> None:
        """Signs everybody off."""
        for desk in self._made:
            desk.session.events.stop()
            for one in (desk.session, desk.messages, desk.theme):
                one.deleteLater()


@pytest.fixture
def desks(
    qapp: QApplication, qtbot: QtBot, admin: SignedIn, address: str, made: Made, tmp_path: Path
) -> Iterator[Desks]:
    every = Desks(qtbot, qapp, address, made.code, tmp_path)
    yield every
    every.close()


def places(qtbot: QtBot, desk: Desk) -> PlacesPage:
    page = PlacesPage(desk, Place("places"))
    page.show()
    with qtbot.waitSignal(page.loaded):
        page.load()
    return page


def run(page: PlacesPage, verb: str) -> None:
    next(command for command in page.commands if command.id == f"place.{verb}").trigger()


def save(qtbot: QtBot, page: PlacesPage, **values: Any) -> Any:
    """Fill the form that is open and save it; what the server made of it."""
    dialog = page.findChildren(PlaceDialog)[-1]
    dialog.form.fill(values)
    with qtbot.waitSignal(dialog.saved) as saved:
        dialog.save()
    return saved.args[0]


def make(qtbot: QtBot, page: PlacesPage, kind: Kind, **values: Any) -> Any:
    page.tabs.setCurrentIndex(KINDS.index(kind))
    run(page, "new")
    made = save(qtbot, page, **values)
    qtbot.waitUntil(lambda: page.table.model.place_of(made.id) is not None)
    return made


def test_places_are_made_renamed_and_found_in_the_log(
    qtbot: QtBot, desks: Desks, admin: SignedIn, made: Made, tmp_path: Path
) -> None:
    made.until_people_are_copied()
    desk = desks.of("anna")
    page = places(qtbot, desk)
    plant = make(qtbot, page, PLANT, code="K7", name="Kiel", time_zone="Europe/Berlin", address="Werftstr. 7\nKiel")
    store = make(qtbot, page, WAREHOUSE, plant_id=str(plant.id), code="K7-RAW", name="Raw")
    page.table.view.select_ids([store.id])
    run(page, "edit")
    renamed = save(qtbot, page, name="Raw material")
    page.tabs.setCurrentIndex(KINDS.index(LOCATION))
    qtbot.waitUntil(lambda: page.book.warehouse == renamed and page.book.knows(LOCATION))
    place = make(qtbot, page, LOCATION, code="A-01", zone="A")
    page.table.view.select_ids([place.id])
    page._deactivate(place)
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 0)
    assert admin.get(f"/storage-locations/{place.id}").json()["is_active"] is False

    log = AuditPage(desk, Place("audit"))
    log.show()
    with qtbot.waitSignal(log.loaded):
        log.load()
    log.scope.table.choose("warehouses")
    log.scope.changed.emit()
    qtbot.waitUntil(lambda: log.model.rowCount() == 2)
    log.view.selectRow(0)
    rows = [tuple(column.shown(row) for column in log.model.columns[1:]) for row in log.model.rows()]
    assert rows == [
        ("Anna", "changed", "Warehouses", "Raw material", "Name", "127.0.0.1"),
        ("Anna", "made", "Warehouses", "Raw", "", "127.0.0.1"),
    ]
    marked = log.comparison.values.topLevelItem(0)
    assert marked is not None
    assert [marked.text(n) for n in range(3)] == ["● Name", "Raw", "Raw material"]
    (saving,) = log.findChildren(FileSaving)
    saving.save_to(tmp_path / "log.csv")
    qtbot.waitUntil((tmp_path / "log.csv").exists)
    with (tmp_path / "log.csv").open(encoding="utf-8-sig", newline="") as file:
        written = list(csv.DictReader(file))
    assert [(one["action"], one["entity_id"]) for one in written] == [
        ("update", str(store.id)),
        ("insert", str(store.id)),
    ]
    for one in (page, log):
        one.close()
        one.deleteLater()


def test_who_has_one_warehouse_changes_that_one(qtbot: QtBot, desks: Desks, admin: SignedIn, made: Made) -> None:
    plant = made.add_plant()
    ours, theirs = (
        UUID(admin.post("/warehouses", {"plant_id": str(plant), "code": code, "name": code}).json()["id"])
        for code in ("OURS", "THEIRS")
    )
    wanda = made.add_user("wanda", roles=[RoleCode.WAREHOUSE_MANAGER])
    given = {"warehouse_id": str(ours), "can_write": True, "is_default": True}
    headers = {"If-Match": admin.get(f"/users/{wanda}").headers["etag"]}
    assert admin.send("POST", f"/users/{wanda}/assign-warehouse", json=given, headers=headers).status_code == 200
    page = places(qtbot, desks.of("wanda"))
    qtbot.waitUntil(lambda: page.book.warehouse is not None and page.book.warehouse.id == ours)
    make(qtbot, page, LOCATION, code="A-01")
    page.locations.tree.choose(f"warehouse/{theirs}")
    new = next(command for command in page.commands if command.id == "place.new")
    assert (new.isEnabled(), "THEIRS" in new.toolTip()) == (False, True)
    page._open({"warehouse_id": str(theirs)})
    dialog = page.findChildren(PlaceDialog)[-1]
    dialog.form.fill({"code": "B-01"})
    dialog.save()
    qtbot.waitUntil(lambda: "warehouse THEIRS" in dialog._error.text())
    dialog.form.open({})
    page.close()
    page.deleteLater()
