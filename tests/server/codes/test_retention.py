"""Undos of scans that never came are forgotten; scans and what holds of them are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from unison_server.codes.retention import forget_lost_undos
from unison_server.kernel.database import Databases
from unison_server.kernel.settings import Settings

from tests.server.codes.scanning import history, scanned, undone
from tests.server.stations.floor import Floor


def test_what_waits_for_nothing_is_forgotten(floor: Floor, settings: Settings, system_databases: Databases) -> None:
    late, known = scanned(floor, 0), scanned(floor, 1)
    floor.sender.next_seq = 1
    events = [undone(floor, 2, late["id"]), undone(floor, 3, str(uuid4()))]
    floor.sender.send([*events, *({**one, "seq": seq} for seq, one in enumerate((late, known), 3))])
    floor.admin.post(f"/qr-scans/{known['id']}/undo", {"reason": "wrong"})
    kept = timedelta(days=settings.incidents_kept_days)
    for age, left in ((kept - timedelta(hours=1), 3), (kept + timedelta(hours=1), 2)):
        forget_lost_undos(settings, system_databases, datetime.now(UTC) + age)
        assert len(floor.rows("select id from qr_code_scan_undos")) == left
    assert all(one["undone_at"] for one in history(floor))
