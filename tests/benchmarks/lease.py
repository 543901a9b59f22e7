"""Bench `lease`: two PCs, one counter, partitions and hand-overs at random: each part is counted exactly once.

The server is one real process over the embedded PostgreSQL; each agent is an agent's buffer, rules and uplink,
stepped by hand, and talks to it over HTTP: whole agents are killed in the bench `kill` and in `test_cloned_agent.py`.
In every round the machine makes some parts, and at random the station goes to the other agent (also in the middle of
a batch), lines are cut and mended, answers are lost, agents stop, are killed, also between keeping a configuration
and following it, and are replaced by new PCs or enrolled anew; PCs that were replaced come back with what they
remember.
"""

from __future__ import annotations

import argparse
import random
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple
from uuid import UUID

import httpx
from sqlalchemy import text
from unison_server.kernel.database import Database
from unison_server.kernel.settings import Settings
from unison_station.uplink.enrolment import enrol

from tests.benchmarks.report import result
from tests.benchmarks.server_program import server
from tests.server.factories import Made, make_organization
from tests.server.serving import SignedIn, sign_in
from tests.station_agent.stepped import VERSION, SteppedAgent, Stopped

BENCH = "lease"
MODULUS = 10_000
LIMIT_SECONDS = 240
_COUNTED = text("select coalesce(sum(delta), 0) from machine_counts where tag_id = :tag")
_RANGES = text("select raw_from, raw_to, delta from machine_counts where tag_id = :tag and delta <> 0")
_QUARANTINED = text("select count(*) from quarantine where kind = 'counted'")


class Off(NamedTuple):
    """How many parts were made and not counted, and how many counted that were not made, or counted before."""

    not_counted: int
    counted_twice: int


class Rig:
    """The machine, the two agents, and the person who hands over.

    Attributes:
        made: parts so far; the register runs over at `MODULUS`.
        hand_overs, replacements, kills, cuts: what was done.
    """

    def __init__(self, folder: Path, address: str, made: Made, chance: random.Random) -> None:
        self._folder, self._address, self._made, self._chance = folder, f"http://{address}", made, chance
        self._client = httpx.Client(base_url=self._address, timeout=30)
        made.add_user("anna")
        self._admin = sign_in(self._client, made)
        self._retired: list[list[SteppedAgent]] = [[], []]
        self.made = self._begin = 9_990
        self.hand_overs = self.replacements = self.kills = self.cuts = 0
        enrolments = [self._admin.post("/agents", {"name": f"PC {name}"}).json() for name in "AB"]
        self._ids = [UUID(one["agent_id"]) for one in enrolments]
        self.station, self.tag = self._enter(made)
        self.agents = [self._new(place, one["code"]) for place, one in enumerate(enrolments)]
        self._settle_first()

    def round(self) -> None:
        """Some parts, and whatever else happens."""
        chance = self._chance
        self.made += chance.randrange(8)
        if chance.random() < 0.25:
            self._hand_over_beside() if chance.random() < 0.5 else self.hand_over()
        for place in (0, 1):
            agent = self.agents[place]
            if chance.random() < 0.06:
                agent.is_cut = not agent.is_cut
                self.cuts += agent.is_cut
            with suppress(Stopped):
                steps: list[Callable[[], object]] = [agent.look, agent.send, agent.beat]
                for step in chance.sample(steps, 3):
                    if chance.random() < 0.7:
                        step()
                if chance.random() < 0.05:
                    self._end(agent)
                if chance.random() < 0.02:
                    self._replace(place)
                continue
            self.kills += 1
            agent.kill()
            agent.start()

    def finish(self) -> None:
        """Mend everything, and let both say what they have."""
        for agent in self.agents:
            agent.mend()
        self.hand_over(to=self._ids[0])
        for _ in range(20):
            for agent in self.agents:
                agent.beat()
                agent.look()
                agent.send(3)
        if left := [agent.store.outgoing.depth for agent in self.agents if agent.store.outgoing.depth]:
            raise SystemExit(f"unsent in the end: {left}, {[agent.sender.link for agent in self.agents]}")

    def off(self) -> Off:
        """Part by part, so that one counted twice does not hide another one that was not."""
        made = Counter(part % MODULUS for part in range(self._begin + 1, self.made + 1))
        counted: Counter[int] = Counter()
        with self._made.databases.session(Database.OPERATIONS, self._made.scope) as session:
            for begins, ends, delta in session.execute(_RANGES, {"tag": self.tag}):
                parts = int(ends - begins) % MODULUS
                if delta != parts:
                    raise SystemExit(f"from {begins} to {ends} {delta} parts were booked")
                counted.update((int(begins) + n) % MODULUS for n in range(1, parts + 1))
        return Off((made - counted).total(), (counted - made).total())

    def quarantined(self) -> int:
        """Counts that were fenced off."""
        with self._made.databases.session(Database.OPERATIONS, self._made.scope) as session:
            return int(session.execute(_QUARANTINED).scalar_one())

    def close(self) -> None:
        """End both agents."""
        for agent in self.agents:
            agent.stop()
        self._client.close()

    def hand_over(self, admin: SignedIn | None = None, to: UUID | None = None) -> None:
        """The station goes to this agent, or to either of them, now and then to none."""
        admin = admin or self._admin
        row = admin.get(f"/stations/{self.station}").json()
        to = to or self._chance.choice([*self._ids, *self._ids, None])
        body = {"agent_id": None if to is None else str(to)}
        answer = admin.send("PATCH", f"/stations/{self.station}", {"If-Match": f'"{row["version"]}"'}, json=body)
        answer.raise_for_status()
        self.hand_overs += row["agent_id"] != body["agent_id"]

    def _hand_over_beside(self) -> None:
        """While both agents send."""
        with httpx.Client(base_url=self._address, timeout=30) as client:
            beside = SignedIn(client, self._admin.access_token, self._admin.refresh_token)
            person = Thread(target=self.hand_over, args=(beside,))
            person.start()
            for agent in self.agents:
                with suppress(Stopped):
                    agent.look()
                    agent.send()
            person.join()

    def _registers(self, address: int, count: int) -> list[int]:
        return [self.made % MODULUS] * count

    def _end(self, agent: SteppedAgent) -> None:
        if self._chance.random() < 0.5:
            agent.stop()
        else:
            self.kills += 1
            agent.kill()
        agent.start()

    def _replace(self, place: int) -> None:
        """Enrol a new PC under the same name, the same PC anew, or one that was replaced before and comes back."""
        agent = self.agents[place]
        code = self._admin.post(f"/agents/{self._ids[place]}/code").json()["code"]
        self.replacements += 1
        agent.stop()
        self._retired[place].append(agent)
        if self._chance.random() < 0.3:
            self.agents[place] = self._new(place, code)
            return
        back = self.agents[place] = self._retired[place].pop(self._chance.randrange(len(self._retired[place])))
        enrol(back.folder, self._address, code, version=VERSION)
        back.start()

    def _new(self, place: int, code: str) -> SteppedAgent:
        folder = self._folder / f"pc-{place}-{self.replacements}"
        enrol(folder, self._address, code, version=VERSION)
        agent = SteppedAgent(folder, self._registers, self._chance, loss=0.05)
        agent.dies_before = lambda _: self._chance.random() < 0.05
        agent.start()
        return agent

    def _enter(self, made: Made) -> tuple[UUID, UUID]:
        def create(path: str, **body: Any) -> str:
            answer = self._admin.post(path, body)
            answer.raise_for_status()
            id_: str = answer.json()["id"]
            return id_

        plant = str(made.add_plant("P1"))
        station = create("/stations", plant_id=plant, code="S1", name="Line 1", agent_id=str(self._ids[0]))
        device = create("/devices", station_id=station, name="PLC", host="127.0.0.1")
        machine = create("/machines", plant_id=plant, machine_code="M1", name="Press", station_id=station)
        where = {"device_id": device, "machine_id": machine, "table": "holding_register", "type": "uint16"}
        limits = {"rollover": MODULUS, "max_rate": 1_000_000}
        return UUID(station), UUID(create("/tags", **where, **limits, name="good", address=0, role="count_good"))

    def _settle_first(self) -> None:
        """The first agent has counted a part: from here on there is a value to go on from."""
        agent = self.agents[0]
        agent.dies_before = lambda _: False
        deadline = time.monotonic() + 60
        while not int(self._value(_COUNTED)):
            if time.monotonic() > deadline:
                raise SystemExit(f"the first part is not counted: {agent.sender.link}, {agent.beater.problem}")
            agent.beat()
            agent.look()
            self.made += 1
            agent.look()
            agent.send()
        self._begin = self.made - int(self._value(_COUNTED))
        agent.dies_before = lambda _: self._chance.random() < 0.05

    def _value(self, statement: Any) -> Any:
        with self._made.databases.session(Database.OPERATIONS, self._made.scope) as session:
            return session.execute(statement, {"tag": self.tag}).scalar_one()


