"""The tree of reasons as tiles: grouped by its branches, each reason one tap, the frequent ones first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from unison_domain.machines.reasons import ReasonClass, is_for, way_of
from unison_domain.stations.configuration import ReasonConfiguration

FREQUENT = 6
"""How many of the reasons given most are offered again in front of all groups."""


class Tile(NamedTuple):
    """One reason as people there know it (`names_of`); its class gives the colour."""

    id: UUID
    name: str
    reason_class: str


class Group(NamedTuple):
    """The reasons of one branch; `name` is the way to it from the root, None for reasons at the root."""

    name: str | None
    tiles: tuple[Tile, ...]


def groups_of(
    reasons: Sequence[ReasonConfiguration], machine_type: str | None, uses: Mapping[UUID, int]
) -> tuple[Group, ...]:
    """The groups for a machine of this type. Only ends of the tree are offered: what has branches is a heading.

    A reason is offered when all above it are there, and it and they are for the type.
    Groups come by number, what stands at the root last. Inside a group the ones given more often come first.
    """
    known = {reason.id: reason for reason in reasons}
    names = names_of(reasons, machine_type)
    ends = sorted(_ends(known, machine_type), key=lambda r: (-uses.get(r.id, 0), r.number, r.name))
    groups: dict[tuple[UUID, ...], list[ReasonConfiguration]] = {}
    for reason in ends:
        groups.setdefault(tuple(step.id for step in way_of(reason, known))[1:], []).append(reason)
    ordered = sorted(groups.items(), key=lambda group: (not group[0], min(reason.number for reason in group[1])))
    return tuple(Group(_heading(way, known), tuple(_tile(one, names) for one in members)) for way, members in ordered)


def frequent_of(groups: Sequence[Group], uses: Mapping[UUID, int]) -> Group | None:
    """The reasons given most, most first; None as long as all reasons are quickly found without."""
    tiles = [tile for group in groups for tile in group.tiles]
    used = sorted((tile for tile in tiles if uses.get(tile.id)), key=lambda tile: (-uses[tile.id], tile.name))
    return Group(None, tuple(used[:FREQUENT])) if used and len(tiles) > FREQUENT else None


def names_of(reasons: Sequence[ReasonConfiguration], machine_type: str | None) -> dict[UUID, str]:
    """What each reason is called to people at such a machine: its name, and as much of the way to it as tells it from
    others that are offered; by its number where the whole way does not.
    """
    known = {reason.id: reason for reason in reasons}
    ways = {id_: tuple(step.name for step in way_of(reason, known)) for id_, reason in known.items()}
    ends = {reason.id for reason in _ends(known, machine_type)}
    meant = Counter(part for id_ in ends for part in _parts(ways[id_]))
    names = {}
    for id_, way in ways.items():
        own = [part for part in _parts(way) if meant[part] == (id_ in ends)]
        names[id_] = " / ".join(reversed(own[0])) if own else f"{known[id_].number} {way[0]}"
    return names


def _parts(way: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    return (way[:length] for length in range(1, len(way) + 1))


def _ends(known: Mapping[UUID, ReasonConfiguration], machine_type: str | None) -> list[ReasonConfiguration]:
    """The reasons that machines of this type can be given: what has branches is a heading."""
    offered = [one for one in known.values() if is_for(one, known, machine_type)]
    inner = {reason.parent_id for reason in offered}
    return [one for one in offered if one.id not in inner]


def _heading(way: Sequence[UUID], known: Mapping[UUID, ReasonConfiguration]) -> str | None:
    return " / ".join(known[step].name for step in reversed(way)) or None


def _tile(reason: ReasonConfiguration, names: Mapping[UUID, str]) -> Tile:
    return Tile(reason.id, names[reason.id], ReasonClass.of(reason.number).name.lower())
