"""Names with a mark where nobody vouches for them."""

from __future__ import annotations

import pytest
from unison_desktop.kernel.persons import person_cell, person_text, with_confirmer


@pytest.mark.parametrize(
    ("name", "is_verified", "shown"),
    [
        ("Ada", True, "Ada"),
        ("Ada", False, "Ada (not verified)"),
        ("Ada", None, "Ada"),
        (None, None, ""),
        (None, False, ""),
    ],
)
def test_only_an_account_that_nobody_verified_is_marked(name: str | None, is_verified: bool | None, shown: str) -> None:
    assert person_text(name, is_verified) == shown
    assert person_cell(name, is_verified) == (f"? {shown}" if "not verified" in shown else shown)


def test_who_confirmed_an_override_stands_beside_who_did_it() -> None:
    assert with_confirmer("Ben", "Quinn") == "Ben, confirmed by Quinn"
    assert with_confirmer("", "Quinn") == "confirmed by Quinn"
    assert with_confirmer("Ben", None) == "Ben"
