"""Counters that strayed are seen on their machine's day, and lead to the correction of their counts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.machines.page import MachinePage
from unison_desktop.machines.strayed import StrayedDialog, strayed_columns
from unison_domain.machines.contracts import CounterIncident

from tests.desktop.fake_server import FakeServer
from tests.desktop.machines.samples import machine, machine_id, serve_machines

ID, TAG, DEVICE = machine_id(0), UUID(int=400), UUID(int=401)
PATH = f"GET /machines/{ID}/counter-incidents"


def incident(number: int, **changes: Any) -> CounterIncident:
    known = {
        "id": UUID(int=500 + number),
        "machine_id": ID,
        "tag_id": TAG,
        "tag_name": "good",
        "device_id": DEVICE,
        "device_name": "PLC",
        "kind": "counter_jumped",
        "at": datetime(2026, 11, 10, 7, number, tzinfo=UTC),
        "raw_from": 100,
        "raw_to": 5100,
        "added": None,
    }
    return CounterIncident(**{**known, **changes})


@pytest.fixture
def page(qtbot: QtBot, desk: Desk, server: FakeServer) -> MachinePage:
    serve_machines(server, [machine(0)])
    server.answer(PATH, [incident(2), incident(1, kind="counter_reset", raw_to=3, added=3)])
    made = MachinePage(desk, Place("machine", f"{ID}/2026-11-10"))
    qtbot.addWidget(made)
    made.show()
    made.load()
    return made


def test_a_day_tells_of_counters_that_strayed_and_leads_to_their_correction(
    qtbot: QtBot, page: MachinePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page.desk.session, "may", lambda *_right: True)
    qtbot.waitUntil(page.strayed.isVisible)
    assert page.strayed.told.text().startswith("Counters strayed 2 times on this day. What a leap stands for")
    page.strayed.look.click()
    (dialog,) = page.strayed.findChildren(StrayedDialog)
    shown = [[column.shown(row) for column in dialog.table.model.columns[1:]] for row in dialog.table.model.rows()]
    assert shown == [["PLC, good", "leapt", "100", "5100", "0"], ["PLC, good", "went back", "100", "3", "3"]]
    assert dialog.table.model.columns[0].shown(incident(2)).startswith("2026-11-10 08:02:00")
    with qtbot.waitSignal(page.go) as gone:
        dialog.correct.click()
    assert gone.args == [Place("configuration", f"device/{DEVICE}/correct/{TAG}")]


def test_a_day_without_any_and_a_server_that_tells_none_say_nothing(
    qtbot: QtBot, page: MachinePage, server: FakeServer
) -> None:
    qtbot.waitUntil(page.strayed.isVisible)
    server.answer(PATH, [])
    page.reload()
    qtbot.waitUntil(page.strayed.isHidden)
    server.refuse(PATH, 404, "not_found", "There is none")
    asked = len(server.asked_for(PATH))
    page.reload()
    qtbot.waitUntil(lambda: len(server.asked_for(PATH)) > asked and page.strayed.isHidden())
    server.refuse(PATH, 503, "unavailable", "The database is starting.")
    page.reload()
    qtbot.waitUntil(page.strayed.isVisible)
    server.answer(PATH, [incident(2)])
    page.reload()
    qtbot.waitUntil(lambda: page.strayed.told.text().startswith("A counter strayed on this day."))
    assert page.strayed.look.isEnabled()


def test_who_may_not_correct_counts_is_told_why(
    qtbot: QtBot, page: MachinePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    qtbot.waitUntil(page.strayed.isVisible)
    monkeypatch.setattr(page.desk.session, "may", lambda right, *_more: right != "machines.count.correct")
    page.strayed.look.click()
    (dialog,) = page.strayed.findChildren(StrayedDialog)
    assert not dialog.correct.isEnabled()
    assert dialog.correct.toolTip() == page.desk.session.lacks("machines.count.correct")


def test_a_counter_out_of_sight_is_shown_by_its_id() -> None:
    unseen = incident(1, tag_name=None, device_id=None, device_name=None)
    assert strayed_columns(ZoneInfo("Europe/Berlin"))[1].shown(unseen) == str(TAG)
