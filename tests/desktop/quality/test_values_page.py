"""The page of measured values of all characteristics."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtWidgets import QComboBox, QFileDialog
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.frame.question import Question
from unison_desktop.quality.values_page import ValuesPage
from unison_domain.stations.contracts import StationAnswer

from tests.desktop.fake_server import FakeServer
from tests.desktop.quality.measuring import LIST, said
from tests.desktop.quality.samples import BORE_ID, MASS, MASS_ID, PLANT, measurement, serve_quality, some
from tests.desktop.samples import NOW
from tests.desktop.stations.peripherals.samples import CALIPER, caliper, camera, scanner

STATIONS = [
    StationAnswer(
        id=UUID(int=number), plant_id=plant_id, agent_id=None, code=code, name=f"Line {code}", version=1,
        is_active=True, created_at=NOW, updated_at=NOW,
    )
    for number, code, plant_id in ((56, "L1", PLANT), (57, "R1", PLANT))
]  # fmt: skip
EVERYTHING = ("stations.station.read", "stations.peripheral.read")
FILE = "GET /inspection-measurements/export"


@pytest.fixture
def page(qtbot: QtBot, desk: Desk, server: FakeServer) -> Iterator[ValuesPage]:
    """Four of the bore, one of them out of tolerance, and a mass."""
    me = desk.session.me
    assert me is not None
    desk.session.me = me.model_copy(update={"permissions": [*me.permissions, *EVERYTHING]})
    serve_quality(server, some(3))
    bores = [measurement(2, "12.010", raw="01A+12.010\r"), measurement(1, "12.0195"), measurement(0, "12.001")]
    server.answer(LIST, [*bores, measurement(7, "80.1", MASS)])
    server.answer("GET /stations", STATIONS)
    at_left, at_right = {"station_id": UUID(int=56)}, {"station_id": UUID(int=57)}
    server.answer("GET /peripherals", [caliper(**at_left, is_active=False), scanner(**at_left), camera(**at_right)])
    made = ValuesPage(desk, Place("measured-values"))
    made.resize(1240, 700)
    made.show()
    made.reload()
    qtbot.waitUntil(lambda: made.table.model.rowCount() == 4)
    qtbot.waitUntil(lambda: not made.awaits())
    yield made
    made.close()
    made.deleteLater()


def choose(box: QComboBox, words: str) -> None:
    """As a person does."""
    assert box.findText(words) >= 0, [box.itemText(place) for place in range(box.count())]
    box.setCurrentIndex(box.findText(words))
    box.activated.emit(box.currentIndex())


def run(page: ValuesPage, command: str) -> None:
    next(one for one in page.commands if one.id == command).trigger()


def test_all_out_of_tolerance_yesterday_at_one_gauge(qtbot: QtBot, page: ValuesPage, server: FakeServer) -> None:
    scope, berlin = page.scope, ZoneInfo("Europe/Berlin")
    today = datetime.now(berlin).date()
    choose(scope.period.choice, "Yesterday")
    days = {today, datetime.now(berlin).date()}  # midnight may have come in between
    choose(scope.tolerance, "out of tolerance")
    choose(scope.station, "L1 Line L1")
    choose(scope.device, "L1 Caliper")
    choose(scope.source, "gauge")
    choose(scope.undone, "Those that count")
    qtbot.waitUntil(lambda: "undone" in server.asked_for(LIST)[-1].query)
    query = server.asked_for(LIST)[-1].query
    expected = {"within_tolerance": "false", "source": "gauge", "undone": "false", "peripheral_id": str(CALIPER)}
    assert {name: query[name] for name in expected} == {name: [value] for name, value in expected.items()}
    assert "characteristic_id" not in query
    begins, ends = (datetime.fromisoformat(query[name][0]) for name in ("from", "to"))
    assert (begins.astimezone(berlin).hour, ends.astimezone(berlin).hour) == (0, 0)
    assert ends.date() - begins.date() == timedelta(days=1)
    assert begins.astimezone(berlin).date() + timedelta(days=1) in days
    assert scope.period.begin.isVisible(), "the two moments are seen, and can be moved"
    assert "L1 Caliper · gauge · out of tolerance · Those that count" in scope.words()[0]


def test_only_what_measures_is_offered_where_it_is_chosen(page: ValuesPage) -> None:
    def offered() -> list[str]:
        return [page.scope.device.itemText(place) for place in range(1, page.scope.device.count())]

    assert offered() == ["L1 Caliper", "R1 Top camera"], "also what was put away; scanners measure nothing"
    choose(page.scope.station, "R1 Line R1")
    assert offered() == ["R1 Top camera"]


def test_the_file_is_of_what_is_shown(
    qtbot: QtBot, page: ValuesPage, server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "values.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(file), ""))
    server.answer(FILE, raw=b"id\r\n1\r\n", headers={"X-Rows": "1"})
    choose(page.scope.tolerance, "in tolerance")
    choose(page.scope.characteristic, "Mass")
    qtbot.waitUntil(lambda: "characteristic_id" in server.asked_for(LIST)[-1].query)
    run(page, "values.export")
    qtbot.waitUntil(lambda: said(page.desk)[-1:] == [f"{file} was written."])
    assert file.read_bytes() == b"id\r\n1\r\n"
    listed, exported = (dict(server.asked_for(route)[-1].query) for route in (LIST, FILE))
    for query in (listed, exported):
        query.pop("limit", None)
        query.pop("from")  # each is of the moment it was asked at
    assert exported == listed == {"characteristic_id": [str(MASS_ID)], "within_tolerance": ["true"]}


def test_the_chosen_value_is_told_whole_and_leads_to_its_chart(qtbot: QtBot, page: ValuesPage) -> None:
    rows = page.table.model.rows()
    page.table.view.selectRow(next(n for n, one in enumerate(rows) if one.id == measurement(2, "12.010").id))
    assert page.whole.text().splitlines()[0] == "Bore Ø 12 H7"
    assert "01A+12.010" in page.whole.text()
    with qtbot.waitSignal(page.go) as gone:
        run(page, "values.chart")
    assert gone.args == [Place("measurements", str(BORE_ID))]


def test_a_value_is_taken_back_after_a_question(qtbot: QtBot, page: ValuesPage, server: FakeServer) -> None:
    one = measurement(1, "12.0195")
    undone = one.model_copy(update={"undone_at": one.measured_at, "undone_by": "Paula Planner"})
    server.answer(f"POST /inspection-measurements/{one.id}/undo", undone)
    server.answer(LIST, [undone])
    run(page, "values.undo")
    assert said(page.desk)[-1] == "Choose one value that is to be taken back."
    page.table.view.select_ids([one.id])
    run(page, "values.undo")
    (question,) = page.findChildren(Question)
    question.yes.click()
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 1)
    tolerance = next(column for column in page.table.model.columns if column.key == "tolerance")
    assert tolerance.shown(page.table.model.row_at(0)) == "taken back"


def test_what_is_measured_now_comes_by_itself(qtbot: QtBot, page: ValuesPage, server: FakeServer) -> None:
    server.answer(LIST, [measurement(9, "12.002")])
    page.desk.session.changes.announce("quality.measurement.taken", [measurement(9, "12.002").id])
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 1)


def test_a_limit_that_changed_judges_anew(qtbot: QtBot, page: ValuesPage, server: FakeServer) -> None:
    asked = len(server.asked_for(LIST))
    page.desk.session.changes.announce("quality.characteristic.updated", [BORE_ID])
    qtbot.waitUntil(lambda: len(server.asked_for(LIST)) > asked)
