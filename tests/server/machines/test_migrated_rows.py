"""Rows from before a rule are mended by the migration that makes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from math import inf, nan
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import IntegrityError
from unison_server.kernel import migrate
from unison_server.kernel.database import Database
from unison_server.kernel.keys import new_id
from unison_server.kernel.orm import Operations
from unison_server.machines.rebuild import _REBUILD

from tests.server.conftest import Scratch
from tests.server.kernel.rows import Row, import_tables, one_row

import_tables()
ORGANIZATION = new_id()
MONDAY = datetime(2026, 3, 2, 6, tzinfo=UTC)


class Old:
    """A database at an older migration, and rows in it."""

    def __init__(self, url: str, revision: str) -> None:
        migrate.upgrade(Database.OPERATIONS, url, revision)
        self.url = url
        self.engine: Engine = create_engine(url)

    def row(self, table: str, made: Mapping[str, Row] | None = None, **values: Any) -> Row:
        """Insert a row with these values, without columns that came later."""
        row = {**one_row(Operations.metadata.tables[table], ORGANIZATION, made or {}), **values}
        with self.engine.begin() as connection:
            there = {name for (name,) in connection.execute(text(COLUMNS), {"table": table})}
            named = [name for name in row if name in there]
            columns, places = ", ".join(f'"{name}"' for name in named), ", ".join(f":{name}" for name in named)
            connection.execute(text(f"insert into {table} ({columns}) values ({places})"), row)
        return row

    def rows(self, statement: str) -> list[Any]:
        """What is there now."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]


COLUMNS = "select column_name from information_schema.columns where table_name = :table and is_generated = 'NEVER'"


@pytest.fixture
def old(scratch: Callable[[], Scratch]) -> Iterator[Callable[[str], Old]]:
    """Makes a database at a migration."""
    made: list[Old] = []

    def make(revision: str) -> Old:
        made.append(Old(scratch().owner_url, revision))
        return made[-1]

    yield make
    for one in made:
        one.engine.dispose()


def machine(database: Old) -> dict[str, Row]:
    made = {"plants": database.row("plants")}
    made["machines"] = database.row("machines", made)
    return made


def test_words_without_end_become_of_their_stop_and_long_notes_fit(old: Callable[[str], Old]) -> None:
    database = old("0015")
    made = machine(database)
    for hour, (ended, notes) in enumerate(((True, "x" * 2500), (True, "y" * 2000), (False, None))):
        start = MONDAY + timedelta(hours=hour)
        end = start + timedelta(minutes=5) if ended else None
        database.row("downtime_causes", made, started_at=start, ended_at=end, notes=notes)
    migrate.upgrade(Database.OPERATIONS, database.url, "0016")
    shown = (
        "select ended_at is null, is_of_stop, char_length(notes), right(notes, 2) from downtime_causes "
        "order by started_at"
    )
    after = [(False, False, 2000, "x…"), (False, False, 2000, "yy"), (True, True, None, None)]
    assert database.rows(shown) == after
    migrate.downgrade(Database.OPERATIONS, database.url, "0015")
    migrate.upgrade(Database.OPERATIONS, database.url, "0016")
    assert database.rows(shown) == after


def reason(database: Old, number: int, name: str, parent: Row | None = None, **values: Any) -> Row:
    own = {"parent_id": parent and parent["id"], "parent_number": parent and parent["number"]}
    return database.row("downtime_reasons", number=number, name=name, **own, **values)


