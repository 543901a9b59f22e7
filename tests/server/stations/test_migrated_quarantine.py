"""Events that were set aside before it was noted what they are about are found by it all the same."""

from __future__ import annotations

from collections.abc import Callable

import orjson
from unison_server.kernel import migrate
from unison_server.kernel.database import Database
from unison_server.kernel.keys import new_id

from tests.server.conftest import Scratch
from tests.server.machines.test_migrated_rows import Old


def test_what_an_event_is_about_is_read_from_its_text(scratch: Callable[[], Scratch]) -> None:
    database = Old(scratch().owner_url, "0037")
    tag, machine, station = new_id(), new_id(), new_id()
    texts = [
        orjson.dumps({"kind": "counted", "tag_id": str(tag), "machine_id": str(machine)}).decode(),
        orjson.dumps({"kind": "scan_taken", "station_id": str(station)}).decode(),
        orjson.dumps({"kind": "odd", "tag_id": 7, "machine_id": "a mill", "station_id": None}).decode(),
        '{"kind": "nul", "value": "\\u0000"}',
        "[" * 9000 + "]" * 9000,
    ]
    agent = {"agents": database.row("agents")}
    for seq, raw in enumerate(texts, 1):
        database.row("quarantine", agent, seq=seq, raw=raw)
    shown = "select tag_id, machine_id, station_id from quarantine order by seq"
    migrate.upgrade(Database.OPERATIONS, database.url, "0040")
    about = [(tag, machine, None), (None, None, station), *[(None, None, None)] * 3]
    assert database.rows(shown) == about
    migrate.downgrade(Database.OPERATIONS, database.url, "0037")
    migrate.upgrade(Database.OPERATIONS, database.url, "0040")
    assert database.rows(shown) == about
    database.engine.dispose()
