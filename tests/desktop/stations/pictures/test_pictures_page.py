"""Kept pictures are found by place, machine, reason and time, looked at, and saved as they were kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.picture_dialog import PictureDialog
from unison_desktop.frame.place import Place
from unison_desktop.stations.pictures.columns import where
from unison_desktop.stations.pictures.page import PicturesPage
from unison_desktop.stations.pictures.wanted import Wanted
from unison_domain.stations.picture_contracts import PictureAnswer

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer
from tests.desktop.machines.downtime.test_pictures_of_a_stop import png
from tests.desktop.machines.samples import machine_id
from tests.desktop.machines.samples import plant as samples_plant

PLANT = UUID(int=900)


def kept(number: int, **changes: Any) -> PictureAnswer:
    """The picture that was taken so many minutes ago around a stop."""
    at = samples.NOW - timedelta(minutes=number)
    known: dict[str, Any] = {
        "id": UUID(int=3000 + number),
        "plant_id": PLANT,
        "station_id": UUID(int=60),
        "peripheral_id": UUID(int=61),
        "sha256": f"{number:064x}",
        "bytes": 12_400,
        "media_type": "image/png",
        "reason": "stop",
        "machine_id": machine_id(0),
        "taken_at": at,
        "ends_at": at + timedelta(days=90),
        "stored_at": at,
    }
    return PictureAnswer(**{**known, **changes})


@pytest.fixture
def page(qtbot: QtBot, shop_desk: Desk, server: FakeServer) -> Iterator[PicturesPage]:
    here = samples_plant(PLANT, "Asia/Kathmandu")
    server.answer("GET /plants", [here])
    scanned = kept(1, reason="scan", machine_id=None, person="Ada", stored_at=None)
    server.answer("GET /station-pictures", [kept(0), scanned, kept(2, reason="fire")])
    server.answer(f"GET /station-pictures/{0:064x}", raw=png(80))
    server.refuse(f"GET /station-pictures/{1:064x}", 404, "not_here", "The picture is still at its station")
    made = opened(qtbot, shop_desk, Place("pictures"))
    yield made
    made.close()
    made.deleteLater()


def opened(qtbot: QtBot, desk: Desk, place: Place) -> PicturesPage:
    made = PicturesPage(desk, place)
    made.resize(1240, 700)
    made.show()
    made.reload()
    qtbot.waitUntil(lambda: made.table.model.rowCount() == 3)
    qtbot.waitUntil(lambda: not made.awaits())
    return made


def cells(page: PicturesPage, key: str) -> list[str]:
    column = next(one for one in page.table.model.columns if one.key == key)
    return [column.shown(row) for row in page.table.model.rows()]


def test_pictures_are_listed_with_what_they_are_of_and_how_long_they_stay(page: PicturesPage) -> None:
    assert cells(page, "reason") == ["Around a stop", "A scan", "fire"]
    assert cells(page, "machine")[1] == ""
    assert cells(page, "machine")[0] != ""
    assert cells(page, "where") == ["at the server", "still at its station", "at the server"]
    ends = kept(0).ends_at.astimezone(page.head.zone)
    overdue = kept(1, stored_at=None, is_overdue=True)
    assert where(replace(page.table.model.rows()[1], picture=overdue)) == "did not come"
    lost = kept(1, stored_at=None, lost_at=kept(1).taken_at, lost_reason="room")
    assert where(replace(page.table.model.rows()[1], picture=lost)) == "lost: no room at its PC"
    assert cells(page, "ends_at")[0] == f"{ends:%Y-%m-%d}"
    assert page.head.subtitle == "3 pictures"


def test_what_is_chosen_is_asked_for(qtbot: QtBot, page: PicturesPage, server: FakeServer) -> None:
    scope = page.scope
    for box, value in ((scope.plant, PLANT), (scope.machine, machine_id(0)), (scope.reason, "stop")):
        box.setCurrentIndex(next(place for place in range(box.count()) if box.itemData(place) == value))
        box.activated.emit(box.currentIndex())
    scope.period.choose(None)
    scope.changed.emit()
    qtbot.waitUntil(lambda: "from" not in server.asked_for("GET /station-pictures")[-1].query)
    asked = server.asked_for("GET /station-pictures")[-1].query
    assert (asked["plant_id"], asked["machine_id"], asked["reason"]) == ([str(PLANT)], [str(machine_id(0))], ["stop"])


def test_one_is_seen_saved_and_opened_larger(qtbot: QtBot, page: PicturesPage, tmp_path: Path) -> None:
    page.table.view.selectRow(0)
    qtbot.waitUntil(page.panel.notice.isHidden)
    assert "kept until" in page.panel.facts.text()
    page.panel.save_to(tmp_path / "stop.png")
    assert (tmp_path / "stop.png").read_bytes() == png(80)
    page.panel.save_to(tmp_path / "no" / "stop.png")
    assert "could not be written" in page.desk.messages.history[-1].text
    page.table.row_opened.emit(page.table.model.rows()[0])
    (dialog,) = page.findChildren(PictureDialog)
    qtbot.waitUntil(dialog.notice.isHidden)
    dialog.close()


def test_one_that_is_still_at_its_station_says_so_and_is_not_saved(qtbot: QtBot, page: PicturesPage) -> None:
    page.table.view.selectRow(1)
    qtbot.waitUntil(lambda: page.panel.notice.text() == "The picture is still at its station")
    page.panel.save()
    assert page.desk.messages.history[-1].text == "The picture is still at its station"
    page.table.view.clearSelection()
    qtbot.waitUntil(lambda: page.panel.row is None)


def test_a_place_asks_for_one_machine_and_time(qtbot: QtBot, page: PicturesPage, server: FakeServer) -> None:
    begins, ends = samples.NOW - timedelta(hours=3), samples.NOW - timedelta(hours=2)
    other = opened(qtbot, page.desk, Place("pictures", str(Wanted(machine_id(0), begins, ends))))
    asked = server.asked_for("GET /station-pictures")[-1].query
    assert asked["machine_id"] == [str(machine_id(0))]
    asked_from, asked_to = (datetime.fromisoformat(asked[name][0]) for name in ("from", "to"))
    assert begins - timedelta(minutes=1) <= asked_from <= begins
    assert ends <= asked_to <= ends + timedelta(minutes=1)
    assert other.scope.machine.currentData() == machine_id(0)
    other.close()
    other.deleteLater()


@pytest.mark.parametrize("argument", ["", "nobody", f"{UUID(int=7)}", f"{UUID(int=7)}/then/now"])
def test_what_a_place_says_wrong_is_passed_over(argument: str) -> None:
    wanted = Wanted.parse(argument)
    assert (wanted.begins, wanted.ends) == (None, None)
    assert Wanted.parse(str(wanted)) == wanted
