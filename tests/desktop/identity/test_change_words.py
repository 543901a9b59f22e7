"""What a file of people would change reads as people say it."""

from __future__ import annotations

import pytest
from unison_desktop.identity.people.change_words import change_text


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("access_ends_at", "Access ends"),
        ("access_ends_at=-", "access without end"),
        ("access_ends_at=the end of 2026-12-31", "Access until the end of 2026-12-31"),
        ("username=17", "signs in as 17"),
        ("is_active=no", "deactivated"),
        ("is_active=yes", "let in again"),
        ("+planner", "+ Planner"),
        ("-operator@KIEL/PRESS", "\N{MINUS SIGN} Operator (KIEL/PRESS)"),
        ("+night_watch", "+ night_watch"),
        ("+KIEL:rw", "+ KIEL: see, change"),
        ("+RAW:rwd*", "+ RAW: see, change, take out of use, default"),
        ("-RAW", "\N{MINUS SIGN} RAW"),
        ("+1 badge", "+ 1 badge"),
        ("+2 badges until the end of 2026-12-31", "+ 2 badges until the end of 2026-12-31"),
        ("+1 badge until 2026-12-31 18:00 (Europe/Berlin)", "+ 1 badge until 2026-12-31 18:00 (Europe/Berlin)"),
        ("something newer", "something newer"),
    ],
)
def test_each_kind_of_change(told: str, words: str) -> None:
    assert change_text(told) == words
