"""People, their rights and their sessions, and keys of programs are looked after in the desktop, at a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.window import MainWindow
from unison_desktop.identity.inbox.page import InboxPage
from unison_desktop.identity.kept_sign_in import KeptSignIn
from unison_desktop.identity.keys.forms import KeyDialog, KeyMadeDialog
from unison_desktop.identity.keys.page import KeysPage
from unison_desktop.identity.people.end_session import EndSession
from unison_desktop.identity.people.files import PeopleImportDialog
from unison_desktop.identity.people.forms import NewPersonDialog
from unison_desktop.identity.people.page import PeoplePage
from unison_desktop.identity.people.place_fields import place_editor
from unison_desktop.identity.people.rights_editors import DEFAULT, WRITE
from unison_desktop.identity.people.rights_forms import PlacesDialog, RolesDialog
from unison_desktop.identity.preferences.forms import PreferencesDialog
from unison_desktop.identity.preferences.page import PreferencesPage
from unison_desktop.identity.role_words import ROLES as WORDS
from unison_desktop.identity.roles.forms import RoleDialog
from unison_desktop.identity.roles.page import RolesPage
from unison_desktop.identity.session import Session
from unison_server.identity.roles import ROLES

from tests.server.factories import Made
from tests.server.identity.test_notifier import agent, happen
from tests.server.serving import SignedIn
from tests.server.stations.test_set_up_in_the_desktop import desk

__all__ = ["desk"]

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

IDAS = "a long sentence"


@pytest.fixture
def page(qtbot: QtBot, desk: Desk) -> Iterator[PeoplePage]:
    made = PeoplePage(desk, Place("people"))
    made.show()
    with qtbot.waitSignal(made.loaded):
        made.load()
    qtbot.waitUntil(lambda: desk.session.is_online)
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture
def ida(qtbot: QtBot, address: str, tmp_path: Path) -> Iterator[Session]:
    """Nobody yet; Ida's own PC."""
    session = Session(address, KeptSignIn(tmp_path / "ida"))
    yield session
    session.events.stop()
    session.deleteLater()


def run(page: Page, id_: str) -> None:
    next(command for command in page.commands if command.id == id_).trigger()


def save(qtbot: QtBot, page: Page, kind: type[FormDialog], **values: Any) -> Any:
    """Fill the form that is open and save it; what the server made of it."""
    dialog = page.findChildren(kind)[-1]
    dialog.form.fill(values)
    with qtbot.waitSignal(dialog.saved) as saved:
        dialog.save()
    return saved.args[0]


def choose(qtbot: QtBot, page: PeoplePage, name: str) -> None:
    qtbot.waitUntil(lambda: name in [row.person.full_name for row in page.table.model.rows()])
    names = [row.person.full_name for row in page.table.model.rows()]
    page.table.view.selectRow(names.index(name))
    qtbot.waitUntil(lambda: page.may.model.rowCount() > 0)


def outcomes(page: PeoplePage) -> list[str]:
    column = next(one for one in page.sign_ins.attempts.model.columns if one.key == "outcome")
    return [column.shown(row) for row in page.sign_ins.attempts.model.rows()]