def test_reasons_that_rules_give_come_back_and_names_become_their_own(old: Callable[[str], Old]) -> None:
    database = old("0016")
    failure = reason(database, 100, "Failure")
    reason(database, 110, "Jam", failure)
    reason(database, 111, "Jam ", failure)
    given = reason(database, 112, "Jam", failure, is_active=False)
    put_away = reason(database, 113, "Jam", failure, is_active=False)
    reason(database, 114, "Jam (111)", failure)
    reason(database, 300, "Jam")
    database.row("alarm_reasons", {"downtime_reasons": given}, alarm="belt", is_active=True)
    database.row("alarm_reasons", {"downtime_reasons": put_away}, alarm="old", is_active=False)
    migrate.upgrade(Database.OPERATIONS, database.url, "0017")
    shown = "select number, name, is_active, version from downtime_reasons order by number"
    assert database.rows(shown) == [
        (100, "Failure", True, 1),
        (110, "Jam", True, 1),
        (111, "Jam (111)", True, 3),
        (112, "Jam (112)", True, 3),
        (113, "Jam", False, 1),
        (114, "Jam (111) (114)", True, 2),
        (300, "Jam", True, 1),
    ]
    assert database.rows("select alarm, is_active from alarm_reasons order by alarm") == [
        ("belt", True),
        ("old", False),
    ]
    changed = database.rows("select distinct table_name, action from audit_logs where action = 'update'")
    assert changed == [("downtime_reasons", "update")]


def test_a_machine_leaves_a_station_and_a_line_of_another_plant(old: Callable[[str], Old]) -> None:
    database = old("0016")
    here, there = {"plants": database.row("plants")}, {"plants": database.row("plants")}
    for one in (here, there):
        one["agents"] = database.row("agents")
        one["stations"] = database.row("stations", one)
        one["work_centers"] = database.row("work_centers", one)
    right = database.row("machines", here)
    mixed = database.row("machines", {**there, "plants": here["plants"]}, plant_id=here["plants"]["id"])
    migrate.upgrade(Database.OPERATIONS, database.url, "0017")
    placed: dict[UUID, Any] = {
        id_: rest for id_, *rest in database.rows("select id, plant_id, station_id, work_center_id from machines")
    }
    plant = here["plants"]["id"]
    assert placed[right["id"]] == [plant, here["stations"]["id"], here["work_centers"]["id"]]
    assert placed[mixed["id"]] == [plant, None, None]
    migrate.downgrade(Database.OPERATIONS, database.url, "0016")
    migrate.upgrade(Database.OPERATIONS, database.url, "0017")


TAG = {"sentinels": "[]", "alarms": "{}", "states": "{}"}


def test_a_limit_that_is_no_number_goes_and_none_comes_again(old: Callable[[str], Old]) -> None:
    database = old("0022")
    made: dict[str, Row] = {}
    for table in ("plants", "agents", "stations", "devices"):
        made[table] = database.row(table, made)
    for name, minimum, maximum in (("a", nan, 5.0), ("b", -inf, inf), ("c", 0.0, 5.0), ("d", None, nan)):
        database.row("tags", made, **TAG, name=name, minimum=minimum, maximum=maximum)
    told = "select configuration_version from agents"
    before = database.rows(told)[0][0]
    migrate.upgrade(Database.OPERATIONS, database.url, "0023")
    assert database.rows("select name, minimum, maximum from tags order by name") == [
        ("a", None, 5.0),
        ("b", None, None),
        ("c", 0.0, 5.0),
        ("d", None, None),
    ]
    assert database.rows(told)[0][0] > before
    for limit in (nan, inf, -inf):
        with pytest.raises(IntegrityError, match="finite_maximum"):
            database.row("tags", made, **TAG, name="e", minimum=None, maximum=limit)
    migrate.downgrade(Database.OPERATIONS, database.url, "0022")
    migrate.upgrade(Database.OPERATIONS, database.url, "0023")


