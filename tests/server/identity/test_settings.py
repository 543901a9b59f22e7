"""What organizations and the server set: who may, what holds, and that each setting does what it says."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from unison_domain.identity.contracts import RoleCode
from unison_domain.identity.setting_contracts import (
    ADDRESS_TRIES,
    COUNTERSIGNED,
    ENDED_DAYS,
    GERMAN_BY_DEFAULT,
    INVITATION_DAYS,
    LOGIN_HISTORY_DAYS,
    PASSWORD_LENGTH,
    PASSWORD_RESET_BY_MAIL,
    PASSWORD_RESET_MINUTES,
    PERSON_FIGURES,
    PIN_TRIES,
    SECOND_FACTOR_OF,
    SESSION_IDLE_DAYS,
    SETTINGS,
    SIGN_IN_TRIES,
    TIME_ZONE,
    Setting,
)
from unison_server.kernel.database import Database, Databases

from tests.server.factories import PASSWORD, Made
from tests.server.serving import SignedIn, sign_in
from tests.server.stations.floor import build


@pytest.fixture
def root(client: httpx.Client, made: Made) -> SignedIn:
    """A superadministrator."""
    made.add_user("root", roles=[RoleCode.SUPERADMIN])
    return sign_in(client, made, "root")


@pytest.fixture
def unset_server(system_databases: Databases) -> Iterator[None]:
    """Nothing is set for the whole server after the test."""
    yield
    with system_databases.identity.begin() as connection:
        connection.execute(text("delete from platform_settings where key like 'setting.%'"))


def listed(person: SignedIn, setting: Setting[Any], path: str = "/settings") -> dict[str, Any]:
    answer = person.get(path)
    assert answer.status_code == 200, answer.text
    return dict(next(one for one in answer.json()["items"] if one["key"] == setting.key))


def put(
    person: SignedIn, setting: Setting[Any], value: Any, version: int = 0, path: str = "/settings"
) -> httpx.Response:
    return person.send("PUT", f"{path}/{setting.key}", json={"value": value}, headers={"If-Match": f'"{version}"'})


def set_to(person: SignedIn, setting: Setting[Any], value: Any) -> None:
    answer = put(person, setting, value, listed(person, setting)["version"])
    assert answer.status_code == 200, answer.text


def test_the_organizations_value_goes_before_the_servers_and_that_before_the_default(
    root: SignedIn, made: Made, unset_server: None
) -> None:
    before = listed(root, PASSWORD_LENGTH)
    assert (before["value"], before["source"], before["own_value"], before["version"]) == (8, "default", None, 0)
    server = put(root, PASSWORD_LENGTH, 10, path="/server-settings").json()
    assert (server["value"], server["own_value"], server["source"], server["version"]) == (10, 10, "server", 1)
    assert (listed(root, PASSWORD_LENGTH)["value"], listed(root, PASSWORD_LENGTH)["source"]) == (10, "server")
    own = put(root, PASSWORD_LENGTH, 12)
    assert (own.json()["value"], own.json()["source"], own.headers["etag"]) == (12, "organization", '"1"')
    path = f"/settings/{PASSWORD_LENGTH.key}"
    cleared = root.send("DELETE", path, headers={"If-Match": '"1"'}).json()
    assert (cleared["value"], cleared["own_value"], cleared["server_value"], cleared["version"]) == (10, None, 10, 2)
    gone = root.send("DELETE", f"/server-settings/{PASSWORD_LENGTH.key}", headers={"If-Match": '"1"'}).json()
    assert (gone["value"], gone["source"], gone["version"]) == (8, "default", 2)


def test_who_may_not_is_told_so(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    made.add_user("ben", roles=[RoleCode.OPERATOR])
    ben = sign_in(client, made, "ben")
    assert ben.get("/settings").status_code == 403
    assert put(ben, PASSWORD_LENGTH, 12).status_code == 403
    assert admin.get("/server-settings").status_code == 403
    assert put(admin, PASSWORD_LENGTH, 12, path="/server-settings").status_code == 403
    only_server = put(admin, ADDRESS_TRIES, 100)
    assert (only_server.status_code, only_server.json()["code"]) == (403, "of_server")
    assert listed(admin, ADDRESS_TRIES)["needs"] == "platform.setting.update"
    assert listed(admin, PASSWORD_LENGTH)["needs"] == "identity.setting.update"


def test_no_other_value_is_taken(admin: SignedIn) -> None:
    for setting, value in (
        (PASSWORD_LENGTH, 7),
        (PASSWORD_LENGTH, 65),
        (PASSWORD_LENGTH, True),
        (PASSWORD_LENGTH, 9.5),
        (PASSWORD_LENGTH, "12"),
        (PASSWORD_LENGTH, None),
        (PASSWORD_RESET_BY_MAIL, 1),
    ):
        refused = put(admin, setting, value)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "value"), value
    unknown = admin.send("PUT", "/settings/identity.nothing", json={"value": 1}, headers={"If-Match": '"0"'})
    assert unknown.status_code == 404
    assert admin.send("PUT", f"/settings/{PIN_TRIES.key}", json={"value": 4}).status_code == 428
    assert put(admin, PASSWORD_LENGTH, 12.0).json()["value"] == 12


def test_of_many_at_once_one_sets_it(admin: SignedIn) -> None:
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda value: put(admin, PIN_TRIES, value), range(4, 9)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    clash = next(answer for answer in answers if answer.status_code == 409).json()
    assert clash["current"]["value"] == listed(admin, PIN_TRIES)["value"]


def test_what_was_set_is_in_the_audit(root: SignedIn, made: Made, unset_server: None) -> None:
    set_to(root, PIN_TRIES, 4)
    assert put(root, PIN_TRIES, 6, path="/server-settings").status_code == 200
    entries = root.get("/audit-log").json()["items"]
    assert ("settings", 4) in {(one["table_name"], (one["new_values"] or {}).get("value")) for one in entries}
    server = next(one for one in entries if one["action"] == "elsewhere")
    assert server["new_values"] == {
        "done": "set for the whole server",
        "setting": PIN_TRIES.key,
        "before": None,
        "after": 6,
    }
    assert server["actor_kind"] == "user"


def test_passwords_are_as_long_as_the_organization_wants(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    set_to(admin, PASSWORD_LENGTH, 20)
    ida = {"username": "ida", "full_name": "Ida", "password": "nineteen characters"}
    refused = admin.post("/users", ida)
    assert (refused.status_code, refused.json()["code"]) == (422, "too_short"), refused.text
    assert refused.json()["errors"][0] == {
        "field": "password",
        "code": "too_short",
        "message": "must have 20 characters or more, not 19",
    }
    link = admin.post("/invitations", {"email": "ida@example.org", "roles": []}).json()["link"]
    assert admin.get("/auth/me").json()["password_length"] == 20, "forms say so"
    shown = client.post("/api/v1/invitations/look-up", json={"token": link.partition("#")[2]}).json()
    assert shown["password_length"] == 20
    accepting = {"token": link.partition("#")[2], "full_name": "Ida", "password": "nineteen characters"}
    assert client.post("/api/v1/invitations/accept", json=accepting).json()["code"] == "too_short"
    longer = {**accepting, "password": "twenty characters it is"}
    assert client.post("/api/v1/invitations/accept", json=longer).status_code == 201


def test_links_are_good_as_long_as_is_set(admin: SignedIn, made: Made) -> None:
    set_to(admin, INVITATION_DAYS, 2)
    invitation = admin.post("/invitations", {"email": "ida@example.org", "roles": []}).json()
    assert within(invitation["created_at"], invitation["expires_at"]) == timedelta(days=2)
    set_to(admin, PASSWORD_RESET_MINUTES, 15)
    user = made.add_user("ben", roles=[])
    link = admin.post(f"/users/{user}/password-reset").json()
    good = datetime.fromisoformat(link["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=10) < good <= timedelta(minutes=15), "who hands it over tells so"
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        statement = "select round(extract(epoch from expires_at - created_at) / 60) from password_resets"
        assert session.execute(text(statement)).scalar_one() == 15


def within(begin: str, end: str) -> timedelta:
    """The time between, to the minute."""
    between = datetime.fromisoformat(end) - datetime.fromisoformat(begin)
    return timedelta(minutes=round(between.total_seconds() / 60))


def test_links_to_new_passwords_go_by_mail_only_where_they_may(
    admin: SignedIn, made: Made, client: httpx.Client
) -> None:
    made.add_user("ben", roles=[], email="ben@example.org")
    set_to(admin, PASSWORD_RESET_BY_MAIL, False)
    asked = {"organization": made.code, "user": "ben"}
    assert client.post("/api/v1/auth/forgot-password", json=asked).status_code == 202
    assert recipients(made) == [None]
    set_to(admin, PASSWORD_RESET_BY_MAIL, True)
    assert client.post("/api/v1/auth/forgot-password", json=asked).status_code == 202
    assert recipients(made) == [None, "ben@example.org"]


def recipients(made: Made) -> list[str | None]:
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        return list(session.execute(text("select recipient from messages order by created_at")).scalars())


def test_a_sign_in_lasts_unused_as_long_as_is_set(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    set_to(admin, SESSION_IDLE_DAYS, 1)
    sign_in(client, made)
    (newest, *_) = admin.get("/auth/sessions", params={"sort": "-created_at"}).json()["items"]
    assert within(newest["created_at"], newest["expires_at"]) == timedelta(days=1)


def test_tries_are_as_many_as_is_set(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    set_to(admin, SIGN_IN_TRIES, 3)
    wrong = {"organization": made.code, "user": "anna", "password": "wrong"}
    answers = [client.post("/api/v1/auth/login", json=wrong).status_code for _ in range(4)]
    assert answers == [401, 401, 401, 429]
    set_to(admin, PIN_TRIES, 3)
    floor, ben = build(admin, made), made.add_user("ben", roles=[RoleCode.OPERATOR])
    said = {"station_id": str(floor.station_id), "user_id": str(ben), "pin": "829461"}
    tried = [floor.sender.call("POST", "/sign-on", json=said).status_code for _ in range(4)]
    assert tried == [403, 403, 403, 429]


def test_an_address_may_try_as_often_as_the_server_says(
    root: SignedIn, client: httpx.Client, unset_server: None, made: Made
) -> None:
    assert put(root, ADDRESS_TRIES, 20, path="/server-settings").status_code == 200
    with made.databases.identity.begin() as connection:
        connection.execute(text(f"set local app.organization_id = '{'0' * 32}'"))
        connection.execute(text("delete from login_attempts"))
    tries = [{"organization": "NOWHERE", "user": f"anna{n}", "password": PASSWORD} for n in range(21)]
    answers = [client.post("/api/v1/auth/login", json=one).status_code for one in tries]
    assert answers == [401] * 20 + [429]
    with made.databases.identity.begin() as connection:
        connection.execute(text(f"set local app.organization_id = '{'0' * 32}'"))
        connection.execute(text("delete from login_attempts"))


def test_every_setting_is_tried_here() -> None:
    tried: set[Setting[Any]] = {
        *(PASSWORD_LENGTH, PASSWORD_RESET_BY_MAIL, PASSWORD_RESET_MINUTES, INVITATION_DAYS),
        *(SESSION_IDLE_DAYS, SIGN_IN_TRIES, PIN_TRIES, ADDRESS_TRIES),
        *COUNTERSIGNED.values(),  # in `stations/test_overrides.py`
        SECOND_FACTOR_OF,  # in test_demanded_factors.py
        GERMAN_BY_DEFAULT,  # in test_languages.py
        TIME_ZONE,  # in test_imported_badges.py
        *(LOGIN_HISTORY_DAYS, ENDED_DAYS),  # in test_retention.py
        PERSON_FIGURES,  # in `codes/test_scans.py`
    }
    assert {setting.key for setting in tried} == set(SETTINGS)
