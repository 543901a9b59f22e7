"""What gauges of each maker say."""

from __future__ import annotations

import contextlib
import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from unison_domain.stations.gauge_formats import GaugeFault, NotAtRest, poll_command, read_gauge, read_values
from unison_domain.stations.gauge_settings import LONGEST_MESSAGE, LONGEST_OF_PATTERN, GaugeSettings


def gauge(format_: str, **fields: object) -> GaugeSettings:
    """A gauge on a port that is not opened."""
    return GaugeSettings.model_validate({"name": "Caliper 3", "serial": {"port": "x"}, "format": format_, **fields})


@pytest.mark.parametrize(
    ("settings", "message", "value", "unit", "channel"),
    [
        (gauge("mitutoyo", unit="mm"), "01A+0000.123", "0.123", "mm", "1"),
        (gauge("mitutoyo", unit="mm"), "02A-0000.120", "-0.120", "mm", "2"),
        (gauge("mitutoyo", unit="in"), "01A+00.12345", "0.12345", "in", "1"),
        (gauge("mt_sics"), "S S     100.00 g", "100.00", "g", None),
        (gauge("mt_sics"), "S S      -18.780 kg", "-18.780", "kg", None),
        (gauge("mt_sics", stable_only=False), "S D     100.02 g", "100.02", "g", None),
        (gauge("mark_10"), "-18.78 lbFin", "-18.78", "lbFin", None),
        (
            gauge("pattern", pattern=r"W(?P<value>[\d,]+)(?P<unit>kg)", decimal_comma=True),
            "W12,50kg",
            "12.50",
            "kg",
            None,
        ),
    ],
)
def test_values_keep_their_digits(settings: GaugeSettings, message: str, value: str, unit: str, channel: str) -> None:
    read = read_gauge(message, settings)
    assert str(read.value) == value
    assert (read.unit, read.channel) == (unit, channel)


@pytest.mark.parametrize(
    ("settings", "message", "words"),
    [
        (gauge("mitutoyo"), "911", "not connected"),
        (gauge("mt_sics"), "S I", "busy"),
        (gauge("mt_sics"), "S +", "overloaded"),
        (gauge("mt_sics"), "S -", "below its range"),
        (gauge("mt_sics"), "ES", "does not know the command"),
        (gauge("mt_sics"), "S D     100.02 g", "still moving"),
        (gauge("mark_10"), "*10", "does not know the command"),
        (gauge("mark_10"), "12,5 N", "a point is configured"),
        (gauge("mark_10", decimal_comma=True), "12.5 N", "a comma is configured"),
        (gauge("mitutoyo"), "hello", "not of the format mitutoyo"),
        (gauge("pattern", pattern="(?P<value>.+)"), "abc", "no number"),
        (gauge("pattern", pattern="(?P<value>.+)"), "NaN", "no number"),
    ],
)
def test_what_is_no_value_is_refused_in_words(settings: GaugeSettings, message: str, words: str) -> None:
    with pytest.raises(GaugeFault, match=words) as refused:
        read_gauge(message, settings)
    assert "Caliper 3" in str(refused.value)


@given(st.decimals(-9999, 9999, places=3, allow_nan=False))
def test_every_value_of_a_scale_comes_back(value: Decimal) -> None:
    assert str(read_gauge(f"S S {value:>10} g", gauge("mt_sics")).value) == str(value)


@given(st.text(max_size=40))
def test_nothing_a_gauge_sends_breaks_the_reader(message: str) -> None:
    for settings in (gauge("mitutoyo"), gauge("mt_sics"), gauge("mark_10"), gauge("pattern", pattern="(?P<value>.*)")):
        with contextlib.suppress(GaugeFault):
            assert read_gauge(message, settings).value.is_finite()


def test_scales_are_asked_and_calipers_send() -> None:
    assert poll_command(gauge("mt_sics")) == b"S\r\n"
    assert poll_command(gauge("mt_sics", poll_seconds=1)) == b"SI\r\n"
    assert poll_command(gauge("mark_10")) == b"?\r"
    assert poll_command(gauge("mitutoyo")) is None
    assert poll_command(gauge("mitutoyo", poll="3f0d")) == b"?\r"


def test_a_scale_has_the_time_to_settle() -> None:
    assert [gauge(one).timeout_seconds for one in ("mitutoyo", "mt_sics")] == [2, 10]
    assert gauge("mt_sics", timeout_seconds=3).timeout_seconds == 3


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"format": "pattern"}, "a pattern is given with format pattern"),
        ({"format": "mitutoyo", "pattern": "(?P<value>.)"}, "and with that alone"),
        ({"format": "pattern", "pattern": "(["}, "no regular expression"),
        ({"format": "pattern", "pattern": r"\d"}, "names no group"),
        ({"format": "pattern", "pattern": "(?P<value>9{99999999999999})"}, "more than 999 times"),
    ],
)
def test_a_format_that_can_not_be_read_is_refused(fields: dict[str, str], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        gauge(fields.pop("format"), **fields)


def test_a_pattern_can_not_hold_the_program_up() -> None:
    slow = gauge("pattern", pattern=r"(?P<value>(\d+)+(\d*)+\d+)!")
    began = time.process_time()
    with pytest.raises(GaugeFault, match="not of the format"):
        read_gauge("1" * LONGEST_OF_PATTERN, slow)
    assert time.process_time() - began < 2
    with pytest.raises(GaugeFault, match="1025 characters at once"):
        read_gauge("1" * (LONGEST_OF_PATTERN + 1), slow)


def test_a_message_of_many_probes_is_read_whole_and_one_value_is_no_long_message() -> None:
    probes = [f"P{number}" for number in range(1, 9)]
    of_all = gauge("pattern", unit="mm", pattern=" ".join(rf"{one}=(?P<value_{one}>[+-][\d.]+)" for one in probes))
    message = " ".join(f"{one}=+0.0{number}" for number, one in enumerate(probes, 1))
    assert len(message) == 71
    read = [one for one in read_values(message, of_all) if not isinstance(one, NotAtRest)]
    assert [(one.channel, str(one.value)) for one in read] == [(one, f"0.0{n}") for n, one in enumerate(probes, 1)]
    with pytest.raises(GaugeFault, match="65 characters at once"):
        read_gauge("1" * (LONGEST_MESSAGE + 1), gauge("mitutoyo"))


@pytest.mark.parametrize(
    ("message", "value"),
    [("- 0.12", "-0.12"), ("+0.120", "0.120"), ("+ 0.120", "0.120"), ("-.5", "-0.5"), ("0.120", "0.120")],
)
def test_a_sign_may_stand_apart_and_every_digit_stays(message: str, value: str) -> None:
    whole = gauge("pattern", pattern=r"(?P<value>[+-]?\s*[\d.]+)")
    apart = gauge("pattern", pattern=r"(?P<sign>[+-])?\s*(?P<value>[\d.]+)")
    assert [str(read_gauge(message, one).value) for one in (whole, apart, gauge("mark_10"))] == [value] * 3


def test_two_signs_are_none() -> None:
    twice = gauge("pattern", pattern=r"(?P<sign>[+-])(?P<value>[+-][\d.]+)")
    with pytest.raises(GaugeFault, match="is no number"):
        read_gauge("--0.5", twice)
