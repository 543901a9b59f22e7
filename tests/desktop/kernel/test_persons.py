"""Names with a mark where nobody vouches for them."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest
from unison_desktop.codes.words import undone_by
from unison_desktop.kernel.persons import person_cell, person_text, with_confirmer
from unison_desktop.quality.columns import measurement_text

from tests.desktop import samples
from tests.desktop.codes.samples import scan
from tests.desktop.quality.samples import START, measurement


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


def test_it_does_so_with_scans_and_values() -> None:
    told = scan(1, undone_at=samples.NOW, undone_person="Ben", undo_confirmed_by_name="Quinn")
    assert undone_by(told) == "Ben, confirmed by Quinn"
    who: dict[str, Any] = {
        "person": "Ada",
        "confirmed_by_name": "Quinn",
        "undone_by": "Ben",
        "undo_confirmed_by_name": "Otto",
    }
    line = measurement_text(measurement(1, "42.0", undone_at=START, **who), UTC)
    assert "Ada, confirmed by Quinn" in line
    assert "taken back by Ben, confirmed by Otto" in line
