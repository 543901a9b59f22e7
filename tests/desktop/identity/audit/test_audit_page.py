"""The audit log: a list that goes on, its filters, the values before and after, and the file of all that match."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from unicodedata import normalize
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QTreeWidgetItem
from pytestqt.qtbot import QtBot
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.file_saving import FileSaving
from unison_desktop.frame.place import Place
from unison_desktop.frame.theme import Scheme
from unison_desktop.identity.audit.comparison import compared
from unison_desktop.identity.audit.page import AuditPage
from unison_desktop.identity.audit.words import changed, who
from unison_domain.identity.audit_contracts import AuditEntry

from tests.desktop import samples
from tests.desktop.fake_server import Asked, FakeServer
from tests.desktop.frame.printed_text import pages_of
from tests.desktop.identity.audit.samples import BERLIN, PAULA, STATION, entry, serve_audit, some
from tests.desktop.kernel.test_refusals import german
from tests.desktop.sites.samples import serve_sites

__all__ = ["german"]

LOG = "GET /audit-log"
NOTHING = "\N{EN DASH}"


@pytest.fixture
def page(qtbot: QtBot, desk: Desk, server: FakeServer) -> Iterator[AuditPage]:
    """The log with one of each kind of entry."""
    serve_sites(server)
    serve_audit(server, some())
    desk.session.me = samples.me(permissions=["identity.audit.read", "identity.user.read", "sites.plant.read"])
    made = AuditPage(desk, Place("audit"))
    made.resize(1000, 700)
    made.show()
    made.reload()
    qtbot.waitUntil(lambda: made.model.rowCount() == 5 and made.scope.person.findData(str(PAULA)) > 0)
    yield made
    made.close()
    made.deleteLater()


def rows(page: AuditPage) -> list[tuple[str, ...]]:
    return [tuple(column.shown(row) for column in page.model.columns[1:]) for row in page.model.rows()]


def values(page: AuditPage) -> list[tuple[str, ...]]:
    items = [page.comparison.values.topLevelItem(n) for n in range(page.comparison.values.topLevelItemCount())]
    return [tuple(item.text(place) for place in range(3)) for item in items if isinstance(item, QTreeWidgetItem)]


def last(server: FakeServer) -> Asked:
    return server.asked_for(LOG)[-1]


def command(page: AuditPage, verb: str) -> Command:
    return next(one for one in page.commands if one.id == f"audit.{verb}")


def test_it_says_who_did_what_and_from_where(page: AuditPage) -> None:
    assert rows(page) == [
        ("Paula Planner", "changed", "Plants", "Mitte", "Name", "10.0.0.17"),
        ("Paula Planner", "refused", "Request", "PATCH /api/v1/plants/9", "You may read it only", "10.0.0.17"),
        ("Paula Planner", "made", "Plants", "Berlin", "", "10.0.0.17"),
        ("station PC PRESS-3", "removed", "Tags", "Good parts", "Name", "10.0.0.17"),
        ("server", "changed", "Users", "Ben Baker", "Password hash", ""),
    ]
    assert page.head.subtitle == "5 entries"


def test_moments_are_of_the_clock_of_the_plants(page: AuditPage) -> None:
    assert str(page.head.zone) == "Europe/Berlin"
    assert page.model.row_at(0).at.utcoffset() in (timedelta(hours=1), timedelta(hours=2))


def test_before_and_after_stand_side_by_side_with_the_changed_fields_marked(page: AuditPage, desk: Desk) -> None:
    page.view.selectRow(0)
    assert page.comparison.heading.text() == "Plants: Mitte"
    facts = page.comparison.facts.text().splitlines()
    assert (facts[0], facts[1].endswith(", from 10.0.0.17")) == ("Changed by Paula Planner", True)
    assert facts[2:] == [f"Row {BERLIN}", "Request 7f3a91c0", "Database: operations"]
    assert values(page) == [
        ("● Name", "Berlin", "Mitte"),
        ("Address", NOTHING, NOTHING),
        ("Code", "BER", "BER"),
        ("Is active", "yes", "yes"),
        ("Time zone", "Europe/Berlin", "Europe/Berlin"),
        ("Version", "1", "2"),
    ]
    marked = page.comparison.values.topLevelItem(0)
    assert marked is not None
    before = marked.background(1).color()
    desk.theme.choose(Scheme.DARK)
    page.comparison.only.setChecked(True)
    assert values(page) == [("● Name", "Berlin", "Mitte")]
    marked = page.comparison.values.topLevelItem(0)
    assert marked is not None
    assert marked.background(1).color() != before


def test_of_a_secret_it_says_only_that_it_changed(page: AuditPage) -> None:
    page.view.selectRow(4)
    assert values(page)[0] == ("● Password hash", "(secret, not recorded)", "(secret, not recorded)")


def test_what_the_server_said_is_read_in_the_persons_language(german: None) -> None:
    def told(action: str, **said: str) -> AuditEntry:
        return entry(0, action=action, old_values=None, changed_fields=None, new_values=said)

    elsewhere = told("elsewhere", done="made its practice organization")
    (done,) = compared(elsewhere)
    assert done.after == changed(elsewhere) == "ihre Übungsorganisation angelegt"
    (why,) = compared(told("refused", detail="Too many tries; wait 30 seconds"))
    assert why.after == "Zu viele Versuche; bitte 30 Sekunden warten"


def test_what_was_refused_tells_what_was_tried(page: AuditPage) -> None:
    page.view.selectRow(1)
    assert page.comparison.values.isColumnHidden(1)
    assert ("Path", "", "/api/v1/plants/9") in values(page)
    assert not command(page, "history").isEnabled()
    assert command(page, "history").toolTip() == "Choose an entry that is about a row first."


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        ({}, "1200 more within an hour"),
        ({"seconds": 60}, "1200 more within 1 min"),
        ({"seconds": 61}, "1200 more within 2 min"),
    ],
)
def test_a_row_that_stands_for_many_says_for_how_many(
    qtbot: QtBot, page: AuditPage, server: FakeServer, seconds: dict[str, int], words: str
) -> None:
    tried = {"method": "GET", "path": "/api/v1/plants/{id}", "code": "not_allowed", "times": 1200, **seconds}
    serve_audit(server, [entry(0, action="refused", table_name="", old_values=None, new_values=tried)])
    page.reload()
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    (row,) = page.model.rows()
    assert changed(row.entry) == words
    page.view.selectRow(0)
    assert ("Times", "", "1200") in values(page)


def test_older_entries_follow_as_one_scrolls(qtbot: QtBot, page: AuditPage, server: FakeServer) -> None:
    serve_audit(server, [entry(n) for n in range(250)])
    page.reload()
    qtbot.waitUntil(lambda: page.model.rowCount() == 100)
    assert page.head.subtitle == "the newest 100, older ones as you scroll"
    page.view.selectRow(3)
    QTest.keyClick(page.view, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: page.model.rowCount() == 200)
    assert last(server).query["cursor"] == ["100"]
    page.view.scrollToBottom()
    qtbot.waitUntil(lambda: page.model.rowCount() == 250)
    assert page.head.subtitle == "250 entries"
    assert [row.entry.id for row in page.model.rows()] == [UUID(int=5000 + n) for n in range(250)]
    page.view.scrollToBottom()
    assert len(server.asked_for(LOG)) == 4


def test_filters_are_the_servers(qtbot: QtBot, page: AuditPage, server: FakeServer) -> None:
    def asks(**expected: str) -> None:
        wanted = {"from": [""], "limit": ["100"], **{name: [value] for name, value in expected.items()}}
        # Not the last one: a request that was given up may reach the server after the one in its place.
        qtbot.waitUntil(lambda: wanted in [{**asked.query, "from": [""]} for asked in server.asked_for(LOG)])

    begins = datetime.fromisoformat(last(server).query["from"][0])
    assert abs(begins - (samples.NOW - timedelta(days=7))) < timedelta(minutes=1)
    page.scope.person.line.setText("paula planner")
    page.scope.person.line.editingFinished.emit()
    asks(actor_id=str(PAULA))
    page.scope.table.line.setText("Work centers")
    page.scope.table.line.editingFinished.emit()
    asks(actor_id=str(PAULA), table="work_centers")
    page.scope.action.setCurrentIndex(page.scope.action.findData("update"))
    page.scope.action.activated.emit(2)
    page.scope.field.line.setText("Ideal cycle seconds")
    page.scope.field.line.editingFinished.emit()
    asks(actor_id=str(PAULA), table="work_centers", action="update", field="ideal_cycle_seconds")
    page.scope.person.line.setText("")
    page.scope.person.line.editingFinished.emit()
    asks(table="work_centers", action="update", field="ideal_cycle_seconds")
    assert page.scope.person.line.text() == "Everybody"
    page.scope.address.line.setText(" 10.0.0.17 ")
    page.scope.address.line.editingFinished.emit()
    asks(table="work_centers", action="update", field="ideal_cycle_seconds", address="10.0.0.17")
    page.scope.person.line.setText("nobody there")
    page.scope.person.line.editingFinished.emit()
    assert page.scope.person.line.text() == "Everybody"


def test_who_was_seen_can_be_asked_for(page: AuditPage) -> None:
    assert page.scope.person.itemText(page.scope.person.findData(str(STATION))) == "station PC PRESS-3"


def test_from_one_moment_to_another(qtbot: QtBot, page: AuditPage, server: FakeServer) -> None:
    page.scope.period.choice.setCurrentIndex(4)
    page.scope.period.choice.activated.emit(4)
    qtbot.waitUntil(lambda: "to" in last(server).query)
    begin, end = (datetime.fromisoformat(last(server).query[name][0]) for name in ("from", "to"))
    assert (end - begin, begin.hour) == (timedelta(days=1), 0)


def test_all_the_life_of_a_row(qtbot: QtBot, page: AuditPage, server: FakeServer) -> None:
    page.view.selectRow(0)
    command(page, "history").trigger()
    qtbot.waitUntil(lambda: last(server).query == {"limit": ["100"], "entity_id": [str(BERLIN)]})
    assert page.scope.row_button.text() == "Only Plants: Mitte  ✕"
    page.scope.row_button.click()
    qtbot.waitUntil(lambda: last(server).query == {"limit": ["100"]})
    assert not page.scope.row_button.isVisible()


def test_other_pages_lead_to_the_life_of_a_row(qtbot: QtBot, desk: Desk, page: AuditPage, server: FakeServer) -> None:
    other = AuditPage(desk, Place("audit", str(BERLIN)))
    with qtbot.waitSignal(other.loaded):
        other.load()
    assert {"limit": ["100"], "entity_id": [str(BERLIN)]} in [asked.query for asked in server.asked_for(LOG)]
    qtbot.waitUntil(lambda: other.scope.row_button.accessibleName() == "Only Plants: Mitte")
    other.deleteLater()


def test_it_needs_no_mouse(page: AuditPage) -> None:
    page.take_keyboard(Qt.FocusReason.OtherFocusReason)
    page.view.setCurrentIndex(page.model.index(0, 0))
    QTest.keyClick(page.view, Qt.Key.Key_Down)
    assert page.comparison.heading.text() == "Request: PATCH /api/v1/plants/9"
    QTest.keyClick(page.view, Qt.Key.Key_Up)
    page.view.row_opened.emit(page.model.row_at(0))
    assert page.comparison.values.hasFocus()
    QTest.keyClick(page.comparison.values, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "● Name\tBerlin\tMitte"
    command(page, "filter").trigger()
    assert page.scope.person.hasFocus()


def test_all_that_match_are_exported(
    qtbot: QtBot, page: AuditPage, server: FakeServer, desk: Desk, tmp_path: Path
) -> None:
    server.answer("GET /audit-log/export", raw="\ufeffat,action\r\n1,update\r\n".encode())
    page.scope.table.choose("plants")
    (saving,) = page.findChildren(FileSaving)
    saving.save_to(tmp_path / "log.csv")
    qtbot.waitUntil((tmp_path / "log.csv").exists)
    assert (tmp_path / "log.csv").read_text("utf-8-sig").splitlines() == ["at,action", "1,update"]
    (asked,) = server.asked_for("GET /audit-log/export")
    assert (asked.query["table"], "limit" in asked.query) == (["plants"], False)
    qtbot.waitUntil(lambda: "was written" in desk.messages.history[-1].text)
    assert command(page, "export").shortcut().toString() == "Ctrl+E"


def test_what_cannot_be_read_is_told_and_what_is_there_stays(qtbot: QtBot, page: AuditPage, server: FakeServer) -> None:
    server.refuse(LOG, 403, "organization_wide", "To read it you need read access to all of them")
    with qtbot.waitSignal(page.failed) as failed:
        page.reload()
    assert failed.args[0].code == "organization_wide"
    assert page.model.rowCount() == 5
    serve_audit(server, [])
    page.reload()
    qtbot.waitUntil(lambda: page.model.rowCount() == 0)
    assert page.view.notice.startswith("Nothing was changed or refused")


def test_it_is_for_who_sees_all_places(qtbot: QtBot, page: AuditPage, server: FakeServer) -> None:
    export, asked = command(page, "export"), len(server.asked_for(LOG))
    assert export.isEnabled()
    may = ["identity.audit.read", "sites.plant.read"]
    server.answer("GET /auth/me", samples.me(permissions=may, all_plants=False))
    with qtbot.waitSignal(page.loaded):
        page.desk.session.look_again()
    why = "This tells of every plant and warehouse: it needs a role that sees all of them, such as Auditor."
    assert (export.isEnabled(), export.toolTip()) == (False, why)
    with qtbot.waitSignal(page.loaded):
        page.reload()
    assert (page.model.rowCount(), page.view.notice, page.head.subtitle) == (0, why, "")
    assert len(server.asked_for(LOG)) == asked
    server.answer("GET /auth/me", samples.me(permissions=may, all_plants=False, reads_all_plants=True))
    page.desk.session.look_again()
    qtbot.waitUntil(lambda: export.isEnabled() and page.model.rowCount() == 5)


def printed(page: AuditPage, path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts of the pages, without blanks and ligatures, as a person saves them."""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(path), ""))
    next(one for one in page.commands if one.id == "page.pdf").trigger()
    return ["".join(normalize("NFKC", text).split()) for text in pages_of(path)]


