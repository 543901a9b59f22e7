"""Events of measuring at a station."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field, PlainSerializer

from unison_domain.kernel.contracts import OpenEnum, Text
from unison_domain.stations.fact import SaidByPerson
from unison_domain.stations.picture_tools import Sha256


def _finite(value: object) -> object:
    if isinstance(value, int | float):
        raise ValueError('must be a string such as "0.120": a JSON number loses digits')
    return value


def _plain(value: Decimal) -> str:
    return f"{value:f}"


ReadValue = Annotated[
    Decimal,
    BeforeValidator(_finite),
    Field(max_digits=30, decimal_places=12, allow_inf_nan=False),
    PlainSerializer(_plain, return_type=str, when_used="json"),
]
"""A measured value with the digits the gauge showed: 0.120 is not 0.12. Travels as a string, without exponent."""


class ReadingSource(OpenEnum):
    """How a value came in."""

    GAUGE = "gauge"
    CAMERA = "camera"
    TYPED = "typed"
    UNKNOWN = "unknown"


class ReadingTaken(SaidByPerson):
    """A characteristic was measured.

    Attributes:
        id: of this reading, so that it counts once however it comes.
        peripheral_id: the gauge or camera; None where it was typed.
        unit: of `value`, that of its characteristic.
        uncertainty: expanded uncertainty of the value at 95 % (k = 2), in `unit`, where the source knows it.
        raw: what the gauge sent, in words.
        picture: SHA-256 of the picture it was measured in.
        command_id: of the command it was measured on, from afar: who asked is no person at the station.
    """

    kind: Literal["reading_taken"] = "reading_taken"
    id: UUID
    station_id: UUID
    characteristic_id: UUID
    peripheral_id: UUID | None = None
    source: ReadingSource
    value: ReadValue
    unit: Annotated[Text, Field(max_length=20)] = ""
    uncertainty: Annotated[ReadValue, Field(ge=0)] | None = None
    raw: Text | None = None
    picture: Sha256 | None = None
    command_id: UUID | None = None


class ReadingUndone(SaidByPerson):
    """A person at the station takes a reading back."""

    kind: Literal["reading_undone"] = "reading_undone"
    reading_id: UUID
