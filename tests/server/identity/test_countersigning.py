"""Releases and overrides at a station: badge and PIN at that moment, the right, and a proof good for one act."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from unison_domain.identity.badge_text import badge_hash
from unison_domain.identity.contracts import RoleCode
from unison_server.identity.countersigning import Act, Countersigning
from unison_server.identity.pins import StationDoor
from unison_server.kernel.database import Database
from unison_server.kernel.errors import NotAllowed
from unison_server.kernel.scope import ActorKind, Scope

from tests.server.factories import PASSWORDS, Made
from tests.server.identity.test_badges import assign, expire, floor, issued, roster
from tests.server.serving import SignedIn
from tests.server.stations.floor import Floor, enrol

__all__ = ["floor"]

TEXT = "QUINN-BADGE"
PURPOSE = "quality.characteristic.update"
SUBJECT = uuid4()


@pytest.fixture
def quinn(admin: SignedIn, made: Made, floor: Floor) -> UUID:
    """Who may release, with badge and PIN."""
    user = made.add_user("quinn", roles=[RoleCode.QUALITY_MANAGER], writes=[floor.plant_id])
    issued(admin, user, TEXT)
    assert admin.send("PUT", f"/users/{user}/pin", json={"pin": "4711"}).status_code == 204
    return user


def hashed(floor: Floor, written: str = TEXT) -> str:
    return badge_hash(bytes.fromhex(roster(floor).key), written)


def sign(floor: Floor, pin: str = "4711", written: str = TEXT, **changes: Any) -> httpx.Response:
    said = {"station_id": str(floor.station_id), "badge": hashed(floor, written), "pin": pin}
    body = {**said, "purpose": PURPOSE, "subject_id": str(SUBJECT), **changes}
    return floor.sender.call("POST", "/countersign", json=body)


def refused(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def proof_of(floor: Floor) -> str:
    answer = sign(floor)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["proof"])


def spend(floor: Floor, proof: str, act: Act | None = None, agent: UUID | None = None) -> UUID:
    """As a room does that is asked by the agent."""
    scope = Scope(floor.made.scope.organization_id, ActorKind.AGENT, agent or floor.agent_id)
    countersigning = Countersigning(StationDoor(floor.made.databases, PASSWORDS))
    return countersigning.spend(scope, proof, act or Act(PURPOSE, SUBJECT, uuid4()))


def history(admin: SignedIn, user: UUID) -> list[str]:
    items = admin.get("/login-history", params={"user_id": str(user)}).json()["items"]
    assert {one["client"] for one in items} <= {"Station S1"}
    return [one["outcome"] for one in items]


def test_who_may_gives_a_proof_that_is_good_for_one_act(admin: SignedIn, quinn: UUID, floor: Floor) -> None:
    answer = sign(floor)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["user_id"], told["name"]) == (str(quinn), "Quinn")
    act = Act(PURPOSE, SUBJECT, uuid4())
    assert spend(floor, told["proof"], act) == quinn
    assert spend(floor, told["proof"], act) == quinn, "the same act again, after an answer that was lost"
    with pytest.raises(NotAllowed, match="give them again"):
        spend(floor, told["proof"])
    assert history(admin, quinn) == ["countersigned"]


@pytest.mark.parametrize(
    "act", [Act("quality.characteristic.create", SUBJECT, uuid4()), Act(PURPOSE, uuid4(), uuid4())]
)
def test_a_proof_is_good_for_what_it_was_given_for_alone(quinn: UUID, floor: Floor, act: Act) -> None:
    proof = proof_of(floor)
    with pytest.raises(NotAllowed):
        spend(floor, proof, act)
    assert spend(floor, proof) == quinn, "what was tried with it did not spend it"


def test_another_agent_or_a_guess_spends_nothing(admin: SignedIn, quinn: UUID, floor: Floor) -> None:
    proof = proof_of(floor)
    other = enrol(admin.client, admin.post("/agents", {"name": "Hall 2"}).json()["code"])
    for tried in ({"proof": proof, "agent": other.agent_id}, {"proof": proof[:-1] + "?"}, {"proof": "proof_x_y"}):
        with pytest.raises(NotAllowed):
            spend(floor, **tried)
    refused(other.call("POST", "/countersign", json=_body(floor)), 404, "not_found")


def _body(floor: Floor) -> dict[str, Any]:
    said = {"station_id": str(floor.station_id), "badge": hashed(floor), "pin": "4711"}
    return {**said, "purpose": PURPOSE, "subject_id": str(SUBJECT)}


def test_of_two_acts_at_once_one_is_let_through(quinn: UUID, floor: Floor) -> None:
    proof = proof_of(floor)

    def tried(_number: int) -> bool:
        try:
            return spend(floor, proof) == quinn
        except NotAllowed:
            return False

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(tried, range(8))) == 1


def test_an_old_proof_is_none(quinn: UUID, floor: Floor) -> None:
    proof = proof_of(floor)
    with floor.made.databases.session(Database.IDENTITY, floor.made.scope) as session:
        session.execute(text("update countersignatures set expires_at = now()"))
    with pytest.raises(NotAllowed, match="too long ago"):
        spend(floor, proof)


def test_who_lacks_the_right_stands_behind_nothing(admin: SignedIn, made: Made, quinn: UUID, floor: Floor) -> None:
    ben = made.add_user("ben", roles=[RoleCode.OPERATOR], writes=[floor.plant_id])
    issued(admin, ben, "BEN-BADGE")
    admin.send("PUT", f"/users/{ben}/pin", json={"pin": "8294"})
    answer = sign(floor, "8294", "BEN-BADGE")
    refused(answer, 403, "may_not_sign")
    assert "Ben lacks the right quality.characteristic.update in the plant of station S1" in answer.json()["detail"]
    assert history(admin, ben) == ["not_allowed"]
    assign(admin, quinn, floor.plant_id, can_write=False)
    refused(sign(floor), 403, "may_not_sign")
    refused(sign(floor, purpose="quality.nothing.known"), 422, "purpose_unknown")
    refused(sign(floor, purpose="all of it"), 422, "invalid")


def test_badge_and_pin_are_both_asked_for(admin: SignedIn, quinn: UUID, floor: Floor) -> None:
    refused(sign(floor, "0000"), 403, "pin_wrong")
    refused(sign(floor, written="NOBODYS-BADGE"), 403, "badge_unknown")
    for _ in range(4):
        refused(sign(floor, "0000"), 403, "pin_wrong")
    refused(sign(floor), 429, "too_many")
    assert history(admin, quinn) == ["too_many", *["wrong"] * 5]
    tried = {"station_id": str(floor.station_id), "user_id": str(quinn), "pin": "4711"}
    refused(floor.sender.call("POST", "/sign-on", json=tried), 429, "too_many")


def test_a_lost_or_expired_badge_signs_nothing(admin: SignedIn, made: Made, quinn: UUID, floor: Floor) -> None:
    day = issued(admin, quinn, "DAY-BADGE", expires_at="2199-01-01T00:00:00Z")
    expire(made, day)
    refused(sign(floor, written="DAY-BADGE"), 403, "badge_expired")
    (badge,) = [one for one in admin.get("/badges").json()["items"] if one["id"] != day["id"]]
    admin.post(f"/badges/{badge['id']}/lost")
    refused(sign(floor), 403, "badge_lost")


def test_neither_pin_nor_proof_is_kept(admin: SignedIn, made: Made, quinn: UUID, floor: Floor) -> None:
    admin.send("PUT", f"/users/{quinn}/pin", json={"pin": "829461"})
    body = {**_body(floor), "pin": "829461"}
    answer = floor.sender.call("POST", "/countersign", json=body, headers={"Idempotency-Key": "release-1"})
    proof = answer.json()["proof"]
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        for table in ("countersignatures", "audit_logs", "idempotency_keys", "outbox", "events", "login_history"):
            kept = session.execute(text(f"select coalesce(json_agg(t)::text, '') from {table} t")).scalar_one()
            assert proof not in kept
            assert "829461" not in kept
    assert admin.post("/stations/me/countersign", body).json()["code"] == "agents_only"
