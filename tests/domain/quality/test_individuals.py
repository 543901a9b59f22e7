"""Individuals and moving range chart against the published case, and its laws."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from unison_domain.quality.individuals import individuals_chart

from tests.cases.load import cases

TOLERANCE = 1e-3
"""Of the published case: it allows 1.128 for 1.128379."""

read = st.decimals(-(10**6), 10**6, places=3)


@pytest.mark.parametrize(("inputs", "expected"), [one for one in cases("spc_charts") if one.id == "imr_nist_flow"])
def test_the_flow_rates_of_nist(inputs: dict[str, Any], expected: dict[str, Any]) -> None:
    chart = individuals_chart([Decimal(str(value)) for value in inputs["values"]])
    assert chart is not None
    assert chart.mean == pytest.approx(expected["mean"], abs=TOLERANCE)
    assert chart.ranges == pytest.approx(expected["mr"], abs=TOLERANCE)
    assert chart.mean_range == pytest.approx(expected["mrbar"], abs=TOLERANCE)
    assert chart.sigma == pytest.approx(expected["sigma_mrbar/1.128"], abs=TOLERANCE)
    assert (chart.upper, chart.lower) == pytest.approx((expected["ucl_1.128"], expected["lcl_1.128"]), abs=TOLERANCE)
    assert chart.range_upper == pytest.approx(expected["mr_ucl_3.267"], abs=TOLERANCE)
    assert chart.upper != pytest.approx(expected["WRONG_if_overall_sd"]["ucl"], abs=TOLERANCE)
    assert (chart.outside, chart.ranges_outside) == ((), ())


def test_there_are_no_limits_of_one_value() -> None:
    assert individuals_chart([]) is None
    assert individuals_chart([Decimal(1)]) is None


def test_what_is_outside_is_named() -> None:
    chart = individuals_chart([Decimal(tenths) / 10 for tenths in (100, 101, 99, 100, 101, 99, 100, 101, 99, 140)])
    assert chart is not None
    assert chart.outside == (9,)
    assert chart.ranges_outside == (8,)


@given(read, st.integers(2, 300))
@example(Decimal("0.12"), 200)
@example(Decimal("999999999999999999.999999999999"), 300)
def test_equal_values_are_all_within_their_limits(value: Decimal, count: int) -> None:
    chart = individuals_chart([value] * count)
    assert chart is not None
    assert (chart.outside, chart.ranges_outside) == ((), ())
    assert chart.lower == chart.mean == chart.upper == float(value)


@given(st.lists(read, min_size=2, max_size=40), st.decimals(-1000, 1000, places=3), st.decimals("0.01", 100, places=2))
def test_another_unit_changes_nothing_but_the_unit(values: list[Decimal], offset: Decimal, scale: Decimal) -> None:
    chart, moved = individuals_chart(values), individuals_chart([value * scale + offset for value in values])
    assert chart is not None
    assert moved is not None
    assert moved.mean == pytest.approx(chart.mean * float(scale) + float(offset), rel=1e-6, abs=1e-3)
    assert moved.upper - moved.lower == pytest.approx((chart.upper - chart.lower) * float(scale), rel=1e-6, abs=1e-3)
    assert (moved.outside, moved.ranges_outside) == (chart.outside, chart.ranges_outside)
    assert chart.lower <= chart.mean <= chart.upper
