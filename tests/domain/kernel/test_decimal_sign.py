"""Decimal points of an English sentence, where the reader writes commas."""

from __future__ import annotations

import pytest
from unison_domain.kernel.decimal_sign import with_decimal_sign


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("bore: a radius of 3.5 pixels; with a blur of 1.20", "bore: a radius of 3,5 pixels; with a blur of 1,20"),
        ("within 0.04 %, not -1.5.", "within 0,04 %, not -1,5."),
        ("'A-1.5' is none of the expected codes", "'A-1.5' is none of the expected codes"),
        (
            "10.0.0.12 answered, version 0.23.92 in x1.5 and v2.5",
            "10.0.0.12 answered, version 0.23.92 in x1.5 and v2.5",
        ),
        ("(80.5, 60)", "(80,5, 60)"),
        ("12", "12"),
    ],
)
def test_numbers_alone_change(english: str, german: str) -> None:
    assert with_decimal_sign(english, ",") == german
    assert with_decimal_sign(english, ".") == english
