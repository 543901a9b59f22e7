"""A shop at work for an hour while everything goes wrong in turn: memory and open files stay flat, no part is lost.

In the first quarter server and agents are killed and restarted too, besides all else. After that the server and one
agent live on to the end, because what they and the programs they start hold after an hour is the question; that agent
has a camera, a scanner and gauges besides its machines, and people say their words at the stations. The other agent,
PostgreSQL, the network, cables of machines, a serial adapter, clocks and one agent's disk go on failing at random.
Memory, open files and threads are judged over that second stretch. In the end the record must equal what the shop did,
as in the bench `kill`.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import secrets
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path

import psutil
from unison_dev.api import Api
from unison_dev.demo_organization import ADMIN
from unison_dev.floor import Floor, wait_for
from unison_dev.programs import Program
from unison_dev.reckoning import Reckoning
from unison_station.simulate.wall_clock import VARIABLE, write_offset

from tests.benchmarks.kill import (
    RECOVERY_SECONDS,
    SCENARIO,
    embedded,
    kill_postgresql,
    played,
    rows,
    settle,
    tell,
    wait_for_clients,
    word_rows,
)
from tests.benchmarks.kill_clients import Client
from tests.benchmarks.kill_effects import Committed, committed_by
from tests.benchmarks.kill_people import SLOW, People, add_machine_without_signals
from tests.benchmarks.report import result
from tests.benchmarks.soak_disk import SmallDisk, small_disk
from tests.benchmarks.soak_flatness import Sample, flatness, helpers_of, look
from tests.benchmarks.soak_network import Network

SAMPLE_SECONDS = 2.0
TELL_SECONDS = 60.0
RESTARTS_SHARE = 0.25
"""Part of the time in which programs may be restarted that must live on afterwards."""
FAULT_SECONDS = (4.0, 16.0)
LONGEST_AFTERWARDS = 1200
"""Seconds after the shop's time in which all must be settled and judged; then the bench ends itself."""
MORE = Path(__file__).with_name("soak_shop.toml")


def main(arguments: list[str] | None = None) -> int:
    """Run the bench; 0 when every row reaches its goal. Where one does not, the floor is kept and named."""
    parser = argparse.ArgumentParser(prog="bench soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0, help="how long the shop works (default 60)")
    parser.add_argument("--quick", action="store_true", help="6 minutes")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32), help="repeats a run's choices")
    options = parser.parse_args(arguments)
    minutes = 6.0 if options.quick else options.minutes
    for number in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, lambda received, _: sys.exit(128 + received))
    signal.alarm(int(minutes * 60) + LONGEST_AFTERWARDS)
    tell(f"seed {options.seed}, {minutes:g} minutes")
    folder = Path(tempfile.mkdtemp(prefix="unison-soak-"))
    scenario = folder / "shop.toml"
    scenario.write_text(played(SCENARIO.read_text("utf-8") + MORE.read_text("utf-8"), minutes * 60 + 20), "utf-8")
    clock = folder / "clock"
    write_offset(clock, 0.0)
    os.environ[VARIABLE] = str(clock)
    floor = Floor(folder, str(scenario), tell)
    well = False
    try:
        folder_of_last = floor.agent_folder(floor.scenario.stations[-1].code)
        with small_disk(folder_of_last) as disk, Network(floor.url) as network, floor:
            floor.agents_url = network.url
            well = all(list(judged(floor, random.Random(options.seed), minutes * 60, disk, network)))
    finally:
        embedded(floor).stop()
        if well:
            floor.forget()
        else:
            tell(f"everything is kept in {folder}; PostgreSQL's data in {embedded(floor).folder}")
    return 0 if well else 1


