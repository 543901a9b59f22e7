"""A code that was typed is kept as a scan, once."""

import threading
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from unison_desktop.codes.keeping import SAME_FOR_SECONDS
from unison_desktop.codes.page import ScansPage

from tests.desktop.codes.samples import PLANT, scan, serve_scans, undone
from tests.desktop.codes.scans_shown import allow, station
from tests.desktop.fake_server import FakeServer
from tests.desktop.machines.samples import plant as samples_plant

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
    assert server.asked_for("POST /qr-scans/lookup") == []
    assert page.lookup.selectedText() == "]Q1UN1:MA:M1"
    assert page.panel.heading.text() == "machine M1"
    assert page.panel.undo_button.isVisible()
    server.answer(f"POST /qr-scans/{KEPT.id}/undo", undone(7))
    (undo,) = page.desk.messages.history[-1].offers
    undo.run()
    qtbot.waitUntil(lambda: "does not count any more" in page.desk.messages.history[-1].text)
    (asked,) = server.asked_for(f"POST /qr-scans/{KEPT.id}/undo")
    assert asked.body == {"reason": "kept by mistake"}
    qtbot.waitUntil(lambda: not any(message.offers for message in page.desk.messages.history))


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


def test_what_is_too_long_for_a_code_is_told_and_not_cut_to_another_one(page: ScansPage, server: FakeServer) -> None:
    serve_keeping(page, server)
    page.lookup.setText("7" * 5_000)
    page.lookup.setFocus()
    for modifier in (Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier):
        QTest.keyClick(page.lookup, Qt.Key.Key_Return, modifier)
        assert "too long for a code (5000 characters of 4096)" in page.desk.messages.history[-1].text
    assert server.asked_for("POST /qr-scans") == server.asked_for("POST /qr-scans/lookup") == []
    for line in (page.lookup, page.scope.code):
        line.setText("7" * 5_000)
        assert len(line.text()) == 5_000
