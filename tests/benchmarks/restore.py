"""Bench `restore`: an older backup comes back during a stream, and the record is the agents' again without a person.

A shop counts and changes states, people say their words at its stations, two agents send. `unison backup` is made
while they do; the stream goes on; then the server is stopped, `unison restore` brings the older state back, and the
server is started again. In the end every event any agent ever committed must have its effect exactly once. In a second
shop a station goes to the other agent after the backup, so that the restore undoes a hand-over: what was counted must
be what was made, and no lease may come again.
"""

from __future__ import annotations

import argparse
import random
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from sqlalchemy import text
from unison_dev.api import Api
from unison_dev.demo_organization import ADMIN, ORGANIZATION, PASSWORD
from unison_dev.floor import Floor, wait_for
from unison_dev.reckoning import Reckoning

from tests.benchmarks.kill import SCENARIO, embedded, played, settle, tell, word_rows
from tests.benchmarks.kill_effects import committed_by, compare
from tests.benchmarks.kill_people import People, add_machine_without_signals
from tests.benchmarks.report import result

BENCH = "restore"
ROUND_SECONDS = 14.0
RECOVERY_SECONDS = 60.0
_LEASES = text("select id::text as id, number from tag_leases")
_WAITING = text(
    """
    select q.code, q.kind, q.message from quarantine as q
    where not exists (
        select from quarantine_decisions as d where d.organization_id = q.organization_id and d.id = q.id
    )
    """
)
_TAKEN = text("select coalesce(sum(acked_through), 0) from agent_cursors")
Play = Callable[[Floor, random.Random, int], Iterator[bool]]