def test_from_a_new_person_to_the_end_of_their_session(
    qtbot: QtBot, page: PeoplePage, ida: Session, admin: SignedIn, address: str, made: Made
) -> None:
    plant = admin.post("/plants", json={"code": "K1", "name": "Kiel", "time_zone": "Europe/Berlin"}).json()
    store = admin.post("/warehouses", json={"plant_id": plant["id"], "code": "RAW", "name": "Raw"}).json()
    with qtbot.waitSignal(page.loaded):
        page.reload()
    run(page, "person.new")
    person = save(
        qtbot,
        page,
        NewPersonDialog,
        full_name="Ida New",
        username="ida",
        password=IDAS,
        held_roles=[{"role": "operator"}],
    )
    choose(qtbot, page, "Ida New")
    run(page, "person.roles")
    person = save(qtbot, page, RolesDialog, held_roles=[{"role": "planner"}, {"role": "viewer"}])
    assert sorted(person.roles) == ["planner", "viewer"]
    qtbot.waitUntil(lambda: page._chosen() == person)
    run(page, "person.places")
    dialog = page.findChildren(PlacesDialog)[-1]
    place_editor(dialog.form, "plants").cell(plant["id"], WRITE).setCheckState(Qt.CheckState.Checked)
    place_editor(dialog.form, "warehouses").cell(store["id"], DEFAULT).setCheckState(Qt.CheckState.Checked)
    person = save(qtbot, page, PlacesDialog)
    (in_plant,), (in_store,) = person.plants, person.warehouses
    assert (in_plant.can_read, in_plant.can_write, in_plant.can_delete) == (True, True, False)
    assert (in_store.can_read, in_store.can_write, in_store.is_default) == (True, False, True)

    with qtbot.waitSignal(ida.sign_in_failed):
        ida.sign_in(address, made.code, "ida", "a wrong sentence", keep=False)
    with qtbot.waitSignal(ida.signed_in):
        ida.sign_in(address, made.code, "ida", IDAS, keep=False)
    qtbot.waitUntil(lambda: page.sign_ins.sessions.model.rowCount() == 1)
    qtbot.waitUntil(lambda: outcomes(page) == ["Signed in", "Refused: wrong name or password"])
    page.sign_ins.sessions.view.selectRow(0)
    (session,) = page.sign_ins.chosen()
    with qtbot.waitSignal(ida.signed_out):
        page.findChildren(EndSession)[0]._end(session)
    qtbot.waitUntil(lambda: page.sign_ins.sessions.model.rowCount() == 0)


def test_a_program_gets_a_key_and_loses_it(qtbot: QtBot, desk: Desk, admin: SignedIn, address: str) -> None:
    page = KeysPage(desk, Place("api-keys"))
    page.show()
    with qtbot.waitSignal(page.loaded):
        page.load()
    qtbot.waitUntil(lambda: desk.session.is_online)
    run(page, "key.new")
    dialog = page.findChildren(KeyDialog)[-1]
    qtbot.waitUntil(lambda: dialog.scopes.tree.topLevelItemCount() > 5)
    key = save(qtbot, page, KeyDialog, name="Scale", scopes=["sites.plant.read"])
    secret = page.findChildren(KeyMadeDialog)[-1].secret.text()

    def status(path: str) -> int:
        return httpx.get(f"{address}/api/v1{path}", headers={"Authorization": f"Bearer {secret}"}).status_code

    assert (status("/plants"), status("/users")) == (200, 403)
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 1)
    page._revoke(key)
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 0)
    assert status("/plants") == 401
    page.close()
    page.deleteLater()


def test_a_role_of_ones_own_gives_what_is_ticked_from_then_on(
    qtbot: QtBot, page: PeoplePage, desk: Desk, made: Made
) -> None:
    made.add_user("max", roles=[])
    roles = RolesPage(desk, Place("roles"))
    roles.show()
    with qtbot.waitSignal(roles.loaded):
        roles.load()
    run(roles, "role.new")
    gate = save(qtbot, roles, RoleDialog, code="gate", name="Gate", permissions=["codes.scan.read"])
    with qtbot.waitSignal(page.loaded):
        page.reload()
    choose(qtbot, page, "Max")
    run(page, "person.roles")
    save(qtbot, page, RolesDialog, held_roles=[{"role": "gate"}])

    def may() -> list[tuple[str, str]]:
        return [(row.permission, row.given_by) for row in page.may.model.rows() if row.given_by]

    qtbot.waitUntil(lambda: may() == [("codes.scan.read", "Gate")])
    roles._deactivate(gate)
    with qtbot.waitSignal(page.loaded):
        page.reload()
    qtbot.waitUntil(lambda: may() == [])
    roles.close()
    roles.deleteLater()


