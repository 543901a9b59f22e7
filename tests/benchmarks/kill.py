"""kill -9 of agents, server and PostgreSQL at random while a shop works: nothing lost, doubled or out of order.

A shop counts and changes states, people say at its stations why it stands, what a machine without signals does and who
is to come; two agents send, clients follow the event stream. An agent, the server, PostgreSQL or all at once are
killed, and what a service manager would restart is restarted; PostgreSQL is brought back by the server. In the end
every event any agent ever committed must have its effect on the server exactly once, what was counted must be what was
made, and what a station's page said yes to must be there.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import secrets
import signal
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from unison_dev.api import Api, Told
from unison_dev.demo_organization import ADMIN, ORGANIZATION, PASSWORD
from unison_dev.floor import Floor, wait_for
from unison_dev.programs import Program
from unison_dev.reckoning import Reckoning
from unison_domain.machines.contracts import CountKind, MachineAnswer, MachineState
from unison_server.kernel.embedded import Cluster

from tests.benchmarks.kill_clients import Client, Happened, misplaced, what_happened
from tests.benchmarks.kill_effects import Committed, Finding, committed_by, compare, unsent
from tests.benchmarks.kill_people import People, Tap, add_machine_without_signals
from tests.benchmarks.kill_proposals import take_proposals
from tests.benchmarks.kill_words import compare_words, said
from tests.benchmarks.report import result

SCENARIO = Path(__file__).with_name("kill_shop.toml")
SECONDS_A_KILL = 3.0
USERS = ("anna", "paul", "maria", "petr")
"""Of the demo's people: everything, both plants, one plant, few rights."""
RECOVERY_SECONDS = 60.0
_ENDINGS = 3
"""So often agents are started again for what they kept while they ended; what is unsent then counts as lost."""
VICTIMS = ("agent", "server", "postgresql", "all")


def main(arguments: list[str] | None = None) -> int:
    """Run the bench; 0 when every row reaches its goal. Where one does not, the floor is kept and named."""
    parser = argparse.ArgumentParser(prog="bench kill", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="6 kills instead of 50")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32), help="repeats a run's choices")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    tell(f"seed {options.seed}")
    folder = Path(tempfile.mkdtemp(prefix="unison-kill-"))
    kills = 6 if options.quick else 50
    scenario = folder / "shop.toml"
    scenario.write_text(played(SCENARIO.read_text("utf-8"), kills * SECONDS_A_KILL + 8), "utf-8")
    floor = Floor(folder, str(scenario), tell)
    well = False
    try:
        with floor:
            well = all(list(judged(floor, random.Random(options.seed), kills)))
    finally:
        embedded(floor).stop()
        if well:
            floor.forget()
        else:
            tell(f"everything is kept in {folder}; PostgreSQL's data in {embedded(floor).folder}")
    return 0 if well else 1


def tell(what: str) -> None:
    """Say how far it is, where it does not mix with results."""
    print(f"[{time.strftime('%H:%M:%S')}] {what}", file=sys.stderr, flush=True)


def played(scenario: str, seconds: float) -> str:
    """The scenario with each machine's steps repeated for so long, then the machine stops for good."""
    shop = tomllib.loads(scenario)
    for machine in shop["machine"]:
        rounds = 1 + int(seconds / sum(step["seconds"] for step in machine["steps"]))
        machine |= {"steps": [*machine["steps"] * rounds, {"do": "stop", "seconds": 1}], "loop": False}
    return "".join(f"{name} = {_toml(value)}\n" for name, value in shop.items())


