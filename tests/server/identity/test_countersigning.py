"""Releases and overrides at a station: badge and PIN at that moment, the right, and one act they are good for."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import create_engine, text
from unison_domain.identity.badge_text import badge_hash
from unison_domain.identity.contracts import RoleCode
from unison_domain.identity.overrides import Override, OverrideKind
from unison_domain.stations.fact import Backing
from unison_server.identity.countersigning import Countersigning
from unison_server.identity.pins import StationDoor
from unison_server.kernel.database import Database
from unison_server.kernel.own_word import OwnWord
from unison_server.kernel.scope import ActorKind, Scope
from unison_server.kernel.settings import Settings

from tests.server.factories import PASSWORDS, Made
from tests.server.identity.test_badges import assign, expire, floor, issued, roster
from tests.server.serving import SignedIn
from tests.server.stations.floor import Floor, enrol

__all__ = ["floor"]

TEXT = "QUINN-BADGE"
PIN = "471183529064"
"""Long enough to be looked for in what is logged."""
KIND = OverrideKind.FAR_VALUE
PURPOSE = KIND.right
SUBJECT = uuid4()


@pytest.fixture
def quinn(admin: SignedIn, made: Made, floor: Floor) -> UUID:
    """Who may release, with badge and PIN."""
    user = made.add_user("quinn", roles=[RoleCode.QUALITY_MANAGER], writes=[floor.plant_id])
    issued(admin, user, TEXT)
    assert admin.send("PUT", f"/users/{user}/pin", json={"pin": PIN}).status_code == 204
    return user


def hashed(floor: Floor, written: str = TEXT) -> str:
    return badge_hash(bytes.fromhex(roster(floor).key), written)


def sign(floor: Floor, pin: str = PIN, written: str = TEXT, **changes: Any) -> httpx.Response:
    said = {"station_id": str(floor.station_id), "badge": hashed(floor, written), "pin": pin}
    body = {**said, "purpose": PURPOSE, "subject_id": str(SUBJECT), "act_id": str(uuid4()), **changes}
    return floor.sender.call("POST", "/countersign", json=body)


def refused(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def given(floor: Floor, act: UUID) -> Backing:
    answer = sign(floor, act_id=str(act))
    assert answer.status_code == 200, answer.text
    told = answer.json()
    return Backing(id=told["id"], person_id=told["user_id"], person=told["name"], proof=told["proof"])


@dataclass(frozen=True)
class Asking:
    """As a room asks that is told an act by the agent."""

    floor: Floor
    countersigning: Countersigning

    def __call__(self, backing: Backing, override: Override, agent: UUID | None = None) -> UUID | None:
        scope = Scope(self.floor.made.id, ActorKind.AGENT, agent or self.floor.agent_id)
        return self.countersigning.who_confirmed(scope, backing, override)


@pytest.fixture
def whose(floor: Floor, settings: Settings) -> Asking:
    return Asking(floor, Countersigning.of(StationDoor(floor.made.databases, PASSWORDS), settings.secrets()))


@pytest.fixture(params=["here", "restored"])
def lose(request: pytest.FixtureRequest, floor: Floor, owner_urls: dict[Database, str]) -> Callable[[], None]:
    """Nothing, or the state of a backup from before the countersignatures were given."""

    def forget() -> None:
        if request.param == "restored":
            owner = create_engine(owner_urls[Database.IDENTITY])
            with owner.begin() as connection:
                of = {"id": floor.made.id}
                gone = connection.execute(text("delete from countersignatures where organization_id = :id"), of)
                assert gone.rowcount
            owner.dispose()

    return forget


def history(admin: SignedIn, user: UUID) -> list[str]:
    items = admin.get("/login-history", params={"user_id": str(user)}).json()["items"]
    assert {one["station_code"] for one in items} <= {"S1"}
    return [one["outcome"] for one in items]


def kept(floor: Floor) -> list[tuple[Any, ...]]:
    with floor.made.databases.session(Database.IDENTITY, floor.made.scope) as session:
        return [tuple(row) for row in session.execute(text("select * from countersignatures order by id"))]


def test_who_may_stands_behind_one_act(
    admin: SignedIn, quinn: UUID, floor: Floor, whose: Asking, lose: Callable[[], None]
) -> None:
    override = Override(KIND, SUBJECT, uuid4())
    backing = given(floor, override.act_id)
    assert (backing.person_id, backing.person) == (quinn, "Quinn")
    before = kept(floor)
    lose()
    for _ in range(2):
        assert whose(backing, override) == quinn, "however often it is asked"
    assert kept(floor) == before, "what a restore took away is there again"
    assert history(admin, quinn) == ["countersigned"]


@pytest.mark.parametrize("kind", [KIND, OverrideKind.SCAN_UNDONE])
@pytest.mark.parametrize("subject", [SUBJECT, uuid4()])
def test_it_is_good_for_what_it_was_given_for_alone(
    quinn: UUID, floor: Floor, whose: Asking, lose: Callable[[], None], kind: OverrideKind, subject: UUID
) -> None:
    act = uuid4()
    countersignature = given(floor, act)
    lose()
    assert whose(countersignature, Override(kind, subject, uuid4())) is None
    is_it = (kind, subject) == (KIND, SUBJECT)
    assert whose(countersignature, Override(kind, subject, act)) == (quinn if is_it else None)


def test_another_agents_and_a_guessed_one_are_none(
    admin: SignedIn, quinn: UUID, floor: Floor, whose: Asking, lose: Callable[[], None]
) -> None:
    override = Override(KIND, SUBJECT, uuid4())
    backing = given(floor, override.act_id)
    other = enrol(admin.client, admin.post("/agents", {"name": "Hall 2"}).json()["code"])
    lose()
    assert whose(backing, override, other.agent_id) is None
    assert whose(backing.model_copy(update={"id": uuid4()}), override) is None
    refused(other.call("POST", "/countersign", json=_body(floor)), 404, "not_found")


def test_a_lost_one_is_believed_by_this_servers_word_alone(
    quinn: UUID, floor: Floor, whose: Asking, owner_urls: dict[Database, str]
) -> None:
    override = Override(KIND, SUBJECT, uuid4())
    backing = given(floor, override.act_id)
    owner = create_engine(owner_urls[Database.IDENTITY])
    with owner.begin() as connection:
        connection.execute(text("delete from countersignatures where organization_id = :id"), {"id": floor.made.id})
    owner.dispose()
    word = whose.countersigning.word
    said = word.read(backing.proof or "")
    assert said is not None
    others = OwnWord.of("countersignature", [b"another server"]).signed(said)
    for_something_else = OwnWord("invitation", word.keys).signed(said)
    for proof in (None, "", "a.b.c", others, for_something_else, f"{backing.proof}x"):
        assert whose(backing.model_copy(update={"proof": proof}), override) is None
    renewed = OwnWord(word.purpose, [b"a new key of thirty-two letters..", *word.keys])
    assert (
        Countersigning(whose.countersigning.door, renewed).who_confirmed(
            Scope(floor.made.id, ActorKind.AGENT, floor.agent_id), backing, override
        )
        == quinn
    ), "the former key is known still"


def test_who_is_gone_too_confirmed_it_all_the_same(
    quinn: UUID, floor: Floor, whose: Asking, owner_urls: dict[Database, str]
) -> None:
    override = Override(KIND, SUBJECT, uuid4())
    backing = given(floor, override.act_id)
    owner = create_engine(owner_urls[Database.IDENTITY])
    with owner.begin() as connection:
        connection.execute(text("delete from users where id = :id"), {"id": quinn})
    owner.dispose()
    assert (whose(backing, override), kept(floor)) == (quinn, [])


def _body(floor: Floor) -> dict[str, Any]:
    said = {"station_id": str(floor.station_id), "badge": hashed(floor), "pin": PIN}
    return {**said, "purpose": PURPOSE, "subject_id": str(SUBJECT), "act_id": str(uuid4())}


def test_who_lacks_the_right_stands_behind_nothing(admin: SignedIn, made: Made, quinn: UUID, floor: Floor) -> None:
    ben = made.add_user("ben", roles=[RoleCode.OPERATOR], writes=[floor.plant_id])
    issued(admin, ben, "BEN-BADGE")
    admin.send("PUT", f"/users/{ben}/pin", json={"pin": "8294"})
    answer = sign(floor, "8294", "BEN-BADGE")
    refused(answer, 403, "may_not_sign")
    assert "(quality.override.accept_value) in the plant of station S1" in answer.json()["detail"]
    assert history(admin, ben) == ["not_allowed"]
    file = admin.get("/login-history/export", params={"user_id": str(ben)}).content.decode("utf-8-sig")
    (line,) = csv.DictReader(io.StringIO(file))
    where = (line["station_code"], line["station_id"], line["purpose"])
    assert (line["outcome"], *where) == ("not_allowed", "S1", str(floor.station_id), PURPOSE)
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
    tried = {"station_id": str(floor.station_id), "user_id": str(quinn), "pin": PIN}
    refused(floor.sender.call("POST", "/sign-on", json=tried), 429, "too_many")


def test_a_lost_or_expired_badge_signs_nothing(admin: SignedIn, made: Made, quinn: UUID, floor: Floor) -> None:
    day = issued(admin, quinn, "DAY-BADGE", expires_at="2199-01-01T00:00:00Z")
    expire(made, day)
    refused(sign(floor, written="DAY-BADGE"), 403, "badge_expired")
    (badge,) = [one for one in admin.get("/badges").json()["items"] if one["id"] != day["id"]]
    admin.post(f"/badges/{badge['id']}/lost")
    refused(sign(floor), 403, "badge_lost")


def test_the_pin_is_kept_nowhere(admin: SignedIn, made: Made, quinn: UUID, floor: Floor) -> None:
    admin.send("PUT", f"/users/{quinn}/pin", json={"pin": "829461"})
    body = {**_body(floor), "pin": "829461"}
    answer = floor.sender.call("POST", "/countersign", json=body, headers={"Idempotency-Key": "release-1"})
    assert answer.status_code == 200, answer.text
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        for table in ("countersignatures", "audit_logs", "idempotency_keys", "outbox", "events", "login_history"):
            kept = session.execute(text(f"select coalesce(json_agg(t)::text, '') from {table} t")).scalar_one()
            assert "829461" not in kept
    assert admin.post("/stations/me/countersign", body).json()["code"] == "agents_only"
