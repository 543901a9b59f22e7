"""An organization as it is made: its first administrator comes in by the link and appoints a second one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.layout_memory import LayoutMemory
from unison_desktop.frame.messages import Messages
from unison_desktop.frame.place import Place
from unison_desktop.frame.theme import Theme
from unison_desktop.identity.invitations.form import InviteDialog
from unison_desktop.identity.invitations.link import LinkDialog
from unison_desktop.identity.invitations.page import InvitationsPage
from unison_desktop.identity.kept_sign_in import KeptSignIn
from unison_desktop.identity.people.held_roles_editor import HeldRolesEditor
from unison_desktop.identity.session import Session
from unison_desktop.kernel.preferences import Preferences
from unison_domain.identity.contracts import RoleCode

from tests.desktop.identity.opened import MINUTE, command, newest, opened
from tests.server.factories import Made
from tests.server.identity.test_organizations import CHOSEN, choose_password, created
from tests.server.serving import SignedIn, sign_in

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def fresh(client: httpx.Client, made: Made) -> tuple[dict[str, Any], SignedIn]:
    """A new organization with the settings it begins with, and its first administrator."""
    made.add_user("root", roles=[RoleCode.SUPERADMIN])
    new = created(sign_in(client, made, "root"), made)
    return new, choose_password(client, new["administrator"]["link"], new["code"])


def accept(client: httpx.Client, link: str, code: str) -> SignedIn:
    token = link.partition("#")[2]
    accepted = client.post(
        "/api/v1/invitations/accept", json={"token": token, "full_name": "Nea Second", "password": CHOSEN}
    )
    assert accepted.status_code == 201, accepted.text
    login = {"organization": code, "user": "nea@demo.example", "password": CHOSEN}
    tokens = client.post("/api/v1/auth/login", json=login).json()
    return SignedIn(client, tokens["access_token"], tokens["refresh_token"])


def test_the_first_administrator_appoints_another_by_every_way(
    client: httpx.Client, fresh: tuple[dict[str, Any], SignedIn]
) -> None:
    new, olga = fresh
    made = olga.post("/users", {"username": "pia", "full_name": "Pia", "roles": ["admin"]})
    assert made.status_code == 201, made.text
    paul = olga.post("/users", {"username": "paul", "full_name": "Paul"}).json()
    given = olga.send("POST", f"/users/{paul['id']}/assign-role", json={"role": "admin"}, headers={"If-Match": '"1"'})
    assert given.status_code == 200, given.text
    invited = olga.post("/invitations", {"email": "nea@demo.example", "roles": ["admin"]})
    assert invited.status_code == 201, invited.text
    nea = accept(client, invited.json()["link"], new["code"])
    mine, hers = olga.get("/auth/me").json(), nea.get("/auth/me").json()
    assert (hers["permissions"], hers["all_plants"]) == (mine["permissions"], True)
    assert nea.post("/invitations", {"email": "third@demo.example", "roles": ["admin"]}).status_code == 201


def test_what_settings_let_nobody_use_is_told_apart_and_can_be_given(fresh: tuple[dict[str, Any], SignedIn]) -> None:
    _new, olga = fresh
    me = olga.get("/auth/me").json()
    assert me["withheld"] == ["sites.person.evaluate"]
    assert "sites.person.evaluate" not in me["permissions"]
    version = olga.get("/settings").json()["items"]
    allow = next(one for one in version if one["key"] == "identity.person_figures")
    answer = olga.send(
        "PUT", f"/settings/{allow['key']}", json={"value": True}, headers={"If-Match": f'"{allow["version"] or 0}"'}
    )
    assert answer.status_code == 200, answer.text
    me = olga.get("/auth/me").json()
    assert (me["withheld"], "sites.person.evaluate" in me["permissions"]) == ([], True)


def test_the_desktop_offers_the_role_and_gives_it(
    qtbot: QtBot,
    qapp: QApplication,
    address: str,
    tmp_path: Path,
    client: httpx.Client,
    fresh: tuple[dict[str, Any], SignedIn],
) -> None:
    new, _olga = fresh
    session = Session(address, KeptSignIn(tmp_path))
    preferences, messages = Preferences(tmp_path), Messages()
    with qtbot.waitSignal(session.signed_in, timeout=MINUTE):
        session.sign_in(address, new["code"], "olga", CHOSEN, keep=False)
    qtbot.waitUntil(lambda: session.is_online, timeout=MINUTE)
    desk = Desk(session, Theme(preferences, qapp), messages, LayoutMemory(preferences))
    try:
        with opened(qtbot, InvitationsPage, desk, Place("invitations")) as page:
            command(page, "invitation.create").trigger()
            dialog = newest(qtbot, page, InviteDialog)
            editor = dialog.form.editor("held_roles")
            assert isinstance(editor, HeldRolesEditor)
            admin, beyond = editor.roles.item("admin"), editor.roles.item("superadmin")
            assert admin is not None
            assert not admin.isDisabled(), admin.text(1)
            assert beyond is not None
            assert beyond.isDisabled()
            assert editor.roles.item("station") is None
            admin.setCheckState(0, Qt.CheckState.Checked)
            dialog.form.editor("email").set_value("nea@demo.example")
            dialog.save()
            link = newest(qtbot, page, LinkDialog)
            link.accept()
            nea = accept(client, link.secret.text(), new["code"])
        assert nea.get("/auth/me").json()["roles"] == ["admin"]
    finally:
        session.events.stop()
        session.deleteLater()
        messages.deleteLater()
