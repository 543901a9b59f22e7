"""A counter that is to read something else waits for the end of its machine's run, unless a person forces it.

In the middle of a run parts made between the last look at the old register and the first at the new one would be lost;
while the machine stands there are none. So what changes of a running machine's counter is held back: the tag as it
was, or the device as it was where that is what moved. Of a place that nobody reaches any more nothing can be learnt,
neither parts nor the end of the run: what moved away from it does not wait.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple
from uuid import UUID

from unison_domain.machines.counter import COUNT_KINDS
from unison_domain.machines.sources import source_of
from unison_domain.stations.configuration import AgentConfiguration, DeviceConfiguration, TagConfiguration
from unison_domain.stations.device_settings import line_disagreement


class Held(NamedTuple):
    """A counter whose change waits, and the machine whose run has to end first.

    Attributes:
        moved_device: what has another place now, where that is the change.
    """

    tag_id: UUID
    machine_id: UUID
    moved_device: UUID | None = None


class AtBoundary(NamedTuple):
    """What may run now, and what of the configuration wanted waits. Its version is always that of the one wanted."""

    configuration: AgentConfiguration
    waiting: tuple[Held, ...]


def at_boundary(
    running: AgentConfiguration,
    wanted: AgentConfiguration,
    producing: Collection[UUID],
    lost: Collection[UUID] = frozenset(),
) -> AtBoundary:
    """`wanted`, with counters of machines that are `producing` as they are read under `running`.

    A counter that is removed, belongs to a removed machine or is taken over from another agent is not held back.

    Args:
        lost: devices that nobody reaches where they are under `running`, and not for a moment only.
    """
    before = {device.id: device for device in running.devices}
    runs = frozenset(producing) & {machine.id for machine in wanted.machines}
    waiting: list[Held] = []
    devices = []
    for device in wanted.devices:
        kept = before.get(device.id)
        held = [one for one in _held(kept, device, runs) if one.moved_device not in lost] if kept is not None else []
        waiting += held
        devices.append(device if kept is None or not held else _merged(kept, device, {one.tag_id for one in held}))
    while waiting and (torn := _lines_at_odds(devices)):
        # A line is set for all its devices at once, so they wait together; a new one there waits too.
        devices = [
            present
            for device in devices
            if (present := before.get(device.id) if device.line in torn else device) is not None
        ]
    return AtBoundary(wanted.model_copy(update={"devices": tuple(devices)}), tuple(waiting))


class Moved(NamedTuple):
    """A counter that reads or counts something else.

    Attributes:
        is_forced: a person wanted that at once, run or not.
    """

    tag: TagConfiguration
    is_forced: bool


def moved_counters(before: AgentConfiguration, after: AgentConfiguration) -> Iterator[Moved]:
    """Counters of machines that are in both and read something else, or count something else, in the second."""
    known = {tag.id: (device, tag) for device in before.devices for tag in device.tags}
    for device in after.devices:
        for tag in device.tags:
            if tag.id not in known or tag.machine_id is None or tag.role not in COUNT_KINDS:
                continue
            kept, was = known[tag.id]
            if _counts(kept, was) != _counts(device, tag):
                yield Moved(tag, _is_forced(kept, device, was, tag))


def _held(kept: DeviceConfiguration, device: DeviceConfiguration, runs: Collection[UUID]) -> Iterator[Held]:
    """Counters of the device that must go on as they are."""
    now: Mapping[UUID, TagConfiguration] = {tag.id: tag for tag in device.tags}
    for tag in kept.tags:
        wanted = now.get(tag.id)
        if tag.machine_id not in runs or tag.role not in COUNT_KINDS or wanted is None:
            continue
        if wanted.lease != tag.lease and wanted.baseline is not None:
            continue
        if _counts(kept, tag) == _counts(device, wanted):
            continue
        has_moved = _has_moved(kept, device, tag)
        if not _is_forced(kept, device, tag, wanted) and tag.machine_id is not None:
            yield Held(tag.id, tag.machine_id, device.id if has_moved else None)


def _merged(kept: DeviceConfiguration, device: DeviceConfiguration, held: Collection[UUID]) -> DeviceConfiguration:
    was = {tag.id: tag for tag in kept.tags}
    if any(_has_moved(kept, device, was[tag_id]) for tag_id in held):
        return kept
    return device.model_copy(update={"tags": tuple(was[tag.id] if tag.id in held else tag for tag in device.tags)})


def _has_moved(kept: DeviceConfiguration, device: DeviceConfiguration, tag: TagConfiguration) -> bool:
    """Whether the same tag would read another device."""
    return source_of(kept, tag) != source_of(device, tag)


def _is_forced(
    kept: DeviceConfiguration, device: DeviceConfiguration, was: TagConfiguration, wanted: TagConfiguration
) -> bool:
    return device.forced if _has_moved(kept, device, was) else wanted.forced


def _counts(device: DeviceConfiguration, tag: TagConfiguration) -> tuple[object, ...]:
    return source_of(device, tag), tag.role, tag.machine_id


def _lines_at_odds(devices: Iterable[DeviceConfiguration]) -> set[str]:
    """Serial lines whose devices are not set alike."""
    first: dict[str, DeviceConfiguration] = {}
    return {
        device.line
        for device in devices
        if line_disagreement(first.setdefault(device.line, device), device) is not None
    }
