"""Measured values keep the digits the gauge showed, on their way through JSON too."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from unison_domain.quality.contracts import CharacteristicCreate, MeasurementCreate
from unison_domain.quality.events import ReadingSource, ReadingTaken
from unison_domain.quality.resolution import is_multiple

ID = UUID(int=1)
values = st.decimals(-(10**17), 10**17, allow_nan=False, allow_infinity=False).map(
    lambda value: round(value, 12) if value.as_tuple().exponent < -12 else value  # type: ignore[operator]  # finite
)
steps = st.sampled_from([Decimal(text) for text in ("0.001", "0.002", "0.05", "0.5", "1", "5", "0.000000000001")])


@given(values)
def test_every_digit_comes_back_from_json(value: Decimal) -> None:
    sent = MeasurementCreate(characteristic_id=ID, measured_value=value)
    written = sent.model_dump(mode="json")["measured_value"]
    assert written == f"{value:f}"
    assert str(MeasurementCreate.model_validate_json(sent.model_dump_json()).measured_value) == str(Decimal(written))


def test_zeros_at_the_end_are_digits() -> None:
    said = '{"at": "2026-11-20T12:00:00Z", "id": "%s", "station_id": "%s", "characteristic_id": "%s", %s}'
    rest = '"source": "gauge", "value": "0.120", "unit": "mm", "uncertainty": "0.0020"'
    reading = ReadingTaken.model_validate_json(said % (ID, ID, ID, rest))
    assert (str(reading.value), str(reading.uncertainty)) == ("0.120", "0.0020")
    assert ReadingTaken.model_validate_json(said % (ID, ID, ID, rest.replace("gauge", "oracle"))).source == "unknown"


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e30", "0.0000000000001", 0.12, 12, "12,5", ""])
def test_what_is_no_value_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        MeasurementCreate.model_validate({"characteristic_id": ID, "measured_value": value})


def test_an_uncertainty_is_not_negative() -> None:
    with pytest.raises(ValidationError):
        MeasurementCreate.model_validate({"characteristic_id": ID, "measured_value": "1", "uncertainty": "-0.1"})
    assert ReadingSource("typed") is ReadingSource.TYPED


def test_limits_must_not_cross() -> None:
    with pytest.raises(ValidationError, match=r"usl\n.*the lower limit 2\.0 must be below the upper limit 1\.50"):
        CharacteristicCreate(plant_id=ID, characteristic_name="Bore", lsl=Decimal("2.0"), usl=Decimal("1.50"))
    assert CharacteristicCreate(plant_id=ID, characteristic_name="Bore", lsl=Decimal(2)).usl is None


@given(st.integers(-(10**15), 10**15), steps)
def test_whole_steps_are_multiples_and_half_steps_are_not(count: int, step: Decimal) -> None:
    assert is_multiple(count * step, step)
    assert not is_multiple(count * step + step / 2, step)
