"""Badges: kept as keyed hashes, each naming one person at most, and told to stations as a list."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text
from unison_domain.identity.badge_contracts import Roster
from unison_domain.identity.badge_text import badge_hash
from unison_domain.identity.contracts import RoleCode
from unison_server.identity.tables import User
from unison_server.kernel.database import Database, Databases

from tests.server.factories import PASSWORD, Made, make_organization
from tests.server.identity.test_sign_in import outcomes
from tests.server.serving import SignedIn, sign_in
from tests.server.stations.floor import Floor, build

LATER = "2199-01-01T00:00:00Z"
TEXT = "BADGE-0815"


@pytest.fixture
def floor(admin: SignedIn, made: Made) -> Floor:
    return build(admin, made)


@pytest.fixture
def ben(made: Made, floor: Floor) -> UUID:
    """Somebody who works in the plant."""
    return made.add_user("ben", roles=[RoleCode.OPERATOR], writes=[floor.plant_id])


def issue(admin: SignedIn, user: UUID, written: str = TEXT, **fields: Any) -> httpx.Response:
    return admin.post("/badges", {"user_id": str(user), "kind": "barcode", "text": written, **fields})


def issued(admin: SignedIn, user: UUID, written: str = TEXT, **fields: Any) -> dict[str, Any]:
    answer = issue(admin, user, written, **fields)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def find(admin: SignedIn, written: str) -> httpx.Response:
    return admin.post("/badges/find", {"text": written})


def roster(floor: Floor) -> Roster:
    answer = floor.sender.call("GET", "/roster")
    assert answer.status_code == 200, answer.text
    return Roster.model_validate(answer.json())


def named(roster: Roster, written: str) -> str | None:
    """Whom a station would name."""
    hashed = badge_hash(bytes.fromhex(roster.key), written)
    names = {person.id: person.name for person in roster.people}
    return next((names[badge.user_id] for badge in roster.badges if badge.hash == hashed and badge.user_id), None)


def expire(made: Made, badge: dict[str, Any]) -> None:
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        statement = "update badges set created_at = now() - interval '2 days', expires_at = now() where id = :id"
        session.execute(text(statement), {"id": badge["id"]})


def refused_pin(floor: Floor, user: UUID, pin: str, status: int, code: str) -> httpx.Response:
    answer = sign_on(floor, user_id=str(user), pin=pin)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return answer


def sign_on(floor: Floor, **said: Any) -> httpx.Response:
    return floor.sender.call("POST", "/sign-on", json={"station_id": str(floor.station_id), **said})


def test_a_badge_is_found_however_it_was_read(admin: SignedIn, ben: UUID) -> None:
    badge = issued(admin, ben, label="17")
    assert (badge["user_name"], badge["state"], badge["has_expired"]) == ("Ben", "active", False)
    for read in (TEXT, f" {TEXT} ", f"]C0{TEXT}", TEXT.lower()):
        assert find(admin, read).json() == badge
    assert find(admin, "BADGE-0816").json()["code"] == "badge_unknown"
    (listed,) = admin.get("/badges", params={"user_id": str(ben), "is_valid": True}).json()["items"]
    assert listed == badge


def test_nobody_reads_what_is_written_on_it(admin: SignedIn, made: Made, ben: UUID) -> None:
    issued(admin, ben)
    admin.send("PUT", f"/users/{ben}/pin", json={"pin": "829461"})
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        hashed = session.execute(text("select text_hash from badges")).scalar_one()
        for table in ("badges", "person_pins", "audit_logs", "idempotency_keys", "outbox", "events", "login_history"):
            kept = session.execute(text(f"select coalesce(json_agg(t)::text, '') from {table} t")).scalar_one()
            assert TEXT not in kept
            assert "829461" not in kept
            assert table == "badges" or hashed not in kept
    assert hashed not in admin.get("/badges").text


def test_the_same_text_is_hashed_otherwise_elsewhere(
    admin: SignedIn, made: Made, ben: UUID, floor: Floor, system_databases: Databases
) -> None:
    issued(admin, ben)
    other = make_organization(made.databases, system_databases)
    other.add_user("anna")
    theirs = build(sign_in(admin.client, other), other)
    issued(theirs.admin, other.add_user("eve"))
    assert {badge.hash for badge in roster(floor).badges}.isdisjoint(badge.hash for badge in roster(theirs).badges)


def test_two_have_no_badge_in_common(admin: SignedIn, made: Made, ben: UUID, floor: Floor) -> None:
    eve = made.add_user("eve", roles=[RoleCode.OPERATOR], writes=[floor.plant_id])
    issued(admin, ben)
    refused = issue(admin, eve, TEXT.lower())
    assert (refused.status_code, refused.json()["code"]) == (409, "taken")
    assert "Ben" in refused.json()["detail"]
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda user: issue(admin, user, "TWICE-1").status_code, [ben, eve] * 4))
    assert sorted(given) == [201] + [409] * 7


@pytest.mark.parametrize("verb", ["lost", "revoke"])
def test_a_badge_that_ends_names_nobody_and_its_text_can_be_given_again(
    admin: SignedIn, made: Made, ben: UUID, floor: Floor, verb: str
) -> None:
    badge = issued(admin, ben)
    assert named(roster(floor), TEXT) == "Ben"
    ended = admin.post(f"/badges/{badge['id']}/{verb}").json()
    assert ended["state"] == {"lost": "lost", "revoke": "revoked"}[verb]
    assert admin.post(f"/badges/{badge['id']}/revoke").json() == ended, "what has ended stays so"
    (listed,) = roster(floor).badges
    assert (listed.user_id, str(listed.state)) == (None, ended["state"])
    issued(admin, made.add_user("eve", roles=[RoleCode.OPERATOR], writes=[floor.plant_id]))
    assert named(roster(floor), TEXT) == "Eve"
    assert find(admin, TEXT).json()["user_name"] == "Eve"


def test_a_day_badge_is_given_to_the_next_when_its_day_is_over(
    admin: SignedIn, made: Made, ben: UUID, floor: Floor
) -> None:
    badge = issued(admin, ben, expires_at=LATER)
    assert [one.ends_at.year for one in roster(floor).badges if one.ends_at] == [2199]
    expire(made, badge)
    assert admin.get("/badges", params={"is_valid": False}).json()["items"][0]["has_expired"]
    assert named(roster(floor), TEXT) is None
    issued(admin, made.add_user("eve", roles=[RoleCode.OPERATOR], writes=[floor.plant_id]), expires_at=LATER)
    assert named(roster(floor), TEXT) == "Eve"


def test_who_is_let_in_no_more_is_named_no_more(admin: SignedIn, ben: UUID, floor: Floor) -> None:
    issued(admin, ben)
    version = admin.get(f"/users/{ben}").headers["etag"]
    assert admin.send("DELETE", f"/users/{ben}", headers={"If-Match": version}).status_code == 200
    assert named(roster(floor), TEXT) is None
    assert roster(floor).people == ()
    answer = issue(admin, ben, "ANOTHER-1")
    assert (answer.status_code, answer.json()["code"]) == (422, "inactive")


def test_people_of_one_name_are_told_apart_by_their_number_or_user_name(
    admin: SignedIn, made: Made, ben: UUID, floor: Floor
) -> None:
    ids = [made.add_user(name, roles=[RoleCode.OPERATOR], writes=[floor.plant_id]) for name in ("eva", "eve", "far")]
    south = made.add_user("south", roles=[RoleCode.OPERATOR], writes=[made.add_plant("SOUTH")])
    for number, id_ in enumerate((ben, *ids, south)):
        issued(admin, id_, f"BADGE-{number}")
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        for id_, name, code in (
            (ids[0], "Eve  Meyer", "E-1"),
            (ids[1], "eve meyer", None),
            (ids[2], "Ben Otto", "E-3"),
        ):
            person = session.need(User, id_, "user")
            person.full_name, person.employee_code = name, code
        session.need(User, south, "user").full_name = "Ben Otto"
    known = {person.id: person.told_apart_by for person in roster(floor).people}
    assert known == {ben: None, ids[0]: "E-1", ids[1]: "eve", ids[2]: None}, "nobody elsewhere is told of"


def test_nobody_hands_out_badges_of_people_with_more_rights(admin: SignedIn, made: Made) -> None:
    role = {"code": "desk", "name": "Front desk", "permissions": ["identity.badge.create", "identity.badge.read"]}
    assert admin.post("/roles", role).status_code == 201
    made.add_user("desk", roles=[])
    desk = admin.get("/users", params={"q": "desk"}).json()["items"][0]
    version = admin.get(f"/users/{desk['id']}").headers["etag"]
    body = {"role": "desk"}
    assert admin.send("POST", f"/users/{desk['id']}/assign-role", json=body, headers={"If-Match": version}).is_success
    anna = admin.get("/auth/me").json()["id"]
    clerk = sign_in(admin.client, made, "desk")
    assert issue(clerk, UUID(anna)).json()["code"] == "beyond_own_rights"
    assert issue(clerk, made.add_user("guest", roles=[])).status_code == 201
    assert clerk.get("/sign-on-rules").status_code == 200
    assert clerk.send("PUT", "/sign-on-rules", json={"roster_hours": 1}).status_code == 403


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"text": "123"}, "invalid"), ({"text": "   ab "}, "invalid"), ({"expires_at": "2020-01-01T00:00:00Z"}, "past")],
)
def test_what_is_no_badge_is_told(admin: SignedIn, ben: UUID, fields: dict[str, Any], code: str) -> None:
    answer = admin.post("/badges", {"user_id": str(ben), "kind": "rfid", "text": TEXT, **fields})
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text


def test_an_unchanged_list_is_not_sent_again(admin: SignedIn, ben: UUID, floor: Floor) -> None:
    version = floor.sender.call("GET", "/configuration").json()["version"]
    first = floor.sender.call("GET", "/roster")
    known = {"If-None-Match": first.headers["ETag"]}
    assert floor.sender.call("GET", "/roster", headers=known).status_code == 304
    issued(admin, ben)
    assert floor.sender.call("GET", "/roster", headers=known).status_code == 200
    assert floor.sender.call("GET", "/configuration").json()["version"] == version
    assert admin.get("/badges").status_code == 200
    assert admin.client.get("/api/v1/stations/me/roster").status_code == 401
    assert admin.get("/stations/me/roster").json()["code"] == "agents_only"


def test_the_rules_come_with_the_list(admin: SignedIn, floor: Floor) -> None:
    assert admin.get("/sign-on-rules").json() == {"version": 1, "roster_hours": 24, "idle_minutes": 60}
    wanted = {"roster_hours": 8, "idle_minutes": 5}
    seen = {"If-Match": '"1"'}
    assert admin.send("PUT", "/sign-on-rules", json=wanted, headers=seen).json() == {"version": 2, **wanted}
    late = admin.send("PUT", "/sign-on-rules", json={"roster_hours": 1}, headers=seen)
    assert (late.status_code, late.json()["code"]) == (409, "version_clash"), "the second of two is told"
    assert late.json()["current"] == {"version": 2, **wanted}
    assert (roster(floor).roster_seconds, roster(floor).idle_seconds) == (8 * 3600, 300)
    assert admin.send("PUT", "/sign-on-rules", json={"roster_hours": 0}).status_code == 422


def test_a_badge_is_verified_at_the_server(admin: SignedIn, made: Made, ben: UUID, floor: Floor) -> None:
    badge = issued(admin, ben, expires_at=LATER)
    key = bytes.fromhex(roster(floor).key)
    signed = sign_on(floor, badge=badge_hash(key, TEXT)).json()
    assert (signed["user_id"], signed["name"], signed["ends_at"]) == (str(ben), "Ben", LATER)
    assert sign_on(floor, badge=badge_hash(key, "OTHER")).json()["code"] == "badge_unknown"
    admin.post(f"/badges/{badge['id']}/lost")
    assert sign_on(floor, badge=badge_hash(key, TEXT)).json()["code"] == "badge_lost"
    assert outcomes(made) == ["signed_in", "signed_in", "wrong", "wrong"]
    attempts = admin.get("/login-history", params={"user_id": str(ben)}).json()["items"]
    assert {one["station_code"] for one in attempts} == {"S1"}


def test_a_pin_is_checked_and_its_tries_are_counted(admin: SignedIn, made: Made, ben: UUID, floor: Floor) -> None:
    assert admin.send("PUT", f"/users/{ben}/pin", json={"pin": "4711"}).status_code == 204
    (person,) = roster(floor).people
    assert (person.name, person.has_pin) == ("Ben", True)
    refused_pin(floor, ben, "4712", 403, "pin_wrong")
    assert sign_on(floor, user_id=str(ben), pin="4711").json()["name"] == "Ben"
    for _ in range(5):
        refused_pin(floor, ben, "0000", 403, "pin_wrong")
    refused = refused_pin(floor, ben, "4711", 429, "too_many")
    assert 0 < int(refused.headers["Retry-After"]) <= 300
    assert outcomes(made) == ["signed_in", "wrong", "signed_in", *["wrong"] * 5, "too_many"]


def test_a_pin_is_not_what_is_on_the_badge(admin: SignedIn, ben: UUID) -> None:
    seen = {"If-Match": admin.get(f"/users/{ben}").headers["etag"]}
    named = admin.send("PATCH", f"/users/{ben}", json={"employee_code": "52917"}, headers=seen)
    assert named.status_code == 200, named.text
    refused = admin.send("PUT", f"/users/{ben}/pin", json={"pin": "52917"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "pin")
    assert admin.send("PUT", f"/users/{ben}/pin", json={"pin": "52918"}).status_code == 204


def assign(admin: SignedIn, user: UUID, plant: UUID, **may: bool) -> None:
    body = {"plant_id": str(plant), "can_read": True, "can_write": False, "can_delete": False, **may}
    version = admin.get(f"/users/{user}").json()["version"]
    path, seen = f"/users/{user}/assign-plant", {"If-Match": f'"{version}"'}
    answer = admin.send("POST", path, json=body, headers=seen)
    assert answer.status_code == 200, answer.text


def test_a_station_is_told_only_of_people_of_its_plant(admin: SignedIn, made: Made, ben: UUID, floor: Floor) -> None:
    south = made.add_plant("SOUTH")
    sue = made.add_user("sue", roles=[RoleCode.OPERATOR], writes=[south])
    people = {"SUE-BADGE": sue, "BOSS-BADGE": made.add_user("boss"), TEXT: ben}
    people["AUDIT-BADGE"] = made.add_user("audit", roles=[RoleCode.AUDITOR])
    for written, user in people.items():
        issued(admin, user, written)
    told = roster(floor)
    assert [person.name for person in told.people] == ["Audit", "Ben", "Boss"]
    assert [person.stations for person in told.people] == [None] * 3
    by_hash = {badge.hash: badge for badge in told.badges}
    sues = by_hash[badge_hash(bytes.fromhex(told.key), "SUE-BADGE")]
    assert (len(by_hash), sues.user_id, sues.is_elsewhere) == (4, None, True)
    refused = sign_on(floor, badge=sues.hash)
    assert (refused.status_code, refused.json()["code"]) == (403, "elsewhere")
    assert "no access to the plant of station S1" in refused.json()["detail"]
    (attempt,) = admin.get("/login-history", params={"user_id": str(sue)}).json()["items"]
    assert (attempt["outcome"], attempt["station_code"]) == ("elsewhere", "S1")


def test_access_given_and_taken_is_in_the_list_at_once(admin: SignedIn, made: Made, ben: UUID, floor: Floor) -> None:
    south = made.add_plant("SOUTH")
    sue = made.add_user("sue", roles=[RoleCode.OPERATOR], writes=[south])
    admin.send("PUT", f"/users/{sue}/pin", json={"pin": "4711"})
    first = floor.sender.call("GET", "/roster")
    assign(admin, sue, south, can_write=True, can_delete=True)
    known = {"If-None-Match": first.headers["ETag"]}
    assert floor.sender.call("GET", "/roster", headers=known).status_code == 304, "nothing of this plant changed"
    refused_pin(floor, sue, "4711", 403, "elsewhere")
    assign(admin, sue, floor.plant_id)
    assert [person.name for person in roster(floor).people] == ["Sue"]
    assert floor.sender.call("GET", "/roster", headers=known).status_code == 200
    assert sign_on(floor, user_id=str(sue), pin="4711").json()["name"] == "Sue"
    assign(admin, sue, floor.plant_id, can_read=False)
    assert roster(floor).people == ()
    assert floor.sender.call("GET", "/roster", headers=known).status_code == 304
    refused_pin(floor, sue, "0000", 403, "pin_wrong")


def test_an_agent_of_two_plants_is_told_who_signs_on_where(
    admin: SignedIn, made: Made, ben: UUID, floor: Floor
) -> None:
    south = made.add_plant("SOUTH")
    station = admin.post(
        "/stations", {"plant_id": str(south), "code": "S9", "name": "South", "agent_id": str(floor.agent_id)}
    ).json()
    sue = made.add_user("sue", roles=[RoleCode.OPERATOR], writes=[south])
    both = made.add_user("bo", roles=[RoleCode.OPERATOR], writes=[south, floor.plant_id])
    for user in (sue, both, ben):
        admin.send("PUT", f"/users/{user}/pin", json={"pin": "4711"})
    stations = {person.name: person.stations for person in roster(floor).people}
    assert stations == {"Ben": (floor.station_id,), "Bo": None, "Sue": (UUID(station["id"]),)}
    refused_pin(floor, sue, "4711", 403, "elsewhere")
    assert sign_on(floor, user_id=str(sue), pin="4711", station_id=station["id"]).status_code == 200


def test_nobody_signs_on_without_a_pin_or_at_somebody_elses_station(admin: SignedIn, ben: UUID, floor: Floor) -> None:
    refused_pin(floor, ben, "4711", 403, "pin_wrong")
    admin.send("PUT", f"/users/{ben}/pin", json={"pin": "4711"})
    assert sign_on(floor, user_id=str(ben), pin="4711", station_id=str(uuid4())).status_code == 404
    assert admin.send("DELETE", f"/users/{ben}/pin").status_code == 204
    refused_pin(floor, ben, "4711", 403, "pin_wrong")
    assert sign_on(floor, user_id=str(ben)).status_code == 422
    assert roster(floor).people == ()


@pytest.mark.parametrize("pin", ["123", "1234567890123", "12a4", "١٢٣٤", ""])
def test_what_is_no_pin_is_told(admin: SignedIn, ben: UUID, pin: str) -> None:
    answer = admin.send("PUT", f"/users/{ben}/pin", json={"pin": pin})
    assert answer.status_code == 422
    assert not pin or pin not in answer.json()["detail"]


def test_one_sets_ones_own_pin_with_the_password(client: httpx.Client, made: Made, ben: UUID, floor: Floor) -> None:
    own = sign_in(client, made, "ben")
    refused = own.post("/pin", {"password": "wrong", "pin": "4711"})
    assert (refused.status_code, refused.json()["code"]) == (403, "password_wrong")
    assert own.post("/pin", {"password": PASSWORD, "pin": "4711"}).status_code == 204
    assert sign_on(floor, user_id=str(ben), pin="4711").status_code == 200


def test_a_repeated_request_is_known_by_a_keyed_hash(admin: SignedIn, made: Made, ben: UUID) -> None:
    headers, body = {"Idempotency-Key": str(uuid4())}, {"user_id": str(ben), "kind": "rfid", "text": TEXT}
    first, again = (admin.post("/badges", body, headers=headers) for _ in range(2))
    assert (first.status_code, again.json()) == (201, first.json())
    assert admin.post("/badges", body | {"kind": "barcode"}, headers=headers).json()["code"] == "key_reused"
    said = b"POST /api/v1/badges?\n\n" + bytes(first.request.content)
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        kept = session.execute(text("select request_hash from idempotency_keys")).scalar_one()
    assert bytes(kept) != hashlib.sha256(said).digest(), "who has the rows could try out what was sent"


def test_an_agent_says_when_it_was_told(admin: SignedIn, floor: Floor) -> None:
    assert admin.get(f"/agents/{floor.agent_id}").json()["roster_at"] is None
    beat = {"at": LATER, "agent_version": "1.0", "configuration": 1, "queue_depth": 0}
    told = beat | {"roster_at": "2026-03-02T06:00:00Z"}
    assert floor.sender.call("POST", "/heartbeat", json=told).status_code == 200
    assert admin.get(f"/agents/{floor.agent_id}").json()["roster_at"] == "2026-03-02T06:00:00Z"


def test_a_lost_encryption_key_is_told(admin: SignedIn, made: Made, ben: UUID) -> None:
    issued(admin, ben)
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        sealed = Fernet(Fernet.generate_key()).encrypt(b"x").decode()
        session.execute(text("update sign_on_settings set badge_key = :sealed"), {"sealed": sealed})
    refused = find(admin, TEXT)
    assert (refused.status_code, refused.json()["code"]) == (503, "encryption_key_missing"), refused.text