def test_words_end_where_other_work_began_unless_it_was_known_when_they_were_said(old: Callable[[str], Old]) -> None:
    """A machine that stood, was set up, cleaned and ran again, and what was said of that each day."""
    database = old("0056")
    made = machine(database)
    days = [MONDAY + timedelta(days=day) for day in range(4)]
    edges = [day + timedelta(hours=hour) for day in days for hour in range(4)]
    states = ("stopped", "setup", "cleaning", "running")
    ids = [new_id() for _ in edges]
    for place, start in reversed([*enumerate(edges)]):  # each names the next
        end = edges[place + 1] if place + 1 < len(edges) else None
        known = {"id": ids[place], "state": states[place % 4], "source": "signal", "created_at": start}
        database.row("machine_states", made, started_at=start, ended_at=end, **known)
    office = {"said_by": new_id(), "said_by_name": None, "said_by_is_verified": True, "is_of_stop": True}
    station = {"said_by": None, "said_by_name": "Ben", "said_by_is_verified": None, "is_of_stop": True}
    fixed = {**office, "is_of_stop": False}
    half = timedelta(minutes=30)
    for day, said_by, after in ((0, station, half), (1, office, half), (2, office, 3 * half), (3, fixed, half)):
        start = days[day]
        database.row(
            "downtime_causes", made, **said_by, started_at=start, ended_at=start + 6 * half, said_at=start + after
        )
    migrate.upgrade(Database.OPERATIONS, database.url, "0060")
    shown = "select extract(epoch from ended_at - started_at)::int / 3600 from downtime_causes order by started_at"
    assert database.rows(shown) == [(1,), (1,), (2,), (3,)]
    migrate.downgrade(Database.OPERATIONS, database.url, "0056")
    migrate.upgrade(Database.OPERATIONS, database.url, "0060")
    assert database.rows(shown) == [(1,), (1,), (2,), (3,)]


def test_states_of_machines_put_away_before_end_at_that_moment(old: Callable[[str], Old]) -> None:
    """Running when it was put away; silent for an hour by then; told of later; without states; in use; mended twice."""
    database = old("0068")
    hour, person = timedelta(hours=1), new_id()
    away = MONDAY + 3 * hour
    made: dict[str, dict[str, Row]] = {}
    cases = {
        "running": (0, 3),
        "silent": (0, 2),
        "amid silence": (0, 2),
        "later": (4, 4),
        "stateless": None,
        "used": (0, 9),
        "unknown": (0, 0),
    }
    plant = database.row("plants")
    for name, case in cases.items():
        of = made[name] = {"plants": plant}
        of["machines"] = database.row("machines", of, machine_code=name, is_active=name == "used")
        if name != "used":
            database.row("audit_logs", at=away, entity_id=of["machines"]["id"], actor_id=person, **PUT_AWAY)
        if case is not None:
            start = MONDAY + case[0] * hour
            state = {"state": "unknown" if name == "unknown" else "stopped", "source": "signal", "id": new_id()}
            database.row("machine_transitions", of, **state, position=1, started_at=start, **NOBODY_SAID)
            database.row("machine_states", of, **state, started_at=start, ended_at=None, alarms="[]", is_late=False)
            database.row(
                "machine_signals", id=of["machines"]["id"], last_signal_at=MONDAY + case[1] * hour, reported_state=None
            )
            word = {
                "ended_at": None,
                "is_of_stop": True,
                "said_by": None,
                "said_by_is_verified": None,
                "lasted_at": None,
            }
            said = start + 2.5 * hour if name == "amid silence" else start
            database.row("downtime_causes", of, **word, started_at=said)
    migrate.upgrade(Database.OPERATIONS, database.url, "0070")
    states = (
        "select m.machine_code, s.state, s.source, extract(epoch from s.started_at)::int, s.created_by "
        "from machine_states as s join machines as m on m.id = s.machine_id order by 1, 4"
    )

    def at(hours: float) -> int:
        return int((MONDAY + hours * hour).timestamp())

    told = [(*row[:4], row[4] == person) for row in database.rows(states)]
    assert told == [
        ("amid silence", "stopped", "signal", at(0), False),
        ("amid silence", "unknown", "signal", at(2), False),
        ("amid silence", "unknown", "person", at(3), True),
        ("later", "unknown", "person", at(4), True),
        ("running", "stopped", "signal", at(0), False),
        ("running", "unknown", "person", at(3), True),
        ("silent", "stopped", "signal", at(0), False),
        ("silent", "unknown", "signal", at(2), False),
        ("silent", "unknown", "person", at(3), True),
        ("stateless", "unknown", "person", at(3), True),
        ("unknown", "unknown", "signal", at(0), False),
        ("unknown", "unknown", "person", at(3), True),
        ("used", "stopped", "signal", at(0), False),
    ]
    ends = (
        "select m.machine_code, extract(epoch from w.ended_at)::int "
        "from downtime_causes as w join machines as m on m.id = w.machine_id order by 1"
    )
    assert database.rows(ends) == [
        ("amid silence", at(3)),
        ("later", at(4)),
        ("running", at(3)),
        ("silent", at(2)),
        ("unknown", at(3)),
        ("used", None),
    ]
    migrate.upgrade(Database.OPERATIONS, database.url, "0072")  # a rebuild of today reads what was taken back
    for one in made.values():
        with database.engine.begin() as connection:
            of_one = {"organization": ORGANIZATION, "machine": one["machines"]["id"]}
            anew = connection.execute(_REBUILD, of_one).one()
            assert (anew.removed, anew.added) == (0, 0), "a rebuild comes to the same"
    before = database.rows(states)
    migrate.downgrade(Database.OPERATIONS, database.url, "0068")
    migrate.upgrade(Database.OPERATIONS, database.url, "0070")
    assert database.rows(states) == before