def judged(
    floor: Floor, chance: random.Random, seconds: float, disk: SmallDisk | None, network: Network
) -> Iterator[bool]:
    """Play the shop through the faults, then a row for each claim."""
    api = floor.start()
    client = Client(floor.url, ADMIN.username)
    reckoning = Reckoning(floor, api)
    yield result("soak", "disk to fill", int(disk is not None), "disks", reach="1: needs root", ok=disk is not None)
    faults = Faults(floor, chance, disk, network)
    add_machine_without_signals(api)
    with People(floor, chance, pause=SLOW) as people:
        samples = faults.run(seconds)
    tell("waiting for the shop to finish and the agents to have sent everything")
    api.sign_in_again()
    settle(floor, reckoning, api)
    operations = floor.settings().system_databases().operations
    happened = wait_for_clients([client], operations, reckoning)
    events = _committed(floor, disk)
    yield from rows(events, reckoning, operations, [client], happened, bench="soak")
    yield from word_rows("soak", people.taken, events, operations)
    client.end()
    for name, count in faults.done.items():
        yield result("soak", f"fault: {name}", count, "times", reach="information", ok=True)
    yield result(
        "soak", "ended by themselves", len(faults.gave_up), "programs", reach="value = 0", ok=not faults.gave_up
    )
    again = faults.answered_again
    row = "answers after the last fault"
    yield result(
        "soak", row, round(min(again, 1e9), 1), "s", reach=f"value <= {RECOVERY_SECONDS:g}", ok=again < math.inf
    )
    for name in faults.lasting:
        yield from flatness(name, [sample for sample in samples if sample.name == name])


def _committed(floor: Floor, disk: SmallDisk | None) -> list[Committed]:
    """All that any agent ever committed; the last agent's folder is the small disk."""
    *others, last = [floor.agent_folder(station.code) for station in floor.scenario.stations]
    kept = committed_by(last)
    on_disk = kept if disk is None else disk.committed()
    row = "given up by the agent on the full disk, on the server before"
    result("soak", row, len(on_disk) - len(kept), "events", reach="information", ok=True)
    return [*chain.from_iterable(map(committed_by, others)), *on_disk]


