from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from unison_desktop.machines.tile_text import main_count, spoken, tool_tip, why_text
from unison_domain.machines.contracts import MachineState, StateSource

from tests.desktop.machines.samples import live, machine
from tests.desktop.samples import NOW


@pytest.mark.parametrize(
    ("good", "scrap", "total", "shown"),
    [(7, 2, 9, ("good", 7)), (0, 0, 0, ("good", 0)), (0, 2, 2, ("good", 0)), (0, 2, 40, ("total", 40))],
)
def test_a_machine_that_only_counts_all_parts_shows_those(
    good: int, scrap: int, total: int, shown: tuple[str, int]
) -> None:
    kind, count = main_count(Decimal(good), Decimal(scrap), Decimal(total))
    assert (kind, int(count)) == shown


def test_a_tool_tip_shows_names_as_they_are_typed() -> None:
    """A name is text, whatever brackets are in it."""
    now_does = live(0, MachineState.FAULT, alarms=["<b>Guard</b> & door"])
    text = tool_tip(machine(0, now_does, name="<img src=x>"), now_does, NOW)
    assert "&lt;b&gt;Guard&lt;/b&gt; &amp; door" in text
    assert "<img" not in text


def test_it_is_told_since_when_parts_are_counted() -> None:
    begun = NOW.astimezone().replace(hour=6, minute=0, second=0)
    now_does = live(0, counted_from=begun)
    assert f"Counted since {begun:%Y-%m-%d} 06:00" in spoken(machine(0, now_does), now_does, NOW)


def test_of_a_persons_word_it_is_told_since_when_the_station_is_silent() -> None:
    now_does = live(0, source=StateSource.PERSON, last_signal_at=None, station_silent_since=NOW - timedelta(hours=3))
    text = spoken(machine(0, now_does), now_does, NOW)
    assert "State Running" in text
    assert "Station silent since" in text
    assert "Station silent" not in spoken(machine(0, live(0)), live(0), NOW)


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"person": "Anna", "person_is_verified": True, "word_id": UUID(int=7)}, "by hand: Anna, said in the office"),
        ({"person": "Bert", "person_is_verified": False}, "by hand: Bert (not verified)"),
        ({}, "by hand"),
    ],
)
def test_of_a_persons_word_it_is_told_that_it_was_said_by_hand_and_by_whom(known: dict[str, Any], said: str) -> None:
    word = live(0, MachineState.SETUP, source=StateSource.PERSON, reason="new tool", **known)
    assert why_text(word, word.state) == f"new tool · {said}"
    assert f"Set {said}; Reason new tool" in spoken(machine(0, word), word, NOW)
    assert why_text(live(0), MachineState.RUNNING) == ""


def test_old_data_is_told_with_what_was_last_known() -> None:
    now_does = live(0, MachineState.RUNNING, last_signal_at=NOW - timedelta(minutes=5))
    text = spoken(machine(0, now_does), now_does, NOW)
    assert "State No data; Last known Running; Since" in text
    assert "(5:00 min)" in text
