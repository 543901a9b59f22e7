"""Reading a stretch of a long history reads no more than that stretch."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import create_engine, text
from unison_server.kernel.database import Database, TenantSession
from unison_server.machines.queries import touching

from tests.server.stations.floor import Floor, at

MINUTES = 20_000
FILL = """
    insert into machine_states (organization_id, id, machine_id, state, source, started_at, ended_at)
    select :organization, gen_random_uuid(), :machine, 'running', 'signal', :start + n * interval '1 minute',
        case when n < :minutes then :start + (n + 1) * interval '1 minute' end
    from generate_series(0, :minutes) as n
"""


def plan_of(session: TenantSession, floor: Floor) -> str:
    end = at(MINUTES * 30)
    statement = touching(session, floor.machines[0], end - timedelta(hours=1), end).limit(101)
    compiled = statement.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    return "\n".join(row[0] for row in session.execute(text(f"explain analyze {compiled}")))


def test_an_hour_of_weeks_is_read_by_the_index(floor: Floor, owner_urls: dict[Database, str]) -> None:
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        said = {"organization": floor.made.id, "machine": floor.machines[0], "start": at(0), "minutes": MINUTES}
        session.execute(text(FILL), said)
    owner = create_engine(owner_urls[Database.OPERATIONS])
    with owner.begin() as connection:
        connection.execute(text("analyze machine_states"))  # as autovacuum does within a minute
    owner.dispose()
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        plan = plan_of(session, floor)
    assert "Seq Scan" not in plan, plan
    removed = [int(line.rpartition(" ")[2]) for line in plan.splitlines() if "Rows Removed by Filter" in line]
    assert sum(removed) <= 2, plan
