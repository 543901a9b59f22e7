"""Access that was taken away since a backup is not given back by its restore, and who restores is told of all of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import create_engine, make_url, text, update
from unison_server.cli.taken_away import TakenAway
from unison_server.identity.tables import User
from unison_server.kernel.backup import backup, restore
from unison_server.kernel.database import Database
from unison_server.kernel.settings import Settings

from tests.server.conftest import Scratch
from tests.server.factories import PASSWORD, Made
from tests.server.kernel.test_backup import pair
from tests.server.serving import SignedIn, sign_in
from tests.server.stations.floor import Sender, enrol
from tests.server.stations.test_restored_words import own, served

__all__ = ["own", "pair"]

_STATES = """
    select 'badge ' || label || ' ' || state from badges union all
    select 'key ' || name || ' ' || (revoked_at is null) from api_keys union all
    select 'user ' || username || ' ' || is_active || ' ' || coalesce(access_ends_at::text, 'always') from users
    order by 1
"""


def states(made: Made) -> set[str]:
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        return set(session.execute(text(_STATES)).scalars())


def agents(made: Made) -> dict[str, str]:
    with made.databases.session(Database.OPERATIONS, made.scope) as session:
        return {row.name: row.state for row in session.execute(text("select name, state from agents"))}


def taken_back(admin: SignedIn, people: dict[str, UUID], things: dict[str, Any]) -> None:
    """Badges lost and revoked, a key and a PC revoked, a PC enrolled anew, somebody out and somebody until an end."""
    for badge, how in (("lost one", "lost"), ("old one", "revoke")):
        assert admin.post(f"/badges/{things[badge]}/{how}").status_code == 200
    assert admin.send("DELETE", f"/api-keys/{things['key']}").status_code == 200
    stolen, replaced = things["Stolen"], things["Replaced"]
    match = {"If-Match": f'"{admin.get(f"/agents/{stolen.agent_id}").json()["version"]}"'}
    assert admin.post(f"/agents/{stolen.agent_id}/revoke", headers=match).status_code == 200
    code = admin.post(f"/agents/{replaced.agent_id}/code").json()["code"]
    things["new token"] = enrol(admin.client, code).token
    changed(admin, f"/users/{people['ben']}", {"is_active": False})
    changed(admin, f"/users/{people['carl']}", {"access_ends_at": "2199-01-01T00:00:00Z"})


def changed(admin: SignedIn, path: str, change: dict[str, Any]) -> None:
    version = admin.get(path).json()["version"]
    answer = admin.send("PATCH", path, json=change, headers={"If-Match": f'"{version}"'})
    assert answer.status_code == 200, answer.text


def chosen(client: httpx.Client, link: str, password: str) -> httpx.Response:
    """The answer where somebody chooses a password by a link."""
    return client.post(
        "/api/v1/auth/reset-password", json={"token": link.partition("#")[2], "password": f"{password} words together"}
    )


def made_things(admin: SignedIn, people: dict[str, UUID]) -> dict[str, Any]:
    things: dict[str, Any] = {}
    for label in ("lost one", "old one", "good one"):
        badge = {"user_id": str(people["ben"]), "kind": "barcode", "text": f"TEXT-{label}", "label": label}
        things[label] = admin.post("/badges", badge).json()["id"]
    things["key"] = admin.post("/api-keys", {"name": "Excel", "scopes": ["identity.user.read"]}).json()["id"]
    for name in ("Stolen", "Replaced", "Good"):
        things[name] = enrol(admin.client, admin.post("/agents", {"name": name}).json()["code"])
    return things


@pytest.mark.parametrize("is_given_back", [False, True])
def test_what_was_taken_away_stays_away(own: tuple[Settings, Made], tmp_path: Path, is_given_back: bool) -> None:
    settings, made = own
    people = {name: made.add_user(name) for name in ("ben", "carl")}
    with served(settings) as client:
        admin = sign_in(client, made)
        things = made_things(admin, people)
        bens = sign_in(client, made, "ben")
        before = states(made), agents(made)
        backup(settings, tmp_path / "monday")
        taken_back(admin, people, things)
        had = states(made)
    made.databases.dispose()
    taken = TakenAway()
    restore(settings, tmp_path / "monday", None if is_given_back else taken.again)
    if is_given_back:
        assert (states(made), agents(made)) == before
        return
    assert states(made) == had
    assert agents(made) == {"Stolen": "revoked", "Replaced": "revoked", "Good": "enrolled"}
    why = ", for it was enrolled anew since: give it a new code"
    assert sorted(taken.told) == sorted(
        f"{made.code}: {words}"
        for words in (
            "Ben (ben) is deactivated",
            "the access of Carl (carl) ends at 2199-01-01 00:00 UTC",
            "the badge lost one of Ben is lost",
            "the badge old one of Ben is revoked",
            "the API key Excel of Anna is revoked",
            "sessions ended: 1, of Ben",
            "the PC Stolen is revoked",
            f"the PC Replaced is revoked{why}",
        )
    )
    with served(settings) as client:
        for name, status in (("Stolen", 401), ("Replaced", 401), ("Good", 200)):
            sender: Sender = things[name]
            sender.client = client
            assert sender.call("GET", "/roster").status_code == status, name
        refresh = client.post("/api/v1/auth/refresh", json={"refresh_token": bens.refresh_token})
        assert refresh.status_code == 401
        login = {"organization": made.code, "user": "ben", "password": PASSWORD}
        assert client.post("/api/v1/auth/login", json=login).status_code == 401
        made.until_people_are_copied()
        entries = sign_in(client, made).get("/audit-log", params={"table": "badges", "limit": 2}).json()["items"]
        assert {(one["actor_kind"], one["action"]) for one in entries} == {("system", "update")}


def test_people_are_those_of_the_organization_that_took_it_away(own: tuple[Settings, Made], tmp_path: Path) -> None:
    """A practice organization has people of the same ids, whose rows may lie before the real ones."""
    settings, made = own
    people = {name: made.add_user(name) for name in ("ben", "carl")}
    with served(settings) as client:
        admin = sign_in(client, made)
        assert admin.post("/practice-organization").status_code == 201
        for name, id_ in people.items():  # a changed row is a new one, behind its copy
            changed(admin, f"/users/{id_}", {"full_name": name.title() * 2})
        links = [admin.post(f"/users/{id_}/password-reset").json()["link"] for id_ in people.values()]
        backup(settings, tmp_path / "monday")
        changed(admin, f"/users/{people['ben']}", {"is_active": False, "password": "quite another sentence"})
        changed(admin, f"/users/{people['carl']}", {"access_ends_at": "2199-01-01T00:00:00Z"})
        assert chosen(client, links[1], "four").status_code == 204
        had = states(made)
    made.databases.dispose()
    taken = TakenAway()
    restore(settings, tmp_path / "monday", taken.again)
    assert states(made) == had
    assert sorted(taken.told) == [
        f"{made.code}: BenBen (ben) is deactivated",
        f"{made.code}: links to a new password ended: 2, of BenBen, CarlCarl",
        f"{made.code}: the access of CarlCarl (carl) ends at 2199-01-01 00:00 UTC",
    ]


def test_what_cannot_be_read_is_told_and_holds_nothing_up(own: tuple[Settings, Made], tmp_path: Path) -> None:
    settings, made = own
    backup(settings, tmp_path / "monday")
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        session.execute(update(User).values(is_active=False))
    made.databases.dispose()
    _damage(settings)
    taken = TakenAway()
    restore(settings, tmp_path / "monday", taken.again)
    assert [words.partition(" (")[0] for words in taken.told] == [
        "badges: what was taken away since can't be read",
        f"{made.code}: Anna",
    ]


def test_a_new_machine_knows_nothing_of_it(own: tuple[Settings, Made], scratch: Callable[[], Scratch]) -> None:
    settings, _ = own
    empty, restored = make_url(scratch().owner_url), {one: make_url(settings.runtime_url(one)) for one in Database}
    taken = TakenAway()
    taken.again(dict.fromkeys(Database, empty), restored)
    assert (taken.is_known, taken.told) == (False, [])


def _damage(settings: Settings) -> None:
    owner = create_engine(settings.identity_owner_url)
    with owner.begin() as connection:
        connection.execute(text("alter table badges rename to damaged"))
    owner.dispose()
