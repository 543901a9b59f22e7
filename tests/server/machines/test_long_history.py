"""Reading a stretch of a long history reads no more than that stretch."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, event, text
from unison_server.kernel.database import Database, TenantSession
from unison_server.machines.downtime.finding import Asked, find_stops
from unison_server.machines.downtime.reading import events_of
from unison_server.machines.queries import touching

from tests.server.stations.floor import Floor, at

MINUTES = 20_000
FILL = """
    insert into machine_states (organization_id, id, machine_id, state, source, started_at, ended_at)
    select :organization, gen_random_uuid(), :machine,
        case when n % 2 = 0 then 'running' else 'stopped' end, 'signal', :start + n * interval '1 minute',
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
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        said = {"organization": floor.made.id, "machine": floor.machines[0], "start": at(0), "minutes": MINUTES}
        session.execute(text(FILL), said)
    owner = create_engine(owner_urls[Database.OPERATIONS])
    with owner.begin() as connection:
        connection.execute(text("analyze machine_states"))  # as autovacuum does within a minute
    owner.dispose()
    return floor


def test_an_hour_of_weeks_is_read_by_the_index(weeks: Floor) -> None:
    with weeks.made.databases.session(Database.OPERATIONS, weeks.made.scope) as session:
        plan = plan_of(session, weeks)
    assert "Seq Scan" not in plan, plan
    assert removed_by(plan) <= 2, plan


def test_stops_of_an_hour_are_read_without_the_weeks_around_them(weeks: Floor) -> None:
    end = at(MINUTES * 30)
    sent: list[tuple[str, Any]] = []
    with weeks.made.databases.session(Database.OPERATIONS, weeks.made.scope) as session:
        asked = Asked(machine_id=weeks.machines[0], start=end - timedelta(hours=1), end=end)
        stops = find_stops(session, asked, None, 100)

        def note(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
            sent.append((statement, parameters))

        event.listen(session.connection(), "before_cursor_execute", note)
        assert len(events_of(session, stops)) == 30
        event.remove(session.connection(), "before_cursor_execute", note)
        plans = [explained(session, *one) for one in sent if one[0].lstrip().lower().startswith(("select", "with"))]
    assert len(plans) >= 4
    for plan in plans:
        assert removed_by(plan) <= 30, plan


def explained(session: TenantSession, statement: str, parameters: Any) -> str:
    told = session.connection().exec_driver_sql(f"explain analyze {statement}", parameters)
    return "\n".join(row[0] for row in told)


def removed_by(plan: str) -> int:
    """How many rows of histories were read for nothing; machines are few, and those of other tests are among them."""
    histories = re.sub(r"Scan on machines .*?(?=->|\Z)", "", plan, flags=re.DOTALL)
    return sum(map(int, re.findall(r"Rows Removed by (?:Join )?Filter: (\d+)", histories)))
