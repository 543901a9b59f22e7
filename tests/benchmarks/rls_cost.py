"""What row level security costs: the hottest lists as the runtime role, beside the same queries with plain predicates.

Several organizations with many rows each share the tables. What a list asks is heard from the server itself; then each
statement is planned and timed twice in turn: as the runtime role in the caller's scope, and as the system role over
views that say the same in plain `where` clauses. Plans of the runtime role read no large table from end to end.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from unison_domain.identity.contracts import RoleCode
from unison_server.app import create_app
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.embedded import Cluster
from unison_server.kernel.orm import Operations
from unison_server.kernel.scope import Scope
from unison_server.kernel.settings import Settings

from tests.benchmarks.report import result
from tests.server.factories import Made, make_organization
from tests.server.kernel.rows import Row, one_row
from tests.server.serving import SignedIn, serving, sign_in

BENCH = "tenancy"
MOST_TIMES = 1.25
ORGANIZATIONS, MACHINES, PER_MACHINE, ROWS = 8, 100, 100, 10_000
ROUNDS = 41
LARGE = 5_000
"""A table of fewer rows may be read from end to end: an index would cost more."""
NOW = datetime.now(UTC).replace(microsecond=0)
_EVERYWHERE = re.compile(r"\( SELECT current_setting\('app\.read_plants'::text, true\) AS [a-z_]+\) = '\*'::text")
_PLANTS = re.compile(r"\(\( SELECT \(NULLIF\(NULLIF\(current_setting\('app\.read_plants'.*?\)::uuid\[\]\)", re.DOTALL)
_ACTOR = re.compile(r"\( SELECT \(NULLIF\(current_setting\('app\.actor_id'.*?AS \"nullif\"\)", re.DOTALL)

Statement = tuple[str, Any]


@dataclass(frozen=True)
class Filled:
    """An organization with many rows: a thing of each kind to ask for."""

    machine: UUID
    tag: UUID


@dataclass(frozen=True)
class Hot:
    """A list, and how it is asked for."""

    name: str
    path: str
    params: Mapping[str, Any]


def hottest(filled: Filled) -> Sequence[Hot]:
    """What boards, pages and reports ask for all day."""
    day = {"from": (NOW - timedelta(days=1)).isoformat(), "to": NOW.isoformat()}
    machine = f"/machines/{filled.machine}"
    return (
        Hot("board", "/machines/live", {}),
        Hot("machines", "/machines", {"limit": 100}),
        Hot("states of a machine", f"{machine}/history", day),
        Hot("counts of a machine", f"{machine}/counts", day),
        Hot("samples of a tag", f"{machine}/samples", {"tag_id": str(filled.tag), **day}),
        Hot("stops", "/downtime-events", {"machine_id": str(filled.machine), **day}),
        Hot("scans", "/qr-scans/history", {"limit": 100}),
        Hot("measurements", "/inspection-measurements", {"limit": 100}),
        Hot("tags", "/tags", {"machine_id": str(filled.machine)}),
        Hot("audit log", "/audit-log", {"limit": 100, "database": "operations"}),
    )


def fill(connection: sa.Connection, made: Made) -> Filled:
    """Many rows of the organization, by a role that asks no trigger and checks no key."""
    rows: dict[str, Row] = {"plants": {"id": made.plants[0], "organization_id": made.id}}
    for name in ("agents", "stations", "devices", "machines", "inspection_characteristics", "tags"):
        rows[name] = one_row(Operations.metadata.tables[name], made.id, rows)
    rows["devices"] |= {"name": "Line"}
    many = _Many(connection, rows)
    for name in ("agents", "stations", "devices", "inspection_characteristics"):
        many.add(name, 1)
    number = f"md5('{made.id}' || (n %% {MACHINES}))::uuid".replace("%%", "%")
    own = f"md5('{made.id}' || n)::uuid"
    other = f"case when n % 2 = 0 then '{made.plants[0]}' else '{made.plants[1]}' end::uuid"
    many.add("machines", MACHINES, id=own, machine_code="'M' || n", plant_id=other)
    many.add("tags", MACHINES * 5, id=f"md5('tag {made.id}' || n)::uuid", machine_id=number, name="'Tag ' || n")
    ago = f"timestamptz '{NOW.isoformat()}' - make_interval(secs => n)"
    states = MACHINES * PER_MACHINE
    begun = f"timestamptz '{NOW.isoformat()}' - make_interval(mins => 10 + n / {MACHINES})"
    many.add(
        "machine_states",
        states,
        id="gen_random_uuid()",
        machine_id=number,
        started_at=begun,
        ended_at=f"{begun} + interval '1 minute'",
        state=f"case when n / {MACHINES} % 2 = 0 then 'running' else 'stopped' end",
    )
    tag = f"md5('tag {made.id}' || (n % {MACHINES * 5}))::uuid"
    many.add("machine_counts", states, id="gen_random_uuid()", machine_id=number, tag_id=tag, at=ago, seq="n")
    many.add("samples", ROWS, tag_id=tag, at=ago, seq="n")
    many.add("qr_code_scans", ROWS, id="gen_random_uuid()", plant_id=other, scanned_at=ago)
    many.add("inspection_measurements", ROWS, id="gen_random_uuid()", plant_id=other, measured_at=ago)
    many.add("audit_logs", ROWS, id="gen_random_uuid()", at=ago)
    first = connection.execute(sa.text(f"select md5('{made.id}' || 2)::uuid, md5('tag {made.id}' || 2)::uuid")).one()
    return Filled(*first)


class _Many:
    """Rows like one another, but for what is said in SQL of their number `n`."""

    def __init__(self, connection: sa.Connection, rows: dict[str, Row]) -> None:
        self._connection = connection
        self._rows = rows

    def add(self, name: str, count: int, /, **differing: str) -> None:
        """So many rows of the table."""
        table = Operations.metadata.tables[name]
        organization = self._rows["agents"]["organization_id"]
        like = self._rows.get(name) or one_row(table, organization, self._rows)
        for column in table.columns:
            if column.name not in like and isinstance(column.default, ScalarElementColumnDefault):
                like[column.name] = column.default.arg
        names = [*dict.fromkeys([*like, *differing])]
        values = [
            sa.literal_column(differing[one]) if one in differing else sa.literal(like[one], table.c[one].type)
            for one in names
        ]
        n = sa.func.generate_series(1, count).alias("n")
        self._connection.execute(sa.insert(table).from_select(names, sa.select(*values).select_from(n)))


class Listener:
    """What the server asks of the database of operations."""

    def __init__(self, app: FastAPI) -> None:
        self._heard: list[Statement] = []
        sa.event.listen(app.state.services.databases.operations, "before_cursor_execute", self._hear)

    def _hear(self, _connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if "set_config" not in statement and statement.lstrip().lower().startswith(("select", "with")):
            self._heard.append((statement, parameters))

    def heard(self) -> list[Statement]:
        """Since the last time."""
        heard, self._heard = self._heard, []
        return heard


def plain_views(cluster: Cluster, name: str, scope: Scope) -> None:
    """A schema of views with what the scope may see, in plain words."""
    plants = "*" if scope.plants.read is None else "{" + ",".join(str(one) for one in scope.plants.read) + "}"
    with cluster.connect(Database.OPERATIONS, autocommit=True) as connection:
        connection.execute(f"drop schema if exists {name} cascade; create schema {name}")
        connection.execute(f"grant usage on schema {name} to unison_system")
        connection.execute(f"set search_path = {name}, public")
        policies = connection.execute(
            "select tablename, policyname, qual from pg_policies "
            "where 'unison_runtime' = any(roles) and policyname in ('tenant', 'plant_read')"
        ).fetchall()
        for table in Operations.metadata.sorted_tables:
            said = {policy: qual for of, policy, qual in policies if of == table.name}
            if "tenant" not in said:
                continue
            where = [f"organization_id = '{scope.organization_id}'"]
            if "plant_read" in said and plants != "*":
                where.append(_plainly(said["plant_read"], plants, scope))
            view = f"create view {name}.{table.name} as select * from public.{table.name}"
            connection.execute(f"{view} where {' and '.join(where)}".encode())
            connection.execute(f"grant select on {name}.{table.name} to unison_system")


def _plainly(policy: str, plants: str, scope: Scope) -> str:
    """The policy with the scope's own values in place of settings."""
    plain = _EVERYWHERE.sub("false", policy)
    plain = _PLANTS.sub(f"('{plants}'::uuid[])", plain)
    plain = _ACTOR.sub(f"'{scope.actor_id}'::uuid", plain)
    if "current_setting" in plain:
        raise ValueError(f"this policy asks what the bench does not know: {plain}")
    return plain


