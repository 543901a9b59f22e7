"""People from a CSV file, and to one, on the page of people."""

from __future__ import annotations

import threading
from base64 import b64decode
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from unison_desktop.identity.people import import_progress
from unison_desktop.identity.people.files import PeopleImportDialog
from unison_desktop.identity.people.page import PeoplePage
from unison_desktop.kernel import client as client_module
from unison_desktop.kernel.errors import Trouble
from unison_domain.identity.people_csv import PeopleImportProgress, PeoplePreview, PersonChange
from unison_domain.kernel.csv_file import CsvError

from tests.desktop.fake_server import Answer, FakeServer
from tests.desktop.identity.people_page import command, page, shown

__all__ = ["page"]
ROUTE = "POST /users/import"
CHANGES = [
    PersonChange(row=2, name="Ida New", action="create", changes=["+operator@KIEL", "+KIEL:rw", "+1 badge"]),
    PersonChange(row=3, name="Anna Berger", action="update", changes=["email"]),
]
FILE = "username;full_name\nida;Ida Jäger\n"


def dialog_of(page: PeoplePage) -> PeopleImportDialog:
    command(page, "people.import").trigger()
    return page.findChildren(PeopleImportDialog)[-1]


def test_all_mistakes_of_a_file_are_shown_and_nothing_is_done(
    qtbot: QtBot, page: PeoplePage, server: FakeServer, tmp_path: Path
) -> None:
    errors = [
        CsvError(row=2, column="roles", value="boss", message="there is no role boss; there are admin, operator"),
        CsvError(row=4, column="username", message="a row names somebody"),
    ]
    preview = PeoplePreview(rows=3, errors=errors, changes=CHANGES, seen="a1")
    server.answer(f"{ROUTE}/preview", preview)
    dialog = dialog_of(page)
    (tmp_path / "people.csv").write_bytes(FILE.encode("cp1252"))
    dialog.read(tmp_path / "people.csv")
    qtbot.waitUntil(lambda: dialog.errors.model.total == 2)
    assert shown(dialog.errors, "row", "column", "value", "message")[0] == (
        "2",
        "roles",
        "boss",
        "there is no role boss; there are admin, operator",
    )
    assert not dialog.do.isEnabled()
    assert b64decode(server.asked_for(f"{ROUTE}/preview")[0].body["file"]) == FILE.encode("cp1252"), "as it is"
    dialog.close()


def test_who_closes_it_while_people_are_taken_over_takes_that_back(
    qtbot: QtBot, page: PeoplePage, server: FakeServer, tmp_path: Path
) -> None:
    said: list[str] = []
    page.desk.messages.said.connect(lambda message: said.append(message.text))
    server.answer(f"{ROUTE}/preview", PeoplePreview(rows=2, errors=[], changes=CHANGES, seen="b2"))
    held = threading.Event()
    server.answer_with(ROUTE, lambda _asked: Answer(held.wait(60)))
    (tmp_path / "people.csv").write_text(FILE)
    for closed_before in (True, False):
        dialog = dialog_of(page)
        dialog.read(tmp_path / "people.csv")
        qtbot.waitUntil(dialog.do.isEnabled)
        if not closed_before:
            dialog.do.click()
            assert "Changes: 2." in dialog.told.text()
            qtbot.waitUntil(lambda: bool(server.asked_for(ROUTE)))
        with qtbot.waitSignal(dialog.destroyed):
            dialog.reject()
        assert len(said) == (0 if closed_before else 1)
    assert "nothing of the file is taken over" in said[0]
    held.set()


def test_what_was_seen_is_what_is_taken_over(
    qtbot: QtBot, page: PeoplePage, server: FakeServer, tmp_path: Path
) -> None:
    preview = PeoplePreview(rows=2, errors=[], changes=CHANGES, seen="b2")
    for end in ("", "/preview"):
        server.answer(ROUTE + end, preview)
    dialog = dialog_of(page)
    (tmp_path / "people.csv").write_text(FILE)
    assert dialog.under_way.isHidden()
    dialog.read(tmp_path / "people.csv")
    assert not dialog.under_way.isHidden()
    assert not dialog.choose.isEnabled(), "one file at a time"
    assert not dialog.changes.view.notice, "nobody knows yet what it would change"
    qtbot.waitUntil(dialog.do.isEnabled)
    assert dialog.under_way.isHidden()
    assert dialog.choose.isEnabled()
    assert shown(dialog.changes, "name", "action", "changes") == [
        ("Ida New", "is made", "+ Operator (KIEL), + KIEL: see, change, + 1 badge"),
        ("Anna Berger", "is changed", "E-mail"),
    ]
    assert not server.asked_for(ROUTE)
    with qtbot.waitSignal(dialog.imported):
        dialog.do.click()
    assert server.asked_for(ROUTE)[0].body["seen"] == "b2"


