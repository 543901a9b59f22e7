"""Individuals and moving range chart against the published case, and its laws."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.quality.individuals import individuals_chart

from tests.cases.load import cases

TOLERANCE = 1e-3
"""Of the published case: it allows 1.128 for 1.128379."""

finite = st.floats(-1e6, 1e6, allow_nan=False)


@pytest.mark.parametrize(("inputs", "expected"), [one for one in cases("spc_charts") if one.id == "imr_nist_flow"])
def test_the_flow_rates_of_nist(inputs: dict[str, Any], expected: dict[str, Any]) -> None:
    chart = individuals_chart(inputs["values"])
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
    assert individuals_chart([1.0]) is None


def test_what_is_outside_is_named() -> None:
    chart = individuals_chart([10.0, 10.1, 9.9, 10.0, 10.1, 9.9, 10.0, 10.1, 9.9, 14.0])
    assert chart is not None
    assert chart.outside == (9,)
    assert chart.ranges_outside == (8,)


@given(st.lists(finite, min_size=2, max_size=40), st.floats(-1e3, 1e3), st.floats(0.01, 100))
def test_another_unit_changes_nothing_but_the_unit(values: list[float], offset: float, scale: float) -> None:
    chart, moved = individuals_chart(values), individuals_chart([value * scale + offset for value in values])
    assert chart is not None
    assert moved is not None
    assert moved.mean == pytest.approx(chart.mean * scale + offset, rel=1e-6, abs=1e-3)
    assert moved.upper - moved.lower == pytest.approx((chart.upper - chart.lower) * scale, rel=1e-6, abs=1e-3)
    assert chart.lower <= chart.mean <= chart.upper
