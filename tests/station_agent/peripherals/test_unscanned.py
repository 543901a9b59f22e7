"""What no scan became leaves the PC as it came, but for what may be a badge."""

from __future__ import annotations

from unison_domain.stations.hidden import hidden
from unison_station.peripherals.unscanned import Unscanned


def test_what_came_is_told_as_it_came() -> None:
    came = Unscanned("'P1', 'x' not counted yet: serial not read", ("P1", "x"))
    assert came.told(lambda _text, _whole: False) == ("P1, x", came.words)


def test_a_badge_is_hidden_wherever_it_stands() -> None:
    came = Unscanned("'P1', 'B\\x1d-47' not counted yet: serial not read", ("P1", "B\x1d-47"))
    raw, reason = came.told(lambda text, _whole: text.startswith("B"))
    assert raw == "P1, A\x1d-99"
    assert reason.startswith("'P1', 'A\x1d-99' not counted yet: serial not read (letters and digits are hidden")


def test_a_piece_is_told_to_be_one() -> None:
    came = Unscanned("b'47' came without its end", ("47",), "came without its end", is_whole=False)
    assert came.told(lambda _text, whole: whole)[0] == "47"
    assert came.told(lambda _text, whole: not whole)[0] == "99"


def test_control_characters_and_punctuation_are_seen_and_nothing_else() -> None:
    assert hidden("\x02aZ-09\x1dü\r") == "\x02AA-99\x1d·\r"
