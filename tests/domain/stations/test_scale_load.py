"""Each load of a scale counts once."""

from __future__ import annotations

from decimal import Decimal

import pytest
from unison_domain.stations.scale_load import Load


def taken(values: str) -> str:
    """What counts of values at rest, one after the other; `~` is a value that moves."""
    load, kept = Load(), []
    for value in values.split():
        if value == "~":
            load = Load()
            continue
        load, is_new = load.rests(Decimal(value))
        kept += [value] * is_new
    return " ".join(kept)


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ("100.00 100.00 100.01 99.99", "100.00"),
        ("100.00 0.00 100.00", "100.00 100.00"),
        ("100.00 ~ 100.00", "100.00 100.00"),
        ("0.00 0.19 -50.00", ""),
        ("100.00 102.50", "100.00 102.50"),
        ("100 100 0 119", "100 119"),
        ("0.5000 0.5019 0.5020", "0.5000 0.5020"),
    ],
)
def test_a_load_counts_until_it_moves_or_is_gone(values: str, counts: str) -> None:
    assert taken(values) == counts
