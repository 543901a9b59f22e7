"""From a gauge's message to the reading of a characteristic, or the reason why it is none. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from unison_domain.quality.contracts import CharacteristicConfiguration
from unison_domain.stations.framing import Frame
from unison_domain.stations.gauge_digits import demand_digits
from unison_domain.stations.gauge_formats import GaugeValue, plain_unit, read_gauge
from unison_domain.stations.peripherals import GaugeConfiguration


class GaugeReading(NamedTuple):
    """A value with the digits the gauge showed, what it is of, and what the gauge sent."""

    value: Decimal
    characteristic: CharacteristicConfiguration
    raw: str


def read_for(
    frame: Frame, gauge: GaugeConfiguration, characteristics: Sequence[CharacteristicConfiguration]
) -> GaugeReading:
    """Read one message.

    Raises:
        ValueError: it is no reading, with the reason in words.
    """
    if frame.fault is not None:
        raise ValueError(f"{gauge.name}: {frame.fault}")
    message = message_of(frame)
    read = read_gauge(message, gauge)
    characteristic = _measured(read, gauge, characteristics)
    if read.unit and plain_unit(read.unit) != plain_unit(characteristic.unit):
        raise ValueError(
            f"{gauge.name} sent {read.value:f} {read.unit}, but {characteristic.name} is measured in "
            f"{characteristic.unit or 'a number without unit'}: set the gauge to that unit"
        )
    if not read.names_unit:
        _demand_digits(read, gauge, characteristic)
    return GaugeReading(read.value, characteristic, message)


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
