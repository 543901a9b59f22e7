from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot
from unison_desktop.frame.layout_memory import LayoutMemory
from unison_desktop.frame.messages import Messages
from unison_desktop.frame.theme import Theme
from unison_desktop.frame.toasts import Toasts
from unison_desktop.kernel.preferences import Preferences
from unison_desktop.tables.table import Table

from tests.desktop.tables.sample import COLUMNS, Lot, id_of, lot

MakeTable = Callable[..., Table]


@pytest.fixture
def make_table(qtbot: QtBot, theme: Theme) -> MakeTable:
    def make(*rows: Lot) -> Table:
        table = Table(COLUMNS, id_of, theme, title="Lots", nothing="No lot yet.")
        qtbot.addWidget(table)
        table.resize(700, 300)
        table.show()
        table.set_rows(rows)
        return table

    return make


def test_a_column_that_gives_way_stays_readable(qtbot: QtBot, theme: Theme) -> None:
    columns = (*COLUMNS[:3], replace(COLUMNS[3], visible=True, stretch=True, least=40))
    table = Table(columns, id_of, theme, title="Lots", nothing="No lot yet.")
    qtbot.addWidget(table)
    table.set_rows([lot("A", note="something to be read")])
    table.resize(1200, 300)
    table.show()
    least = table.fontMetrics().horizontalAdvance("0") * 40
    qtbot.waitUntil(lambda: table.view.columnWidth(3) > 1.5 * least)
    assert table.view.horizontalScrollBar().maximum() == 0
    table.resize(400, 300)
    qtbot.waitUntil(lambda: least <= table.view.columnWidth(3) < 1.5 * least)
    qtbot.waitUntil(lambda: table.view.horizontalScrollBar().maximum() > 0)
    table.resize(1200, 300)
    qtbot.waitUntil(lambda: table.view.columnWidth(3) > 1.5 * least)
    table.view.setColumnHidden(1, True)
    assert sum(table.view.columnWidth(n) for n in range(4)) == table.view.viewport().width()


def test_selection_and_current_cell_survive_new_rows(make_table: MakeTable) -> None:
    table = make_table(*(lot(f"L{n:03}") for n in range(100)))
    table.view.select_ids(["L050"])
    table.set_rows([lot("NEW"), *(lot(f"L{n:03}") for n in range(100))])
    assert table.view.selected_ids() == ["L050"]
    assert table.view.currentIndex().row() == 51


def test_a_filter_that_hides_the_selection_tells_so(make_table: MakeTable, qtbot: QtBot) -> None:
    table = make_table(lot("A"), lot("B"))
    table.view.select_ids(["A"])
    with qtbot.waitSignal(table.selection_told) as told:
        table.filter_bar.search.setText("B")
    assert told.args == [[]]


@pytest.mark.parametrize("others", [(), (lot("NEW"),)])
def test_selected_rows_that_say_something_else_are_told_of(
    make_table: MakeTable, qtbot: QtBot, others: tuple[Lot, ...]
) -> None:
    table = make_table(lot("A"), lot("B"))
    table.view.select_ids(["A"])
    with qtbot.assertNotEmitted(table.selection_renewed):
        table.set_rows([*others, lot("A"), lot("B", free="7")])
    with qtbot.waitSignal(table.selection_renewed) as told, qtbot.assertNotEmitted(table.selection_told):
        table.set_rows([*others, lot("A", free="2"), lot("B")])
    assert told.args == [["A"]]
    with qtbot.assertNotEmitted(table.selection_renewed):
        table.set_rows([lot("B")])


def test_only_the_person_is_told_as_choosing(make_table: MakeTable, qtbot: QtBot) -> None:
    table = make_table(lot("A"), lot("B"))
    with qtbot.assertNotEmitted(table.selection_told):
        table.view.select_ids(["B"])
    table.view.setFocus()
    with qtbot.waitSignal(table.selection_told) as told:
        QTest.keyClick(table.view, Qt.Key.Key_Up)
    assert told.args == [["A"]]


