"""Characteristics and their measurements, as they cross the network.

Names are those of the requirement documents' inspection tables; what follows from others (`within_tolerance`, the
chart) is in answers alone.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator

from unison_domain.kernel.contracts import Answer, Instant, Name, Request, Text
from unison_domain.quality.events import ReadingSource, ReadValue
from unison_domain.stations.picture_tools import Sha256

MeasurementUnit = Annotated[Text, Field(max_length=20)]
"""Unit of a measured value, as it is written beside it; empty for a number without one."""
Resolution = Annotated[ReadValue, Field(gt=0)]
"""Smallest step of a value worth writing, in its unit: 0.001 is three decimals."""


def is_within(value: Decimal, lsl: Decimal | None, usl: Decimal | None) -> bool | None:
    """Whether a value keeps the specification limits, which are good values themselves; None where there are none."""
    if lsl is None and usl is None:
        return None
    return (lsl is None or value >= lsl) and (usl is None or value <= usl)


def limits_disagreement(lsl: Decimal | None, usl: Decimal | None) -> str | None:
    """What is wrong with a pair of limits, in words; either may be missing."""
    if lsl is None or usl is None or lsl < usl:
        return None
    return f"the lower limit {lsl:f} must be below the upper limit {usl:f}"


class CharacteristicCreate(Request):
    """Something that is measured, as an inspector enters it.

    Attributes:
        target: nominal value. It may lie outside the limits: a shaft of 20 may be allowed 19.93 to 19.98.
        lsl, usl: lower and upper specification limit, both still good; without either any value is.
        resolution: the smallest step that is measured; limits and means are written so finely.
    """

    plant_id: UUID
    characteristic_name: Name
    measurement_unit: MeasurementUnit = ""
    target: ReadValue | None = None
    lsl: ReadValue | None = None
    usl: ReadValue | None = None
    resolution: Resolution | None = None

    @field_validator("usl")
    @classmethod
    def _limits_agree(cls, usl: Decimal | None, info: ValidationInfo) -> Decimal | None:
        if wrong := limits_disagreement(info.data.get("lsl"), usl):
            raise ValueError(wrong)
        return usl


class CharacteristicUpdate(Request):
    """PATCH: an absent field stays as it is, null clears it where it may be empty. The unit of what was measured
    already stays."""

    characteristic_name: Name | None = None
    measurement_unit: MeasurementUnit | None = None
    target: ReadValue | None = None
    lsl: ReadValue | None = None
    usl: ReadValue | None = None
    resolution: Resolution | None = None
    is_active: bool | None = None


class CharacteristicAnswer(Answer):
    """A characteristic."""

    id: UUID
    version: int
    plant_id: UUID
    characteristic_name: str
    measurement_unit: str
    target: ReadValue | None = None
    lsl: ReadValue | None = None
    usl: ReadValue | None = None
    resolution: ReadValue | None = None
    is_active: bool
    created_at: Instant
    updated_at: Instant


class CharacteristicConfiguration(Request):
    """A characteristic as agents are told of it; fields as in `CharacteristicCreate`."""

    id: UUID
    plant_id: UUID
    name: Name
    unit: MeasurementUnit = ""
    target: ReadValue | None = None
    lsl: ReadValue | None = None
    usl: ReadValue | None = None
    resolution: Resolution | None = None


class MeasurementCreate(Request):
    """A value typed by a person.

    Attributes:
        measurement_unit: that of the characteristic as the person saw it.
        uncertainty: expanded, at 95 % (k = 2), in the same unit.
        measured_at: None: now.
    """

    characteristic_id: UUID
    measured_value: ReadValue
    measurement_unit: MeasurementUnit = ""
    uncertainty: Annotated[ReadValue, Field(ge=0)] | None = None
    measured_at: Instant | None = None


class MeasurementAnswer(Answer):
    """One measured value with the digits that were shown.

    Attributes:
        lsl, usl: the limits it is judged by, those of the characteristic when it was measured.
        within_tolerance: by these; None where there are none.
        limits_changed: the characteristic has others now.
        resolution: the characteristic's as it is now, in the same unit.
        peripheral_name, station_name: None too where the reader may not see them.
        person: who measured, as named at the station, or who typed it, or had a camera measure it, in the desktop.
        raw: what the gauge sent.
        picture: SHA-256 of the picture it was measured in.
        recorded_at: when the server heard of it.
        undone_at, undone_by: when and by whom it was taken back; undone_by_id: their account, where it is known.
        undone_by_is_verified: False where only the list at the station names the account; None without one.
        confirmed_by_name: who confirmed with badge and PIN that a value beyond what is plausible counts.
        undo_confirmed_by_name: who confirmed so that another person's value is taken back.
    """

    id: UUID
    characteristic_id: UUID
    characteristic_name: str
    plant_id: UUID
    measured_value: ReadValue
    measurement_unit: str
    lsl: ReadValue | None = None
    usl: ReadValue | None = None
    within_tolerance: bool | None = None
    resolution: ReadValue | None = None
    limits_changed: bool = False
    uncertainty: ReadValue | None = None
    source: ReadingSource
    peripheral_id: UUID | None = None
    peripheral_name: str | None = None
    station_id: UUID | None = None
    station_name: str | None = None
    person: str | None = None
    person_id: UUID | None = None
    """The account of who was signed on at the station."""
    person_is_verified: bool | None = None
    """Whether the server was asked who signed on, or only the list at the station."""
    raw: str | None = None
    picture: Sha256 | None = None
    measured_at: Instant
    recorded_at: Instant
    undone_at: Instant | None = None
    undone_by: str | None = None
    undone_by_id: UUID | None = None
    undone_by_is_verified: bool | None = None
    confirmed_by_name: str | None = None
    undo_confirmed_by_name: str | None = None


class IndividualsLimits(Answer):
    """Centre and limits of an individuals and moving-range chart, in the unit of the values.

    Attributes:
        sigma: estimated short-term standard deviation, mean moving range / 1.128.
    """

    mean: float
    mean_range: float
    sigma: float
    upper: float
    lower: float
    range_upper: float


class IndividualsAnswer(Answer):
    """Values of a characteristic in order of time, and the chart of them (`quality.individuals`).

    Attributes:
        items: oldest first, without those that were undone.
        ranges: absolute difference of each value and the one before; one fewer than items.
        limits: None with fewer than two values.
        is_preliminary: limits of so few values may still move.
        outside, ranges_outside: places in `items` and `ranges` beyond a limit, from 0.
        undone: values of the same time that were taken back.
        is_cut: there are older values in the time that was asked for.
    """

    characteristic: CharacteristicAnswer
    items: list[MeasurementAnswer]
    ranges: list[float]
    limits: IndividualsLimits | None = None
    is_preliminary: bool
    outside: list[int]
    ranges_outside: list[int]
    undone: list[MeasurementAnswer]
    is_cut: bool
