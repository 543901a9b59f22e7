"""Undos of readings that never came are forgotten; readings and what holds of them are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from unison_server.kernel.database import Databases
from unison_server.kernel.settings import Settings
from unison_server.quality.retention import forget_lost_undone_readings

from tests.server.quality.gauging import characteristic, measured, reading, undone
from tests.server.stations.floor import Floor


def waiting(floor: Floor) -> list[str]:
    """Readings that words are kept about, oldest word first."""
    rows = floor.rows("select measurement_id::text as id from inspection_measurement_undos order by recorded_at, id")
    return [row.id for row in rows]


def test_what_waits_for_nothing_is_forgotten(floor: Floor, settings: Settings, system_databases: Databases) -> None:
    bore = characteristic(floor)
    late, known, never = reading(floor, 0, bore, "1.0"), reading(floor, 1, bore, "2.0"), str(uuid4())
    floor.sender.next_seq = 1
    events = [undone(floor, 2, late["id"]), undone(floor, 3, never)]
    floor.sender.send([*events, *({**one, "seq": seq} for seq, one in enumerate((late, known), 3))])
    floor.admin.post(f"/inspection-measurements/{known['id']}/undo")
    kept = timedelta(days=settings.incidents_kept_days)
    here = {late["id"], known["id"]}
    for age, left in ((kept - timedelta(hours=1), {*here, never}), (kept + timedelta(hours=1), here)):
        forget_lost_undone_readings(settings, system_databases, datetime.now(UTC) + age)
        assert set(waiting(floor)) == left
    assert all(one["undone_at"] for one in measured(floor, undone=True))


def test_of_too_many_the_newest_stay(
    floor: Floor, settings: Settings, system_databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unison_server.stations.lost_words.MOST_WAITING", 2)
    bore = characteristic(floor)
    held = reading(floor, 0, bore, "1.0")
    floor.sender.send([held, undone(floor, 1, held["id"])])
    ids = [str(uuid4()) for _ in range(4)]
    for second, id_ in enumerate(ids, 2):
        floor.sender.send([undone(floor, second, id_)])
    forget_lost_undone_readings(settings, system_databases, datetime.now(UTC))
    assert waiting(floor) == [held["id"], *ids[2:]]
