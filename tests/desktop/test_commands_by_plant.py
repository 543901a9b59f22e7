"""Every page's commands ask the right and the plant together: a right for one plant changes nothing in another."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from PySide6.QtCore import QAbstractItemModel, QModelIndex
from PySide6.QtWidgets import QAbstractItemView, QWidget
from pytestqt.qtbot import QtBot
from unison_desktop.codes.page import ScansPage
from unison_desktop.frame.choice_box import place_of as choice_of
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.outline import Outline
from unison_desktop.frame.page import Page
from unison_desktop.frame.page_entry import PageEntry
from unison_desktop.frame.pages import ENTRIES
from unison_desktop.frame.window import MainWindow
from unison_desktop.identity.session import Session
from unison_desktop.machines.board import BoardPage
from unison_desktop.machines.strayed import StrayedDialog
from unison_desktop.quality.page import MeasurementsPage
from unison_desktop.stations.tab_part import TabPart
from unison_desktop.tables.view import GridView
from unison_domain.identity.contracts import PlantRight

from tests.desktop import samples
from tests.desktop.codes.samples import scan, serve_scans
from tests.desktop.fake_server import FakeServer
from tests.desktop.machines.samples import plant
from tests.desktop.machines.test_help_calls import call
from tests.desktop.machines.test_strayed import incident
from tests.desktop.quality.samples import serve_quality, some
from tests.desktop.stations.configuration import samples as configuration
from tests.desktop.stations.peripherals import samples as peripherals
from tests.desktop.test_pages_leave_nothing import place_of

HERE = UUID(int=990)
ELSEWHERE = [UUID(int=number) for number in (1, 50, 500, 700, 701, 900, 901, 910, 911, 912)]
"""The plants of all that the samples have."""
LISTS = {
    "machine": ["Intervals"],
    "downtime": ["Downtime"],
    "measurements": ["Measurements"],
    "measured-values": ["All measurements"],
    "characteristics": ["Characteristics"],
    "scans": ["Scans"],
    "stations": ["Stations"],
    "configuration": ["PCs, stations and devices", "Tags"],
    "peripherals": ["PCs and stations"],
    "equipment": ["Plants and work centers"],
    "places": ["Plants"],
}
"""Where people choose what is of a plant. What other pages show is all plants', or nobody changes it."""
CHANGES_NOTHING = {
    *("page.reload", "page.print", "page.pdf", "board.wall", "board.search"),
    *("machine.previous_day", "machine.next_day", "machine.today", "machine.stops", "machine.pictures"),
    *("downtime.pictures", "downtime.reasons", "downtime.totals"),
    *("measurement.characteristics", "measurement.picture", "characteristic.values"),
    *("measurement.values", "measurement.export", "values.chart", "values.picture", "values.export"),
    *("scans.alike", "scans.refused", "scans.patterns", "scans.export"),
    *("refused.export", "pictures.save", "overrides.export", "agent.overrides"),
    *("config.history", "config.export", "config.return", "setup.return", "place.return", "place.history"),
    *("peripheral.history", "peripheral.refused", "peripheral.return"),
}
"""They show, print or save, lead to another page, or open a list that says of each row whether it may be changed."""
ASKS_WHICH = {
    *("characteristic.new", "scans.keep", "setup.center", "setup.machine", "setup.copy", "config.station"),
    *("config.import", "alarm.new", "reason.edit", "agent.enrol", "sign_on.rules"),
}
"""They ask for the plant themselves and offer those that may be; or are of none."""
OF_ITS_OWN = {"places": "HERE", "equipment": "Here", "configuration": "Line 1"}
"""Rows of the plant in which they may, and of a PC where its stations are set up, which has no plant itself."""
OF_WHAT_IS_SHOWN = {
    "measurements": {"measurement.undo", "measurement.undo_last"},
    "machine": {"machine.set_state", "machine.take_back_state"},
}
"""The page is about one characteristic, or one machine, whose plant it is."""


