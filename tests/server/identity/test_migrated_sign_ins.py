"""Rows of the login history from before stations and reasons had columns of their own."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import create_engine, text
from unison_server.kernel import migrate
from unison_server.kernel.database import Database
from unison_server.kernel.keys import new_id

from tests.server.conftest import Scratch

_INSERT = """
insert into login_history (organization_id, id, outcome, name, address, client, session_id)
values (:organization, :id, :outcome, :name, '', :client, :session)
"""


def test_what_can_be_no_program_is_moved_and_moved_back(scratch: Callable[[], Scratch]) -> None:
    url, organization = scratch().owner_url, new_id()
    migrate.upgrade(Database.IDENTITY, url, "0024")
    engine = create_engine(url)
    before = [
        ("countersigned", "Quinn", "Station S1", None),
        ("key_refused", "Reports", "key_revoked", None),
        ("signed_in", "anna", "Station S1", new_id()),
        ("wrong", "", "more_refused", None),
        ("wrong", "anna", "more_refused", None),
        ("wrong", "unknown badge or person", "Station S-2", None),
    ]
    with engine.begin() as connection:
        for outcome, name, client, session in before:
            row = {"outcome": outcome, "name": name, "client": client, "session": session}
            connection.execute(text(_INSERT), {"organization": organization, "id": new_id(), **row})
    migrate.upgrade(Database.IDENTITY, url, "0025")
    told = "select outcome, name, client, reason, station_code from login_history order by 1, 2"
    with engine.connect() as connection:
        assert [tuple(row) for row in connection.execute(text(told))] == [
            ("countersigned", "Quinn", None, None, "S1"),
            ("key_refused", "Reports", None, "key_revoked", None),
            ("signed_in", "anna", "Station S1", None, None),
            ("wrong", "", None, "more_refused", None),
            ("wrong", "anna", "more_refused", None, None),
            ("wrong", "unknown badge or person", None, None, "S-2"),
        ]
    migrate.downgrade(Database.IDENTITY, url)
    with engine.connect() as connection:
        back = connection.execute(text("select outcome, name, client, session_id from login_history order by 1, 2"))
        assert [tuple(row) for row in back] == before
    engine.dispose()
