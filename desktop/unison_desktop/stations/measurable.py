"""What can be measured, as it is offered for choosing."""

from __future__ import annotations

from collections.abc import Iterable

from unison_domain.quality.contracts import CharacteristicAnswer


def names_with_units(characteristics: Iterable[CharacteristicAnswer]) -> dict[str, str]:
    """Their names with their units, by id."""
    return {
        str(one.id): f"{one.characteristic_name} ({one.measurement_unit})"
        if one.measurement_unit
        else one.characteristic_name
        for one in characteristics
    }
