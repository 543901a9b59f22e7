"""Words about readings from before it mattered which agent said them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from unison_server.kernel import migrate
from unison_server.kernel.database import Database
from unison_server.kernel.keys import new_id
from unison_server.kernel.migrate import RowsInTheWayError

from tests.server.kernel.rows import Row
from tests.server.machines.test_migrated_rows import Old, old

__all__ = ["old"]

WORDS = "select measurement_id, agent_id, person from inspection_measurement_undos order by person"


def test_words_that_held_go_on_to_hold_and_those_that_wait_are_their_agents(old: Callable[[str], Old]) -> None:
    database = old("0044")
    made = {"plants": database.row("plants")}
    made["inspection_characteristics"] = database.row("inspection_characteristics", made, measurement_unit="mm")
    measured = database.row("inspection_measurements", made, measurement_unit="mm", station_id=None)["id"]
    agent, other, awaited = new_id(), new_id(), new_id()
    said: Row = {"person_id": None, "person_is_verified": None, "undone_by": None}
    database.row("inspection_measurement_undos", id=measured, agent_id=agent, person="Ada", **said)
    database.row("inspection_measurement_undos", id=awaited, agent_id=agent, person="Bo", **said)
    migrate.upgrade(Database.OPERATIONS, database.url, "0046")
    assert database.rows(WORDS) == [(measured, None, "Ada"), (awaited, agent, "Bo")]
    late: Row = {**said, "undone_at": "2100-01-01T00:00:00Z"}
    database.row("inspection_measurement_undos", measurement_id=awaited, agent_id=other, person="Cy", **late)
    migrate.downgrade(Database.OPERATIONS, database.url, "0044")
    before = "select id, person from inspection_measurement_undos order by person"
    assert database.rows(before) == [(measured, "Ada"), (awaited, "Bo")]
    migrate.upgrade(Database.OPERATIONS, database.url, "0046")
    database.row("inspection_measurement_undos", measurement_id=measured, agent_id=other, person="Cy", **late)
    with pytest.raises(RowsInTheWayError, match=str(measured)):
        migrate.downgrade(Database.OPERATIONS, database.url, "0044")
