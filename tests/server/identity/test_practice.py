"""The practice organization: a copy of masters and people, apart from the real one, made anew in one go."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy import text
from unison_domain.identity.contracts import RoleCode
from unison_server.app import FORGETTING
from unison_server.identity import api_keys
from unison_server.identity.opaque_tokens import hash_of, new_token
from unison_server.identity.practice import practice_of
from unison_server.identity.practice_retirement import AFTER, PracticeRetirement
from unison_server.identity.queries import organization_id
from unison_server.identity.tables import ApiKey, Organization
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.keys import new_id
from unison_server.kernel.scope import Scope
from unison_server.kernel.settings import Settings

from tests.benchmarks.victim import BASES, fill
from tests.server.conftest import Scratch
from tests.server.factories import PASSWORD, Made, make_organization
from tests.server.identity.test_organizations import until_answered
from tests.server.kernel.catalogue import WITHOUT_ORGANIZATION
from tests.server.kernel.rows import import_tables
from tests.server.listening import listening
from tests.server.serving import SignedIn, sign_in
from tests.server.stations.floor import build

PATH = "/practice-organization"
OTHER = "another horse entirely"


def made_practice(admin: SignedIn) -> dict[str, Any]:
    answer = admin.post(PATH)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def reset(admin: SignedIn, version: int) -> httpx.Response:
    return admin.post(f"{PATH}/reset", headers={"If-Match": f'"{version}"'})


def go(person: SignedIn) -> SignedIn:
    """The same person, in the practice organization."""
    answer = person.post(f"{PATH}/sign-in", {"client": "Test"})
    assert answer.status_code == 200, answer.text
    return SignedIn(person.client, answer.json()["access_token"], answer.json()["refresh_token"])


def as_made(made: Made, practice: dict[str, Any]) -> Made:
    """It, as tests know organizations."""
    id_ = UUID(practice["id"])
    return Made(id_, practice["code"], Scope(id_), made.databases)


def names(person: SignedIn, path: str, field: str = "code") -> list[str]:
    return sorted(one[field] for one in person.get(path).json()["items"])


def rows(databases: Databases, organization: UUID, statement: str) -> list[Any]:
    with databases.session(Database.IDENTITY, Scope(organization)) as session:
        return [tuple(row) for row in session.execute(text(statement))]


def test_masters_and_people_are_copied_and_what_lets_somebody_in_is_not(
    admin: SignedIn, made: Made, client: httpx.Client
) -> None:
    build(admin, made)
    made.add_user("root", roles=[RoleCode.SUPERADMIN, RoleCode.ADMIN], email="root@example.org")
    role = {"code": "night", "name": "Night", "permissions": ["sites.plant.read"]}
    assert admin.post("/roles", role).status_code == 201
    practice = made_practice(admin)
    assert (practice["code"], practice["practice_of"]) == (f"{made.code}-PRACTICE", str(made.id))
    there = go(admin)
    me = there.get("/auth/me").json()
    assert (me["organization_id"], me["is_practice"], me["username"]) == (practice["id"], True, "anna")
    assert admin.get("/auth/me").json()["is_practice"] is False
    for path, field in (("/plants", "code"), ("/machines", "machine_code"), ("/stations", "code"), ("/roles", "code")):
        assert names(there, path, field) == names(admin, path, field) != []
    assert [one["agent_id"] for one in there.get("/stations").json()["items"]] == [None]
    for path in ("/agents", "/devices", "/tags", "/peripherals", "/api-keys"):
        assert there.get(path).json()["items"] == [], path
    copied = rows(made.databases, UUID(practice["id"]), "select username, hashed_password, email from users order by 1")
    assert copied == [("anna", None, None), ("root", None, None)]
    assert rows(made.databases, UUID(practice["id"]), "select role from user_roles") == [("admin",)] * 2
    login = {"organization": practice["code"], "user": "anna", "password": PASSWORD}
    assert client.post("/api/v1/auth/login", json=login).status_code == 401
    assert names(there, "/users?q=roo", "username") == ["root"]
    told = admin.get("/audit-log", params={"action": "elsewhere"}).json()["items"]
    assert {one["new_values"]["done"] for one in told} == {
        "copied masters to its practice organization",
        "made its practice organization",
        "signed in to its practice organization",
    }


def test_who_practises_has_a_pin_and_no_password(admin: SignedIn, made: Made) -> None:
    practice = made_practice(admin)
    there = go(admin)
    id_ = there.get("/auth/me").json()["id"]
    assert there.post("/pin", {"password": "anything", "pin": "8317"}).status_code == 204
    has_pin = rows(made.databases, UUID(practice["id"]), "select user_id from person_pins")
    assert has_pin == [(UUID(id_),)]
    badge = there.post("/badges", {"user_id": id_, "kind": "barcode", "text": "ANNA-1"}).json()
    lost = there.post(f"/badges/{badge['id']}/lost", {"own_password": "anything"})
    assert (lost.status_code, lost.json()["state"]) == (200, "lost")
    for path, rest in (("/auth/change-password", {"new_password": OTHER}), ("/mfa/totp", {})):
        refused = there.post(path, {"password": PASSWORD, **rest})
        assert (refused.status_code, refused.json()["code"]) == (409, "is_practice"), path
    assert there.post("/pin/remove", {"password": "anything"}).status_code == 204
    tried = there.get("/login-history").json()["items"]
    assert {one["outcome"] for one in tried} == {"signed_in"}
    assert admin.post("/pin", {"password": "anything", "pin": "8317"}).status_code == 403


def test_what_rests_below_what_is_out_of_use_rests_there_too(admin: SignedIn, made: Made) -> None:
    plant = {"code": "OLD", "name": "Old works", "time_zone": "Europe/Berlin"}
    id_ = admin.post("/plants", plant).json()["id"]
    line = admin.post("/work-centers", {"plant_id": id_, "code": "L1", "name": "Line 1"}).json()["id"]
    machine = {"plant_id": id_, "work_center_id": line, "machine_code": "M1", "name": "Mill"}
    assert admin.post("/machines", machine).status_code == 201
    for path in (f"/work-centers/{line}", f"/plants/{id_}"):
        gone = admin.send("DELETE", path, headers={"If-Match": admin.get(path).headers["ETag"]})
        assert gone.status_code == 200, gone.text
    made_practice(admin)
    there = go(admin)
    in_use = {
        path: [one["is_active"] for one in there.get(path).json()["items"] if one["id"] in (id_, line)]
        for path in ("/plants", "/work-centers")
    }
    assert in_use == {"/plants": [False], "/work-centers": [False]}
    assert [one["is_active"] for one in there.get("/machines").json()["items"]] == [True]


def test_what_is_done_there_is_not_done_here(admin: SignedIn, made: Made) -> None:
    floor = build(admin, made)
    practice = made_practice(admin)
    there = go(admin)
    plant = next(one for one in there.get("/plants").json()["items"] if one["id"] == str(floor.plant_id))
    changed = {"name": "Renamed in practice"}
    seen = {"If-Match": f'"{plant["version"]}"'}
    assert there.send("PATCH", f"/plants/{plant['id']}", json=changed, headers=seen).status_code == 200
    assert admin.get(f"/plants/{plant['id']}").json()["name"] != "Renamed in practice"
    agent = there.post("/agents", {"name": "Practice PC"})
    assert agent.json()["code"].startswith(f"{practice['code']}-")
    assert names(admin, "/agents", "name") == [floor_agent(admin)]
    assert names(there, "/agents", "name") == ["Practice PC"]


def floor_agent(admin: SignedIn) -> str:
    (only,) = admin.get("/agents").json()["items"]
    return str(only["name"])


def test_its_stations_say_that_they_practise(admin: SignedIn, made: Made) -> None:
    practice = as_made(made, made_practice(admin))
    real = build(admin, made)
    assert real.sender.call("GET", "/roster").json()["is_practice"] is False
    floor = build(go(admin), practice)
    assert floor.sender.call("GET", "/roster").json()["is_practice"] is True


def test_its_stations_name_nobody_whom_the_real_one_does_not_let_in(admin: SignedIn, made: Made) -> None:
    ben = made.add_user("ben")
    practice = as_made(made, made_practice(admin))
    there = go(admin)
    floor = build(there, practice)
    assert there.post("/badges", {"user_id": str(ben), "kind": "barcode", "text": "BEN-BADGE"}).status_code == 201
    assert there.send("PUT", f"/users/{ben}/pin", json={"pin": "7391"}).status_code == 204
    told = floor.sender.call("GET", "/roster").json()
    (badge,) = told["badges"]
    assert ([one["name"] for one in told["people"]], badge["user_id"]) == (["Ben"], str(ben))
    shown = ({"badge": badge["hash"]}, {"user_id": str(ben), "pin": "7391"})
    said = [{"station_id": str(floor.station_id), **one} for one in shown]
    assert [floor.sender.call("POST", "/sign-on", json=one).status_code for one in said] == [200, 200]
    assert changed(admin, ben, "DELETE").status_code == 200
    told = floor.sender.call("GET", "/roster").json()
    assert (told["people"], [one["user_id"] for one in told["badges"]]) == ([], [None])
    refused = [floor.sender.call("POST", "/sign-on", json=one) for one in said]
    assert [(one.status_code, one.json()["code"]) for one in refused] == [(403, "inactive")] * 2


def test_made_anew_everything_is_as_it_was_and_nobody_is_left_in(admin: SignedIn, made: Made) -> None:
    made.add_plant("REAL")
    practice = made_practice(admin)
    there = go(admin)
    floor = build(there, as_made(made, practice))
    assert len(names(there, "/plants")) == 2
    assert reset(admin, practice["version"] + 1).json()["code"] == "version_clash"
    assert admin.post(f"{PATH}/reset").status_code == 428
    anew = reset(admin, practice["version"])
    assert (anew.status_code, anew.json()["code"]) == (200, practice["code"]), anew.text
    assert anew.json()["id"] != practice["id"]
    assert until_out(there)
    until_answered(floor, 401)
    told = floor.sender.call("GET", "/roster").json()
    assert told["code"] == "organization_inactive"
    assert "practice that was made anew" in told["detail"], "nobody can make the former one active again"
    assert go(admin).get(PATH).json()["detail"] == "This is a practice organization already: go to the real one"
    assert names(go(admin), "/plants") == names(admin, "/plants")
    assert admin.get(PATH).json()["id"] == anew.json()["id"]


def until_out(person: SignedIn) -> bool:
    deadline = datetime.now(UTC) + timedelta(minutes=1)
    while person.get("/auth/me").status_code != 401:
        assert datetime.now(UTC) < deadline, "still let in"
    return True


def test_there_is_one_and_of_two_at_once_one_makes_it(admin: SignedIn, made: Made) -> None:
    assert admin.get(PATH).status_code == 404
    assert reset(admin, 1).status_code == 404
    assert admin.post(f"{PATH}/sign-in", {}).status_code == 404
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: admin.post(PATH), range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    version = admin.get(PATH).json()["version"]
    with ThreadPoolExecutor(3) as pool:
        again = list(pool.map(lambda _: reset(admin, version), range(3)))
    assert sorted(answer.status_code for answer in again).count(200) >= 1
    active = "select count(*) from organizations where is_active and practice_of is not null and practice_of ="
    assert rows(made.databases, made.id, f"{active} '{made.id}'") == [(1,)]
    inside = go(admin).post(PATH)
    assert (inside.status_code, inside.json()["code"]) == (409, "is_practice")


def test_who_may_not_make_it_may_go_there_and_has_no_more_rights(
    admin: SignedIn, made: Made, client: httpx.Client
) -> None:
    made.add_user("ben", roles=[RoleCode.OPERATOR])
    practice = made_practice(admin)
    ben = sign_in(client, made, "ben")
    assert ben.post(PATH).status_code == 403
    assert reset(ben, practice["version"]).status_code == 403
    assert go(ben).get("/auth/me").json()["roles"] == ["operator"]
    made.add_user("late", roles=[RoleCode.OPERATOR])
    late = sign_in(client, made, "late").post(f"{PATH}/sign-in", {})
    assert (late.status_code, late.json()["parameters"]["thing"]) == (404, "user")


Leaving = Callable[[SignedIn, SignedIn, UUID], httpx.Response]


def changed(admin: SignedIn, user_id: UUID, method: str, said: dict[str, Any] | None = None) -> httpx.Response:
    seen = {"If-Match": admin.get(f"/users/{user_id}").headers["etag"]}
    return admin.send(method, f"/users/{user_id}", headers=seen, json=said)


def end_session(admin: SignedIn, user_id: UUID) -> httpx.Response:
    live = admin.get("/sessions", params={"user_id": str(user_id), "is_live": True}).json()["items"]
    return [admin.send("DELETE", f"/sessions/{one['id']}") for one in live][-1]


@pytest.mark.parametrize(
    "leave",
    [
        pytest.param(lambda admin, _, ben: changed(admin, ben, "DELETE"), id="deactivated"),
        pytest.param(lambda admin, _, ben: changed(admin, ben, "PATCH", {"password": OTHER}), id="another password"),
        pytest.param(lambda admin, _, ben: end_session(admin, ben), id="session ended"),
        pytest.param(
            lambda _, real, __: real.client.post("/api/v1/auth/logout", json={"refresh_token": real.refresh_token}),
            id="signed out",
        ),
    ],
)
def test_who_is_out_of_the_real_one_practises_no_more(
    admin: SignedIn, made: Made, client: httpx.Client, leave: Leaving
) -> None:
    ben = made.add_user("ben")
    made_practice(admin)
    real = sign_in(client, made, "ben")
    there, staying = go(real), go(admin)
    assert there.get("/users").status_code == 200
    with listening(there) as listener:
        listener.next()
        assert leave(admin, real, ben).is_success
        while listener.next() is not None:
            pass
    assert until_out(there)
    refused = client.post("/api/v1/auth/refresh", json={"refresh_token": there.refresh_token})
    assert (refused.status_code, refused.json()["code"]) == (401, "session_ended")
    assert staying.get("/auth/me").status_code == 200


def test_nothing_made_there_lets_anybody_in(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    ben = made.add_user("ben")
    practice = as_made(made, made_practice(admin))
    there = go(sign_in(client, made, "ben"))
    for path, said in (
        ("/api-keys", {"name": "Back door", "scopes": ["sites.plant.read"]}),
        ("/users", {"username": "eve", "full_name": "Eve", "roles": ["admin"]}),
        ("/invitations", {"email": "eve@example.org", "roles": ["admin"]}),
        (f"/users/{ben}/password-reset", {}),
    ):
        refused = there.post(path, said)
        assert (refused.status_code, refused.json()["code"]) == (409, "is_practice"), (path, refused.text)
    refused = changed(there, ben, "PATCH", {"password": OTHER})
    assert (refused.status_code, refused.json()["code"]) == (409, "is_practice")
    with made.databases.session(Database.IDENTITY, practice.scope) as session:
        kept = {"hashed": a_hash(made, ben), "id": ben}
        session.execute(text("update users set hashed_password = :hashed where id = :id"), kept)
        secret = new_token(api_keys.KIND, practice.id)
        kept = {"token_hash": hash_of(secret), "ending": secret[-4:], "scopes": ["sites.plant.read"]}
        session.add(ApiKey(user_id=ben, name="Old", requests_per_minute=60, **kept))
    login = {"organization": practice.code, "user": "ben", "password": PASSWORD}
    assert client.post("/api/v1/auth/login", json=login).json()["code"] == "login_failed"
    assert SignedIn(client, secret, "").get("/plants").json()["code"] == "token_invalid"


def a_hash(made: Made, user_id: UUID) -> str:
    ((hashed,),) = rows(made.databases, made.id, f"select hashed_password from users where id = '{user_id}'")
    return str(hashed)


def test_a_real_one_that_rests_takes_its_practice_with_it(
    admin: SignedIn, made: Made, client: httpx.Client, databases: Databases, system_databases: Databases
) -> None:
    practice = made_practice(admin)
    there = go(admin)
    other = make_organization(databases, system_databases)
    other.add_user("root", roles=[RoleCode.SUPERADMIN])
    root = sign_in(client, other, "root")
    seen = {"If-Match": f'"{practice["version"]}"'}
    alone = root.send("DELETE", f"/organizations/{practice['id']}", headers=seen)
    assert (alone.status_code, alone.json()["code"]) == (409, "is_practice")
    assert root.send("DELETE", f"/organizations/{made.id}", headers={"If-Match": '"1"'}).status_code == 200
    assert until_out(there)


def test_what_is_left_of_former_ones_is_deleted(
    admin: SignedIn, made: Made, settings: Settings, databases: Databases, system_databases: Databases
) -> None:
    import_tables()
    first = UUID(made_practice(admin)["id"])
    fill(system_databases, first)
    version = admin.get(PATH).json()["version"]
    assert reset(admin, version).status_code == 200
    (chore,) = [chore for chore in FORGETTING if isinstance(chore, PracticeRetirement)]
    chore(settings, system_databases, datetime.now(UTC))
    assert left_of(system_databases, first) != {}
    chore(settings, system_databases, datetime.now(UTC) + AFTER + timedelta(minutes=1))
    assert left_of(system_databases, first) == {}
    with databases.session(Database.IDENTITY, made.scope) as session:
        kept = practice_of(session)
        assert kept is not None
    assert left_of(system_databases, kept.id) != {}
    assert left_of(system_databases, made.id) != {}


def test_who_leaves_the_organization_out_still_means_the_real_one(migrated: Callable[[Database], Scratch]) -> None:
    database = migrated(Database.IDENTITY)
    engine = sa.create_engine(database.owner_url)
    real, practice = new_id(), new_id()
    with engine.begin() as connection:
        made = {"id": real, "code": "ACME", "name": "Acme"}
        connection.execute(sa.insert(Organization), [made])
        connection.execute(sa.insert(Organization), [{**made, "id": practice, "code": "P", "practice_of": real}])
    assert organization_id(engine, None) == (real, False)
    assert organization_id(engine, "p") == (practice, False)
    engine.dispose()


def left_of(system: Databases, organization: UUID) -> dict[str, int]:
    """How many rows there are of it, by table."""
    counts = {}
    for database, base in BASES.items():
        with system.engine_for(database).connect() as connection:
            for table in base.metadata.sorted_tables:
                if table.name not in WITHOUT_ORGANIZATION:
                    mine = sa.select(sa.func.count()).select_from(table).where(table.c.organization_id == organization)
                    counts[f"{database}.{table.name}"] = connection.scalar(mine) or 0
    return {name: count for name, count in counts.items() if count}


def test_one_that_was_never_finished_lets_nobody_in(
    admin: SignedIn, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr("unison_server.identity.practice.Practice._finish", die)
    assert admin.post(PATH).status_code == 500
    monkeypatch.undo()
    assert admin.get(PATH).status_code == 404
    unfinished = f"select count(*) from organizations where practice_of = '{made.id}' and not is_active"
    assert rows(made.databases, made.id, unfinished) == [(1,)]
    assert made_practice(admin)["is_active"] is True