def main(arguments: list[str] | None = None) -> int:
    """Run the bench; 0 when every row reaches its goal. Where one does not, the floor is kept and named."""
    parser = argparse.ArgumentParser(prog="bench restore", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one restore of each kind instead of three and two")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32), help="repeats a run's choices")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    tell(f"seed {options.seed}")
    plays: list[tuple[Play, int]] = [(same_agents, 3), (undone_hand_over, 2)]
    chance = random.Random(options.seed)
    well = [on_a_floor(play, chance, 1 if options.quick else restores) for play, restores in plays]
    return 0 if all(well) else 1


def on_a_floor(play: Play, chance: random.Random, restores: int) -> bool:
    """Play on a floor of its own; it is kept where a row falls short."""
    folder = Path(tempfile.mkdtemp(prefix="unison-restore-"))
    scenario = folder / "shop.toml"
    scenario.write_text(played(SCENARIO.read_text("utf-8"), restores * ROUND_SECONDS + 8), "utf-8")
    floor = Floor(folder, str(scenario), tell)
    well = False
    try:
        with floor:
            well = all(list(play(floor, chance, restores)))
    finally:
        embedded(floor).stop()
        if well:
            floor.forget()
        else:
            tell(f"everything is kept in {folder}")
    return well


def same_agents(floor: Floor, chance: random.Random, restores: int) -> Iterator[bool]:
    """Restores alone: event for event what the agents committed."""
    reckoning = begun(floor)
    add_machine_without_signals(signed_in(floor))
    lacked = []
    with People(floor, chance) as people:
        for number in range(restores):
            backup = backed_up(floor, number)
            time.sleep(chance.uniform(1.0, 4.0))  # the stream goes on
            lacked.append(restored(floor, backup))
            if chance.random() < 0.5:
                agent = chance.choice(floor.agents)
                agent.kill()
                agent.start()
            time.sleep(chance.uniform(0.0, 3.0))
    reckoning = settled(floor, reckoning)
    operations = floor.settings().system_databases().operations
    events = list(chain.from_iterable(committed_by(floor.agent_folder(s.code)) for s in floor.scenario.stations))
    findings = compare(events, operations)
    result(BENCH, "restores", restores, "restores", reach="information", ok=True)
    result(BENCH, "committed by agents", len(events), "events", reach="information", ok=len(events) > 0)
    yield result(BENCH, "fewest taken back by a restore", min(lacked), "events", reach="value > 0", ok=min(lacked) > 0)
    for name in ("lost", "doubled", "disordered"):
        found = [f"{kind}: {one}" for kind, finding in findings.items() for one in getattr(finding, name)]
        yield row(name, "events", found)
    yield row("parts other than made", "machines", wrong_totals(reckoning))
    yield row("waiting for a person", "events", waiting(floor))
    yield from word_rows(BENCH, people.taken, events, operations)


def undone_hand_over(floor: Floor, chance: random.Random, restores: int) -> Iterator[bool]:
    """A station goes to the other agent after the backup."""
    reckoning = begun(floor)
    repeated: list[str] = []
    for number in range(restores):
        backup = backed_up(floor, number)
        time.sleep(chance.uniform(0.5, 2.0))
        hand_over(floor)
        given = leases(floor)
        time.sleep(chance.uniform(1.0, 4.0))
        restored(floor, backup)
        floor.server.wait_until(
            lambda: agents_follow(floor), RECOVERY_SECONDS, "the agents followed the restored server"
        )
        now = leases(floor)
        repeated += [tag for tag, lease in now.items() if given.get(tag) == lease and lease]
    reckoning = settled(floor, reckoning)
    result(BENCH, "hand-overs undone", restores, "hand-overs", reach="information", ok=True)
    yield row("hand-over: parts other than made", "machines", wrong_totals(reckoning))
    yield row("hand-over: leases given again", "leases", repeated)
    yield row("hand-over: waiting for a person", "events", waiting(floor))


def begun(floor: Floor) -> Reckoning:
    """The floor at work, every machine counting."""
    reckoning = Reckoning(floor, floor.start())
    floor.server.wait_until(lambda: all_count(reckoning), RECOVERY_SECONDS, "every machine counted")
    return reckoning


def all_count(reckoning: Reckoning) -> bool:
    return all(all(reckoning.counted(machine).values()) for machine in reckoning.simulated().values())


def backed_up(floor: Floor, number: int) -> Path:
    """A backup of this moment, made while everything goes on."""
    folder = floor.folder / f"backup-{number}"
    floor.command("backup", str(folder))
    tell(f"backup {number} is made")
    return folder


def restored(floor: Floor, backup: Path) -> int:
    """The server with the state of the backup; how many events it had that it lacks then."""
    floor.server.stop()
    before = taken(floor)
    floor.command("restore", str(backup))
    lacked = before - taken(floor)
    floor.server.start()
    with Api(floor.url) as api:
        floor.server.wait_until(api.is_up, RECOVERY_SECONDS, "it answered")
    tell(f"{backup.name} is restored: {lacked} events less")
    return lacked


def taken(floor: Floor) -> int:
    """How many events of agents the server has acknowledged; it may have ended, with its PostgreSQL."""
    embedded(floor).start()
    databases = floor.settings().system_databases()
    try:
        with databases.operations.connect() as connection:
            return int(connection.scalar(_TAKEN) or 0)
    finally:
        databases.dispose()  # nothing is restored over an open connection


def settled(floor: Floor, reckoning: Reckoning) -> Reckoning:
    """Everything made, told and ended; the sign-in from before the restores may be unknown by now."""
    fresh = signed_in(floor)
    reckoning = Reckoning(floor, fresh)
    settle(floor, reckoning)
    return reckoning


def hand_over(floor: Floor) -> None:
    """The first agent's station goes to the second, and both know it."""
    api = signed_in(floor)
    stations = sorted(api.get("/stations")["items"], key=lambda station: str(station["code"]))
    first, second = stations
    api.patch(f"/stations/{first['id']}", first["version"], {"agent_id": second["agent_id"]})
    if not wait_for(lambda: agents_follow(floor), RECOVERY_SECONDS):
        raise TimeoutError("the agents did not take up the hand-over within a minute")


def agents_follow(floor: Floor) -> bool:
    """Whether every agent says that it runs what it is to run."""
    agents = signed_in(floor).get("/agents")["items"]
    return all(agent["configuration_running"] == agent["configuration_version"] for agent in agents)


def signed_in(floor: Floor) -> Api:
    api = Api(floor.url)
    if not api.sign_in(ORGANIZATION, ADMIN.username, PASSWORD):
        raise SystemExit(f"{ADMIN.username} can't sign in after the restore")
    return api


def leases(floor: Floor) -> dict[str, int]:
    """The fencing number of each tag."""
    with floor.settings().system_databases().operations.connect() as connection:
        return {row.id: row.number for row in connection.execute(_LEASES)}


def waiting(floor: Floor) -> list[str]:
    """What agents sent that nobody and nothing decided on."""
    with floor.settings().system_databases().operations.connect() as connection:
        return [" ".join(map(str, found)) for found in connection.execute(_WAITING)]


def wrong_totals(reckoning: Reckoning) -> list[str]:
    truth = reckoning.truth()
    found = {code: reckoning.counted(machine) for code, machine in reckoning.simulated().items()}
    return [
        f"{code}: made {truth[code].made.get(kind, 0)} {kind}, counted {parts}"
        for code, counted in found.items()
        for kind, parts in counted.items()
        if parts != truth[code].made.get(kind, 0)
    ]


def row(name: str, unit: str, found: Sequence[object]) -> bool:
    for one in found[:10]:
        tell(f"{name}: {one}")
    return result(BENCH, name, len(found), unit, reach="value = 0", ok=not found)


if __name__ == "__main__":
    sys.exit(main())
