"""Each load of a scale counts once."""

from __future__ import annotations

from decimal import Decimal

import pytest
from unison_domain.stations.scale_load import Load, Weighed


def told(values: str, sought: Weighed) -> str:
    """What comes to that of values, one after the other; `~` before one says that it moves."""
    load, found = Load(), []
    for value in values.split():
        if value.startswith("~"):
            load = load.moves(Decimal(value[1:]))
            continue
        load, weighed = load.rests(Decimal(value))
        found += [value] * (weighed is sought)
    return " ".join(found)


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ("100.00 100.00 100.01 99.99", "100.00"),
        ("100.00 0.00 100.00", "100.00 100.00"),
        ("100.00 ~100.37 100.00 ~51.20 100.01", "100.00"),
        ("100.00 ~49.99 100.00", "100.00 100.00"),
        ("~0.30 ~99.10 100.00", "100.00"),
        ("0.00 0.19 -50.00", ""),
        ("100.00 102.50", "100.00 102.50"),
        ("100.00 ~160.00 99.80", "100.00 99.80"),
        ("100 100 0 119", "100 119"),
        ("0.5000 0.5019 0.5020", "0.5000 0.5020"),
        ("0.25 0.15 0.25", "0.25"),
        ("0.15 0.20 0.19 0.20", "0.20"),
        ("-50.00 100.00 -50.00 100.00", "100.00 100.00"),
    ],
)
def test_a_load_counts_until_it_is_gone_or_another(values: str, counts: str) -> None:
    assert told(values, Weighed.NEW) == counts


@pytest.mark.parametrize(
    ("values", "light"),
    [
        ("0.00 0.04 -0.01 0.00", ""),
        ("0.00 0.15 0.14 ~0.20 0.16 0.04 0.00 0.15", "0.15 0.15"),
        ("0.05 0.04 0.05 0.04", "0.05"),
        ("100.00 0.10 0.10", "0.10"),
        ("100.00 ~0.50 100.00", ""),
    ],
)
def test_a_load_that_is_too_light_is_told_once(values: str, light: str) -> None:
    assert told(values, Weighed.LIGHT) == light


@pytest.mark.parametrize(
    ("values", "below"),
    [
        ("0.00 -0.04 0.00", ""),
        ("0.00 -50.00 -50.00 ~-48.00 -50.10 -50.00", "-50.00"),
        ("-50.00 -20.00 -50.00", "-50.00 -20.00 -50.00"),
        ("0.00 100.00 -50.00 0.00 100.00 -50.00 ~-20.00 0.00 0.15 -50.01", "-50.00"),
        ("-0.05 0.00 -0.06 -0.30", "-0.05 -0.30"),
    ],
)
def test_a_scale_that_rests_below_zero_is_told_once_for_what_was_tared(values: str, below: str) -> None:
    assert told(values, Weighed.BELOW) == below


def test_nothing_taken_by_hand_hides_no_load() -> None:
    assert Load(Decimal("0.00")).rests(Decimal("0.15"))[1] is Weighed.LIGHT