def test_calls_of_machines_put_away_before_end_at_that_moment(old: Callable[[str], Old]) -> None:
    """Waited for, served, served after it was put away, called after that, over, and of a machine in use."""
    database = old("0068")
    person, away = new_id(), MONDAY + timedelta(hours=3)
    plant = {"plants": database.row("plants")}
    gone, used = (database.row("machines", plant, is_active=is_active) for is_active in (False, True))
    database.row("audit_logs", at=away, entity_id=gone["id"], actor_id=person, **PUT_AWAY)
    cases: dict[str, tuple[Row, float, float | None, float | None]] = {
        "waits": (gone, 1, None, None),
        "served": (gone, 1, 2, None),
        "served late": (gone, 1, 4, None),
        "later": (gone, 4, None, None),
        "over": (gone, 1, 2, 2),
        "used": (used, 1, None, None),
    }
    for note, (machine_row, *hours) in cases.items():
        moments = [None if hour is None else MONDAY + timedelta(hours=hour) for hour in hours]
        steps = dict(zip(("called_at", "arrived_at", "done_at"), moments, strict=True))
        database.row("machine_calls", {"machines": machine_row}, note=note, **{**NOBODY_CAME, **steps})
    migrate.upgrade(Database.OPERATIONS, database.url, "0070")
    hours_after = "(extract(epoch from {}_at - timestamptz '2026-03-02T06:00Z') / 3600)::int"
    shown = ", ".join(f"{hours_after.format(step)}, {step}_by" for step in ("done", "withdrawn"))
    assert database.rows(f"select note, {shown} from machine_calls order by note") == [
        ("later", None, None, None, None),
        ("over", 2, None, None, None),
        ("served", 3, person, None, None),
        ("served late", 4, person, None, None),
        ("used", None, None, None, None),
        ("waits", None, None, 3, person),
    ]
    migrate.upgrade(Database.OPERATIONS, database.url, "0072")
    told = "select note, topic from outbox join machine_calls as call on call.id = outbox.entity order by note"
    assert database.rows(told) == [
        ("over", "machines.call.done"),
        ("served", "machines.call.done"),
        ("served late", "machines.call.done"),
        ("waits", "machines.call.withdrawn"),
    ], "so that what people were notified of them is read by itself"


NOBODY_CAME: Row = dict.fromkeys(
    (
        "person",
        "person_id",
        "person_is_verified",
        "answered_at",
        "answered_by",
        *(
            f"{step}_{what}"
            for step in ("arrived", "done", "withdrawn")
            for what in ("at", "by", "by_name", "by_is_verified")
        ),
    )
)
PUT_AWAY: Row = {
    "table_name": "machines",
    "action": "update",
    "actor_kind": "user",
    "changed_fields": '["is_active"]',
    "old_values": "{}",
    "new_values": '{"is_active": false}',
}
NOBODY_SAID: Row = {"person": None, "person_id": None, "person_is_verified": None, "alarms": "[]", "is_late": False}
