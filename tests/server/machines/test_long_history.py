"""Reading a stretch of a long history reads no more than that stretch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, text
from unison_server.kernel.database import Database, TenantSession
from unison_server.machines.downtime.finding import STANDS, Asked, find_stops
from unison_server.machines.downtime.reading import events_of
from unison_server.machines.downtime.silences import STOOD
from unison_server.machines.downtime.summary import Limits, summarize
from unison_server.machines.queries import touching

from tests.server.machines.test_downtime import reasons
from tests.server.machines.test_station_words import reasoned
from tests.server.stations.floor import Floor, at, stamp

__all__ = ["reasons"]

MINUTES = 20_000
FILL = """
    insert into machine_states (organization_id, id, machine_id, state, source, started_at, ended_at)
    select :organization, gen_random_uuid(), :machine,
        case when n % 2 = 0 then :other else 'stopped' end, 'signal', :start + n * interval '1 minute',
        case when n < :minutes then :start + (n + 1) * interval '1 minute' end
    from generate_series(0, :minutes) as n
"""


def plan_of(session: TenantSession, floor: Floor) -> str:
    end = at(MINUTES * 30)
    statement = touching(session, floor.machines[0], end - timedelta(hours=1), end).limit(101)
    compiled = statement.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    return "\n".join(row[0] for row in session.execute(text(f"explain analyze {compiled}")))


@pytest.fixture
def weeks(floor: Floor, owner_urls: dict[Database, str]) -> Floor:
    """A floor whose machine has run and stood in turn, a minute each."""
    return fill(floor, owner_urls, "running")


def fill(floor: Floor, owner_urls: dict[Database, str], other: str) -> Floor:
    """The floor's machine stood and was in the other state in turn."""
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        said = {"organization": floor.made.id, "machine": floor.machines[0], "start": at(0), "minutes": MINUTES}
        session.execute(text(FILL), {**said, "other": other})
    analyze(owner_urls, "machine_states")
    return floor


def analyze(owner_urls: dict[Database, str], table: str) -> None:
    """As autovacuum does within a minute."""
    owner = create_engine(owner_urls[Database.OPERATIONS])
    with owner.begin() as connection:
        connection.execute(text(f"analyze {table}"))
    owner.dispose()


def test_an_hour_of_weeks_is_read_by_the_index(weeks: Floor) -> None:
    with weeks.made.databases.session(Database.OPERATIONS, weeks.made.scope) as session:
        plan = plan_of(session, weeks)
    assert "Seq Scan" not in plan, plan
    assert removed_by(plan) <= 2, plan


def test_stops_of_an_hour_are_read_without_the_weeks_around_them(weeks: Floor) -> None:
    end = at(MINUTES * 30)
    with weeks.made.databases.session(Database.OPERATIONS, weeks.made.scope) as session:
        asked = Asked(machine_id=weeks.machines[0], start=end - timedelta(hours=1), end=end)
        stops = find_stops(session, asked, None, 100)
        with noted(session) as sent:
            assert len(events_of(session, stops)) == 30
        plans = [explained(session, *one) for one in sent if one[0].lstrip().lower().startswith(("select", "with"))]
    assert len(plans) >= 4
    for plan in plans:
        assert removed_by(plan) <= 30, plan


@pytest.mark.parametrize("stands", [f"s.state {STANDS}", STOOD.format(stretch="s", machine="s.machine_id")])
def test_the_index_of_stops_knows_what_statements_call_a_stop(weeks: Floor, stands: str) -> None:
    """They make it out of the domain's states, the index has them written out."""
    statement = text(
        "explain select s.machine_id from machine_states as s where s.organization_id = :organization"
        f" and s.started_at >= :start and s.started_at < :start + interval '1 hour' and {stands}"
    )
    with weeks.made.databases.session(Database.OPERATIONS, weeks.made.scope) as session:
        session.execute(text("set local enable_seqscan = off"))
        rows = session.execute(statement, {"organization": weeks.made.id, "start": at(MINUTES * 30)})
        plan = "\n".join(row[0] for row in rows)
    assert "ix_machine_states_stops" in plan, plan


def test_totals_of_a_machine_that_stood_for_weeks_read_back_to_the_stop_before_alone(
    floor: Floor, owner_urls: dict[Database, str]
) -> None:
    fill(floor, owner_urls, "unknown")
    end = at(MINUTES * 30)
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        with noted(session) as sent:
            told = summarize(session, Asked(machine_id=floor.machines[0]), end - timedelta(hours=1), end, Limits())
        plans = [explained(session, *one) for one in sent if "machine_states" in one[0]]
    assert (told.events, told.seconds) == (30, 1800)
    assert len(plans) >= 4
    for plan in plans:
        assert read_of("machine_states", plan) <= 70, plan
        assert removed_by(plan) <= 5, plan


def test_a_page_of_weeks_reads_its_hour_and_the_stops_at_its_ends(weeks: Floor) -> None:
    end = at(MINUTES * 30)
    span = {"from": (end - timedelta(minutes=61)).isoformat(), "to": end.isoformat()}
    with noted_anywhere() as sent:
        answer = weeks.admin.get(f"/machines/{weeks.machines[0]}/history", params=span)
    assert len(answer.json()["items"]) == 61
    demand_narrow(weeks, sent, least=4)


CAUSES = """
    insert into downtime_causes (organization_id, id, machine_id, started_at, ended_at, said_at, downtime_reason_id,
        is_of_stop)
    select :organization, gen_random_uuid(), :machine, :start + n * interval '1 minute',
        :start + (n + 1) * interval '1 minute', :start, cast(:reason as uuid), true
    from generate_series(1, :minutes, 2) as n
"""


