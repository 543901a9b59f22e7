"""Bench `rebuild`: a year of one machine made anew from its 500,000 transitions, and the whole of one of its days.

The server is one real process over the embedded PostgreSQL with fsync. All intervals of the machine are taken away,
then made again over HTTP; what people said caused its stops, and what is answered of them, is read before and
after. A transition comes every 63 s; one in a thousand is later told more of, and one in a thousand is a person's word
that a signal ends. Their ids sort by time, as those of agents do (`interval_ids.py`). Of a day its timeline is judged;
what the desktop asks for beside it is told, alone and all at once.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import orjson
import psycopg
from unison_server.kernel.database import Database
from unison_server.kernel.settings import Settings

from tests.benchmarks.report import result
from tests.benchmarks.server_program import server
from tests.server.factories import Made, make_organization
from tests.server.serving import SignedIn, sign_in

BENCH = "rebuild"
TRANSITIONS = 500_000
STEP_SECONDS = 63
CAUSES = 100
_STOPS_A_DAY = 600
"""At least: neighbours of one cause are one."""
REBUILD_SECONDS, PAGE_MILLISECONDS = 10.0, 50.0
PAGES = 200
WHOLE, TIMELINE = "all that the desktop asks for of a day, p95", "states"
PARTS = (TIMELINE, "stops", "counts", "totals")
MOST_ROWS, BUCKET_SECONDS = 2000, 900
"""A whole day of one machine is asked for at once, as the desktop does."""
ROUNDS = 3

_TRANSITIONS = """
    insert into machine_transitions (organization_id, id, machine_id, position, source, state, started_at, reason)
    select %(organization)s,
        (lpad(to_hex((extract(epoch from %(start)s + n * %(step)s * interval '1 second') * 1000)::bigint), 12, '0')
            || '8' || substr(md5('a' || n), 1, 3) || '8' || substr(md5('b' || n), 1, 15))::uuid, %(machine)s, n,
        case when n %% 1000 = 500 then 'person' else 'signal' end,
        case when n %% 1000 = 500 then 'maintenance' when n %% 2 = 0 then 'running' when n %% 10 = 1 then 'fault'
            else 'stopped' end,
        %(start)s + n * %(step)s * interval '1 second', case when n %% 10 = 1 then 'oil pressure low' end
    from generate_series(1, %(transitions)s) as n
"""
_DETAILS = """
    insert into machine_transition_details (organization_id, id, machine_id, position, transition_id, reason, alarms)
    select organization_id, gen_random_uuid(), machine_id, position, id, 'heat', '["heat", "oil pressure low"]'
    from machine_transitions where machine_id = %(machine)s and position %% 1000 = 1
"""
_WRONG = """
    with said as (
        select t.*, lead(t.started_at) over (order by t.position) as ended_at, d.reason as more
        from machine_transitions as t
        left join machine_transition_details as d on d.organization_id = t.organization_id and d.transition_id = t.id
        where t.machine_id = %(machine)s
    ),
    made as (select * from machine_states where machine_id = %(machine)s)
    select count(*) from said full join made using (id)
    where (said.state, said.source, said.started_at, said.ended_at, coalesce(said.more, said.reason))
        is distinct from (made.state, made.source, made.started_at, made.ended_at, made.reason)
"""
"""Every transition of `_TRANSITIONS` begins an interval that lasts until the next."""
_COUNTS = """
    insert into machine_counts (organization_id, id, machine_id, tag_id, agent_id, epoch, seq, kind, delta, started_at,
        at, raw_to, across_gap, rolled_over)
    select %(organization)s, gen_random_uuid(), %(machine)s, %(machine)s, %(machine)s, %(machine)s, n, 'good', 1,
        %(end)s - n * interval '1 minute', %(end)s - n * interval '1 minute', n, false, false
    from generate_series(1, 100000) as n