def embedded(floor: Floor) -> Cluster:
    """The PostgreSQL to be killed; the first start of the floor makes it."""
    cluster = floor.cluster()
    if cluster is None:
        raise SystemExit("bench kill needs the embedded PostgreSQL: unset UNISON_OPERATIONS_URL and its kind")
    return cluster


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {_toml(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)


def judged(floor: Floor, chance: random.Random, kills: int) -> Iterator[bool]:
    """Play the shop through the kills, then a row for each claim."""
    api = floor.start()
    clients = [Client(floor.url, user) for user in USERS]
    reckoning = Reckoning(floor, api)
    began = time.monotonic()
    if not wait_for(lambda: _all_count(reckoning), RECOVERY_SECONDS):
        raise TimeoutError("not every machine had counted after a minute")
    tell(f"every machine counts; {kills} kills begin")
    add_machine_without_signals(api)
    killer = Killer(floor, embedded(floor), api, clients, chance)
    with People(floor, chance) as people:
        killer.run(kills)
    tell("waiting for the shop to finish and the agents to have sent everything")
    settle(floor, reckoning, api)
    with Api(floor.url) as fresh:  # the token of the start may have run out
        fresh.sign_in(ORGANIZATION, ADMIN.username, PASSWORD)
        reckoning = Reckoning(floor, fresh)
        operations = floor.settings().system_databases().operations
        happened = wait_for_clients(clients, operations, reckoning)
        events = list(chain.from_iterable(committed_by(floor.agent_folder(s.code)) for s in floor.scenario.stations))
        yield from rows(events, reckoning, operations, clients, happened)
        yield from word_rows("kill", people.taken, events, operations)
    for client in clients:
        client.end()
    taken = time.monotonic() - began
    yield result("kill", "kills", kills, "kills", reach="information", ok=True)
    yield _row("kill", "ended by themselves", "programs", killer.gave_up)
    yield result("kill", "duration", round(taken), "s", reach="value < 240", ok=taken < 240)


class Killer:
    """Kills one after the other and restarts as a service manager does.

    Attributes:
        gave_up: programs that ended by themselves, with their last words; none may, whatever else is killed.
    """

    def __init__(
        self, floor: Floor, cluster: Cluster, api: Api, clients: Sequence[Client], chance: random.Random
    ) -> None:
        self._floor, self._cluster, self._api, self._clients, self._chance = floor, cluster, api, clients, chance
        self.gave_up: list[str] = []

    def run(self, kills: int) -> None:
        """So many kills, evenly among the victims, at random moments: in half of the cases into a recovery."""
        for number in range(kills):
            if number % len(VICTIMS) == 0:
                bag = self._chance.sample(VICTIMS, len(VICTIMS))
            if self._chance.random() < 0.5:
                self._recover()
            time.sleep(self._chance.uniform(0.1, 0.9 * SECONDS_A_KILL))
            self._kill(bag.pop())
            if self._chance.random() < 0.3:
                self._chance.choice(self._clients).listener.cut()
        self._recover()

    def _recover(self) -> None:
        if not wait_for(lambda: self._all_run() and self._api.is_up(), RECOVERY_SECONDS):
            raise TimeoutError(f"the server did not answer within a minute\n{self._floor.server.tail()}")

    def _all_run(self) -> bool:
        """Restart what has ended by itself: the victims have been started again already."""
        for program in (self._floor.server, *self._floor.agents):
            if not program.running:
                self.gave_up.append(f"{program.name}: {program.tail(1)}")
                tell(self.gave_up[-1])
                program.start()
        return True

    def _kill(self, victim: str) -> None:
        server, agents = self._floor.server, self._floor.agents
        programs: dict[str, Sequence[Program]] = {
            "agent": [self._chance.choice(agents)],
            "server": [server],
            "postgresql": [],
            "all": self._chance.sample([server, *agents], 1 + len(agents)),
        }
        if victim in ("postgresql", "all"):
            wait_for(lambda: self._all_run() and self._cluster.running(), RECOVERY_SECONDS, pause=0.01)
            kill_postgresql(self._cluster)
        for program in programs[victim]:
            program.kill()
        for program in programs[victim]:
            time.sleep(self._chance.uniform(0.0, 0.5))
            program.start()


def kill_postgresql(cluster: Cluster) -> None:
    """SIGKILL to the postmaster, which must be there, and all its children."""
    postmaster = int((cluster.pgdata / "postmaster.pid").read_text("utf-8").split("\n", 1)[0])
    for pid in (postmaster, *_children(postmaster)):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.append(int(stat.parent.name))
    return found


def settle(floor: Floor, reckoning: Reckoning, person: Api | None = None) -> None:
    """Let the shop finish and be counted, close it so that nothing new comes, let the agents send all, end them.

    What an agent keeps while it ends is sent when it is started again.

    Args:
        person: who takes the parts that rightly wait for somebody; None where nobody may be needed.
    """
    floor.server.wait_until(reckoning.shop_has_finished, 120, "the shop had finished")
    proposals = 0

    def all_is_counted() -> bool:
        nonlocal proposals
        proposals += take_proposals(person) if person else 0
        return not any(_wrong_totals(reckoning))

    wait_for(all_is_counted, RECOVERY_SECONDS, pause=0.5)
    if person:
        tell(f"{proposals} counts of gaps no run is known to cover waited for a person, who took them")
    floor.shop.stop()
    # Machines that do not answer become unknown within seconds; that is the last that happens.
    wait_for(lambda: _all_unknown(reckoning), RECOVERY_SECONDS, pause=0.5)
    folders = [floor.agent_folder(station.code) for station in floor.scenario.stations]
    for _ in range(_ENDINGS):
        if not wait_for(lambda: not any(unsent(folder) for folder in folders), RECOVERY_SECONDS):
            tell(f"unsent after a minute: {[unsent(folder) for folder in folders]}")
        floor.stop_agents()
        if not any(unsent(folder) for folder in folders):
            return
        for agent in floor.agents:  # pictures around a last stop are kept when it is known to be no micro-stop
            agent.start()
    floor.stop_agents()


def _all_unknown(reckoning: Reckoning) -> bool:
    return all(machine.live.state is MachineState.UNKNOWN for machine in reckoning.simulated().values())


def _all_count(reckoning: Reckoning) -> bool:
    return all(any(reckoning.counted(machine).values()) for machine in reckoning.simulated().values())


def _wrong_totals(reckoning: Reckoning) -> Iterator[tuple[str, int]]:
    """Machines whose parts on the server are others than were made, and by how many (below 0: too few)."""
    truth = reckoning.truth()
    for code, machine in reckoning.simulated().items():
        counted = reckoning.counted(machine)
        for kind in (CountKind.GOOD, CountKind.SCRAP):
            made = truth[code].made.get(kind, 0)
            if counted[kind] != made:
                yield f"{code}: made {made} {kind}, counted {counted[kind]}", counted[kind] - made


def wait_for_clients(clients: Sequence[Client], operations: Engine, reckoning: Reckoning) -> list[Happened]:
    """What happened, once nothing more does and every client has had its time to hear of it."""
    happened: list[Happened] = []

    def quiet() -> bool:
        nonlocal happened
        before, happened = len(happened), what_happened(operations, reckoning.organization)
        return len(happened) == before and all(client.has_caught_up(happened) for client in clients)

    wait_for(quiet, 20, pause=0.5)
    return happened


def rows(
    events: Sequence[Committed],
    reckoning: Reckoning,
    operations: Engine,
    clients: Sequence[Client],
    happened: Sequence[Happened],
    *,
    bench: str = "kill",
) -> list[bool]:
    """One row for each claim. `events`: all that any agent ever committed."""
    findings = compare(events, operations)
    totals = list(_wrong_totals(reckoning))
    misses = [*misplaced(happened), *(miss for client in clients for miss in client.misses(happened))]
    resets = sum(client.listener.resets for client in clients)
    disordered = [*_told_backwards(clients), *_position_gaps(happened)]
    _tell_volume(bench, events, happened)
    result(bench, "resets of clients", resets, "resets", reach="information", ok=True)
    holes = [hole for m in reckoning.machines().values() for hole in _holes(reckoning, m)]
    return [
        _row(bench, "lost", "events", [*_all(findings, "lost"), *(total for total, by in totals if by < 0)]),
        _row(bench, "doubled", "events", [*_all(findings, "doubled"), *(total for total, by in totals if by > 0)]),
        _row(bench, "order", "violations", [*_all(findings, "disordered"), *disordered]),
        _row(bench, "holes", "intervals", holes),
        _row(bench, "clients", "misses", misses),
    ]


def word_rows(bench: str, taps: Sequence[Tap], events: Sequence[Committed], operations: Engine) -> Iterator[bool]:
    """What people said at stations, by kind: that they did, and that nothing of it is lost or there twice."""
    findings = compare_words(taps, events, operations)
    for kind, count in said(taps).items():
        yield result(bench, f"said at stations, {kind}", count, "words", reach="value > 0", ok=count > 0)
        yield _row(bench, f"lost {kind}", "words", findings[kind].lost)
        yield _row(bench, f"doubled {kind}", "words", findings[kind].doubled)


def _row(bench: str, name: str, unit: str, found: Sequence[object]) -> bool:
    for one in found[:10]:
        tell(f"{name}: {one}")
    return result(bench, name, len(found), unit, reach="value = 0", ok=not found)


def _all(findings: dict[str, Finding], what: str) -> list[str]:
    return [f"{kind}: {one}" for kind, finding in findings.items() for one in getattr(finding, what)]


def _tell_volume(bench: str, events: Sequence[Committed], happened: Sequence[Happened]) -> None:
    for kind in ("counted", "state_changed", "sample", "agent_started"):
        count = sum(event.kind == kind for event in events)
        result(bench, f"committed by agents, {kind}", count, "events", reach="information", ok=count > 0)
    result(bench, "happened on the server", len(happened), "events", reach="information", ok=True)


def _told_backwards(clients: Sequence[Client]) -> Iterator[str]:
    """Transitions of a machine that a client heard in another order than they were taken in."""
    for client in clients:
        newest: dict[object, Told] = {}
        for told in client.listener.heard:
            if told.topic != "machines.machine.state_changed":
                continue  # agents report in two requests at a time, of which either may be taken first
            before = newest.get(told.entity)
            if before is not None and told.data["occurred_at"] < before.data["occurred_at"]:
                yield f"{client.user} heard of {told.entity} at {told.position} what came before {before.position}"
            newest[told.entity] = told


def _position_gaps(happened: Sequence[Happened]) -> Iterator[str]:
    """Positions are given out without gap; there is only one organization."""
    return (f"{b.position} after {a.position}" for a, b in pairwise(happened) if b.position != a.position + 1)


def _holes(reckoning: Reckoning, machine: MachineAnswer) -> Iterator[str]:
    intervals = reckoning.intervals(machine)
    for before, after in pairwise(intervals):
        if before.ended_at != after.started_at:
            yield f"{machine.machine_code}: {before.ended_at} to {after.started_at}"
    still_open = sum(interval.ended_at is None for interval in intervals)
    if still_open != 1:
        yield f"{machine.machine_code}: {still_open} open intervals"


if __name__ == "__main__":
    sys.exit(main())