def play(rig: Rig, rounds: int) -> int:
    """So many rounds; the most parts that were ever counted too many."""
    doubled = 0
    for number in range(rounds):
        rig.round()
        if number % 20 == 0:
            doubled = max(doubled, rig.off().counted_twice)
    rig.finish()
    return doubled


def main(arguments: list[str] | None = None) -> int:
    """Run the bench; 0 when every row reaches its goal."""
    parser = argparse.ArgumentParser(prog="bench lease", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="100 rounds instead of 1,000")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32), help="repeats a run's choices")
    options = parser.parse_args(arguments)
    print(f"seed {options.seed}", file=sys.stderr, flush=True)
    rounds = 100 if options.quick else 1_000
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as (address, cluster):
        settings = Settings(data=Path(folder), pool_size=4).with_urls(cluster.urls())
        databases, system = settings.databases(), settings.system_databases()
        rig = Rig(Path(folder), address, make_organization(databases, system), random.Random(options.seed))
        began = time.monotonic()
        doubled = play(rig, rounds)
        taken, off, fenced = time.monotonic() - began, rig.off(), rig.quarantined()
        doubled = max(doubled, off.counted_twice)
        rig.close()
        databases.dispose()
        system.dispose()
    told = {"hand-overs": rig.hand_overs, "replacements": rig.replacements, "kills": rig.kills, "cuts": rig.cuts}
    for what, count in {**told, "parts": rig.made, "counts fenced off": fenced}.items():
        result(BENCH, what, count, what, reach="information", ok=True)
    rows = (
        result(
            BENCH,
            "not counted in the end",
            off.not_counted,
            "parts",
            reach="value = 0",
            ok=off.not_counted == 0,
        ),
        result(BENCH, "counted twice at any time", doubled, "parts", reach="value = 0", ok=doubled == 0),
        result(BENCH, "rounds", rounds, "rounds", reach="information", ok=True),
        result(BENCH, "duration", round(taken), "s", reach=f"value < {LIMIT_SECONDS}", ok=taken < LIMIT_SECONDS),
    )
    return 0 if all(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
