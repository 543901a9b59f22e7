"""What is forgotten by the clock, and what stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import create_engine, pool
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.partitions import make_months, partitions
from unison_server.kernel.settings import Settings
from unison_server.machines.retention import forget_old_readings
from unison_server.stations.retention import forget_old_incidents

from tests.server.stations.floor import START, Floor, stamp
from tests.server.stations.test_leases import give, second_agent

NOW = datetime(2026, 6, 15, tzinfo=UTC)
"""105 days after the floor's beginning: 90 days before it is the middle of March, whose month stays whole."""


def keep_house(settings: Settings, system: Databases, now: datetime) -> None:
    forget_old_readings(settings, system, now)
    forget_old_incidents(settings, system, now)


def fill(floor: Floor, seconds: float) -> None:
    own = {"machine_id": str(floor.machines[0]), "tag_id": str(floor.counters[0]), "raw_from": 9, "raw_to": 3}
    sender = floor.sender
    sender.send(
        [
            floor.sample(seconds),
            floor.counted(seconds),
            sender.event("counter_jumped", seconds, **own),
            sender.event("clock_stepped", seconds, delta_seconds=1.0),
            sender.event("telepathy", seconds),
        ]
    )


def counts(floor: Floor) -> dict[str, int]:
    tables = ("samples", "machine_counts", "counter_incidents", "fleet_events", "quarantine")
    return {table: floor.rows(f"select count(*) from {table}")[0][0] for table in tables}


def test_each_thing_is_kept_for_its_time(floor: Floor, settings: Settings, system_databases: Databases) -> None:
    before_march = -5 * 86_400
    fill(floor, before_march)
    fill(floor, 0)
    keep_house(settings, system_databases, NOW)
    assert counts(floor)["samples"] == 1, "March has a day that is younger than 90 days"
    keep_house(settings, system_databases, NOW + timedelta(days=60))
    year = {"machine_counts": 2, "counter_incidents": 2, "fleet_events": 2, "quarantine": 2}
    assert counts(floor) == {"samples": 0, **year}
    keep_house(settings, system_databases, START + timedelta(days=364))
    assert counts(floor) == {"samples": 0, **year, "counter_incidents": 1, "fleet_events": 1}


def test_who_held_a_tag_is_forgotten_with_what_could_still_ask_for_it(
    floor: Floor, settings: Settings, system_databases: Databases
) -> None:
    give(floor, second_agent(floor).agent_id)
    held = floor.rows("select ended_at from former_tag_holders")
    assert held
    ended = max(row.ended_at for row in held)
    for days, left in ((364, len(held)), (366, 0)):
        keep_house(settings, system_databases, ended + timedelta(days=days))
        assert len(floor.rows("select * from former_tag_holders")) == left
        assert len(floor.rows("select * from former_station_holders")) == min(left, 1)


def test_months_of_samples_are_dropped_whole(floor: Floor, settings: Settings, system_databases: Databases) -> None:
    owner = create_engine(settings.owner_url(Database.OPERATIONS), poolclass=pool.NullPool)
    with owner.begin() as connection:
        made = make_months(connection, "samples", START.date(), 1)
    assert made == ["samples_2026_03", "samples_2026_04"]
    floor.sender.send([floor.sample(0)])
    keep_house(settings, system_databases, datetime(2026, 7, 10, tzinfo=UTC))
    with owner.begin() as connection:
        left = partitions(connection, "samples")
    assert "samples_2026_03" not in left
    assert {"samples_2026_04", "samples_default"} <= set(left)
    assert floor.rows("select count(*) from samples where at <= :at", at=stamp(0)) == [(0,)]