@pytest.fixture
def one_plant_desk(shop_desk: Desk, server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Somebody with every right in one plant, who sees the others, where everything is."""
    peripherals.serve(server)
    configuration.serve(server)
    serve_quality(server, some(5))
    serve_scans(server, [scan(0), scan(1)])
    server.answer("GET /stations", [configuration.station()])
    plants = [plant(id_, "Europe/Berlin") for id_ in (HERE, *ELSEWHERE)]
    names = {"code": "HERE", "name": "Here"}
    told = [one.model_copy(update=names if one.id == HERE else {"code": f"ELSE-{one.id.int}"}) for one in plants]
    server.answer("GET /plants", told)
    for one in told:
        server.answer(f"GET /plants/{one.id}", one)
    monkeypatch.setattr(Session, "may", lambda _session, _permission: True)
    monkeypatch.setattr(Session, "holds_in", lambda _session, _right, plant_id, _department=None: plant_id == HERE)
    reach = PlantRight(plant_id=HERE, can_read=True, can_write=True, can_delete=True)
    me = samples.me(plants=[reach], all_plants=False, reads_all_plants=True)
    server.answer("GET /auth/me", me)
    shop_desk.session.me = me
    return shop_desk


@pytest.fixture
def window(one_plant_desk: Desk) -> Iterator[MainWindow]:
    made = MainWindow(one_plant_desk)
    made.show()
    yield made
    made.close()
    made.deleteLater()


def opened(qtbot: QtBot, window: MainWindow, entry: PageEntry) -> Page:
    """With all that it shows; plants among it, without which nobody knows what is against a command."""
    window.go(place_of(entry))
    page = window.page
    assert page is not None
    lists = LISTS.get(entry.name, [])
    qtbot.waitUntil(lambda: not page.awaits() and (not lists or rows_of(page, lists[0]) != []))
    return page


def view_of(page: Page, name: str) -> QAbstractItemView | None:
    views = [*page.findChildren(GridView), *page.findChildren(Outline)]
    return next((view for view in views if view.accessibleName() == name and view.isVisible()), None)


def rows_of(page: Page, name: str) -> list[QModelIndex]:
    view = view_of(page, name)
    return [] if view is None else list(_below(view.model(), QModelIndex()))


def _below(model: QAbstractItemModel, parent: QModelIndex) -> Iterator[QModelIndex]:
    for place in range(model.rowCount(parent)):
        index = model.index(place, 0, parent)
        yield index
        yield from _below(model, index)


def choose(page: Page, name: str, index: QModelIndex) -> None:
    """As somebody does with a click."""
    view = view_of(page, name)
    assert view is not None
    view.setFocus()
    view.setCurrentIndex(index)


def open_to_them(page: Page) -> set[str]:
    return {command.id for command in page.commands if command.isEnabled()}


OF_PLANTS = [entry for entry in ENTRIES if not entry.target.startswith("unison_desktop.identity.")]
"""People belong to no plant: what of them may be changed is said by where their rights hold, and by the server."""


@pytest.mark.parametrize("entry", OF_PLANTS, ids=lambda entry: entry.name)
def test_what_is_of_another_plant_is_not_changed(qtbot: QtBot, window: MainWindow, entry: PageEntry) -> None:
    page = opened(qtbot, window, entry)
    for name in LISTS.get(entry.name, []):
        rows = [row for row in rows_of(page, name) if row.data() != OF_ITS_OWN.get(entry.name)]
        assert rows
        for row in rows:
            choose(page, name, row)
            assert open_to_them(page) - CHANGES_NOTHING - ASKS_WHICH == set(), row.data()
            assert [one.id for one in page.commands if not one.isEnabled() and not one.why_not] == []


@pytest.mark.parametrize("entry", OF_PLANTS, ids=lambda entry: entry.name)
def test_where_nothing_is_chosen_no_plant_is_claimed(qtbot: QtBot, window: MainWindow, entry: PageEntry) -> None:
    page = opened(qtbot, window, entry)
    for name in LISTS.get(entry.name, []):
        choose(page, name, QModelIndex())
    claims = {command.id for command in page.commands if "ELSE-" in command.why_not}
    assert claims == OF_WHAT_IS_SHOWN.get(entry.name, set())


def test_who_may_there_is_held_up_by_no_plant(
    qtbot: QtBot, window: MainWindow, one_plant_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same rows, of somebody whose rights hold in all plants: else all of this would say nothing."""
    monkeypatch.setattr(Session, "holds_in", lambda *_: True)
    one_plant_desk.session.me = samples.me(all_plants=True)
    for entry in (one for one in OF_PLANTS if one.name in ("downtime", "scans", "stations", "configuration")):
        page = opened(qtbot, window, entry)
        choose(page, LISTS[entry.name][-1], rows_of(page, LISTS[entry.name][-1])[-1])
        assert [one.id for one in page.commands if "ELSE-" in one.why_not] == []
        assert open_to_them(page) > CHANGES_NOTHING & {one.id for one in page.commands}


def entry_of(name: str) -> PageEntry:
    return next(one for one in ENTRIES if one.name == name)


def test_a_scan_of_another_plant_is_not_taken_back(qtbot: QtBot, window: MainWindow) -> None:
    page = opened(qtbot, window, entry_of("scans"))
    assert isinstance(page, ScansPage)
    choose(page, "Scans", rows_of(page, "Scans")[0])
    page.panel.reason.setText("scanned twice")
    assert not page.panel.undo_button.isEnabled()
    assert "ELSE-900" in page.panel.undo_button.toolTip()


def test_a_scan_is_kept_where_one_may(qtbot: QtBot, window: MainWindow) -> None:
    page = opened(qtbot, window, entry_of("scans"))
    assert isinstance(page, ScansPage)
    keep = next(command for command in page.commands if command.id == "scans.keep")
    for plant_id, may in ((UUID(int=900), False), (HERE, True)):
        page.scope.plant.setCurrentIndex(choice_of(page.scope.plant, plant_id))
        page.scope.changed.emit()
        assert (keep.isEnabled(), "ELSE-900" in keep.why_not) == (may, not may)


def test_nothing_is_typed_for_another_plant(qtbot: QtBot, window: MainWindow) -> None:
    page = opened(qtbot, window, entry_of("measurements"))
    assert isinstance(page, MeasurementsPage)
    assert not page.entry.line.isEnabled()
    assert "ELSE-900" in page.entry.line.placeholderText()


def test_a_pc_of_another_plant_is_asked_for_nothing(qtbot: QtBot, window: MainWindow) -> None:
    page = opened(qtbot, window, entry_of("stations"))
    choose(page, "Stations", rows_of(page, "Stations")[0])
    buttons = [button for part in page.findChildren(TabPart) for button in part.buttons]
    assert len(buttons) == 5
    assert [button.text() for button in buttons if button.isEnabled() or "ELSE-500" not in button.toolTip()] == []


def test_a_call_of_another_plant_is_not_answered(qtbot: QtBot, window: MainWindow, server: FakeServer) -> None:
    here, there = (call(number).model_copy(update={"plant_id": id_}) for number, id_ in ((1, HERE), (2, UUID(int=1))))
    server.answer("GET /machine-calls", [here, there])
    page = opened(qtbot, window, entry_of("machines"))
    assert isinstance(page, BoardPage)
    strip = page.help_strip
    qtbot.waitUntil(lambda: [card.button.isEnabled() for card in strip.cards].count(False) == 1)
    (shut,) = (card for card in strip.cards if not card.button.isEnabled())
    assert (shut.call.id, "ELSE-1" in shut.button.toolTip(), "ELSE-1" in shut.withdraw_button.toolTip()) == (
        there.id,
        True,
        True,
    )


def test_a_counter_of_another_plant_is_not_put_right(qtbot: QtBot, one_plant_desk: Desk) -> None:
    over = QWidget()
    qtbot.addWidget(over)
    for one, may in ((plant(HERE, "Europe/Berlin"), True), (plant(UUID(int=1), "Europe/Berlin"), False)):
        dialog = StrayedDialog(one_plant_desk, [incident(0)], None, one, over)
        assert (dialog.correct.isEnabled(), dialog.correct.toolTip() == "") == (may, may)


@pytest.mark.parametrize(
    ("name", "ids"),
    [("equipment", ["setup.edit", "setup.deactivate"]), ("configuration", ["config.edit", "config.deactivate"])],
)
def test_who_may_change_nothing_reads_so_before_something_is_chosen(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, name: str, ids: list[str]
) -> None:
    monkeypatch.setattr(Session, "may", lambda _session, right: not right.endswith((".update", ".deactivate")))
    page = opened(qtbot, window, entry_of(name))
    for list_name in LISTS[name]:
        choose(page, list_name, QModelIndex())
    page.guard()
    shut = {command.id: command.why_not for command in page.commands if command.id in ids}
    assert [shut[id_][:26] for id_ in ids] == ["You may not do this: it ne"] * 2
