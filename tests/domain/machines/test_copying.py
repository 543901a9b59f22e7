"""What a copied machine's tags are called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.machines.copying import renamed

ALNUM = st.text("abcM019Ä", min_size=1, max_size=3)


@pytest.mark.parametrize(
    ("name", "copied"),
    [
        ("M1", "M9"),
        ("M1 good, M1 scrap", "M9 good, M9 scrap"),
        ("M1_running", "M9_running"),
        ("L2-M1.heat", "L2-M9.heat"),
        ("heat (M1)", "heat (M9)"),
        ("M10 good", "M10 good"),
        ("PM1x", "PM1x"),
        ("ÄM1", "ÄM1"),
        ("M1-2 heat", "M1-2 heat"),
        ("m1 heat", "m1 heat"),
    ],
)
def test_the_code_is_another_where_it_is_a_word(name: str, copied: str) -> None:
    assert renamed(name, "M1", "M9") == copied


@given(ALNUM, ALNUM)
def test_within_another_word_it_stays(before: str, after: str) -> None:
    for name in (f"{before}M1", f"M1{after}", f"{before}M1{after}"):
        assert renamed(name, "M1", "M9") == name


@given(st.text("Ab1.+*\\\\g$", min_size=1, max_size=8))
def test_signs_of_codes_mean_themselves(code: str) -> None:
    assert renamed(f"x {code} y", code, "N\\1") in ("x N\\1 y", f"x {code} y")
    assert renamed(f"({code})", code, code) == f"({code})"
