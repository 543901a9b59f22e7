"""What a gauge's message says: its digits, its unit and its sign must agree."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest
from unison_domain.quality.contracts import CharacteristicConfiguration
from unison_domain.stations.framing import Frame
from unison_domain.stations.gauge_reading import GaugeReading, read_for
from unison_domain.stations.gauge_settings import GaugeChannel, GaugeFormat
from unison_domain.stations.peripherals import GaugeConfiguration

from tests.station_agent.peripherals.station import (
    CHARACTERISTICS,
    DIAMETER,
    WEIGHT,
    gauge,
)


def read_one(
    frame: Frame, gauge: GaugeConfiguration, characteristics: Sequence[CharacteristicConfiguration]
) -> GaugeReading:
    """The one reading of a message; raises what is wrong with it."""
    (read,) = read_for(frame, gauge, characteristics)
    if isinstance(read, ValueError):
        raise read
    return read


@pytest.mark.parametrize("noise", [b"\0", b"\xff\xff\0", b"\0\xfe"])
def test_line_noise_before_a_value_is_no_part_of_it(noise: bytes) -> None:
    configured = gauge("port", GaugeFormat.MITUTOYO, DIAMETER, "1")
    if b"\xfe" in noise:
        with pytest.raises(ValueError, match="not of the format"):
            read_one(Frame(noise + b"01A+0012.120"), configured, CHARACTERISTICS)
        return
    read = read_one(Frame(noise + b"01A+0012.120"), configured, CHARACTERISTICS)
    assert str(read.value) == "12.120"
    assert read.raw.endswith("01A+0012.120")
    assert read.raw != "01A+0012.120", "what came is kept as it came"


def test_each_value_of_a_message_is_of_its_channel_and_one_that_is_wrong_stops_no_other() -> None:
    pattern = r"X(?P<sign_x>[+-])\s*(?P<value_x>[\d.]+)(?P<unit_x>mm|in);Y(?P<value_y>[\d.]+)g;Z(?P<value_z>[\d.]+)"
    several = gauge("port", GaugeFormat.PATTERN, DIAMETER, "x", pattern=pattern).model_copy(
        update={
            "channels": (
                GaugeChannel(channel="x", characteristic_id=DIAMETER),
                GaugeChannel(channel="y", characteristic_id=WEIGHT),
            )
        }
    )
    x, y, z = read_for(Frame(b"X- 12.120mm;Y0.120;Z9".replace(b"0.120;", b"0.120g;")), several, CHARACTERISTICS)
    assert isinstance(x, GaugeReading)
    assert (str(x.value), x.characteristic.id) == ("-12.120", DIAMETER)
    assert isinstance(y, GaugeReading)
    assert (str(y.value), y.characteristic.id) == ("0.120", WEIGHT)
    assert "channel z, which measures nothing" in str(z)
    x, y, _ = read_for(Frame(b"X+0.5in;Y0.120g;Z9"), several, CHARACTERISTICS)
    assert "set the gauge to that unit" in str(x)
    assert isinstance(y, GaugeReading)


@pytest.mark.parametrize(
    ("sent", "unit", "says"),
    [
        (b"S S     100.00 kg", None, "is measured in g: set the gauge to that unit"),
        (b"S S     100.00", None, None),
        (b"S S     100,00 g", None, "a point is configured as its decimal sign"),
        (b"S D     100.00 g", None, "still moving"),
        (b"S +", None, "overloaded"),
    ],
)
def test_units_and_signs_must_agree(sent: bytes, unit: str | None, says: str | None) -> None:
    configured = gauge("port", GaugeFormat.MT_SICS, WEIGHT, unit=unit)
    if says is None:
        assert str(read_one(Frame(sent), configured, CHARACTERISTICS).value) == "100.00"
        return
    with pytest.raises(ValueError, match=says):
        read_one(Frame(sent), configured, CHARACTERISTICS)


@pytest.mark.parametrize(
    ("sent", "unit", "resolution", "says"),
    [
        (b"01A+00.47244", "mm", "0.001", "finer than steps of 0.001 mm: set the gauge to mm"),
        (b"01A+00.47244", "mm", None, "5 decimals are not those of a gauge set to mm"),
        (b"01A+000.5000", "mm", "0.01", "4 decimals are not those of a gauge set to mm"),
        (b"01A+0012.000", "in", None, "3 decimals are not those of a gauge set to in"),
        (b"01A+0012.120", "mm", "0.001", None),
        (b"01A+000.1205", "mm", "0.0005", None),
        (b"01A+00.47244", "in", None, None),
        (b"01A+00000.12", "in", "0.01", None),
        (b"01A+0.123456", "um", None, None),
    ],
)
def test_digits_tell_a_gauge_that_is_set_to_another_unit(
    sent: bytes, unit: str, resolution: str | None, says: str | None
) -> None:
    measured = CHARACTERISTICS[0].model_copy(update={"unit": unit, "resolution": resolution and Decimal(resolution)})
    for own in (unit, None):
        configured = gauge("port", GaugeFormat.MITUTOYO, DIAMETER, "1", unit=own)
        if says is None:
            assert read_one(Frame(sent), configured, [measured]).characteristic is measured
            continue
        with pytest.raises(ValueError, match=says):
            read_one(Frame(sent), configured, [measured])


@pytest.mark.parametrize(
    ("sent", "unit", "says"),
    [
        (b"S S 0.00000001 kg", None, "sent 0.00000001 kg, but Weight is measured in g"),
        (b"S S 0.00000001", "g", "sent 0.00000001, which is finer than steps of 0.0000001 g"),
    ],
)
def test_no_value_is_told_with_an_exponent(sent: bytes, unit: str | None, says: str) -> None:
    fine = CHARACTERISTICS[1].model_copy(update={"resolution": Decimal("1E-7")})
    with pytest.raises(ValueError, match=says):
        read_one(Frame(sent), gauge("port", GaugeFormat.MT_SICS, WEIGHT, unit=unit), [fine])


def test_a_gauge_that_names_its_unit_may_show_more_than_is_asked() -> None:
    fine = CHARACTERISTICS[1].model_copy(update={"resolution": Decimal("0.1")})
    configured = gauge("port", GaugeFormat.MT_SICS, WEIGHT)
    assert str(read_one(Frame(b"S S     100.002 g"), configured, [fine]).value) == "100.002"


def test_a_decimal_comma_keeps_its_digits_and_both_signs_of_micro_are_one() -> None:
    comma = gauge("port", GaugeFormat.MITUTOYO, DIAMETER, "1", decimal_comma=True, unit="mm")
    assert str(read_one(Frame(b"01A+0000,120"), comma, CHARACTERISTICS).value) == "0.120"
    micro = gauge("port", GaugeFormat.MITUTOYO, DIAMETER, "1", unit="\N{MICRO SIGN}m")
    mu = CHARACTERISTICS[0].model_copy(update={"unit": "\N{GREEK SMALL LETTER MU}m"})
    assert read_one(Frame(b"01A+00000.12"), micro, [mu]).characteristic is mu
    with pytest.raises(ValueError, match="is not in use any more"):
        read_one(Frame(b"01A+00000.12"), micro, [])
