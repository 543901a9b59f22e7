"""Months are made ahead, nothing of a forgotten month is lost, and old things are forgotten."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Connection, create_engine, text
from unison_server.kernel import partitions
from unison_server.kernel.database import Databases
from unison_server.kernel.settings import Settings
from unison_server.kernel.upkeep import Upkeep, make_ahead

from tests.server.conftest import Scratch

NOVEMBER = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def made(scratch: Callable[[], Scratch]) -> Iterator[tuple[str, Connection]]:
    """A database with one table by months, and a connection as its owner."""
    url = scratch().owner_url
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(text("create table readings (at timestamptz not null, n int) partition by range (at)"))
        partitions.make_default_partition(connection, "readings")
        connection.commit()
        yield url, connection
    engine.dispose()


def counts(connection: Connection) -> dict[str, int]:
    rows = connection.execute(text("select tableoid::regclass::text, count(*) from readings group by 1"))
    return {row[0]: row[1] for row in rows}


def test_months_are_made_ahead_once(made: tuple[str, Connection]) -> None:
    url, connection = made
    names = ["readings_2026_11", "readings_2026_12", "readings_2027_01"]
    assert make_ahead(url, NOVEMBER) == names
    assert make_ahead(url, NOVEMBER) == []
    assert make_ahead(url, datetime(2026, 12, 1, tzinfo=UTC)) == ["readings_2027_02"]
    assert partitions.partitions(connection, "readings") == [*names, "readings_2027_02", "readings_default"]


def test_rows_of_a_forgotten_month_are_kept_and_move_when_it_is_made(made: tuple[str, Connection]) -> None:
    url, connection = made
    connection.execute(
        text("insert into readings values ('2026-10-31 23:59:59.999999+00', 1), ('2026-11-01', 2), ('2026-12-31', 3)")
    )
    connection.commit()
    assert counts(connection) == {"readings_default": 3}
    connection.commit()
    make_ahead(url, NOVEMBER)
    assert counts(connection) == {"readings_default": 1, "readings_2026_11": 1, "readings_2026_12": 1}


@pytest.mark.parametrize(("month", "following"), [((2026, 12), (2027, 1)), ((2026, 1), (2026, 2))])
def test_the_next_month(month: tuple[int, int], following: tuple[int, int]) -> None:
    assert partitions.next_month(date(*month, 31)) == date(*following, 1)


def test_a_server_keeps_house_until_told_to_end(settings: Settings, system_databases: Databases) -> None:
    upkeep = Upkeep(settings, system_databases, ())
    with system_databases.operations.begin() as connection:
        connection.execute(
            text("""
            insert into events (position, organization_id, id, topic, at)
            values (1, gen_random_uuid(), gen_random_uuid(), 'a.b.c', now() - interval '8 days')
        """)
        )
    upkeep.keep_house()
    with system_databases.operations.begin() as connection:
        old = connection.execute(text("select count(*) from events where at < now() - interval '7 days'")).scalar()
    assert old == 0
    end = threading.Event()
    thread = threading.Thread(target=upkeep.run, args=(end,))
    thread.start()
    end.set()
    thread.join(60)
    assert not thread.is_alive()


@pytest.fixture
def nothing_happened(system_databases: Databases) -> Iterator[None]:
    """No events, from before the test until after it."""

    def forget() -> None:
        with system_databases.operations.begin() as connection:
            connection.execute(text("delete from events"))

    forget()
    yield
    forget()


@pytest.mark.usefixtures("nothing_happened")
def test_what_fails_every_time_holds_up_nothing_else(settings: Settings, system_databases: Databases) -> None:
    did: list[str] = []

    def fails(*_: object) -> None:
        did.append("failed")
        raise ValueError("no luck")

    def works(*_: object) -> None:
        did.append("worked")

    upkeep = Upkeep(settings, system_databases, (), (fails, works), (fails, works), (fails, works))
    upkeep.sweep()
    assert did == ["failed", "worked"]
    assert not upkeep.keep_house(), "it is to be tried again soon"
    assert did == ["failed", "worked"] * 3
    assert Upkeep(settings, system_databases, (), (works,), (), (works,)).keep_house()


@pytest.mark.usefixtures("nothing_happened")
def test_a_loop_whose_watch_fails_keeps_house(settings: Settings, system_databases: Databases) -> None:
    end = threading.Event()

    def fails(*_: object) -> None:
        raise ValueError("no luck")

    def ends(*_: object) -> None:
        end.set()

    thread = threading.Thread(target=Upkeep(settings, system_databases, (), (), (fails,), (ends,)).run, args=(end,))
    thread.start()
    was_kept = end.wait(60)
    end.set()
    thread.join(60)
    assert was_kept


@pytest.mark.usefixtures("nothing_happened")
@pytest.mark.parametrize(
    ("days_ago", "forgets"), [((), True), ((8,), True), ((40,), False), ((40, 1), False), ((40, 5), True)]
)
def test_nothing_is_forgotten_while_the_clock_may_have_leapt(
    settings: Settings, system_databases: Databases, days_ago: tuple[int, ...], forgets: bool
) -> None:
    forgotten: list[datetime] = []

    def forget(_settings: Settings, _system: Databases, now: datetime) -> None:
        forgotten.append(now)

    upkeep = Upkeep(settings, system_databases, (), forgetting=[forget])
    with system_databases.operations.begin() as connection:
        for position, days in enumerate(days_ago, 1):
            connection.execute(
                text("""
                insert into events (position, organization_id, id, topic, at)
                values (:position, gen_random_uuid(), gen_random_uuid(), 'a.b.c', now() - make_interval(days => :days))
                """),
                {"position": position, "days": days},
            )
    assert upkeep.keep_house()
    assert bool(forgotten) == forgets