"""


def fill(url: str, organization: UUID, machine: UUID, start: datetime, transitions: int) -> None:
    """A year of transitions, as its owner can write them, and the counts of its last 70 days."""
    given = {
        "organization": organization,
        "machine": machine,
        "start": start,
        "step": STEP_SECONDS,
        "transitions": transitions,
        "end": start + timedelta(seconds=STEP_SECONDS * transitions),
    }
    with psycopg.connect(url) as connection:
        for statement in (_TRANSITIONS, _DETAILS, _COUNTS):
            connection.execute(statement, given)
        connection.commit()
        connection.autocommit = True
        connection.execute("vacuum analyze machine_transitions")


def rebuilt(admin: SignedIn, machine: UUID) -> tuple[float, int]:
    """Seconds one rebuild takes over HTTP, and the intervals it gives."""
    begin = time.perf_counter()
    answer = admin.post(f"/machines/{machine}/rebuild", {})
    seconds = time.perf_counter() - begin
    if answer.status_code != 200:
        raise SystemExit(f"the server answered {answer.status_code}: {answer.text}")
    return seconds, int(answer.json()["intervals"])


def demand_as_said(url: str, machine: UUID) -> None:
    """Hold the intervals against what was said."""
    with psycopg.connect(url) as connection:
        (wrong,) = connection.execute(_WRONG, {"machine": machine}).fetchone() or (0,)
    if wrong:
        raise SystemExit(f"{wrong} intervals are not what the transitions say")


def give_causes(admin: SignedIn, machine: UUID) -> None:
    """What people say caused the newest stops."""
    reasons = admin.post("/downtime-reasons/defaults", {}).json()["items"]
    stops = admin.get("/downtime-events", params={"machine_id": str(machine), "limit": CAUSES}).json()["items"]
    for place, stop in enumerate(stops):
        body = {"downtime_reason_id": reasons[place % len(reasons)]["id"], "notes": f"stop {place}"}
        headers = {"If-Match": f'"{stop["version"]}"'}
        answer = admin.send("POST", f"/downtime-events/{stop['id']}/assign", json=body, headers=headers)
        if answer.status_code != 200:
            raise SystemExit(f"the server answered {answer.status_code}: {answer.text}")


def state_of(admin: SignedIn, url: str, machine: UUID) -> tuple[list[Any], list[Any], list[Any]]:
    """The causes people gave, a checksum of all intervals, and the events that have causes, as answered."""
    asked = {"machine_id": str(machine), "limit": CAUSES}
    events = admin.get("/downtime-events", params=asked).raise_for_status().json()["items"]
    told = [event for event in events if event["ended_at"]]
    if sum(event["cause_source"] == "person" for event in told) < CAUSES - 1:
        raise SystemExit(f"only these of {CAUSES} causes are answered: {told}")
    with psycopg.connect(url) as connection:
        causes = connection.execute("select * from downtime_causes where machine_id = %s order by id", [machine])
        sums = connection.execute(
            "select count(*), sum(hashtextextended((id, state, source, started_at, ended_at, reason, alarms)::text, 0))"
            " from machine_states where machine_id = %s",
            [machine],
        )
        return causes.fetchall(), sums.fetchall(), told


class DaysPage:
    """What the desktop asks for when it opens a day of a machine, until all of it is there.

    Attributes:
        times: milliseconds, by what was asked for; that of `WHOLE`: until the last answer.
    """

    def __init__(self, admin: SignedIn, machine: UUID) -> None:
        self._admin = admin
        self._of_machine, self._machine = f"/machines/{machine}", str(machine)
        self.times: dict[str, list[float]] = defaultdict(list)

    def open(self, day: datetime, workers: ThreadPoolExecutor) -> None:
        """All at once, as the desktop does."""
        span = {"from": day.isoformat(), "to": (day + timedelta(days=1)).isoformat()}
        begin = time.perf_counter()
        asked = [workers.submit(self._read, what, span) for what in PARTS]
        for one in asked:
            one.result()
        self.times[WHOLE].append((time.perf_counter() - begin) * 1000)

    def measure(self, day: datetime) -> None:
        """One after the other, each alone."""
        span = {"from": day.isoformat(), "to": (day + timedelta(days=1)).isoformat()}
        for what in PARTS:
            begin = time.perf_counter()
            self._read(what, span)
            self.times[what].append((time.perf_counter() - begin) * 1000)

    def _read(self, what: str, span: dict[str, str]) -> None:
        match what:
            case "states":
                least, found = 86_400 // STEP_SECONDS, self._all(f"{self._of_machine}/history", span)
            case "stops":
                least, found = _STOPS_A_DAY, self._all("/downtime-events", span | {"machine_id": self._machine})
            case "counts":
                series = self._admin.get(f"{self._of_machine}/counts", params=span | {"bucket": BUCKET_SECONDS})
                least, found = 0, len(orjson.loads(series.raise_for_status().content))
            case _:
                totals = self._admin.get(f"{self._of_machine}/utilization", params=span)
                least, found = 0, len(orjson.loads(totals.raise_for_status().content))
        if found < least:
            raise SystemExit(f"of {span} there are {found} {what} only")

    def _all(self, path: str, asked: dict[str, str]) -> int:
        """How many rows there are, page by page."""
        found, cursor = 0, {"limit": str(MOST_ROWS)}
        while cursor:
            page = orjson.loads(self._admin.get(path, params=asked | cursor).raise_for_status().content)
            found += len(page["items"])
            cursor = cursor | {"cursor": page["next_cursor"]} if page["next_cursor"] else {}
        return found


def opened(admin: SignedIn, machine: UUID, start: datetime, days: int) -> DaysPage:
    """Days taken at random, and the times they took in order of length."""
    page, dice = DaysPage(admin, machine), random.Random(3)
    with ThreadPoolExecutor(len(PARTS)) as workers:
        for _ in range(PAGES):
            page.open(start + timedelta(days=dice.randrange(days)), workers)
    for _ in range(PAGES):
        page.measure(start + timedelta(days=dice.randrange(days)))
    for times in page.times.values():
        times.sort()
    return page


def measure(admin: SignedIn, url: str, made: Made, machine: UUID, transitions: int, rounds: int) -> bool:
    """The rows; whether they reach their goals."""
    start = datetime.now(UTC) - timedelta(seconds=STEP_SECONDS * transitions)
    fill(url, made.id, machine, start, transitions)
    rebuilt(admin, machine)
    demand_as_said(url, machine)
    give_causes(admin, machine)
    before = state_of(admin, url, machine)
    seconds = []
    with psycopg.connect(url, autocommit=True) as connection:
        # Vacuumed at the moment it is empty, a table of many pages counts as empty while the foreign keys of what is
        # written next are planned, by whatever index; but nothing outside this bench takes all states away.
        connection.execute("alter table machine_states set (autovacuum_enabled = off)")
    for _ in range(rounds):
        with psycopg.connect(url) as connection:
            connection.execute("delete from machine_states where machine_id = %s", [machine])
        seconds.append(rebuilt(admin, machine)[0])
        if state_of(admin, url, machine) != before:
            raise SystemExit("the rebuilt intervals, the causes or the events answered are not what they were")
    value = sorted(seconds)[len(seconds) // 2]
    row = f"rebuild {transitions:,} transitions"
    again = rebuilt(admin, machine)[0]
    told = f"all taken away; {len(before[0])} causes, {len(before[2])} events kept"
    reach = f"< {REBUILD_SECONDS:g}"
    fast = result(BENCH, row, round(value, 2), "s", peer=told, reach=reach, ok=value < REBUILD_SECONDS)
    fast &= result(BENCH, f"{row}, all there", round(again, 2), "s", peer=None, reach=reach, ok=again < REBUILD_SECONDS)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("alter table machine_states reset (autovacuum_enabled)")
        connection.execute("vacuum (analyze) machine_states, machine_counts")  # as autovacuum does within a minute
    page = opened(admin, machine, start, STEP_SECONDS * transitions // 86_400)
    for what, times in page.times.items():
        p95, told = round(times[len(times) * 95 // 100], 1), f"median {times[len(times) // 2]:.0f} ms"
        if what == TIMELINE:
            reach = f"< {PAGE_MILLISECONDS:g}"
            fast &= result(BENCH, "a day's timeline p95", p95, "ms", peer=told, reach=reach, ok=p95 < PAGE_MILLISECONDS)
        elif what == WHOLE:
            told = f"{', '.join(PARTS)} at once; {told}"
            result(BENCH, what, p95, "ms", peer=told, reach="information", ok=True)
        else:
            result(BENCH, f"a day's {what} alone, p95", p95, "ms", peer=told, reach="information", ok=True)
    return fast


def main() -> int:
    """Measure; 1 when a row falls short."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer transitions: to see that it works, not to quote")
    transitions, rounds = (20_000, 1) if parser.parse_args().quick else (TRANSITIONS, ROUNDS)
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as (address, cluster):
        settings = Settings(data=Path(folder), pool_size=4).with_urls(cluster.urls())
        databases, system = settings.databases(), settings.system_databases()
        made = make_organization(databases, system)
        plant = made.add_plant("P1")
        made.add_user("anna")
        url = settings.owner_url(Database.OPERATIONS).replace("+psycopg", "")
        with httpx.Client(base_url=f"http://{address}", timeout=300) as client:
            admin = sign_in(client, made)
            machine = admin.post("/machines", {"plant_id": str(plant), "machine_code": "M1", "name": "Mill"}).json()
            reached = measure(admin, url, made, UUID(machine["id"]), transitions, rounds)
        databases.dispose()
        system.dispose()
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
