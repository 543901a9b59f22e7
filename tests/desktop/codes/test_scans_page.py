import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QDate, QDateTime, Qt, QTime, QTimeZone
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from unison_desktop.codes.keeping import SAME_FOR_SECONDS
from unison_desktop.codes.page import ScansPage
from unison_desktop.codes.panel import CodePanel
from unison_desktop.frame.choice_box import place_of
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.picture_dialog import PictureDialog
from unison_desktop.frame.place import Place
from unison_domain.codes.contracts import ScanLookup, ScanReference
from unison_domain.codes.reading import reading_of
from unison_domain.codes.scanned_text import read_scan
from unison_domain.kernel.contracts import Page as Listed
from unison_domain.stations.contracts import StationAnswer

from tests.desktop import samples
from tests.desktop.codes.samples import GS1, LOST, PLANT, scan, serve_scans, undone
from tests.desktop.fake_server import Answer, Asked, FakeServer
from tests.desktop.frame.printed_text import pages_of
from tests.desktop.machines.samples import plant as samples_plant


@pytest.fixture
def page(qtbot: QtBot, shop_desk: Desk, server: FakeServer) -> Iterator[ScansPage]:
    serve_scans(server, [scan(0), scan(1, "UN1:MA:M1"), scan(2, LOST), undone(3), scan(4, "1234-5678")])
    made = ScansPage(shop_desk, Place("scans"))
    made.resize(1200, 700)
    made.show()
    made.reload()
    qtbot.waitUntil(lambda: made.table.model.rowCount() == 5)
    yield made
    made.close()
    made.deleteLater()


def said(page: ScansPage, key: str) -> list[str]:
    column = next(one for one in page.table.model.columns if one.key == key)
    return [column.shown(row) for row in page.table.model.rows()]


def facts(panel: CodePanel) -> list[tuple[str, str, str]]:
    found = []
    for n in range(panel.facts.topLevelItemCount()):
        section = panel.facts.topLevelItem(n)
        assert section is not None
        found.append(section)
        found += [item for place in range(section.childCount()) if (item := section.child(place))]
    return [(item.text(0), item.text(1), item.text(2)) for item in found]


def station(code: str, plant_id: UUID) -> StationAnswer:
    return StationAnswer(
        id=uuid5(plant_id, code),
        version=1,
        plant_id=plant_id,
        agent_id=None,
        code=code,
        name=f"Line {code}",
        is_active=True,
        created_at=samples.NOW,
        updated_at=samples.NOW,
    )


def moment(year: int, month: int, day: int, hour: int, minute: int) -> QDateTime:
    return QDateTime(QDate(year, month, day), QTime(hour, minute), QTimeZone.utc())


def choose(page: ScansPage, number: int) -> None:
    place = page.table.model.place_of(scan(number).id)
    assert place is not None
    page.table.view.selectRow(place)


def allow(page: ScansPage, *rights: str) -> None:
    session = page.desk.session
    assert session.me is not None
    session.me = session.me.model_copy(update={"permissions": list(rights)})


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


def test_a_guess_is_told_as_one_wherever_it_is_told(qtbot: QtBot, page: ScansPage, server: FakeServer) -> None:
    serve_scans(server, [scan(0, "]A012345670"), scan(1, "]E04006381333931")])
    page.reload()
    words = ["perhaps GTIN 00000012345670", "GTIN 04006381333931"]
    qtbot.waitUntil(lambda: said(page, "what") == words)
    choose(page, 0)
    assert page.panel.heading.text() == words[0]


def test_the_parts_of_a_code_are_told_with_its_warning(page: ScansPage) -> None:
    choose(page, 0)
    assert facts(page.panel)[:5] == [
        ("GS1", "", ""),
        ("GTIN", "(01)", "09506000134352"),
        ("NET WEIGHT (kg)", "(3103)", "0.125"),
        ("BATCH/LOT", "(10)", "ABC123"),
        ("USE BY or EXPIRY", "(17)", "2025-12-31"),
    ]
    assert not page.panel.odd.isVisible()
    choose(page, 2)
    assert "may have dropped a separator" in page.panel.odd.text()
    assert page.panel.odd.isVisible()


def test_a_text_with_several_readings_shows_each(page: ScansPage) -> None:
    choose(page, 4)
    titles = [what for what, _by, value in facts(page.panel) if not value]
    assert titles == ["Item pattern: Bolts (not certain)", "Item pattern: Nuts (not certain)", "Scan"]


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
    server.answer("GET /qr-scans/lookup/UN1%3AMA%3AM1", found)
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