@pytest.fixture
def explained_weeks(weeks: Floor, reasons: dict[int, str], owner_urls: dict[Database, str]) -> Floor:
    """Of each of its stops but those of the last minutes a person said why."""
    said = {"organization": weeks.made.id, "machine": weeks.machines[0], "start": at(0), "minutes": MINUTES - 200}
    with weeks.made.databases.session(Database.OPERATIONS, weeks.made.scope) as session:
        session.execute(text(CAUSES), {**said, "reason": reasons[310]})
    analyze(owner_urls, "downtime_causes")
    return weeks


def test_stops_of_an_hour_of_weeks_are_read_without_all_that_was_said(explained_weeks: Floor) -> None:
    end = at(MINUTES * 30)
    span = {"from": (end - timedelta(minutes=61)).isoformat(), "to": end.isoformat()}
    with noted_anywhere() as sent:
        answer = explained_weeks.admin.get("/downtime-events", params=span)
    assert [one["downtime_reason_code"] for one in answer.json()["items"]] == ["310"] * 31
    demand_narrow(explained_weeks, sent, least=4, most=3 * 31)


def test_what_a_pc_says_after_weeks_reads_their_end_alone(explained_weeks: Floor, reasons: dict[int, str]) -> None:
    weeks, end = explained_weeks, MINUTES * 60
    said = [
        weeks.changed(end + 60, "stopped"),
        reasoned(weeks, end + 61, end + 60, reasons[310]),
        reasoned(weeks, end + 62, end / 2 + 60, reasons[310], ended_at=stamp(end / 2 + 120)),
    ]
    with noted_anywhere() as sent:
        weeks.sender.send(said)
    assert weeks.rows("select code from quarantine") == []
    demand_narrow(weeks, sent, least=4)


SAY = """
    insert into downtime_changes (organization_id, id, machine_id, number, kind, started_at, ended_at, said_at,
        is_effective, before, after)
    select :organization, gen_random_uuid(), :machine, n, 'assigned', :start + n * interval '1 minute',
        case n % 4 when 1 then :start + (n + 1) * interval '1 minute' end, :start, true, '[]', '[]'
    from generate_series(1, :minutes, 2) as n
"""
"""A reason for each stop, of a person in the desktop and of one at the station in turn."""


def test_what_was_said_of_stops_is_read_without_what_was_said_of_all_others(
    weeks: Floor, owner_urls: dict[Database, str]
) -> None:
    with weeks.made.databases.session(Database.OPERATIONS, weeks.made.scope) as session:
        said = {"organization": weeks.made.id, "machine": weeks.machines[0], "start": at(0), "minutes": MINUTES}
        session.execute(text(SAY), said)
    analyze(owner_urls, "downtime_changes")
    middle = at(MINUTES * 30)
    with weeks.made.databases.session(Database.OPERATIONS, weeks.made.scope) as session:
        asked = Asked(machine_id=weeks.machines[0], start=middle - timedelta(hours=1), end=middle)
        stops = find_stops(session, asked, None, 100)
        with noted(session) as sent:
            found = events_of(session, stops)
        (plan,) = (explained(session, *one) for one in sent if "downtime_changes" in one[0])
    assert [len(one.changes) for (one,) in found] == [1] * 30
    assert removed_by(plan) <= 30, plan
    assert read_of("downtime_changes", plan) <= 2 * 30, plan


@contextmanager
def noted(session: TenantSession) -> Iterator[list[tuple[str, Any]]]:
    """The statements that are sent meanwhile."""
    sent: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        sent.append((statement, parameters))

    event.listen(session.connection(), "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(session.connection(), "before_cursor_execute", note)


@contextmanager
def noted_anywhere() -> Iterator[list[tuple[str, Any]]]:
    """What the server reads of stretches of states, and of what people said of them, meanwhile."""
    sent: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        is_of_history = re.search("machine_states|downtime_causes", statement)
        if is_of_history and not re.search("insert into|update |delete from", statement, re.IGNORECASE):
            sent.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def demand_narrow(floor: Floor, sent: list[tuple[str, Any]], least: int, most: int = 3) -> None:
    """So many statements, and none of them reads more rows of a history for nothing."""
    assert len(sent) >= least
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        for one in sent:
            plan = explained(session, *one)
            assert removed_by(plan) <= most, plan


def explained(session: TenantSession, statement: str, parameters: Any) -> str:
    """Its plan, as in tables that are large: those other tests put a few rows into are read whole faster."""
    session.execute(text("set local enable_seqscan = off"))
    told = session.connection().exec_driver_sql(f"explain analyze {statement}", parameters)
    return "\n".join(row[0] for row in told)


def read_of(table: str, plan: str) -> float:
    """How many of its rows were read and not thrown away at once."""
    scans = re.findall(rf"Scan (?:using \S+ )?on {table}\b.*actual time=\S+ rows=([\d.]+) loops=(\d+)", plan)
    return sum(float(rows) * int(loops) for rows, loops in scans)


def removed_by(plan: str) -> int:
    """How many rows of histories were read for nothing; machines are few, and those of other tests are among them."""
    histories = re.sub(r"Scan on machines .*?(?=->|\Z)", "", plan, flags=re.DOTALL)
    return sum(map(int, re.findall(r"Rows Removed by (?:Join )?Filter: (\d+)", histories)))