def test_a_long_file_says_how_far_it_is(
    qtbot: QtBot, page: PeoplePage, server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_progress, "_ASKED_EVERY_MS", 20)
    (tmp_path / "people.csv").write_text(FILE)
    dialog = dialog_of(page)
    for step, words in (("/preview", "Looked at: 2500 of 10000 rows (25 %)"), ("", "Taken over: 2500 of 10000 rows")):
        hold = threading.Event()
        server.answer(ROUTE + step, PeoplePreview(rows=2, errors=[], changes=CHANGES, seen="b2"), wait=hold)
        if step:
            dialog.read(tmp_path / "people.csv")
        else:
            dialog.do.click()
        assert dialog.under_way.maximum() == 0, "nobody knows yet"
        far = PeopleImportProgress(is_under_way=True, done=2500, total=10_000)
        server.answer(f"GET /users/import/progress/{dialog.key}", far)
        qtbot.waitUntil(partial(_says, dialog, words))
        assert (dialog.under_way.value(), dialog.under_way.maximum()) == (2500, 10_000)
        assert server.asked_for(ROUTE + step)[0].body["progress_id"] == str(dialog.key)
        with qtbot.waitSignal(dialog.imported) if not step else nullcontext():
            hold.set()
        if step:
            qtbot.waitUntil(dialog.do.isEnabled)
            assert "Looked at" not in dialog.told.text()


def _says(dialog: PeopleImportDialog, words: str) -> bool:
    return words in dialog.told.text()


def test_a_long_file_is_waited_for(
    qtbot: QtBot, page: PeoplePage, server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "TIME_OUT_MS", 60)
    hold = threading.Event()
    server.answer(f"{ROUTE}/preview", PeoplePreview(rows=2, errors=[], changes=CHANGES, seen="b2"), wait=hold)
    server.answer("GET /users", [], wait=hold)
    dialog = dialog_of(page)
    (tmp_path / "people.csv").write_text(FILE)
    dialog.read(tmp_path / "people.csv")
    with qtbot.waitSignal(page.failed) as failed:  # what was asked later, and is not waited for
        page.reload()
    hold.set()
    assert failed.args[0].trouble is Trouble.TIMED_OUT
    qtbot.waitUntil(lambda: shown(dialog.changes, "row") == [("2",), ("3",)])


def test_a_file_that_is_too_large_is_not_sent(page: PeoplePage, server: FakeServer, tmp_path: Path) -> None:
    dialog = dialog_of(page)
    (tmp_path / "people.csv").write_bytes(b"x" * 3_000_000)
    dialog.read(tmp_path / "people.csv")
    assert "larger than 2.9 MB" in dialog.told.text()
    assert not server.asked_for(f"{ROUTE}/preview")
    dialog.close()


def test_a_file_that_is_not_sent_leaves_nothing_of_the_one_before(
    qtbot: QtBot, page: PeoplePage, server: FakeServer, tmp_path: Path
) -> None:
    server.answer(f"{ROUTE}/preview", PeoplePreview(rows=2, errors=[], changes=CHANGES, seen="b2"))
    dialog = dialog_of(page)
    (tmp_path / "people.csv").write_text(FILE)
    (tmp_path / "large.csv").write_bytes(b"x" * 3_000_000)
    for refused in ("large.csv", "gone.csv"):
        dialog.read(tmp_path / "people.csv")
        qtbot.waitUntil(dialog.do.isEnabled)
        dialog.read(tmp_path / refused)
        assert refused in dialog.told.text()
        assert not dialog.do.isEnabled(), "it would import the file before"
        assert dialog.changes.model.total == 0
    dialog.close()


def test_people_are_saved_with_their_rights(
    qtbot: QtBot, page: PeoplePage, server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answer("GET /users/people.csv", raw=b"username\nida\n")
    path = tmp_path / "saved.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_given: (str(path), ""))
    command(page, "people.export").trigger()
    qtbot.waitUntil(path.exists)
    assert path.read_text(encoding="utf-8-sig") == "username\nida\n"