def look_up(qtbot: QtBot, page: ScansPage, code: str) -> None:
    page.lookup.setText(code)
    QTest.keyClick(page.lookup, Qt.Key.Key_Return)


def test_enter_shows_what_a_code_is(qtbot: QtBot, page: ScansPage, server: FakeServer) -> None:
    code = "UN1:MA:S%C3%A4ge/1 a"
    reading = reading_of(read_scan(code.upper()), samples.NOW.date())
    found = ScanLookup(
        reading=reading, reference=ScanReference(type="machine", id=PLANT, code="Säge/1 a", name="Saw", plant_id=PLANT)
    )
    seen: list[str] = []

    def answer(asked: Asked) -> Answer:
        seen.append(asked.path)
        return Answer(found.model_dump(mode="json"))

    server.answer_with("GET /qr-scans/lookup/UN1%3AMA%3AS%25C3%25A4ge%2F1%20a", answer)
    look_up(qtbot, page, code)
    qtbot.waitUntil(lambda: page.panel.heading.text() == "Säge/1 a: Saw")
    assert unquote(seen[0].rpartition("/")[2]) == code
    assert not page.panel.undo_button.isVisible()
    assert page.lookup.selectedText() == code


def test_a_code_that_names_nothing_is_told_with_what_was_understood(
    qtbot: QtBot, page: ScansPage, server: FakeServer
) -> None:
    serve_scans(server, [])
    reading = reading_of(read_scan(GS1), samples.NOW.date()).model_dump(mode="json")
    body = {
        "title": "Not found",
        "status": 404,
        "code": "code_unknown",
        "detail": "Nothing here is known by it",
        "parameters": {"reading": reading},
    }
    server.answer("GET /qr-scans/lookup/X-1", body, status=404)
    look_up(qtbot, page, "X-1")
    qtbot.waitUntil(lambda: page.panel.odd.text() == "Nothing here is known by it")
    assert ("BATCH/LOT", "(10)", "ABC123") in facts(page.panel)
    qtbot.waitUntil(lambda: facts(page.panel)[-1] == ("never scanned", "", ""))
    server.refuse("GET /qr-scans/lookup/X-2", 500, "broken", "It broke")
    look_up(qtbot, page, "X-2")
    qtbot.waitUntil(lambda: page.panel.odd.text() == "It broke")
    assert not page.panel.facts.isVisible()


KEPT = scan(7, "UN1:MA:M1", station_id=None, station_code=None, station_name=None, source="typed", person=None)


def serve_keeping(page: ScansPage, server: FakeServer) -> None:
    allow(page, "codes.scan.read", "codes.scan.create", "codes.scan.undo")
    page.desk.session.events.link_changed.emit(page.desk.session.events.link)
    page.scope.show_plants([samples_plant(PLANT, "Europe/Berlin")])
    server.answer("POST /qr-scans", KEPT, status=201)


def test_a_code_is_kept_as_a_scan_and_can_be_taken_back(qtbot: QtBot, page: ScansPage, server: FakeServer) -> None:
    serve_keeping(page, server)
    page.lookup.setText("]Q1UN1:MA:M1")
    page.lookup.setFocus()
    serve_scans(server, [scan(0), KEPT])
    QTest.keyClick(page.lookup, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: "Kept as a scan: machine M1" in [one.text for one in page.desk.messages.history])
    (asked,) = server.asked_for("POST /qr-scans")
    assert asked.body is not None
    told = {name: value for name, value in asked.body.items() if value}
    scanned_at = datetime.fromisoformat(told.pop("scanned_at"))
    assert abs(page.desk.session.clock.now() - scanned_at) < timedelta(minutes=1)
    assert told == {"qr_code_data": "]Q1UN1:MA:M1", "plant_id": str(PLANT)}
    assert server.asked_for("GET /qr-scans/lookup/%5DQ1UN1%3AMA%3AM1") == []
    assert page.lookup.selectedText() == "]Q1UN1:MA:M1"
    assert page.panel.heading.text() == "machine M1"
    assert page.panel.undo_button.isVisible()
    server.answer(f"POST /qr-scans/{KEPT.id}/undo", undone(7))
    (undo,) = page.desk.messages.history[-1].offers
    undo.run()
    qtbot.waitUntil(lambda: "does not count any more" in page.desk.messages.history[-1].text)
    (asked,) = server.asked_for(f"POST /qr-scans/{KEPT.id}/undo")
    assert asked.body == {"reason": "kept by mistake"}


