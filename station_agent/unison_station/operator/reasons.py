"""The tree of reasons as tiles: grouped by its branches, each reason one tap, the frequent ones first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from unison_domain.machines.reasons import ReasonClass, is_for, way_of
from unison_domain.stations.configuration import ReasonConfiguration

FREQUENT = 6
"""How many of the reasons given most are offered again in front of all groups."""


class Tile(NamedTuple):
    """One reason; its class gives the colour."""

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

    A reason is offered when it and all above it are for the type; one whose parent is not there stands at the root.
    Groups come by number, what stands at the root last. Inside a group the ones given more often come first.
    """
    known = {reason.id: reason for reason in reasons}
    offered = [one for one in reasons if is_for(one, known, machine_type)]
    inner = {reason.parent_id for reason in offered}
    ends = sorted((r for r in offered if r.id not in inner), key=lambda r: (-uses.get(r.id, 0), r.number, r.name))
    groups: dict[tuple[UUID, ...], list[ReasonConfiguration]] = {}
    for reason in ends:
        groups.setdefault(tuple(step.id for step in way_of(reason, known))[1:], []).append(reason)
    ordered = sorted(groups.items(), key=lambda group: (not group[0], min(reason.number for reason in group[1])))
    return tuple(Group(_heading(way, known), tuple(map(_tile, members))) for way, members in ordered)


def frequent_of(groups: Sequence[Group], uses: Mapping[UUID, int]) -> Group | None:
    """The reasons given most, most first; None as long as all reasons are quickly found without."""
    tiles = [tile for group in groups for tile in group.tiles]
    used = sorted((tile for tile in tiles if uses.get(tile.id)), key=lambda tile: (-uses[tile.id], tile.name))
    return Group(None, tuple(used[:FREQUENT])) if used and len(tiles) > FREQUENT else None


def _heading(way: Sequence[UUID], known: Mapping[UUID, ReasonConfiguration]) -> str | None:
    return " / ".join(known[step].name for step in reversed(way)) or None


def _tile(reason: ReasonConfiguration) -> Tile:
    return Tile(reason.id, reason.name, ReasonClass.of(reason.number).name.lower())
