"""The simulated shop at work: endpoints answering, timelines running, the ledger written."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from unison_station.simulate.description import (
    DEFAULT_SERIAL_FOLDER,
    ShopDescription,
    describe,
    endpoint_of,
    endpoints_of,
)
from unison_station.simulate.endpoint import Endpoint
from unison_station.simulate.instrument_plans import InstrumentPlan
from unison_station.simulate.instrument_posts import InstrumentPost, play, post_of
from unison_station.simulate.instruments import Slip
from unison_station.simulate.ledger import Ledger, Truth
from unison_station.simulate.machine import Machine
from unison_station.simulate.scenario import ClockStep, MachinePlan, ResetCounter, Scenario, SerialLinePlan, Trouble
from unison_station.simulate.slave import Disturbance, Slave
from unison_station.simulate.timeline import Finished, Happening, Made, Turned, happenings
from unison_station.simulate.wall_clock import write_offset

if TYPE_CHECKING:
    from unison_station.simulate.serial_bus import SerialBus

_PORT_RETRY_SECONDS = 0.5


@dataclass(slots=True)
class _Post:
    """A machine at its place: its slave, its endpoint, and whether somebody has read it."""

    machine: Machine
    slave: Slave
    endpoint: Endpoint | SerialBus
    read: asyncio.Event = field(default_factory=asyncio.Event)
    recovery: asyncio.Task[None] | None = None


class Shop:
    """All machines of a scenario. Start it, let `run` go on, stop it.

    Attributes:
        clock_offset_seconds: how far the station's wall clock was set; agents that share the clock file add it to
            their own.
    """

    def __init__(
        self,
        scenario: Scenario,
        ledger: Ledger,
        *,
        host: str = "127.0.0.1",
        ports: Mapping[str, int] | None = None,
        speed: float = 1.0,
        seed: int = 1,
        before: Truth | None = None,
        clock_file: Path | None = None,
        serial_folder: Path = DEFAULT_SERIAL_FOLDER,
        pages: Mapping[str, str] | None = None,
    ) -> None:
        """`ports` by endpoint, any free one where absent; counters go on from `before`, the ledger of earlier runs.

        Args:
            pages: operator pages of the agents by station, on which cameras are asked to measure.
        """
        self.pages = dict(pages or {})
        self._clock_file = clock_file
        self.clock_offset_seconds = 0.0
        self._scenario, self._ledger, self._host, self._speed, self._seed = scenario, ledger, host, speed, seed
        ports = ports or {}
        self._serial_folder = serial_folder
        self._endpoints: dict[str, Endpoint | SerialBus] = {
            name: Endpoint(host, ports.get(name, 0), self._contacted_at(name)) for name in endpoints_of(scenario)
        }
        for line in scenario.serial_lines:
            self._endpoints[line.code] = self._serial_line(line)
        self._posts = {plan.code: self._post(plan, before or Truth()) for plan in scenario.machines}
        self._instruments = {plan.code: self._instrument(plan) for plan in scenario.instruments}

    @property
    def description(self) -> ShopDescription:
        """The configuration that fits this shop, with the ports it really has."""
        ports = {name: endpoint.port for name, endpoint in self._endpoints.items() if isinstance(endpoint, Endpoint)}
        return describe(self._scenario, self._host, ports, self._speed, self._serial_folder)

    @property
    def machines(self) -> dict[str, Machine]:
        """All machines by code, as they truly are."""
        return {code: post.machine for code, post in self._posts.items()}

    @property
    def instruments(self) -> list[str]:
        """Codes of all scanners, gauges and cameras."""
        return list(self._instruments)

    def requests(self, code: str) -> int:
        """How often a machine was asked for something, disturbed or not."""
        return self._posts[code].slave.requests

    async def start(self) -> None:
        """Listen on all ports.

        Raises:
            OSError: a port is taken, or the clock file can't be written.
        """
        try:
            self._write_clock()
            for endpoint in self._endpoints.values():
                await endpoint.plug()
            for instrument in self._instruments.values():
                instrument.plug()
        except OSError:
            await self.stop()
            raise
        self._ledger.note("opened", scenario=self._scenario.name, seed=self._seed, speed=self._speed)
        for post in self._posts.values():
            self._note_state(post.machine)

    async def run(self) -> None:
        """Play every machine's steps and use every instrument; returns when all are finished, which looping machines
        and instruments used for ever never are."""
        async with asyncio.TaskGroup() as machines:
            for post in self._posts.values():
                machines.create_task(self._play(post))
            for plan in self._scenario.instruments:
                machines.create_task(self._use(plan))

    async def stop(self) -> None:
        """Close all ports."""
        for post in self._posts.values():
            if post.recovery is not None:
                post.recovery.cancel()
        for endpoint in self._endpoints.values():
            await endpoint.unplug()
        for instrument in self._instruments.values():
            instrument.unplug()

    async def use(self, code: str, slip: Slip | None = None) -> None:
        """Use a scanner, gauge or camera once more. Raises KeyError: there is none of this code."""
        await self._instruments[code].use(slip)

    def pull(self, code: str) -> None:
        """Pull a scanner, gauge or camera out of its PC. Raises KeyError."""
        self._instruments[code].unplug()
        self._ledger.note("pulled", instrument=code)

    def plug(self, code: str) -> None:
        """Plug it in again. Raises KeyError, OSError."""
        self._instruments[code].plug()
        self._ledger.note("plugged", instrument=code)

    async def disturb(self, code: str, trouble: Trouble) -> None:
        """Begin a trouble of a machine's line; it ends by itself, or when the next one begins.

        Raises:
            KeyError: there is no such machine.
        """
        post = self._posts[code]
        await self.clear(code)
        self._ledger.note("trouble", machine=code, trouble=trouble.do, seconds=trouble.seconds)
        if trouble.do == "unplugged":
            await post.endpoint.unplug()
        else:
            post.slave.disturbance = Disturbance(trouble.do, trouble.delay, trouble.code)
        post.recovery = asyncio.create_task(self._recover(code, trouble.seconds / self._speed))

    async def clear(self, code: str) -> None:
        """End the trouble of a machine's line, if there is one.

        Raises:
            KeyError: there is no such machine.
            OSError: somebody else took the port while it was unplugged.
        """
        post = self._posts[code]
        if post.recovery is None:
            return
        await post.endpoint.plug()
        if post.recovery is not asyncio.current_task():
            post.recovery.cancel()
        post.recovery = None
        post.slave.disturbance = None
        self._ledger.note("trouble_over", machine=code)

    def step_clock(self, delta: float) -> None:
        """Set the station's wall clock by so many seconds.

        Raises:
            OSError: the clock file can't be written.
        """
        self.clock_offset_seconds += delta
        self._write_clock()
        self._ledger.note("clock_step", delta=delta)

    def _write_clock(self) -> None:
        if self._clock_file is not None:
            write_offset(self._clock_file, self.clock_offset_seconds)

    def _note_state(self, machine: Machine) -> None:
        self._ledger.note("state", machine=machine.plan.code, state=machine.state, alarms=machine.alarm_texts)

    def _serial_line(self, plan: SerialLinePlan) -> SerialBus:
        from unison_station.simulate.serial_bus import SerialBus  # pseudo-terminals are not everywhere

        return SerialBus(self._serial_folder / plan.code, plan.baud_rate, self._contacted_at(plan.code))

    def _instrument(self, plan: InstrumentPlan) -> InstrumentPost:
        return post_of(plan, self._serial_folder, self._ledger, self._chance(plan), self.pages)

    def _chance(self, plan: InstrumentPlan) -> Random:
        return Random(f"{self._seed}/{plan.code}")

    def _contacted_at(self, name: str) -> Callable[[int], None]:
        opened = time.monotonic()

        def contacted(unit: int) -> None:
            for post in self._posts.values():
                if endpoint_of(post.machine.plan) == name and post.machine.plan.unit_id == unit:
                    post.read.set()
                    post.machine.wander((time.monotonic() - opened) * self._speed)

        return contacted

    def _post(self, plan: MachinePlan, before: Truth) -> _Post:
        known = before.machines.get(plan.code)
        machine = Machine(plan, counted=dict(known.registers) if known else {})
        slave = Slave(machine.registers, Random(f"{self._seed}/{plan.code}/line"))
        endpoint = self._endpoints[endpoint_of(plan)]
        endpoint.slaves[plan.unit_id] = slave
        return _Post(machine, slave, endpoint)

    async def _play(self, post: _Post) -> None:
        plan, loop = post.machine.plan, asyncio.get_running_loop()
        if self._scenario.begins == "at_contact":
            await post.read.wait()
            await asyncio.sleep(self._scenario.settle_seconds / self._speed)
        began = loop.time()
        for seconds, what in happenings(plan, self._seed):
            await asyncio.sleep(began + seconds / self._speed - loop.time())
            await self._happen(post, what)

    async def _use(self, plan: InstrumentPlan) -> None:
        # What is used for ever misses nothing; a planned number of uses would be over before anybody listens.
        if self._scenario.begins == "at_contact" and plan.uses is not None:
            for post in self._posts.values():  # the same PC listens to both
                if post.machine.plan.station == plan.station:
                    await post.read.wait()
            await asyncio.sleep(self._scenario.settle_seconds / self._speed)
        await play(self._instruments[plan.code], plan, self._chance(plan), self._speed)

    async def _happen(self, post: _Post, what: Happening) -> None:
        machine, code = post.machine, post.machine.plan.code
        match what:
            case Turned(state, alarms):
                machine.turn(state, alarms)
                self._note_state(machine)
            case Made(count):
                machine.make(count)
                self._ledger.note("part", machine=code, count=count, register=machine.counted[count])
            case ResetCounter():
                machine.reset()
                self._ledger.note("reset", machine=code)
            case Trouble():
                await self.disturb(code, what)
            case ClockStep(delta=delta):
                self.step_clock(delta)
            case Finished():
                self._ledger.note("finished", machine=code)

    async def _recover(self, code: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        while self._posts[code].recovery is asyncio.current_task():
            try:
                await self.clear(code)
            except OSError:
                await asyncio.sleep(_PORT_RETRY_SECONDS)
