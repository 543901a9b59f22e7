"""The audit log as a file: every entry of both databases once, however many, and nothing for who may not any more."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import event
from unison_domain.identity.contracts import RoleCode
from unison_server.kernel import csv_stream
from unison_server.kernel.access import Access, Caller
from unison_server.kernel.csv_answer import ROWS_HEADER
from unison_server.kernel.database import Database, Databases

from tests.server.factories import PASSWORD, Made
from tests.server.serving import SignedIn, sign_in, until_answered

BLOCK = 3
FILE = "/audit-log/export"


@pytest.fixture(autouse=True)
def _in_small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_stream, "BLOCK", BLOCK)


@pytest.fixture
def until(admin: SignedIn, made: Made) -> dict[str, str]:
    """Filters that give what was changed so far: in turns in one database and the other, much more than a block."""
    for number in range(BLOCK * 2):
        plant = {"code": f"P{number}", "name": f"Plant {number}", "time_zone": "Europe/Berlin"}
        assert admin.post("/plants", plant).status_code == 201
        person = {"username": f"p{number}", "full_name": f"Person {number}", "password": PASSWORD}
        assert admin.post("/users", person).status_code == 201
    made.until_people_are_copied()
    return {"to": datetime.now(UTC).isoformat()}


def rows_of(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


@contextmanager
def read_at_once(databases: Databases, database: Database) -> Iterator[list[int]]:
    """How many entries each statement on the log brought."""
    brought: list[int] = []
    engine = databases.engine_for(database)

    def note(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if "FROM audit_logs" in statement and "count(" not in statement:
            brought.append(cursor.rowcount)

    event.listen(engine, "after_cursor_execute", note)
    try:
        yield brought
    finally:
        event.remove(engine, "after_cursor_execute", note)


def test_the_file_has_what_the_list_has_in_its_order_block_by_block(
    admin: SignedIn, app: Any, until: dict[str, str]
) -> None:
    databases = app.state.services.databases
    with (
        read_at_once(databases, Database.IDENTITY) as of_people,
        read_at_once(databases, Database.OPERATIONS) as of_business,
    ):
        answer = admin.get(FILE, params=until)
    listed = admin.get("/audit-log", params={**until, "limit": 200}).json()["items"]
    assert len(listed) > 4 * BLOCK
    for name in ("database", "action", "table_name", "actor_name"):
        assert [row[name] for row in rows_of(answer)] == [one[name] or "" for one in listed], name
    moments = [datetime.fromisoformat(row["at"]) for row in rows_of(answer)]
    assert moments == [datetime.fromisoformat(one["at"]) for one in listed]
    assert moments == sorted(moments, reverse=True)
    assert answer.headers[ROWS_HEADER] == str(len(listed))
    for brought in (of_people, of_business):
        assert len(brought) == -(-len(listed) // BLOCK)
        assert max(brought) <= BLOCK + 1, "no more than a block and whether there is another"


@pytest.mark.parametrize(
    "query", [{"database": "identity"}, {"database": "operations"}, {"table": "plants"}, {"field": "nothing"}]
)
def test_the_file_is_narrowed_as_the_list_is(admin: SignedIn, until: dict[str, str], query: dict[str, str]) -> None:
    answer = admin.get(FILE, params={**until, **query})
    listed = admin.get("/audit-log", params={**until, **query, "limit": 200}).json()["items"]
    assert [row["entity_id"] for row in rows_of(answer)] == [one["entity_id"] for one in listed]
    assert answer.headers[ROWS_HEADER] == str(len(listed))
    assert bool(listed) == ("field" not in query)


def test_a_row_has_the_values_before_and_after(admin: SignedIn, made: Made) -> None:
    plant = made.add_plant()
    changed = admin.send("PATCH", f"/plants/{plant}", json={"name": "Mitte"}, headers={"If-Match": '"1"'})
    assert changed.status_code == 200
    answer = admin.get(FILE, params={"entity_id": str(plant)})
    update, insert = rows_of(answer)
    assert (update["action"], insert["action"]) == ("update", "insert")
    assert json.loads(update["old_values"])["name"] == json.loads(insert["new_values"])["name"]
    assert json.loads(update["new_values"])["name"] == "Mitte"


def test_the_file_breaks_off_where_its_reader_is_deactivated(
    client: httpx.Client, made: Made, admin: SignedIn, until: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends without its last chunk, so no client takes what came for the whole."""
    audrey = made.add_user("audrey", roles=[RoleCode.AUDITOR])
    reader, really, answers = sign_in(client, made, "audrey"), Access.still_may, list[bool]()

    def deactivated_after_two(access: Access, caller: Caller) -> bool:
        if len(answers) == 1:
            seen = {"If-Match": admin.get(f"/users/{audrey}").headers["ETag"]}
            assert admin.send("DELETE", f"/users/{audrey}", headers=seen).status_code == 200
            until_answered(401, lambda: reader.get("/auth/me"))
        answers.append(really(access, caller))
        return answers[-1]

    assert rows_of(reader.get(FILE, params=until))
    monkeypatch.setattr(Access, "still_may", deactivated_after_two)
    with pytest.raises(httpx.RemoteProtocolError):
        reader.get(FILE, params=until)
    assert answers == [True, False]
