"""From a gauge's message to the reading of a characteristic, or the reason why it is none. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from unison_domain.kernel.units import plain_unit
from unison_domain.quality.contracts import CharacteristicConfiguration
from unison_domain.stations.framing import Frame
from unison_domain.stations.gauge_digits import demand_digits
from unison_domain.stations.gauge_formats import GaugeValue, read_values
from unison_domain.stations.peripherals import GaugeConfiguration

_NOISE = "\N{SYMBOL FOR NULL}\xff"
"""What a line that was quiet or broken leaves behind: a break is read as NUL, a plug in motion as bytes of ones."""


class GaugeReading(NamedTuple):
    """A value with the digits the gauge showed, what it is of, what the gauge sent, and whether it was settled."""

    value: Decimal
    characteristic: CharacteristicConfiguration
    raw: str
    channel: str | None = None
    settled: bool = True


def read_for(
    frame: Frame, gauge: GaugeConfiguration, characteristics: Sequence[CharacteristicConfiguration]
) -> list[GaugeReading | ValueError]:
    """Read one message: each of its values, or in its place why that one is no reading.

    Line noise before the message, as plugging in makes it, is no part of it.

    Raises:
        ValueError: it has no value, with the reason in words.
    """
    if frame.fault is not None:
        raise ValueError(f"{gauge.name}: {frame.fault}")
    message = message_of(frame)
    found = read_values(message.lstrip(_NOISE), gauge)
    return [one if isinstance(one, ValueError) else _read(one, message, gauge, characteristics) for one in found]


def _read(
    read: GaugeValue, message: str, gauge: GaugeConfiguration, characteristics: Sequence[CharacteristicConfiguration]
) -> GaugeReading | ValueError:
    try:
        return _reading(read, message, gauge, characteristics)
    except ValueError as error:
        return error


def _reading(
    read: GaugeValue, message: str, gauge: GaugeConfiguration, characteristics: Sequence[CharacteristicConfiguration]
) -> GaugeReading:
    characteristic = _measured(read, gauge, characteristics)
    if read.unit and plain_unit(read.unit) != plain_unit(characteristic.unit):
        raise ValueError(
            f"{gauge.name} sent {read.value:f} {read.unit}, but {characteristic.name} is measured in "
            f"{characteristic.unit or 'a number without unit'}: set the gauge to that unit"
        )
    if not read.names_unit:
        _demand_digits(read, gauge, characteristic)
    return GaugeReading(read.value, characteristic, message, read.channel, read.settled)


def message_of(frame: Frame) -> str:
    """What the gauge sent, as text."""
    return frame.content.decode("latin-1").replace("\0", "\N{SYMBOL FOR NULL}")


def _demand_digits(read: GaugeValue, gauge: GaugeConfiguration, characteristic: CharacteristicConfiguration) -> None:
    try:
        demand_digits(read.value, plain_unit(characteristic.unit), characteristic.resolution)
    except ValueError as error:
        raise ValueError(
            f"{gauge.name} sent {read.value:f}, {error}: set the gauge to {characteristic.unit or 'that'}, or give "
            f"{characteristic.name} the resolution of the gauge"
        ) from None


def _measured(
    read: GaugeValue, gauge: GaugeConfiguration, characteristics: Sequence[CharacteristicConfiguration]
) -> CharacteristicConfiguration:
    told = "no channel" if read.channel is None else f"channel {read.channel}"
    id_ = next((one.characteristic_id for one in gauge.channels if one.channel == read.channel), None)
    if id_ is None:
        raise ValueError(
            f"{gauge.name} sent {read.value:f} for {told}, which measures nothing: say in its settings which "
            "characteristic that is"
        )
    known = next((one for one in characteristics if one.id == id_), None)
    if known is None:
        raise ValueError(f"{gauge.name} sent {read.value:f}, but its characteristic {id_} is not in use any more")
    return known