def test_roles_have_the_names_of_the_server() -> None:
    assert {code: name for code, (name, _gives) in WORDS.items()} == {code: role.name for code, role in ROLES.items()}


def test_what_happens_is_told_opened_and_read(qtbot: QtBot, desk: Desk, made: Made) -> None:
    window = MainWindow(desk)
    window.show()
    window.go(Place("inbox"))
    page = window.page
    assert isinstance(page, InboxPage)
    bell = next(one for one in window.commands if one.id == "go.inbox")
    pc = agent(made, "Packing")
    happen(made, pc, [None])
    happen(made, agent(made, "Paint"), [None])
    qtbot.waitUntil(lambda: page.table.model.total == 2, timeout=60_000)
    qtbot.waitUntil(lambda: bell.text() == "Inbox, 2 new", timeout=60_000)
    row = next(n for n, one in enumerate(page.table.model.rows()) if one.title == "Packing is silent")
    page.table.view.selectRow(row)
    with qtbot.waitSignal(page.go) as gone:
        next(one for one in page.commands if one.id == "inbox.open").trigger()
    assert gone.args == [Place("stations", str(pc))]
    qtbot.waitUntil(lambda: bell.text() == "Inbox, 1 new", timeout=60_000)
    window.go(Place("inbox"))
    all_ = next(one for one in page.commands if one.id == "inbox.read_all")
    qtbot.waitUntil(all_.isEnabled, timeout=60_000)
    all_.trigger()
    qtbot.waitUntil(lambda: bell.text() == "Inbox", timeout=60_000)
    window.close()
    window.deleteLater()


def test_preferences_are_chosen_and_known_at_once(qtbot: QtBot, desk: Desk, admin: SignedIn) -> None:
    page = PreferencesPage(desk, Place("preferences"))
    page.show()
    with qtbot.waitSignal(page.loaded, timeout=60_000):
        page.load()
    qtbot.waitUntil(lambda: desk.session.is_online, timeout=60_000)
    page.commands[-1].trigger()
    dialog = page.findChildren(PreferencesDialog)[-1]
    dialog.form.editor("theme").set_value("dark")
    dialog.form.editor("kind_agent_silent").set_value("none")
    with qtbot.waitSignal(dialog.saved, timeout=60_000):
        dialog.save()
    kept = admin.get("/preferences").json()
    assert (kept["version"], kept["theme"], kept["by_kind"]) == (1, "dark", {"agent_silent": "none"})
    page.close()
    page.deleteLater()


def test_people_are_taken_over_from_a_file(
    qtbot: QtBot, page: PeoplePage, admin: SignedIn, made: Made, tmp_path: Path
) -> None:
    made.add_plant("KIEL")
    file = tmp_path / "people.csv"
    file.write_bytes(
        "employee_code;full_name;roles;plants;badges\n17;Ida Jäger;boss@KIEL;KIEL:rw;10017\n".encode("cp1252")
    )
    run(page, "people.import")
    dialog = page.findChildren(PeopleImportDialog)[-1]
    dialog.read(file)
    qtbot.waitUntil(lambda: dialog.errors.model.total == 1)
    (error,) = dialog.errors.model.rows()
    assert (error.row, error.column, error.value) == (2, "roles", "boss@KIEL")
    file.write_bytes(file.read_bytes().replace(b"boss", b"operator"))
    dialog.read(file)
    qtbot.waitUntil(dialog.do.isEnabled)
    with qtbot.waitSignal(dialog.imported):
        dialog.do.click()
    choose(qtbot, page, "Ida Jäger")
    person = page._chosen()
    assert person is not None
    assert [(one.role, one.plant_id) for one in person.held_roles] == [("operator", made.plants[-1])]
    assert admin.post("/badges/find", {"text": "10017"}).json()["user_name"] == "Ida Jäger"
