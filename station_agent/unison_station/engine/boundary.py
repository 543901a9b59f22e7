"""Which part of a new configuration runs already, and which waits for machines to end their runs."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

import orjson
from pydantic import ValidationError
from unison_domain.machines.run_boundary import Held, at_boundary, moved_counters
from unison_domain.machines.tracking import load_tracking
from unison_domain.stations.configuration import AgentConfiguration
from unison_domain.stations.events import CounterRebased
from unison_domain.stations.readings import Moment

from unison_station.store.remembered import CONFIGURATION

KEY = CONFIGURATION
"""Under which the buffer remembers what runs; what is wanted is in the configuration's file."""

log = logging.getLogger(__name__)


class Boundary:
    """What is wanted, and what of it waits.

    Attributes:
        wanted: the newest configuration that was given.
        waiting: counters that still read what they read before.
    """

    def __init__(self, wanted: AgentConfiguration) -> None:
        self.wanted = wanted
        self.waiting: tuple[Held, ...] = ()

    def resumed(self, stored: Mapping[str, bytes], now: Moment) -> tuple[AgentConfiguration, list[CounterRebased]]:
        """What may run after a start, by what ran before it and what the machines did then; and what is to be told."""
        running = _remembered(stored)
        if running is None:
            return self.wanted, []
        producing = _producing(stored)
        allowed = self.next(running, producing)
        return allowed, list(rebased(running, allowed, producing, now))

    def next(
        self, running: AgentConfiguration, producing: Collection[UUID], lost: Collection[UUID] = ()
    ) -> AgentConfiguration:
        """What may run now in place of `running`; `lost` are devices that nobody reaches."""
        allowed, self.waiting = at_boundary(running, self.wanted, producing, lost)
        return allowed

    def is_reached(self, producing: Collection[UUID], lost: Collection[UUID]) -> bool:
        """Whether a machine that is waited for has ended its run, or can't tell it from where it was any more."""
        return any(held.machine_id not in producing or held.moved_device in lost for held in self.waiting)


def rebased(
    before: AgentConfiguration, after: AgentConfiguration, producing: Collection[UUID], now: Moment
) -> Iterable[CounterRebased]:
    """What is to be told of counters that begin anew."""
    for tag, is_forced in moved_counters(before, after):
        if tag.machine_id is not None:
            forced = is_forced and tag.machine_id in producing
            yield CounterRebased(at=now.at, machine_id=tag.machine_id, tag_id=tag.id, lease=tag.lease, forced=forced)


def _remembered(stored: Mapping[str, bytes]) -> AgentConfiguration | None:
    if KEY not in stored:
        return None
    try:
        return AgentConfiguration.model_validate_json(stored[KEY])
    except ValidationError as error:
        log.error("what ran before can not be read, so changes of counters hold at once: %s", error)
        return None


def _producing(stored: Mapping[str, bytes]) -> set[UUID]:
    """Machines in a run when their states were remembered; those that can't be read count as standing."""
    found = set()
    for key, value in stored.items():
        kind, _, id_ = key.partition(":")
        try:
            if kind == "machine" and load_tracking(orjson.loads(value)).is_in_run:
                found.add(UUID(id_))
        except ValueError:
            continue
    return found