def test_it_is_printed_as_it_is_shown(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.scope.person.choose(str(PAULA))
    page.view.selectRow(0)
    page.comparison.only.setChecked(True)
    (only,) = printed(page, tmp_path / "log.pdf", monkeypatch)
    for wanted in (
        "Last 7 days · All actions · Paula Planner · All tables · All fields",
        "Times of Europe/Berlin",
        "PATCH /api/v1/plants/9",
        "Plants: Mitte",
        "Changed by Paula Planner",
        "Before",
        "● Name",
    ):
        assert "".join(wanted.split()) in only, wanted
    assert "Timezone" not in only, "only what changed is seen"
    assert "Older" not in only


def test_what_is_not_on_the_paper_is_said_on_it(
    qtbot: QtBot, page: AuditPage, server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve_audit(server, [entry(n) for n in range(250)])
    page.reload()
    qtbot.waitUntil(lambda: page.model.rowCount() == 100)
    pages = printed(page, tmp_path / "log.pdf", monkeypatch)
    assert "Thenewest100.Olderentriesmatchtoo" in pages[0]
    assert all("When" in text and "Who" in text for text in pages), "headings are on every page"
    assert len(pages) > 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Paula Planner"),
        ({"actor_kind": "key", "actor_name": "Reports", "actor_owner": "Anna"}, "program Reports of Anna"),
        (
            {"actor_kind": "superadmin", "actor_name": "Rosa Root", "actor_owner": "Unison GmbH"},
            "superadministrator Rosa Root of Unison GmbH",
        ),
        ({"actor_kind": "agent", "actor_name": "PRESS-3"}, "station PC PRESS-3"),
        ({"actor_kind": "agent", "actor_name": None}, "station PC …00000007"),
        ({"actor_kind": "system", "actor_name": None, "actor_id": None}, "server"),
    ],
)
def test_who_did_it_is_named_with_what_it_is(changes: dict[str, object], said: str) -> None:
    assert who(entry(0, **changes)) == said
