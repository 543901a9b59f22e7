from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot
from unison_desktop.tables.filters import BadConditionError, RowFilter
from unison_desktop.tables.row_model import RowModel

from tests.desktop.tables.sample import COLUMNS, Lot, id_of, lot

UP, DOWN = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder


def filled(*rows: Lot) -> RowModel:
    model = RowModel(COLUMNS, id_of)
    model.set_rows(rows)
    return model


def codes(model: RowModel) -> list[str]:
    return [row.code for row in model.rows()]


def test_it_is_a_proper_model() -> None:
    """The tester warns of every breach while it lives, and a warning fails the test."""
    model = filled(lot("A"), lot("B"))
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning, model)
    model.sort(0, DOWN)
    model.set_filter(RowFilter("A"))
    model.set_rows([lot("A"), lot("C")])


def test_moments_sort_as_they_came_when_the_clocks_repeat_an_hour() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    first = datetime(2026, 10, 25, 0, 50, tzinfo=UTC).astimezone(berlin)
    second = datetime(2026, 10, 25, 1, 10, tzinfo=UTC).astimezone(berlin)
    model = filled(Lot("second", None, second), Lot("first", None, first))
    model.sort(2, UP)
    assert codes(model) == ["first", "second"]
    model.sort(2, DOWN)
    assert codes(model) == ["second", "first"]


def test_numbers_sort_as_numbers_and_missing_ones_go_last_both_ways() -> None:
    model = filled(lot("A", "10"), lot("B", None), lot("C", "9"))
    model.sort(1, UP)
    assert codes(model) == ["C", "A", "B"]
    model.sort(1, DOWN)
    assert codes(model) == ["A", "C", "B"]


@given(st.lists(st.integers(0, 3), max_size=12))
def test_equal_keys_keep_the_order_of_the_rows(amounts: list[int]) -> None:
    model = filled(*(lot(f"L{n:02}", str(amount)) for n, amount in enumerate(amounts)))
    model.sort(1, UP)
    assert [(row.free, row.code) for row in model.rows()] == sorted((row.free, row.code) for row in model.rows())


def test_a_third_click_brings_back_the_rows_own_order() -> None:
    model = filled(lot("B"), lot("A"))
    model.sort(0, UP)
    model.sort(-1)
    assert codes(model) == ["B", "A"]


def test_an_index_follows_its_row_through_a_sort() -> None:
    model = filled(lot("A", "3"), lot("B", "1"), lot("C", "2"))
    held = QPersistentModelIndex(model.index(0, 0))
    model.sort(1, UP)
    assert held.row() == 2
    assert model.row_at(held.row()).code == "A"


def test_new_values_of_the_same_rows_are_a_change_not_a_reset(qtbot: QtBot) -> None:
    model = filled(lot("A", "3"), lot("B", "1"))
    with qtbot.waitSignal(model.dataChanged), qtbot.assertNotEmitted(model.modelReset):
        model.set_rows([lot("A", "2"), lot("B", "1")])
    assert model.row_at(0).free == 2


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        (">5", ["B"]),
        ("<=5", ["A"]),
        ("2..5", ["A"]),
        ("5,0..9,5", ["A", "B"]),
        ("=9.5", ["B"]),
        ("!9", ["A", "C"]),
        (".5", ["B"]),
        ("  ", ["A", "B", "C"]),
    ],
)
def test_a_condition_per_column(condition: str, kept: list[str]) -> None:
    model = filled(lot("A", "5"), lot("B", "9.5"), lot("C", None))
    model.set_filter(RowFilter(conditions={"free": condition}))
    assert codes(model) == kept


def test_all_words_of_the_search_must_occur_in_some_column() -> None:
    model = filled(lot("STL-7", note="Wet coil"), lot("STL-8", note="dry"))
    model.set_filter(RowFilter("stl wet"))
    assert codes(model) == ["STL-7"]


def test_a_comparison_with_a_word_says_what_is_wrong() -> None:
    model = filled(lot("A"))
    with pytest.raises(BadConditionError, match="“many” is no number"):
        model.set_filter(RowFilter(conditions={"free": ">many"}))
    assert codes(model) == ["A"]


def test_order_and_filter_hold_for_rows_that_come_later() -> None:
    model = filled(lot("A", "1"))
    model.sort(1, DOWN)
    model.set_filter(RowFilter(conditions={"free": ">0"}))
    model.set_rows([lot("A", "1"), lot("B", "0"), lot("C", "7")])
    assert codes(model) == ["C", "A"]
    assert model.total == 3
