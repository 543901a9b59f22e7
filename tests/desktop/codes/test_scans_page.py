"""The page of scans: what is listed, found, undone and exported."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from unison_desktop.codes.page import ScansPage
from unison_desktop.frame.choice_box import place_of
from unison_desktop.frame.picture_dialog import PictureDialog
from unison_domain.codes.contracts import ScanLookup, ScanReference
from unison_domain.codes.reading import reading_of
from unison_domain.codes.scanned_text import read_scan
from unison_domain.kernel.contracts import Page as Listed

from tests.desktop import samples
from tests.desktop.codes.samples import PLANT, scan, serve_scans, undone
from tests.desktop.codes.scans_shown import allow, choose, facts, look_up, moment, said, station
from tests.desktop.fake_server import FakeServer
from tests.desktop.frame.printed_text import pages_of
from tests.desktop.machines.samples import plant as samples_plant


def test_scans_are_listed_in_words(page: ScansPage) -> None:
    assert said(page, "what") == [
        "BATCH/LOT ABC123, GTIN 09506000134352, NET WEIGHT (kg) 0.125, USE BY or EXPIRY 2025-12-31",
        "machine M1",
        "BATCH/LOT ABC17251231, GTIN 09506000134352",
        "undone: BATCH/LOT ABC123, GTIN 09506000134352, NET WEIGHT (kg) 0.125, USE BY or EXPIRY 2025-12-31",
        "Bolts: part 1234, lot 5678, or Nuts: part 1234",
    ]
    assert said(page, "kind") == ["GS1", "Own code", "GS1", "GS1", "Several readings"]
    assert said(page, "undone") == ["", "", "", "Paula Planner: scanned twice", ""]
    assert said(page, "text")[0] == "0109506000134352310300012510ABC123␝17251231"
    assert page.head.title == "Scans"


@pytest.mark.parametrize(
    ("other", "shown"),
    [
        ("Asia/Katmandu", ["2026-07-29 17:45:00", "2026-07-29 17:45:00"]),
        ("Australia/Eucla", ["2026-07-29 17:45:00 UTC+05:45", "2026-07-29 20:45:00 UTC+08:45"]),
    ],
)
def test_a_scan_is_told_by_the_clock_of_its_plant(
    qtbot: QtBot, page: ScansPage, server: FakeServer, other: str, shown: list[str]
) -> None:
    elsewhere = UUID(int=901)
    server.answer(
        "GET /plants", Listed(items=[samples_plant(PLANT, "Asia/Kathmandu"), samples_plant(elsewhere, other)])
    )
    at = datetime(2026, 7, 29, 12, 0, tzinfo=UTC)
    serve_scans(server, [scan(0, scanned_at=at), scan(1, scanned_at=at, plant_id=elsewhere)])
    page.reload()
    qtbot.waitUntil(lambda: said(page, "at") == shown)


def test_scans_of_a_person_are_asked_for_with_the_right_alone(page: ScansPage) -> None:
    assert not page.scope.person.isEnabled()
    assert "sites.person.evaluate" in page.scope.person.toolTip()
    allow(page, "codes.scan.read", "sites.person.evaluate")
    page.load()
    assert (page.scope.person.isEnabled(), page.scope.person.toolTip()) == (True, "")


def test_filters_are_the_servers(qtbot: QtBot, page: ScansPage, server: FakeServer) -> None:
    allow(page, "codes.scan.read", "sites.person.evaluate")
    page.load()
    for text, field in (("box", page.scope.text), ("anna", page.scope.person)):
        QTest.keyClicks(field, text)
    page.scope.kind.setCurrentIndex(page.scope.kind.findText("Own code"))
    page.scope.warned.click()
    qtbot.waitUntil(lambda: "person" in server.asked_for("GET /qr-scans/history")[-1].query)
    query = server.asked_for("GET /qr-scans/history")[-1].query
    assert {name: query[name] for name in ("q", "person", "kind", "warned")} == {
        "q": ["box"],
        "person": ["anna"],
        "kind": ["own"],
        "warned": ["true"],
    }
    assert "plant_id" not in query


def test_a_code_that_is_looked_up_comes_with_its_scans(qtbot: QtBot, page: ScansPage, server: FakeServer) -> None:
    reading = reading_of(read_scan("UN1:MA:M1"), samples.NOW.date())
    named = ScanReference(type="machine", id=PLANT, code="M1", name="Saw", plant_id=PLANT)
    found = ScanLookup(reading=reading, reference=named)
    server.answer("POST /qr-scans/lookup", found)
    serve_scans(server, [scan(1, "UN1:MA:M1"), undone(3)])
    look_up(qtbot, page, "UN1:MA:M1")
    qtbot.waitUntil(lambda: [one[0] for one in facts(page.panel)[-3:-2]] == ["Last scans of this code"])
    assert [(by, who) for _at, by, who in facts(page.panel)[-2:]] == [("L1", "Anna"), ("L1", "Anna, taken back")]
    assert server.asked_for("GET /qr-scans/history")[-1].query == {"code": ["UN1:MA:M1"], "limit": ["5"]}
    QTest.keyClick(page, Qt.Key.Key_F6)
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 2)
    assert page.scope.code.text() == "UN1:MA:M1"
    query = server.asked_for("GET /qr-scans/history")[-1].query
    assert query["code"] == ["UN1:MA:M1"]
    assert "from" not in query
    for _n in range(9):
        QTest.keyClick(page.scope.code, Qt.Key.Key_Backspace)
    qtbot.waitUntil(lambda: "code" not in server.asked_for("GET /qr-scans/history")[-1].query)


def test_the_scans_of_a_chosen_one_s_code_are_listed(qtbot: QtBot, page: ScansPage, server: FakeServer) -> None:
    choose(page, 0)
    QTest.keyClick(page, Qt.Key.Key_F6)
    text = scan(0).reading.text
    qtbot.waitUntil(lambda: server.asked_for("GET /qr-scans/history")[-1].query.get("code") == [text])
    assert "\x1d" in text


def test_old_scans_are_found_by_when_and_where_they_were_taken(
    qtbot: QtBot, page: ScansPage, server: FakeServer
) -> None:
    scope = page.scope
    scope.show_zone(ZoneInfo("Europe/Berlin"))
    scope.show_stations([station("L1", PLANT), station("R1", UUID(int=901))])
    assert not scope.period.begin.isVisible()
    scope.period.choice.setCurrentIndex(scope.period.choice.count() - 1)
    scope.period.choice.activated.emit(scope.period.choice.currentIndex())
    assert scope.period.begin.isVisible()
    scope.period.begin.setDateTime(moment(2026, 3, 29, 2, 30))  # an hour that Berlin's clocks leave out
    scope.period.end.setDateTime(moment(2026, 3, 29, 6, 0))
    scope.station.setCurrentIndex(1)
    scope.undone.setCurrentIndex(scope.undone.findText("Taken back"))
    scope.undone.activated.emit(scope.undone.currentIndex())
    qtbot.waitUntil(lambda: "undone" in server.asked_for("GET /qr-scans/history")[-1].query)
    query = server.asked_for("GET /qr-scans/history")[-1].query
    assert query["from"] == ["2026-03-29T02:30:00+01:00"]
    assert query["to"] == ["2026-03-29T06:00:00+02:00"]
    assert (query["undone"], query["station_id"]) == (["true"], [str(station("L1", PLANT).id)])
    assert scope.words() == (
        "All plants · 2026-03-29 02:30 +01:00 to 2026-03-29 06:00 · L1 Line L1 · All kinds · Taken back",
    )


def test_the_end_of_a_time_is_never_before_its_beginning(page: ScansPage) -> None:
    period = page.scope.period
    period.end.setDateTime(moment(2026, 11, 2, 6, 0))
    assert period.begin.dateTime() == moment(2026, 11, 1, 6, 0)
    period.begin.setDateTime(moment(2026, 11, 3, 6, 0))
    assert period.end.dateTime() == moment(2026, 11, 4, 6, 0)


def test_stations_are_those_of_the_plant(page: ScansPage) -> None:
    scope, one, other = page.scope, station("L1", PLANT), station("R1", UUID(int=901))
    scope.show_plants([samples_plant(PLANT, "Europe/Berlin")])
    scope.show_stations([one, other])
    assert scope.station.count() == 3
    scope.station.setCurrentIndex(2)
    scope.plant.setCurrentIndex(1)
    scope.plant.activated.emit(1)
    assert (scope.station.count(), scope.station.currentData()) == (2, None)


def test_a_new_scan_comes_by_itself_and_the_chosen_one_stays(qtbot: QtBot, page: ScansPage, server: FakeServer) -> None:
    choose(page, 1)
    fresh = scan(-1, "UN1:ST:L1")
    serve_scans(server, [fresh, scan(1, "UN1:MA:M1")])
    server.happen("codes.scan.taken", fresh.id)
    qtbot.waitUntil(lambda: said(page, "what") == ["station L1", "machine M1"])
    assert page.panel.heading.text() == "machine M1"


def test_a_scan_is_undone_with_a_reason(qtbot: QtBot, page: ScansPage, server: FakeServer) -> None:
    choose(page, 0)
    assert not page.panel.undo_button.isEnabled()
    page.panel.reason.setText("scanned twice")
    server.answer(f"POST /qr-scans/{scan(0).id}/undo", undone(0))
    serve_scans(server, [undone(0)])
    QTest.mouseClick(page.panel.undo_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: said(page, "undone") == ["Paula Planner: scanned twice"])
    (asked,) = server.asked_for(f"POST /qr-scans/{scan(0).id}/undo")
    assert asked.body == {"reason": "scanned twice"}
    assert not page.panel.undo_button.isVisible()
    assert any(what == "Undone" for what, _by, _value in facts(page.panel))


def test_a_refused_undo_says_why_beside_the_button(qtbot: QtBot, page: ScansPage, server: FakeServer) -> None:
    choose(page, 0)
    page.panel.reason.setText("scanned twice")
    server.refuse(f"POST /qr-scans/{scan(0).id}/undo", 403, "place_read_only", "You may read but not change Plant East")
    QTest.mouseClick(page.panel.undo_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(page.panel.refusal.isVisible)
    assert "Plant East" in page.panel.refusal.text()
    assert page.panel.reason.text() == "scanned twice"
    choose(page, 1)
    assert not page.panel.refusal.isVisible()


def test_who_may_not_undo_is_told_so(qtbot: QtBot, page: ScansPage, server: FakeServer) -> None:
    allow(page, "codes.scan.read")
    choose(page, 0)
    page.panel.reason.setText("scanned twice")
    assert not page.panel.undo_button.isEnabled()
    assert "codes.scan.undo" in page.panel.undo_button.toolTip()


def test_what_is_listed_is_exported(page: ScansPage, tmp_path: Path) -> None:
    page.table.write(tmp_path / "scans.csv")
    text = (tmp_path / "scans.csv").read_text("utf-8-sig")
    assert len(text.splitlines()) == 6
    assert "machine M1" in text


def test_a_long_list_says_that_it_is_cut(qtbot: QtBot, page: ScansPage, server: FakeServer) -> None:
    serve_scans(server, [scan(n, scanned_at=samples.NOW - timedelta(seconds=n)) for n in range(500)])
    page.reload()
    qtbot.waitUntil(lambda: "the newest 500 scans" in page.head.subtitle)


def test_the_list_is_printed_as_it_is_seen(page: ScansPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "scans.pdf"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(path), ""))
    next(command for command in page.commands if command.id == "page.pdf").trigger()
    (only,) = pages_of(path)
    told = "".join(only.split())
    for wanted in ("Scans", "All plants · Last 24 hours · All kinds", "machine M1", "undone: BATCH/LOT ABC123"):
        assert "".join(wanted.split()) in told, wanted


def test_the_picture_of_a_scan_is_shown(qtbot: QtBot, page: ScansPage, server: FakeServer, tmp_path: Path) -> None:
    allow(page, "codes.scan.read", "stations.picture.read")
    choose(page, 1)
    assert not page.panel.picture_button.isVisible()
    sha256 = "ab" * 32
    serve_scans(server, [scan(0, picture=sha256, source="camera")])
    QImage(64, 48, QImage.Format.Format_RGB32).save(str(tmp_path / "code.png"))
    server.answer(f"GET /station-pictures/{sha256}", raw=(tmp_path / "code.png").read_bytes())
    page.reload()
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 1)
    choose(page, 0)
    QTest.mouseClick(page.panel.picture_button, Qt.MouseButton.LeftButton)
    (dialog,) = page.findChildren(PictureDialog)
    qtbot.waitUntil(lambda: not dialog.notice.isVisible())
    dialog.close()


def test_what_is_chosen_stays_chosen_when_the_page_is_read_again(
    qtbot: QtBot, page: ScansPage, server: FakeServer
) -> None:
    server.answer("GET /plants", [samples_plant(UUID(int=901), "UTC"), samples_plant(PLANT, "UTC")])
    page.reload()
    qtbot.waitUntil(lambda: page.scope.plant.count() == 3)
    page.scope.plant.setCurrentIndex(place_of(page.scope.plant, PLANT))
    server.answer("GET /plants", [samples_plant(PLANT, "UTC")])
    page.reload()
    qtbot.waitUntil(lambda: page.scope.plant.count() == 2)
    assert page.scope.plant.currentData() == PLANT
