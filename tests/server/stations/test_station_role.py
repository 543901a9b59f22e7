"""The system role `station`: exactly what the token of a station's PC may, and nobody is given it."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from unison_domain.identity.contracts import RoleCode
from unison_domain.identity.device_rights import DeviceRight
from unison_server.identity import roles
from unison_server.kernel.access import Requirement
from unison_server.kernel.database import Database
from unison_server.kernel.permissions import DEVICE, known_permissions

from tests.server.factories import Made
from tests.server.identity.test_roles import give, made_role
from tests.server.kernel.test_route import routes_of
from tests.server.serving import SignedIn, sign_in
from tests.server.stations.floor import Floor

STATION = RoleCode.STATION


def own_routes(app: FastAPI) -> dict[str, set[str]]:
    """Endpoints under `/stations/me`, each with the rights it asks for."""
    return {
        f"{'/'.join(route.methods or ())} {route.path}": {
            one.dependency.permission for one in route.dependencies if isinstance(one.dependency, Requirement)
        }
        for route in routes_of(app)
        if "/stations/me" in route.path or "/stations/me" in str(route.dependant.path)
    }


def test_every_endpoint_of_stations_asks_for_one_right_of_the_role_and_no_right_is_for_nothing(app: FastAPI) -> None:
    asked = own_routes(app)
    assert {route: len(rights) for route, rights in asked.items() if len(rights) != 1} == {}
    heard = {DeviceRight.HEAR_COMMANDS}
    assert set().union(heard, *asked.values()) == set(roles.permissions_of([STATION])) == set(DeviceRight)


def test_no_other_role_and_no_pattern_gives_what_stations_may(client: httpx.Client) -> None:
    others = roles.permissions_of(code for code in RoleCode if code is not STATION)
    assert not any(permission.startswith(DEVICE) for permission in others)
    assert known_permissions() == others | roles.permissions_of_stations()


def test_a_token_may_what_the_role_says_and_no_more(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    assert floor.sender.call("GET", "/roster").status_code == 200
    less = tuple(right for right in DeviceRight if right is not DeviceRight.READ_ROSTER)
    monkeypatch.setattr(roles, "ROLES", {**roles.ROLES, STATION: replace(roles.ROLES[STATION], grants=less)})
    refused = floor.sender.call("GET", "/roster")
    assert (refused.status_code, refused.json()["code"]) == (403, "agents_only")
    assert floor.sender.call("GET", "/commands").status_code == 200


def test_nobody_is_given_the_role(admin: SignedIn, made: Made) -> None:
    ben = made.add_user("ben", roles=[])
    for answer in (
        give(admin, ben, STATION),
        admin.post("/users", {"username": "carl", "full_name": "Carl", "roles": [STATION]}),
        admin.post("/invitations", {"email": "carl@example.org", "roles": [STATION]}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "device_role"), answer.text
    assert admin.get(f"/users/{ben}").json()["roles"] == []


def test_the_database_lets_nobody_have_it(made: Made) -> None:
    ben = made.add_user("ben", roles=[])
    row = "insert into user_roles (organization_id, id, user_id, role) values (:o, gen_random_uuid(), :u, 'station')"
    with (
        pytest.raises(IntegrityError, match="ck_user_roles_role"),
        made.databases.session(Database.IDENTITY, made.scope) as session,
    ):
        session.execute(text(row), {"o": made.id, "u": ben})


def test_an_organization_makes_and_changes_no_role_of_that_name(admin: SignedIn) -> None:
    taken = admin.post("/roles", {"code": STATION, "name": "Ours", "permissions": []})
    assert (taken.status_code, taken.json()["code"]) == (409, "taken")
    refused = admin.post("/roles", {"code": "mine", "name": "Mine", "permissions": [DeviceRight.SEND_EVENTS]})
    assert (refused.status_code, refused.json()["code"]) == (422, "no_such")
    assert made_role(admin)["is_device"] is False
    (listed,) = [one for one in admin.get("/roles").json()["items"] if one["is_device"]]
    assert (listed["code"], listed["is_system"], set(listed["permissions"])) == (STATION, True, set(DeviceRight))


def test_people_and_keys_of_administrators_are_no_stations(client: httpx.Client, made: Made) -> None:
    made.add_user("root", roles=[RoleCode.SUPERADMIN])
    root = sign_in(client, made, "root")
    assert root.get("/stations/me/commands").json()["code"] == "agents_only"
    key = root.post("/api-keys", {"name": "bridge", "scopes": [DeviceRight.READ_COMMANDS]})
    assert key.status_code == 422