def test_a_scan_of_a_station_is_kept_there(qtbot: QtBot, page: ScansPage, server: FakeServer) -> None:
    serve_keeping(page, server)
    page.scope.show_stations([station("L1", PLANT)])
    page.scope.station.setCurrentIndex(1)
    page.lookup.setText("X-1")
    page.keep_button.click()
    qtbot.waitUntil(lambda: bool(server.asked_for("POST /qr-scans")))
    body = server.asked_for("POST /qr-scans")[0].body
    assert body is not None
    assert (body["station_id"], body["plant_id"]) == (str(station("L1", PLANT).id), None)


def test_scans_that_come_while_one_is_sent_wait_and_none_is_lost(
    qtbot: QtBot, page: ScansPage, server: FakeServer
) -> None:
    serve_keeping(page, server)
    held = threading.Event()
    server.answer("POST /qr-scans", KEPT, status=201, wait=held)
    for text in ("X-1", "X-2", "X-2", "X-3"):
        page.lookup.setText(text)
        page.keep_button.click()
    held.set()
    qtbot.waitUntil(lambda: len(server.asked_for("POST /qr-scans")) == 3)
    sent = server.asked_for("POST /qr-scans")
    assert [one.body["qr_code_data"] for one in sent] == ["X-1", "X-2", "X-3"]
    assert len({one.headers["idempotency-key"] for one in sent}) == 3


def test_a_scan_that_was_not_kept_is_the_same_request_once_more(
    qtbot: QtBot, page: ScansPage, server: FakeServer
) -> None:
    serve_keeping(page, server)
    server.refuse("POST /qr-scans", 403, "place_read_only", "You may read but not change Plant East")
    page.lookup.setText("X-1")
    page.keep_button.click()
    refused = "You may read but not change Plant East"
    qtbot.waitUntil(lambda: f"“X-1” was not kept: {refused}" in [one.text for one in page.desk.messages.history])
    server.answer("POST /qr-scans", KEPT, status=201)
    page.keep_button.click()
    qtbot.waitUntil(lambda: len(server.asked_for("POST /qr-scans")) == 2)
    first, again = (one.headers["idempotency-key"] for one in server.asked_for("POST /qr-scans"))
    assert first == again


def test_a_code_scanned_again_much_later_is_another_scan(
    qtbot: QtBot, page: ScansPage, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the first nobody knows whether it arrived: under its key the second would vanish."""
    serve_keeping(page, server)
    now, seconds = page.desk.session.clock.now(), 0.0
    monkeypatch.setattr(page._keeping, "_monotonic", lambda: seconds)
    monkeypatch.setattr(page.desk.session.clock, "now", lambda: now + timedelta(seconds=seconds))
    server.refuse("POST /qr-scans", 503, "unavailable", "Not now.")
    page.lookup.setText("X-1")
    for after in (0.0, SAME_FOR_SECONDS - 1, 2 * SAME_FOR_SECONDS):
        seconds = after
        page.keep_button.click()
        qtbot.waitUntil(lambda: not page._keeping._waiting)
    first, again, later = server.asked_for("POST /qr-scans")
    keys = [one.headers["idempotency-key"] for one in (first, again, later)]
    assert (keys[0] == keys[1], keys[1] == keys[2]) == (True, False)
    assert first.body == again.body
    assert datetime.fromisoformat(later.body["scanned_at"]) == now + timedelta(seconds=2 * SAME_FOR_SECONDS)


def test_a_scan_is_kept_with_the_right_and_of_a_known_place_alone(page: ScansPage, server: FakeServer) -> None:
    allow(page, "codes.scan.read")
    page.desk.session.events.link_changed.emit(page.desk.session.events.link)
    assert not page.keep_button.isEnabled()
    assert "codes.scan.create" in page.keep_button.toolTip()
    serve_keeping(page, server)
    page.keep_button.click()
    assert page.desk.messages.history[-1].text == "Scan or type the code first."
    page.scope.show_plants([samples_plant(PLANT, "Europe/Berlin"), samples_plant(UUID(int=901), "Europe/Berlin")])
    page.lookup.setText("X-1")
    page.keep_button.click()
    assert page.desk.messages.history[-1].text == "Choose the plant or station where it was scanned."
    assert server.asked_for("POST /qr-scans") == []


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
