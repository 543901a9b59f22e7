"""All that matches goes to a file, seen while it comes; broken off, no file is there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.codes.page import ScansPage
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.file_saving import FileSaving, Saving
from unison_desktop.frame.place import Place

from tests.desktop.fake_server import FakeServer

ROUTE = "GET /qr-scans/export"
ROWS = b"id,text\r\n" + b"".join(b"%d,P-%d\r\n" % (number, number) for number in range(40_000))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    made = tmp_path / "files"
    made.mkdir()
    return made


@pytest.fixture
def page(qtbot: QtBot, shop_desk: Desk) -> Iterator[ScansPage]:
    made = ScansPage(shop_desk, Place("scans"))
    made.show()
    made.reload()
    qtbot.waitUntil(lambda: not made.awaits())
    yield made
    made.close()
    made.deleteLater()


def save(page: ScansPage, file: Path) -> Saving:
    (saving,) = page.findChildren(FileSaving)
    return saving.save_to(file)


def said(page: ScansPage) -> list[str]:
    return [message.text for message in page.desk.messages.history]


def test_all_that_the_filter_shows_is_written(qtbot: QtBot, page: ScansPage, server: FakeServer, files: Path) -> None:
    file = files / "scans.csv"
    server.answer(ROUTE, raw=ROWS, headers={"X-Rows": "40000"})
    page.scope.text.setText("P-")
    saving = save(page, file)
    seen: list[tuple[int, int]] = []
    saving.call.progressed.connect(lambda rows, total: seen.append((rows, total)))
    qtbot.waitUntil(lambda: said(page) == [f"{file} was written."])
    assert file.read_bytes() == ROWS
    asked = server.asked_for(ROUTE)[-1].query
    assert asked["q"] == ["P-"]
    assert seen
    assert all(total == 40_000 and 0 <= rows <= total for rows, total in seen)
    assert [rows for rows, _total in seen] == sorted(rows for rows, _total in seen)


def test_one_that_is_broken_off_leaves_the_file_of_before(
    qtbot: QtBot, page: ScansPage, server: FakeServer, files: Path
) -> None:
    file = files / "scans.csv"
    file.write_text("before")
    held = threading.Event()
    server.answer(ROUTE, raw=ROWS, wait=held)
    saving = save(page, file)
    qtbot.waitUntil(lambda: server.asked_for(ROUTE) != [])
    saving.cancel()
    saving.canceled.emit()
    held.set()
    assert said(page) == ["The export was broken off; no file was written."]
    assert [one.name for one in files.iterdir()] == ["scans.csv"]
    assert file.read_text() == "before"


def test_half_a_file_is_none(qtbot: QtBot, page: ScansPage, server: FakeServer, files: Path) -> None:
    server.answer(ROUTE, raw=ROWS, breaks_off=True)
    save(page, files / "scans.csv")
    qtbot.waitUntil(lambda: len(said(page)) == 1)
    assert "was written" not in said(page)[0]
    assert list(files.iterdir()) == []


def test_what_is_refused_or_can_not_be_written_is_said(
    qtbot: QtBot, page: ScansPage, server: FakeServer, files: Path
) -> None:
    server.refuse(ROUTE, 403, "not_allowed", "You may not read scans.")
    save(page, files / "scans.csv")
    qtbot.waitUntil(lambda: len(said(page)) == 1)
    server.answer(ROUTE, raw=ROWS)
    save(page, files / "no folder" / "scans.csv")
    qtbot.waitUntil(lambda: len(said(page)) == 2)
    assert "could not be written" in said(page)[1]
    assert list(files.iterdir()) == []