def test_the_keyboard_reaches_search_and_filter_before_the_rows(make_table: MakeTable) -> None:
    table = make_table(lot("A"))
    stops: list[QWidget | None] = []
    stop: QWidget | None = table.filter_bar.search.nextInFocusChain()
    while stop is not None and stop is not table.filter_bar.search:
        stops.append(stop)
        stop = stop.nextInFocusChain()
    assert stops.index(table.filter_bar.add_button) < stops.index(table._export_button) < stops.index(table.view)


def test_enter_opens_the_row(make_table: MakeTable, qtbot: QtBot) -> None:
    table = make_table(lot("A"), lot("B"))
    table.view.select_ids(["B"])
    with qtbot.waitSignal(table.row_opened) as opened:
        QTest.keyClick(table.view, Qt.Key.Key_Return)
    assert opened.args[0].code == "B"


def test_copy_takes_the_visible_columns_of_the_selected_rows(make_table: MakeTable, qtbot: QtBot) -> None:
    table = make_table(lot("A", "1"), lot("B", "2"), lot("C", "3"))
    table.view.setColumnHidden(2, True)
    table.view.select_ids(["A", "C"])
    table.activateWindow()
    table.view.setFocus()
    qtbot.waitUntil(table.view.hasFocus)
    QTest.keyClick(table.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "A\t1\nC\t3"
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(table.view, Qt.Key.Key_C, both)
    assert QGuiApplication.clipboard().text() == "Lot\tFree\nA\t1\nC\t3"


def test_what_is_exported_is_what_the_filter_shows_in_the_shown_order(make_table: MakeTable, tmp_path: Path) -> None:
    table = make_table(lot("A", "1"), lot("B", "2"), lot("C", "3"))
    table.filter_bar.add_condition("free", ">1")
    table.view.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    table.view.setColumnHidden(2, True)
    table.write(tmp_path / "lots.csv")
    assert (tmp_path / "lots.csv").read_text("utf-8-sig").splitlines() == ["Lot,Free", "C,3", "B,2"]


def test_a_condition_that_cant_be_read_hides_nothing_and_says_why(make_table: MakeTable) -> None:
    table = make_table(lot("A"), lot("B"))
    chip = table.filter_bar.add_condition("free", ">x")
    assert chip is not None
    assert "“x” is no number" in chip.toolTip()
    assert table.model.rowCount() == 2


def test_a_table_comes_back_as_it_was_left(make_table: MakeTable, tmp_path: Path) -> None:
    memory = LayoutMemory(Preferences(tmp_path))
    left = make_table(lot("A", "1"), lot("B", "2"))
    left.remember(memory, "lots")
    left.view.setColumnHidden(3, False)
    left.view.setCurrentIndex(left.model.index(0, 1))
    left.view.move_current_column(-1)
    left.view.horizontalHeader().resizeSection(2, 222)
    left.view.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    left.save_layout()

    again = make_table(lot("A", "1"), lot("B", "2"))
    again.remember(memory, "lots")
    assert again.view.shown_columns() == [1, 0, 2, 3]
    assert again.view.columnWidth(2) == 222
    assert [row.code for row in again.model.rows()] == ["B", "A"]

    again.reset_layout()
    assert again.view.shown_columns() == [0, 1, 2]
    assert [row.code for row in again.model.rows()] == ["A", "B"]


def test_headings_of_another_language_are_not_cut_by_what_was_left(
    qtbot: QtBot, theme: Theme, make_table: MakeTable, tmp_path: Path
) -> None:
    memory = LayoutMemory(Preferences(tmp_path))
    left = make_table(lot("A"))
    left.remember(memory, "lots")
    left.save_layout()
    longer = replace(COLUMNS[0], title="Chargenkennzeichnung der Warenannahme")
    stretching = replace(COLUMNS[1], title="Frei verwendbare Menge am Lagerplatz", stretch=True)
    table = Table((longer, stretching, *COLUMNS[2:]), id_of, theme, title="Lots", nothing="No lot yet.")
    qtbot.addWidget(table)
    table.remember(memory, "lots")
    table.resize(300, 300)
    table.show()
    for place, title in ((0, longer.title), (1, stretching.title)):
        assert table.view.columnWidth(place) > table.fontMetrics().horizontalAdvance(title)


def test_messages_cover_no_last_row(qtbot: QtBot, theme: Theme) -> None:
    window, messages = QWidget(), Messages()
    qtbot.addWidget(window)
    full, short = (Table(COLUMNS, id_of, theme, title="Lots", nothing="No lot yet.", parent=window) for _ in range(2))
    full.set_rows([lot(f"L{n:03}") for n in range(100)])
    short.set_rows([lot("A")])
    for table in (full, short):
        table.setGeometry(0, 0, 800, 600)
    window.resize(800, 600)
    toasts = Toasts(messages, theme, window)
    window.show()
    before = full.view.geometry()
    full.view.setCurrentIndex(full.model.index(99, 0))
    messages.say("Saved.")
    assert full.view.geometry().bottom() < toasts.geometry().top()
    last = full.view.visualRect(full.model.index(99, 0))
    assert full.view.viewport().rect().contains(last), "what was chosen stays in sight"
    assert short.view.geometry() == before, "nothing of it was covered"
    toasts._remove(toasts._cards[0])
    assert full.view.geometry() == before


def test_the_column_that_names_the_row_stays(make_table: MakeTable, tmp_path: Path) -> None:
    memory = LayoutMemory(Preferences(tmp_path))
    memory.save_text("table.lots", '{"columns": [{"key": "code", "width": 90, "visible": false}]}')
    table = make_table(lot("A"))
    table.remember(memory, "lots")
    assert not table.view.isColumnHidden(0)


def test_a_layout_of_an_older_version_is_passed_over(make_table: MakeTable, tmp_path: Path) -> None:
    memory = LayoutMemory(Preferences(tmp_path))
    memory.save_text("table.lots", "not a layout")
    table = make_table(lot("A"))
    table.remember(memory, "lots")
    assert table.view.shown_columns() == [0, 1, 2]


def test_an_empty_table_says_so_and_a_filtered_one_says_why(make_table: MakeTable) -> None:
    table = make_table()
    assert table.view.notice == "No lot yet."
    table.set_rows([lot("A")])
    table.filter_bar.search.setText("Z")
    assert table.view.notice == "No row passes the filter."


def test_an_error_keeps_the_rows_and_offers_a_retry(make_table: MakeTable, qtbot: QtBot) -> None:
    table = make_table(lot("A"))
    table.show_error("No connection")
    assert table.model.rowCount() == 1
    retry = table.findChild(QPushButton, "retry")
    assert retry is not None
    with qtbot.waitSignal(table.retry_asked):
        retry.click()


def test_few_values_are_offered_to_be_ticked(make_table: MakeTable) -> None:
    table = make_table(*[lot(code, note=note) for code, note in (("A", "new"), ("B", "old"), ("C", ""), ("D", "old"))])
    chip = table.filter_bar.add_condition("note", "")
    assert chip is not None
    assert chip.offer_values()
    new, old = chip.values_menu.actions()
    assert (new.text(), old.text()) == ("new", "old")
    old.trigger()
    assert [row.code for row in table.model.rows()] == ["B", "D"]
    new.trigger()
    assert [row.code for row in table.model.rows()] == ["A", "B", "D"]
    chip.offer_values()
    assert all(action.isChecked() for action in chip.values_menu.actions())
    for action in chip.values_menu.actions():
        action.trigger()
    assert table.model.rowCount() == 4


def test_many_values_and_numbers_are_typed(make_table: MakeTable) -> None:
    table = make_table(*[lot(f"{n}") for n in range(40)])
    for key in ("code", "free", "received"):
        chip = table.filter_bar.add_condition(key, "")
        assert chip is not None
        assert not chip.offer_values()


def test_an_export_is_proposed_among_the_documents(make_table: MakeTable) -> None:
    table = make_table(lot("A"))
    table.name_file("PRESS/01 2026-11-20")
    assert table.proposed_file(".csv").name == "PRESS-01 2026-11-20.csv"
    assert table.proposed_file(".csv").is_absolute()


def test_one_row_is_told_as_one(make_table: MakeTable) -> None:
    assert make_table(lot("A"))._count.text() == "1 row"
