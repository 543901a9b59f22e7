"""What a characteristic is called where those of several plants are offered side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from unison_domain.quality.contracts import CharacteristicAnswer
from unison_domain.sites.contracts import PlantAnswer

Plants = Mapping[UUID, PlantAnswer]


def told_apart(known: Sequence[CharacteristicAnswer], plants: Plants) -> dict[UUID, str]:
    """The name of each by its id, with its plant's where another plant has one of that name: a name is unique within a
    plant only."""
    places: dict[str, set[UUID]] = defaultdict(set)
    for one in known:
        places[_alike(one)].add(one.plant_id)
    return {
        one.id: whole_name(one, plants) if len(places[_alike(one)]) > 1 else one.characteristic_name for one in known
    }


def whole_name(one: CharacteristicAnswer, plants: Plants) -> str:
    """Its name and its plant's, as far as that is known."""
    plant = plants.get(one.plant_id)
    return one.characteristic_name if plant is None else f"{one.characteristic_name} · {plant.name}"


def _alike(one: CharacteristicAnswer) -> str:
    return one.characteristic_name.casefold()
