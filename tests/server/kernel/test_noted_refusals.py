"""What somebody who is signed in may not is noted, a few of each kind and how many the others were."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from starlette.requests import Request
from unison_server.app import create_app
from unison_server.kernel import noted_refusals, untold_refusals
from unison_server.kernel.audit import audit_logs
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.errors import NotAllowed
from unison_server.kernel.keys import new_id
from unison_server.kernel.noted_refusals import NotedRefusals
from unison_server.kernel.scope import ActorKind, Scope
from unison_server.kernel.settings import Settings
from unison_server.kernel.untold_refusals import Allowance, UntoldRefusals

from tests.server.factories import Made
from tests.server.serving import serving, sign_in


def noted(made: Made, database: Database = Database.OPERATIONS) -> list[dict[str, Any]]:
    """What the audit log tells of refusals."""
    with made.databases.session(database, made.scope) as session:
        rows = session.execute(select(audit_logs).where(audit_logs.c.action == "refused").order_by(audit_logs.c.at))
        return [{"actor_id": row.actor_id, "address": row.address, **row.new_values} for row in rows]


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    """A server process of this test's own, which was told nothing yet."""
    return create_app(settings)


def test_a_flood_writes_a_few_and_then_how_many_there_were(app: FastAPI, made: Made) -> None:
    ben = made.add_user("ben", roles=[])
    with serving(app) as address, httpx.Client(base_url=address, timeout=60) as client:
        caller = sign_in(client, made, "ben")
        for number in range(noted_refusals.MOST + 15):
            assert caller.get(f"/plants/{UUID(int=number)}").status_code == 403
        assert caller.get("/stations").status_code == 403
        assert caller.get("/users").status_code == 403
        assert len(noted(made)) == noted_refusals.MOST + 1
        assert [one["path"] for one in noted(made, Database.IDENTITY)] == ["/api/v1/users"]
    more = [one for one in noted(made) if "times" in one]
    told = {"method": "GET", "path": "/api/v1/plants/{id}", "code": "not_allowed", "times": 15}
    assert [one.pop("seconds") > 0 for one in more] == [True]
    assert more == [{"actor_id": ben, "address": "127.0.0.1", **told}]


def asked(endpoint: str, address: str = "192.0.2.1") -> Request:
    return Request({"type": "http", "method": "GET", "path": endpoint, "headers": [], "client": (address, 1)})


def test_every_kind_has_a_row_however_many_there_are(databases: Databases, made: Made) -> None:
    keeping, ben = NotedRefusals(databases), new_id()
    scope = Scope(made.id, ActorKind.USER, ben, address="192.0.2.1")
    kinds = [f"/endpoint/{number}" for number in range(3 * noted_refusals.MOST_OF_ACTOR)]
    told = [
        kind
        for _ in range(4)
        for kind in kinds
        if keeping.takes(Database.OPERATIONS, scope, asked(kind), NotAllowed("You may not"))
    ]
    assert set(told) == set(kinds)
    assert len(told) == len(kinds) + noted_refusals.MOST_OF_ACTOR
    keeping.tell_volumes()
    assert noted(made) == []
    keeping.tell_volumes(at_once=True)
    keeping.tell_volumes(at_once=True)
    assert sum(one["times"] for one in noted(made)) == 4 * len(kinds) - len(told)
    assert {one["actor_id"] for one in noted(made)} == {ben}
    assert {one["seconds"] > 0 for one in noted(made)} == {True}


def test_a_flood_of_one_hides_nobody_elses(databases: Databases, made: Made) -> None:
    keeping = NotedRefusals(databases)
    for _ in range(1_000):
        flood = Scope(made.id, ActorKind.USER, UUID(int=1))
        keeping.takes(Database.OPERATIONS, flood, asked("/plants"), NotAllowed("You may not"))
    other = Scope(made.id, ActorKind.USER, UUID(int=2))
    assert keeping.takes(Database.OPERATIONS, other, asked("/plants"), NotAllowed("You may not"))


def test_where_it_cannot_be_written_the_server_goes_on() -> None:
    gone = "postgresql+psycopg://unison_runtime:secret@/identity?host=/nonexistent"
    nowhere = Databases.connect(gone, gone)
    keeping = NotedRefusals(nowhere)
    for _ in range(noted_refusals.MOST + 1):
        keeping.takes(Database.OPERATIONS, Scope(new_id()), asked("/plants"), NotAllowed("You may not"))
    keeping.tell_volumes(at_once=True)
    nowhere.dispose()


def test_volumes_are_told_when_their_window_is_over_and_never_grow() -> None:
    now = [0.0]
    untold: UntoldRefusals[str] = UntoldRefusals(60.0, lambda: now[0])
    for number in range(3 * untold_refusals.MOST_KINDS):
        untold.note(f"192.0.2.{number}", "many addresses", "anything")
    assert untold.take() == {}
    now[0] = 60.0
    counts = untold.take()
    assert sum(volume.times for volume in counts.values()) == 3 * untold_refusals.MOST_KINDS
    assert {volume.seconds for volume in counts.values()} == {60}
    assert len(counts) <= untold_refusals.MOST_KINDS + 1
    assert untold.take(at_once=True) == {}


def test_the_most_of_it_is_told_each_minute_so_that_a_kill_loses_little() -> None:
    now = [0.0]
    untold: UntoldRefusals[str] = UntoldRefusals(now=lambda: now[0])
    often = {f"often {number}": 2 + number for number in range(untold_refusals.MOST_SOON)}
    for kind in [*(kind for kind, times in often.items() for _ in range(times)), "seldom", "rare"]:
        untold.note(kind)
    now[0] = untold_refusals.SOON_SECONDS - 1
    assert untold.take() == {}
    now[0] += 1
    assert untold.take() == {kind: (times, 60) for kind, times in often.items()}
    now[0] += 20
    untold.note("later")
    untold.note("often 0")
    assert untold.take() == {}
    now[0] += 40
    told = untold.take()
    assert told == {"seldom": (1, 120), "rare": (1, 120), "later": (1, 40), "often 0": (1, 40)}, "each since its first"
    untold.note("anew")
    assert (untold.take(), untold.take(at_once=True)) == ({}, {"anew": (1, 1)})


def test_an_allowance_begins_anew_and_never_grows() -> None:
    now = [0.0]
    allowance = Allowance(lambda: now[0])
    assert [allowance.takes(("a", 2), ("all", 3)) for _ in range(3)] == [True, True, False]
    assert [allowance.takes((n, 2), ("all", 3)) for n in range(100)].count(True) == 1
    assert len(allowance._taken) == 3
    now[0] = untold_refusals.WINDOW_SECONDS
    assert allowance.takes(("a", 2), ("all", 3))