def _planned(connection: sa.Connection, statement: Statement) -> Iterator[str]:
    """Large tables the plan reads from end to end."""
    text, parameters = statement
    plan = connection.exec_driver_sql(f"explain (format json) {text}", parameters).scalar_one()
    waiting = [plan[0]["Plan"]]
    while waiting:
        node = waiting.pop()
        waiting += node.get("Plans", [])
        if node["Node Type"] == "Seq Scan" and _rows_of(connection, node["Relation Name"]) > LARGE:
            yield node["Relation Name"]


def _rows_of(connection: sa.Connection, table: str) -> float:
    statement = sa.text("select reltuples from pg_class where oid = to_regclass(:table)")
    return float(connection.execute(statement, {"table": f"public.{table}"}).scalar_one())


def _seconds(connection: sa.Connection, statements: Sequence[Statement]) -> float:
    begin = time.perf_counter()
    for text, parameters in statements:
        connection.exec_driver_sql(text, parameters).fetchall()
    return time.perf_counter() - begin


class Cost:
    """A person's lists, planned and timed beside the plain views of the same."""

    def __init__(self, databases: Databases, system: Databases, schema: str, scope: Scope) -> None:
        self._databases = databases
        self._system = system
        self._schema = schema
        self._scope = scope

    def of(self, statements: Sequence[Statement]) -> tuple[list[str], float, float]:
        """Large tables read from end to end; seconds as the runtime role and how many times those of plain predicates.

        Both are medians, the second of pairs in turn, so that what else this machine does falls on both.
        """
        guarded, times = [], []
        with (
            self._databases.session(Database.OPERATIONS, self._scope) as session,
            self._system.operations.begin() as beside,
        ):
            beside.exec_driver_sql(f"set local search_path = {self._schema}, public")
            connection = session.connection()
            scanned = sorted({table for statement in statements for table in _planned(connection, statement)})
            for _ in range(ROUNDS):
                guarded.append(_seconds(connection, statements))
                times.append(guarded[-1] / _seconds(beside, statements))
        return scanned, statistics.median(guarded), statistics.median(times)


