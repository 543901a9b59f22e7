"""A counter that is to read something else waits for the end of its machine's run, unless a person forces it.

In the middle of a run parts made between the last look at the old register and the first at the new one would be lost;
while the machine stands there are none. So what changes of a running machine's counter is held back: the tag as it
was, or the device as it was where that is what moved. Of a place that nobody reaches any more nothing can be learnt,
neither parts nor the end of the run: what moved away from it does not wait.

What a person forced is newer than what runs of that very counter or device, until it runs: so a force outlasts any
number of changes that come after it while the PC is away, and is used up once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from datetime import datetime
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
    runs = frozenset(producing) & {machine.id for machine in wanted.machines}
    before = {device.id: device for device in running.devices}
    forcible, forced = _forced_lines(before, wanted.devices), set[str]()
    while True:
        devices, waiting = _mixed(before, wanted, runs, lost, forced)
        devices, torn = _whole_lines(before, devices) if waiting else (devices, set())
        if not (torn := torn & forcible - forced):
            return AtBoundary(wanted.model_copy(update={"devices": tuple(devices)}), tuple(waiting))
        forced |= torn


def _whole_lines(
    before: Mapping[UUID, DeviceConfiguration], devices: list[DeviceConfiguration]
) -> tuple[list[DeviceConfiguration], set[str]]:
    """A line is set for all its devices at once, so they wait together, a new one there too; and which lines wait."""
    waiting: set[str] = set()
    while torn := _lines_at_odds(devices):
        waiting |= torn
        devices = [
            present
            for device in devices
            if (present := before.get(device.id) if device.line in torn else device) is not None
        ]
    return devices, waiting


def _mixed(
    before: Mapping[UUID, DeviceConfiguration],
    wanted: AgentConfiguration,
    runs: Collection[UUID],
    lost: Collection[UUID],
    forced: Set[str],
) -> tuple[list[DeviceConfiguration], list[Held]]:
    """Devices each by itself, and what waits of them; nothing on `forced` lines does."""
    waiting: list[Held] = []
    devices = []
    for device in wanted.devices:
        kept = before.get(device.id)
        held = []
        if kept is not None and forced.isdisjoint({kept.line, device.line}):
            held = [one for one in _held(kept, device, runs) if one.moved_device not in lost]
        waiting += held
        devices.append(device if kept is None or not held else _merged(kept, device, {one.tag_id for one in held}))
    return devices, waiting


def _forced_lines(before: Mapping[UUID, DeviceConfiguration], devices: Iterable[DeviceConfiguration]) -> set[str]:
    """Lines with a counter whose change a person forced. A line can't be set in two ways: who forces one, forces it."""
    return {
        device.line
        for device in devices
        if (kept := before.get(device.id)) is not None
        and any(_is_forced(kept, device, was, tag) for was, tag in _changed(kept, device))
    }


class Moved(NamedTuple):
    """A counter that reads or counts something else.

    Attributes:
        is_forced: a person wanted that at once, run or not.
    """

    tag: TagConfiguration
    is_forced: bool


def moved_counters(before: AgentConfiguration, after: AgentConfiguration) -> Iterator[Moved]:
    """Counters of machines that are in both and read something else, or count something else, in the second."""
    kept_devices = {device.id: device for device in before.devices}
    known = {tag.id: (device, tag) for device in before.devices for tag in device.tags}
    forced = _forced_lines(kept_devices, after.devices)
    for device in after.devices:
        for tag in device.tags:
            if tag.id not in known or tag.machine_id is None or tag.role not in COUNT_KINDS:
                continue
            kept, was = known[tag.id]
            if _counts(kept, was) != _counts(device, tag):
                with_line = device.line in forced and kept.line_settings != device.line_settings
                yield Moved(tag, with_line or _is_forced(kept, device, was, tag))


def _changed(
    kept: DeviceConfiguration, device: DeviceConfiguration
) -> Iterator[tuple[TagConfiguration, TagConfiguration]]:
    """Counters of the device that are to count something else: as they are, and as wanted."""
    now: Mapping[UUID, TagConfiguration] = {tag.id: tag for tag in device.tags}
    for tag in kept.tags:
        wanted = now.get(tag.id)
        if wanted is None or tag.role not in COUNT_KINDS or _counts(kept, tag) == _counts(device, wanted):
            continue
        if wanted.lease == tag.lease or wanted.baseline is None:
            yield tag, wanted


def _held(kept: DeviceConfiguration, device: DeviceConfiguration, runs: Collection[UUID]) -> Iterator[Held]:
    """Counters of the device that must go on as they are."""
    for tag, wanted in _changed(kept, device):
        if tag.machine_id is None or tag.machine_id not in runs or _is_forced(kept, device, tag, wanted):
            continue
        yield Held(tag.id, tag.machine_id, device.id if _has_moved(kept, device, tag) else None)


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
    """A device that moved goes with who forced it, or each counter of it; another counter by itself."""
    if not _has_moved(kept, device, was):
        return wanted.forced if wanted.forced_at is None else _is_newer(wanted.forced_at, was.forced_at)
    moved = device.forced if device.forced_at is None else _is_newer(device.forced_at, kept.forced_at)
    return moved or _is_newer(wanted.forced_at, was.forced_at)


def _is_newer(wanted: datetime | None, running: datetime | None) -> bool:
    return wanted is not None and (running is None or wanted > running)


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
