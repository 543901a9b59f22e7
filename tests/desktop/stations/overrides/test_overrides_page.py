"""The page of overrides: each in words, narrowed, live, and asked for by person only where that is allowed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.stations.overrides.page import OverridesPage
from unison_desktop.stations.overrides.words import KINDS, OUTCOMES
from unison_domain.identity.overrides import OverrideKind
from unison_domain.stations.override_contracts import OverrideAnswer, OverrideOutcome

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer
from tests.desktop.machines.samples import plant

PLANT = UUID(int=900)


def override(number: int, **changes: Any) -> OverrideAnswer:
    """One of so many minutes ago."""
    at = samples.NOW - timedelta(minutes=number)
    known: dict[str, Any] = {
        "id": UUID(int=5000 + number),
        "at": at,
        "done_at": at,
        "outcome": "done",
        "kind": "machine_state",
        "right": "machines.override.set_state",
        "plant_id": PLANT,
        "station_id": UUID(int=60),
        "station_code": "S1",
        "station_name": "Line 1",
        "subject": "M-17 Press",
        "result": "setup",
        "done_by": "Ben",
        "confirmed_by": "Quinn",
    }
    return OverrideAnswer(**{**known, **changes})


REFUSED = override(1, outcome="refused", kind=None, right=None, subject=None, result=None, done_by=None, done_at=None)
REFUSED = REFUSED.model_copy(update={"refused_for": "pin_wrong"})
WAITING = override(2, outcome="waiting", kind="scan_undone", subject="BOX\x1d1", confirmed_by=None, remark="Nobody did")
CLEARED = override(3, kind="stop_reason", result=None)


@pytest.fixture
def page(qtbot: QtBot, shop_desk: Desk, server: FakeServer) -> Iterator[OverridesPage]:
    server.answer("GET /plants", [plant(PLANT, "Asia/Kathmandu")])
    server.answer("GET /station-overrides", [override(0), REFUSED, WAITING, CLEARED])
    made = OverridesPage(shop_desk, Place("overrides"))
    made.resize(1240, 700)
    made.show()
    made.reload()
    qtbot.waitUntil(lambda: made.table.model.rowCount() == 4)
    qtbot.waitUntil(lambda: not made.awaits())
    yield made
    made.close()
    made.deleteLater()


def cells(page: OverridesPage, key: str) -> list[str]:
    column = next(one for one in page.table.model.columns if one.key == key)
    return [column.shown(row) for row in page.table.model.rows()]


def test_it_tells_what_was_done_by_whom_and_what_came_of_it(page: OverridesPage) -> None:
    assert cells(page, "kind") == [
        KINDS[OverrideKind.MACHINE_STATE],
        "",
        KINDS[OverrideKind.SCAN_UNDONE],
        *([KINDS[OverrideKind.STOP_REASON]]),
    ]
    assert cells(page, "subject") == ["M-17 Press", "", "BOX␝1", "M-17 Press"]
    assert cells(page, "result") == ["Set-up", "", "", "no reason any more"]
    assert cells(page, "outcome") == ["Counts", "Refused: the PIN is wrong", "Waits for a decision", "Counts"]
    assert (cells(page, "done_by")[0], cells(page, "confirmed_by")[0]) == ("Ben", "Quinn")
    page.table.view.selectRow(2)
    assert page.whole.text().splitlines()[0] == "BOX␝1"
    assert page.whole.text().splitlines()[-1] == "Nobody did"


def test_the_last_week_is_shown_first(page: OverridesPage) -> None:
    assert page.scope.query(samples.NOW)["from"] == (samples.NOW - timedelta(days=7)).isoformat()


def test_everything_has_words() -> None:
    assert (set(KINDS), set(OUTCOMES)) == (set(OverrideKind), set(OverrideOutcome))


def test_it_is_narrowed(qtbot: QtBot, page: OverridesPage, server: FakeServer) -> None:
    page.scope.kind.setCurrentIndex(page.scope.kind.findData("far_value"))
    page.scope.done.setCurrentIndex(page.scope.done.findData("false"))
    before = len(server.asked_for("GET /station-overrides"))
    page.scope.changed.emit()
    qtbot.waitUntil(lambda: len(server.asked_for("GET /station-overrides")) > before)
    asked = server.asked_for("GET /station-overrides")[-1].query
    assert (asked["kind"], asked["done"]) == (["far_value"], ["false"])


def test_a_person_is_asked_for_only_with_the_right(page: OverridesPage) -> None:
    page.scope.person.setText("Ben")
    assert page.scope.query(samples.NOW)["person"] == "Ben"
    page.scope.let_ask_for_persons(may=False, why_not="You lack it")
    assert not page.scope.person.isEnabled()
    assert page.scope.person.toolTip() == "You lack it"
    assert page.scope.query(samples.NOW)["person"] is None


def test_what_is_overridden_now_comes_by_itself(qtbot: QtBot, page: OverridesPage, server: FakeServer) -> None:
    server.answer("GET /station-overrides", [override(number) for number in range(5)])
    page.desk.session.changes.announce("stations.override.confirmed", [UUID(int=5004)])
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 5)
