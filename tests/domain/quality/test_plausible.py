"""What is asked about before it is kept, and what is just a bad part."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from unison_domain.quality.contracts import is_within
from unison_domain.quality.plausible import is_far, plausible_range

limits = st.none() | st.decimals(-1000, 1000, places=3)
values = st.decimals(-(10**6), 10**6, places=3)


def number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


@pytest.mark.parametrize(
    ("lsl", "usl", "value", "far"),
    [
        ("11.9", "12.1", "1200", True),
        ("11.9", "12.1", "1.20", True),
        ("11.9", "12.1", "-12.0", True),
        ("11.9", "12.1", "12.9", False),
        ("11.9", "12.1", "11.0", False),
        ("8", "14", "1.20", True),  # a wide tolerance, and still a slip
        ("8", "14", "120", True),
        ("8", "14", "30", False),
        ("-14", "-8", "-1.20", True),
        ("-14", "-8", "-120", True),
        ("-14", "-8", "-30", False),
        ("-0.1", "0.1", "0.5", False),  # around zero a tenth of anything may be good
        ("-0.1", "0.1", "1.2", True),
        ("0", "0.05", "0.25", False),
        ("0", "0.05", "0.5", True),
        (None, "1.6", "12.0", True),
        (None, "1.6", "3.2", False),
        (None, "1.6", "-4", False),
        ("58", None, "5.9", True),
        ("58", None, "40", False),
        ("58", None, "590", False),
        ("0", None, "-1000", False),
        (None, None, "1000000", False),
    ],
)
def test_a_slipped_value_is_far_and_a_bad_part_is_not(lsl: str | None, usl: str | None, value: str, far: bool) -> None:
    assert is_far(Decimal(value), number(lsl), number(usl)) is far


@given(limits, limits, values)
def test_what_keeps_its_limits_is_never_far(lsl: Decimal | None, usl: Decimal | None, value: Decimal) -> None:
    assume(lsl is None or usl is None or lsl < usl)
    assert not (is_within(value, lsl, usl) and is_far(value, lsl, usl))


@given(limits, limits)
def test_the_other_side_of_zero_is_a_mirror(lsl: Decimal | None, usl: Decimal | None) -> None:
    assume(lsl is None or usl is None or lsl < usl)
    low, high = plausible_range(lsl, usl)
    mirrored = plausible_range(None if usl is None else -usl, None if lsl is None else -lsl)
    assert mirrored == (None if high is None else -high, None if low is None else -low)
