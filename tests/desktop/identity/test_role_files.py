"""Roles from a policy file of Casbin, and to one, on the page of roles."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from unison_desktop.identity.roles.files import RoleImportDialog
from unison_desktop.identity.roles.page import RolesPage
from unison_domain.identity.role_policy import PolicyPreview, RoleChange
from unison_domain.kernel.csv_file import CsvError

from tests.desktop.fake_server import FakeServer
from tests.desktop.identity.people_page import shown
from tests.desktop.identity.test_roles_page import command, page

__all__ = ["page"]
ROUTE = "POST /roles/import"
CHANGES = [RoleChange(row=1, code="night_clerk", action="create", changes=["+sites.plant.read"])]
FILE = "p, night_clerk, sites.plant, read\n"


def read(page: RolesPage, folder: Path) -> RoleImportDialog:
    command(page, "roles.import").trigger()
    dialog = page.findChildren(RoleImportDialog)[-1]
    (folder / "roles.csv").write_text(FILE)
    dialog.read(folder / "roles.csv")
    return dialog


def test_all_mistakes_of_a_file_are_shown_and_nothing_is_done(
    qtbot: QtBot, page: RolesPage, server: FakeServer, tmp_path: Path
) -> None:
    errors = [CsvError(row=1, value="planner", message="is a role of the system and can't be changed")]
    server.answer(f"{ROUTE}/preview", PolicyPreview(rows=1, errors=errors, changes=[], seen="a1"))
    dialog = read(page, tmp_path)
    qtbot.waitUntil(lambda: dialog.errors.model.total == 1)
    assert shown(dialog.errors, "row", "value") == [("1", "planner")]
    assert not dialog.do.isEnabled()
    assert b64decode(server.asked_for(f"{ROUTE}/preview")[0].body["file"]) == FILE.encode()
    dialog.close()


def test_what_was_seen_is_what_is_taken_over(qtbot: QtBot, page: RolesPage, server: FakeServer, tmp_path: Path) -> None:
    for end in ("", "/preview"):
        server.answer(ROUTE + end, PolicyPreview(rows=1, errors=[], changes=CHANGES, seen="b2"))
    dialog = read(page, tmp_path)
    qtbot.waitUntil(dialog.do.isEnabled)
    assert shown(dialog.changes, "code", "action", "changes") == [("night_clerk", "is made", "+ see plants")]
    with qtbot.waitSignal(dialog.imported):
        dialog.do.click()
    assert server.asked_for(ROUTE)[0].body["seen"] == "b2"


def test_roles_are_saved_as_a_policy(
    qtbot: QtBot, page: RolesPage, server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answer("GET /roles/policy.csv", raw=FILE.encode())
    path = tmp_path / "saved.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_given: (str(path), ""))
    command(page, "roles.export").trigger()
    qtbot.waitUntil(path.exists)
    assert path.read_text(encoding="utf-8-sig") == FILE
