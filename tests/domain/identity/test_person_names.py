"""Names that look like what they are."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.identity.person_names import composed, demand_plain, demand_visible, folded

HONEST = (
    *("Anna Schmidt", "Łukasz Żółć", "Jean-Luc O'Neill", "José Ñuñez", "Mª Carmen", "Иван Петров", "Γιώργος"),
    *("山田 太郎 (Taro)", "ヤマダ太郎", "김민수", "李雷Lei", "अनिल कुमार", "محمد علي", "Anna Иванова", "Bob 2", "d'Été"),
)
DECEPTIVE = (
    ("anna\u200b", "U\\+200B"),
    ("\u202eannA", "U\\+202E"),
    ("an\u2066na", "U\\+2066"),
    ("an\u00adna", "U\\+00AD"),
    ("anna\u00a0b", "U\\+00A0"),
    ("an\u3164na", "U\\+3164"),
    ("anna\ufe0f", "U\\+FE0F"),
    ("\ud7ffanna", "U\\+D7FF"),
    ("\u0430nna", "Cyrillic and Latin"),
    ("ann\u03b1", "Greek and Latin"),
    ("p\u0430ypal schmidt", "Cyrillic and Latin"),
)


@pytest.mark.parametrize("name", HONEST)
def test_names_of_one_hand_are_taken(name: str) -> None:
    assert demand_visible(name) == composed(name)


@pytest.mark.parametrize(("name", "why"), DECEPTIVE)
def test_names_that_deceive_are_refused_by_what_does(name: str, why: str) -> None:
    for demand in (demand_visible, demand_plain):
        with pytest.raises(ValueError, match=why):
            demand(name)


@pytest.mark.parametrize("name", ["ﬁnn", "\uff41nna", "\U0001d41anna"])
def test_a_name_to_sign_in_with_has_plain_letters(name: str) -> None:
    with pytest.raises(ValueError, match="letters"):
        demand_plain(name)


@given(st.text(max_size=12))
def test_ways_to_write_a_name_are_one_name(name: str) -> None:
    forms = {unicodedata.normalize(form, name) for form in ("NFC", "NFD")}
    assert len({folded(form) for form in {*forms, f" {name} "}}) == 1
    assert folded(folded(name)) == folded(name)
