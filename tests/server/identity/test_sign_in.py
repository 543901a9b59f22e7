"""Signing in, staying signed in, signing out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from functools import partial
from itertools import islice
from uuid import UUID

import httpx
import jwt
import pytest
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr
from sqlalchemy import delete, select, text, update
from unison_domain.identity.contracts import Login, RoleCode
from unison_domain.identity.setting_contracts import ADDRESS_TRIES, SIGN_IN_TRIES
from unison_server.identity import attempts, sign_in_tries
from unison_server.identity import sign_in as door
from unison_server.identity.passwords import Passwords
from unison_server.identity.queries import rights_of
from unison_server.identity.refusals import Refusals
from unison_server.identity.second_factor import SecondFactors
from unison_server.identity.sign_in import AT_A_TIME, MOST_WAITING
from unison_server.identity.tables import LoginAttempts, LoginHistory, RefreshToken, SignInSession, User
from unison_server.kernel.access import Access
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.errors import Clash, NotSignedIn, TooMany
from unison_server.kernel.keys import new_id
from unison_server.kernel.scope import Scope

from tests.server.factories import PASSWORD, PASSWORDS, Made, make_organization
from tests.server.serving import SignedIn, sign_in


def attempt(client: httpx.Client, made: Made, user: str = "anna", password: str = PASSWORD) -> httpx.Response:
    return client.post(
        "/api/v1/auth/login", json={"organization": made.code, "user": user, "password": password, "client": "Test"}
    )


def refresh(client: httpx.Client, token: str) -> httpx.Response:
    return client.post("/api/v1/auth/refresh", json={"refresh_token": token})


def me(client: httpx.Client, access_token: str) -> httpx.Response:
    return client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {access_token}"})


def outcomes(made: Made) -> list[str]:
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        return list(session.scalars(select(LoginHistory.outcome).order_by(LoginHistory.at)))


@pytest.mark.parametrize("name", ["anna", "ANNA", " anna ", "4711", "Anna@Example.org"])
def test_one_signs_in_by_user_name_employee_number_or_mail(client: httpx.Client, made: Made, name: str) -> None:
    made.add_user(employee_code="4711", email="anna@example.org")
    tokens = attempt(client, made, name).json()
    assert tokens["expires_in"] == 600
    assert me(client, tokens["access_token"]).json()["username"] == "anna"
    assert outcomes(made) == ["signed_in"]


def test_me_tells_who_where_and_what(client: httpx.Client, made: Made) -> None:
    plant = made.add_plant()
    user = made.add_user("olga", roles=[RoleCode.OPERATOR], reads=[plant])
    said = me(client, sign_in(client, made, "olga").access_token).json()
    assert said["id"] == str(user)
    assert (said["organization_code"], said["roles"], said["all_plants"]) == (made.code, ["operator"], False)
    assert said["plants"] == [{"plant_id": str(plant), "can_read": True, "can_write": False, "can_delete": False}]
    assert "sites.plant.read" in said["permissions"]
    assert "sites.plant.create" not in said["permissions"]


@pytest.mark.parametrize(("user", "password"), [("anna", "wrong"), ("nobody", PASSWORD), ("anna", " " + PASSWORD)])
def test_whatever_is_wrong_the_answer_is_the_same(client: httpx.Client, made: Made, user: str, password: str) -> None:
    made.add_user()
    answer = attempt(client, made, user, password)
    assert (answer.status_code, answer.json()["code"]) == (401, "login_failed")
    assert answer.json()["detail"] == "Organization, user or password is wrong"
    assert outcomes(made) == ["wrong"]


def test_an_unknown_organization_is_wrong_too(client: httpx.Client) -> None:
    body = {"organization": "NOWHERE", "user": "anna", "password": PASSWORD}
    assert client.post("/api/v1/auth/login", json=body).json()["code"] == "login_failed"


@pytest.mark.parametrize("spelled", [str.lower, str.upper, str.swapcase])
def test_an_organization_is_named_in_whatever_case(
    client: httpx.Client, databases: Databases, system_databases: Databases, spelled: Callable[[str], str]
) -> None:
    made = make_organization(databases, system_databases, f"Mühle-{new_id().hex}")
    made.add_user()
    body = {"organization": spelled(made.code), "user": "anna", "password": PASSWORD}
    assert client.post("/api/v1/auth/login", json=body).status_code == 200
    with pytest.raises(Clash, match="there is an organization"):
        make_organization(databases, system_databases, spelled(made.code))


def test_with_several_organizations_one_says_which(
    client: httpx.Client, made: Made, databases: Databases, system_databases: Databases
) -> None:
    make_organization(databases, system_databases)
    answer = client.post("/api/v1/auth/login", json={"user": "anna", "password": PASSWORD})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "organization")


def test_people_of_two_organizations_are_apart(
    client: httpx.Client, made: Made, databases: Databases, system_databases: Databases
) -> None:
    other = make_organization(databases, system_databases)
    other.add_user("only_there")
    assert attempt(client, made, "only_there").status_code == 401


def test_somebody_inactive_stays_outside(client: httpx.Client, made: Made) -> None:
    user = made.add_user()
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        session.execute(update(User).where(User.id == user).values(is_active=False))
    assert attempt(client, made).json()["code"] == "inactive"
    assert attempt(client, made, password="wrong password").json()["code"] == "login_failed"


def test_a_name_is_tried_only_so_often(client: httpx.Client, made: Made) -> None:
    made.add_user()
    made.add_user("bert")
    for _ in range(SIGN_IN_TRIES.default):
        assert attempt(client, made, password="wrong").status_code == 401
    limited = attempt(client, made)
    assert (limited.status_code, limited.json()["code"]) == (429, "too_many")
    assert 0 < int(limited.headers["retry-after"]) <= 300
    assert outcomes(made)[-1] == "too_many"
    assert attempt(client, made, "bert").status_code == 200
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        session.execute(text("update login_attempts set began_at = began_at - interval '6 minutes'"))
    assert attempt(client, made).status_code == 200


def test_a_person_is_guessed_at_no_more_often_for_having_several_names(client: httpx.Client, made: Made) -> None:
    made.add_user(email="anna@example.org", employee_code="1007")
    for name in ("anna", "ANNA@example.org") * (SIGN_IN_TRIES.default // 2):
        assert attempt(client, made, name, "wrong").status_code == 401
    wrong = attempt(client, made, "1007", "wrong")
    right = attempt(client, made, "1007")
    assert (right.status_code, right.json()["detail"]) == (401, wrong.json()["detail"]), (
        "nobody is told whose name it is"
    )
    assert outcomes(made)[-3:] == ["wrong", "too_many", "too_many"]
    assert attempt(client, made, "nobody", "wrong").json()["detail"] == wrong.json()["detail"]
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        session.execute(text("update login_attempts set began_at = began_at - interval '6 minutes'"))
    for name in ("anna", "anna@example.org", "1007") * SIGN_IN_TRIES.default:
        assert attempt(client, made, name).status_code == 200, "who knows the password is not counted"


def test_a_success_begins_counting_anew(client: httpx.Client, made: Made) -> None:
    made.add_user()
    for _ in range(SIGN_IN_TRIES.default + 5):
        assert attempt(client, made).status_code == 200


def test_tries_at_the_same_time_are_all_counted(client: httpx.Client, made: Made) -> None:
    made.add_user()
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(attempt(client, made, password="wrong").status_code))
        for _ in range(SIGN_IN_TRIES.default + 6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [401] * SIGN_IN_TRIES.default + [429] * 6


@pytest.fixture
def nothing_counted(databases: Databases) -> Iterator[None]:
    """No attempt at any address before or after the test."""
    for step in range(2):
        with databases.session(Database.IDENTITY, Scope(UUID(int=0))) as session:
            session.execute(delete(LoginAttempts))
        if step == 0:
            yield


NOWHERE = {"organization": "NOWHERE", "user": "anna", "password": PASSWORD}


@pytest.mark.usefixtures("nothing_counted")
def test_an_address_tries_only_so_often_whatever_it_names(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "ADDRESS_TRIES", replace(ADDRESS_TRIES, default=3, least=1))
    hashed: list[str] = []

    def count(_passwords: Passwords, _hashed: str | None, password: str) -> bool:
        hashed.append(password)
        return False

    monkeypatch.setattr(Passwords, "matches", count)
    answers = [client.post("/api/v1/auth/login", json=NOWHERE) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 300
    assert len(hashed) == 3


@pytest.mark.usefixtures("nothing_counted")
def test_a_flood_of_sign_ins_holds_up_nobody_else(
    address: str, admin: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = 10
    go_on = threading.Event()
    monkeypatch.setattr(Passwords, "matches", lambda *_: go_on.wait(60) and False)
    together = AT_A_TIME + MOST_WAITING + more
    with (
        httpx.Client(base_url=address, timeout=90, limits=httpx.Limits(max_connections=together)) as strangers,
        ThreadPoolExecutor(together) as pool,
    ):
        tries = [{**NOWHERE, "user": f"nobody{n}"} for n in range(together)]
        flood = [pool.submit(strangers.post, "/api/v1/auth/login", json=one) for one in tries]
        refused = [answer.result() for answer in islice(as_completed(flood, timeout=60), more)]
        assert {(answer.status_code, answer.headers["retry-after"]) for answer in refused} == {(503, "2")}
        assert [admin.get(path).status_code for path in ("/plants", "/users", "/auth/me")] == [200] * 3
        assert sum(answer.done() for answer in flood) == more
        go_on.set()
        assert sorted(answer.result().status_code for answer in flood) == [401] * (together - more) + [503] * more


def test_an_account_is_tried_only_so_often_from_wherever(
    made: Made, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in_tries, "MOST_PER_ACCOUNT", 4)
    made.add_user(email="anna@example.org")
    access = Access(Ed25519PrivateKey.generate(), partial(rights_of, databases))
    factors = SecondFactors(MultiFernet([Fernet(Fernet.generate_key())]))
    entrance = door.Door(databases, access, PASSWORDS, factors, Refusals(databases, lambda _: None))

    def come(address: str, password: str = PASSWORD, user: str = "anna") -> None:
        entrance.sign_in(Login(organization=made.code, user=user, password=SecretStr(password)), address, "")

    come("10.0.0.1")
    for number in range(4):
        with pytest.raises(NotSignedIn):
            come(f"10.0.1.{number}", "wrong")
    with pytest.raises(TooMany) as refused:
        come("10.0.2.1")
    for stranger in ("anna@example.org", "nobody@example.org"):  # nobody learns which names are one person's
        with pytest.raises(NotSignedIn):
            come("10.0.2.1", "wrong", stranger)
    assert 300 < int(refused.value.headers["Retry-After"]) <= 3600
    come("10.0.0.1")
    with databases.session(Database.IDENTITY, made.scope) as session:
        session.execute(text("update login_attempts set began_at = began_at - interval '61 minutes'"))
    come("10.0.2.1")


def test_a_refresh_gives_a_new_pair(client: httpx.Client, made: Made) -> None:
    made.add_user()
    signed = sign_in(client, made)
    tokens = refresh(client, signed.refresh_token).json()
    assert tokens["refresh_token"] != signed.refresh_token
    assert (
        me(client, tokens["access_token"]).json()["session_id"] == me(client, signed.access_token).json()["session_id"]
    )


def test_refreshes_at_the_same_time_all_work(client: httpx.Client, made: Made) -> None:
    made.add_user()
    token = sign_in(client, made).refresh_token
    at_once = threading.Barrier(6)

    def trade(_: int) -> httpx.Response:
        at_once.wait(10)
        return refresh(client, token)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(trade, range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1, "one goes on, not six"
    assert live_tokens(made) == 1
    assert {me(client, answer.json()["access_token"]).status_code for answer in answers} == {200}
    assert refresh(client, answers[3].json()["refresh_token"]).status_code == 200
    assert live_tokens(made) == 1


def live_tokens(made: Made) -> int:
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        return len(session.scalars(select(RefreshToken.id).where(RefreshToken.replaced_at.is_(None))).all())


def test_a_lost_answer_is_given_again_and_two_holders_are_told_apart(client: httpx.Client, made: Made) -> None:
    made.add_user()
    token = sign_in(client, made).refresh_token
    lost, again = (refresh(client, token).json()["refresh_token"] for _ in range(2))
    assert lost == again
    following = refresh(client, again).json()["refresh_token"]
    age_tokens(made)
    assert refresh(client, lost).status_code == 401, "who else has it is no program that waits for an answer"
    assert refresh(client, following).status_code == 401
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        assert session.scalars(select(SignInSession.end_reason)).one() == "a refresh token was used twice"


def age_tokens(made: Made) -> None:
    """As if the tokens were replaced a minute ago."""
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        session.execute(text("update refresh_tokens set replaced_at = replaced_at - interval '1 minute'"))


def test_a_refresh_token_used_again_later_ends_the_session(client: httpx.Client, made: Made) -> None:
    made.add_user()
    stolen = sign_in(client, made).refresh_token
    tokens = refresh(client, stolen).json()
    age_tokens(made)
    assert refresh(client, stolen).json()["code"] == "session_ended"
    assert refresh(client, tokens["refresh_token"]).status_code == 401
    assert me(client, tokens["access_token"]).json()["code"] == "session_ended"
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        assert session.scalars(select(SignInSession.end_reason)).one() == "a refresh token was used twice"


def test_signing_out_ends_the_session_at_once(client: httpx.Client, made: Made) -> None:
    made.add_user()
    signed, other = sign_in(client, made), sign_in(client, made)
    assert me(client, signed.access_token).status_code == 200
    assert client.post("/api/v1/auth/logout", json={"refresh_token": signed.refresh_token}).status_code == 204
    assert client.post("/api/v1/auth/logout", json={"refresh_token": signed.refresh_token}).status_code == 204
    eventually_ended(lambda: me(client, signed.access_token))
    assert refresh(client, signed.refresh_token).status_code == 401
    assert me(client, other.access_token).status_code == 200


def eventually_ended(ask: Callable[[], httpx.Response]) -> None:
    """The notice of the database takes a moment."""
    for _ in range(1000):
        if ask().status_code == 401:
            return
    raise AssertionError("the session still works")


@pytest.mark.parametrize(
    "token", ["refresh_zz_x", "refresh_" + "0" * 32 + "_x", "access_" + "0" * 32 + "_x", "nothing-at-all"]
)
def test_a_foreign_refresh_token_is_401(client: httpx.Client, token: str) -> None:
    assert refresh(client, token).status_code == 401


def test_a_token_of_another_key_or_algorithm_is_401(client: httpx.Client, admin: SignedIn) -> None:
    claims = jwt.decode(admin.access_token, options={"verify_signature": False})
    for forged in (
        jwt.encode(claims, "x" * 32, algorithm="HS256"),
        jwt.encode(claims, "", algorithm="none"),
        admin.access_token[:-6] + "AAAAAA",
    ):
        assert me(client, forged).json()["code"] == "token_invalid"


def test_only_hashes_are_kept(client: httpx.Client, made: Made) -> None:
    made.add_user()
    token = sign_in(client, made).refresh_token
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        kept = session.scalars(select(RefreshToken.token_hash)).one()
        hashed = session.scalars(select(User.hashed_password)).one()
    assert token not in kept
    assert len(kept) == 64
    assert hashed is not None
    assert hashed.startswith("$argon2id$")


def test_a_hash_of_another_cost_is_made_anew(client: httpx.Client, made: Made) -> None:
    user = made.add_user()
    costly = Passwords(2, 16).hash(PASSWORD)
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        session.execute(update(User).where(User.id == user).values(hashed_password=costly))
    assert attempt(client, made).status_code == 200
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        now = session.scalars(select(User.hashed_password)).one()
    assert now != costly
    assert attempt(client, made).status_code == 200


def test_rights_follow_at_once(client: httpx.Client, made: Made, admin: SignedIn) -> None:
    user = made.add_user("olga", roles=[])
    olga = sign_in(client, made, "olga")
    assert olga.get("/plants").status_code == 403
    given = admin.post(f"/users/{user}/assign-role", {"role": "viewer"}, headers={"If-Match": '"1"'})
    assert (given.status_code, given.json()["roles"]) == (200, ["viewer"])
    for _ in range(1000):
        if olga.get("/plants").status_code == 200:
            break
    assert olga.get("/plants").status_code == 200
    assert UUID(me(client, olga.access_token).json()["id"]) == user