def rows(settings: Settings, cluster: Cluster, databases: Databases, system: Databases) -> Iterator[bool]:
    """Two rows a list and person: what is read from end to end, and the time beside the plain predicate."""
    ours = make_organization(databases, system)
    owner = sa.create_engine("postgresql+psycopg://", creator=lambda: cluster.connect(Database.OPERATIONS))
    ours.add_plant("ONE")
    ours.add_plant("TWO")
    others = [make_organization(databases, system) for _ in range(ORGANIZATIONS - 1)]
    with owner.begin() as connection:
        connection.exec_driver_sql("set session_replication_role = replica")
        for other in others:
            other.plants.extend(ours.plants)
            fill(connection, other)
        filled = fill(connection, ours)
    with cluster.connect(Database.OPERATIONS, autocommit=True) as upkeep:
        upkeep.execute("vacuum analyze")
    ours.add_user("all")
    ours.add_user("one", roles=[RoleCode.VIEWER], reads=[ours.plants[0]])
    app = create_app(settings)
    listener = Listener(app)
    with serving(app) as address, httpx.Client(base_url=address, timeout=60) as client:
        for person, whose in (("all", ""), ("one", ", one of two plants")):
            signed = sign_in(client, ours, person)
            scope = app.state.services.access.authenticate(signed.access_token).scope
            plain_views(cluster, f"plain_{person}", scope)
            cost = Cost(databases, system, f"plain_{person}", scope)
            yield from _of_person(signed, listener, cost, filled, whose)
    owner.dispose()


def _of_person(person: SignedIn, listener: Listener, cost: Cost, filled: Filled, whose: str) -> Iterator[bool]:
    for hot in hottest(filled):
        listener.heard()
        answer = person.get(hot.path, params=dict(hot.params))
        if answer.status_code == 403:
            continue  # not a list of people of one plant
        answer.raise_for_status()
        scanned, guarded, times = cost.of(listener.heard())
        name = f"{hot.name}{whose}"
        row, told = f"{name}: read from end to end", ", ".join(scanned) or "none"
        yield result(BENCH, row, len(scanned), "tables", peer=told, reach="0", ok=not scanned)
        yield result(
            BENCH,
            f"{name}: with row level security",
            round(guarded * 1e3, 2),
            "ms",
            peer="the same with plain predicates",
            ratio=round(times, 3),
            reach=f"ratio <= {MOST_TIMES}",
            ok=times <= MOST_TIMES,
        )
