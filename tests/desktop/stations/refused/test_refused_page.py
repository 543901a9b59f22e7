"""The history of refused values: found by place and device, read whole, live, and saved as a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.stations.refused.page import RefusedValuesPage
from unison_domain.stations.refused_values import RefusedValueAnswer

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer
from tests.desktop.machines.samples import plant
from tests.desktop.stations.peripherals.samples import CALIPER

PLANT = UUID(int=900)


def refused(number: int, **changes: Any) -> RefusedValueAnswer:
    """What was refused so many minutes ago."""
    at = samples.NOW - timedelta(minutes=number)
    known: dict[str, Any] = {
        "id": UUID(int=4000 + number),
        "plant_id": PLANT,
        "station_id": UUID(int=60),
        "station_name": "Line 1",
        "peripheral_id": CALIPER,
        "peripheral_name": "Caliper",
        "kind": "gauge",
        "first_at": at,
        "last_at": at,
        "received_at": at,
        "times": 1,
        "raw": "01A\x1d#",
        "reason": "Caliper sent 0.12, which is no number",
    }
    return RefusedValueAnswer(**{**known, **changes})


@pytest.fixture
def page(qtbot: QtBot, shop_desk: Desk, server: FakeServer) -> Iterator[RefusedValuesPage]:
    server.answer("GET /plants", [plant(PLANT, "Asia/Kathmandu")])
    server.answer("GET /refused-values", [refused(0, remedy="Scan it once more"), refused(1, times=7, others=True)])
    made = RefusedValuesPage(shop_desk, Place("refused-values", str(CALIPER)))
    made.resize(1240, 700)
    made.show()
    made.reload()
    qtbot.waitUntil(lambda: made.table.model.rowCount() == 2)
    qtbot.waitUntil(lambda: not made.awaits())
    yield made
    made.close()
    made.deleteLater()


def cells(page: RefusedValuesPage, key: str) -> list[str]:
    column = next(one for one in page.table.model.columns if one.key == key)
    return [column.shown(row) for row in page.table.model.rows()]


def test_it_tells_what_came_why_and_how_often(page: RefusedValuesPage, server: FakeServer) -> None:
    assert cells(page, "raw") == ["01A␝#", "01A␝#"]
    assert cells(page, "reason")[1] == "Various, the last: Caliper sent 0.12, which is no number"
    assert (cells(page, "times"), cells(page, "device")) == (["1", "7"], ["Caliper", "Caliper"])
    asked = server.asked_for("GET /refused-values")[-1].query
    assert asked["peripheral_id"] == [str(CALIPER)]
    assert "from" not in asked, "a device that is asked for is looked at through all times"
    page.table.view.selectRow(0)
    assert page.whole.text() == "01A␝#\nCaliper sent 0.12, which is no number\nScan it once more"


def test_what_is_refused_now_comes_by_itself(qtbot: QtBot, page: RefusedValuesPage, server: FakeServer) -> None:
    server.answer("GET /refused-values", [refused(number) for number in range(3)])
    page.desk.session.changes.announce("stations.refused_value.told", [UUID(int=4002)])
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 3)