class Faults:
    """Disturbs the shop at random, restarts as a service manager does, and looks at the programs meanwhile.

    Attributes:
        lasting: names of the programs that live on after the first quarter.
        gave_up: programs that ended by themselves; none may.
        done: how often each fault was made.
        answered_again: seconds from the last fault to the server's next answer; infinite where none came in a minute.
    """

    def __init__(self, floor: Floor, chance: random.Random, disk: SmallDisk | None, network: Network) -> None:
        self._floor, self._chance, self._disk, self._network = floor, chance, disk, network
        self._cluster = embedded(floor)
        self._clock = floor.folder / "clock"
        self._control = json.loads((floor.folder / "ports.json").read_text("utf-8"))["control"]
        camera_agent = floor.agents[0].name
        self.lasting = [floor.server.name, camera_agent, helpers_of(camera_agent)]
        self.gave_up: list[str] = []
        self.done: dict[str, int] = {}
        self.answered_again = math.inf

    def run(self, seconds: float) -> list[Sample]:
        """Disturb for so long; everything is mended at the end. Returns what was seen of server and agents."""
        began = time.monotonic()
        samples: list[Sample] = []
        due, told = FAULT_SECONDS[1], 0.0
        while (passed := time.monotonic() - began) < seconds:
            self._revive()
            seen = list(self._look(passed))
            samples += seen
            if passed >= told:
                told = passed + TELL_SECONDS
                tell("; ".join(map(str, seen)))
            if passed >= due:
                due = passed + self._chance.uniform(*FAULT_SECONDS)
                self._disturb(passed < RESTARTS_SHARE * seconds)
            time.sleep(SAMPLE_SECONDS)
        self._mend()
        return samples

    def _disturb(self, restarts: bool) -> None:
        faults: dict[str, Callable[[], None]] = {
            "cable of a machine pulled": lambda: self._unplug(self._of_serial_line(False)),
            "serial adapter pulled": lambda: self._unplug(self._of_serial_line(True)),
            "network pulled": self._pull_network,
            "late, short and garbled replies": self._confuse,
            "agent killed": lambda: self._kill(self._floor.agents[-1]),
            "agent restarted": lambda: self._restart(self._floor.agents[-1]),
            "PostgreSQL killed": self._kill_postgresql,
            "clock stepped": self._step_clock,
        }
        if self._disk is not None:
            faults["disk nearly full, full, free"] = self._fill_disk
        if restarts:
            faults["server restarted"] = lambda: self._restart(self._floor.server)
            faults["server killed"] = lambda: self._kill(self._floor.server)
            faults["every agent killed"] = self._kill_agents
        name = self._chance.choice(sorted(faults))
        self.done[name] = self.done.get(name, 0) + 1
        tell(name)
        faults[name]()

    def _look(self, at: float) -> Iterator[Sample]:
        for program in (self._floor.server, *self._floor.agents):
            with suppress(psutil.NoSuchProcess):
                yield from look(at, program.name, program.pid)

    def _revive(self) -> None:
        for program in (self._floor.server, *self._floor.agents):
            if not program.running:
                self.gave_up.append(f"{program.name}: {program.tail(1)}")
                tell(self.gave_up[-1])
                self._floor.restart(program)

    def _of_serial_line(self, wanted: bool) -> list[str]:
        lines = {line.code for line in self._floor.scenario.serial_lines}
        return [machine.code for machine in self._floor.scenario.machines if (machine.endpoint in lines) is wanted]

    def _unplug(self, machines: list[str]) -> None:
        self._trouble(machines, {"do": "unplugged", "seconds": self._chance.uniform(1, 8)})

    def _pull_network(self) -> None:
        self._network.pull(self._chance.uniform(1, 40), forgets=self._chance.random() < 0.5)

    def _confuse(self) -> None:
        machines = [machine.code for machine in self._floor.scenario.machines]
        for what in ("late", "short", "garbled"):
            self._trouble(machines, {"do": what, "seconds": self._chance.uniform(1, 4)})

    def _trouble(self, machines: list[str], trouble: dict[str, object]) -> None:
        self._command({**trouble, "machine": self._chance.choice(machines)})

    def _command(self, command: dict[str, object]) -> None:
        with socket.create_connection(("127.0.0.1", self._control), 5) as line, line.makefile("rw") as words:
            words.write(json.dumps(command) + "\n")
            words.flush()
            answer = json.loads(words.readline())
        if not answer["ok"]:
            raise RuntimeError(f"the shop refused {command}: {answer['error']}")

    def _kill(self, program: Program) -> None:
        program.kill()
        time.sleep(self._chance.uniform(0.0, 1.0))
        self._floor.restart(program)

    def _kill_agents(self) -> None:
        for agent in self._floor.agents:
            self._kill(agent)

    def _restart(self, program: Program) -> None:
        program.stop()
        self._floor.restart(program)

    def _kill_postgresql(self) -> None:
        if wait_for(self._cluster.running, RECOVERY_SECONDS, pause=0.05):
            kill_postgresql(self._cluster)

    def _step_clock(self) -> None:
        write_offset(self._clock, self._chance.choice((0.0, -86_400.0, -3600.0, 5.0, 3600.0, 86_400.0, 4e8)))

    def _fill_disk(self) -> None:
        if self._disk is not None:
            self._disk.fill(self._chance.uniform(1, 3), self._chance.uniform(1, 3))

    def _mend(self) -> None:
        write_offset(self._clock, 0.0)
        self._network.plug()
        for machine in self._floor.scenario.machines:
            self._command({"do": "clear", "machine": machine.code})
        began = time.monotonic()
        if wait_for(self._all_well, RECOVERY_SECONDS, pause=0.5):
            self.answered_again = time.monotonic() - began
        else:
            tell(f"the server did not answer a minute after the last fault\n{self._floor.server.tail()}")

    def _all_well(self) -> bool:
        self._revive()
        with Api(self._floor.url) as api:
            return api.is_up()


if __name__ == "__main__":
    sys.exit(main())
