"""Every refusal is in the login history: of links, keys, tokens and codes too, a few of each, and no secret."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from unison_domain.identity.contracts import RoleCode
from unison_domain.identity.setting_contracts import ADDRESS_TRIES
from unison_domain.identity.sign_in_contracts import LoginAttemptAnswer, SignInOutcome
from unison_server.identity import attempts, refusals
from unison_server.identity.refusals import Refusals, Shown
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.keys import new_id
from unison_server.kernel.scope import Scope

from tests.server.factories import Made, make_organization
from tests.server.identity.test_api_keys import made_key, using
from tests.server.identity.test_invitations import accept, invite, token_of
from tests.server.identity.test_password_resets import link_for, reset
from tests.server.identity.test_sign_in import refresh
from tests.server.serving import SignedIn, sign_in

X = "x" * 43


def told(admin: SignedIn) -> list[tuple[Any, ...]]:
    """What was refused, oldest first: outcome, why, of whom."""
    items = admin.get("/login-history", params={"limit": 200}).json()["items"]
    refused = [one for one in reversed(items) if one["outcome"] != "signed_in"]
    return [(one["outcome"], one["reason"], one["name"]) for one in refused]


def run(made: Made, statement: str) -> None:
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        session.execute(text(statement))


def enrol(client: httpx.Client, code: str) -> httpx.Response:
    body = {"code": code, "hostname": "pc-1", "version": "1.0", "platform": "linux"}
    return client.post("/api/v1/stations/enrol", json=body)


def test_links_that_open_nothing(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    accept(client, f"invitation_{made.id.hex}_{X}")
    one = invite(admin, email="bea@example.org")
    assert accept(client, token_of(one)).status_code == 201
    accept(client, token_of(one))
    two = invite(admin, email="cora@example.org")
    admin.post(f"/invitations/{two['id']}/revoke")
    client.post("/api/v1/invitations/look-up", json={"token": token_of(two)})
    reset(client, f"reset_{made.id.hex}_{X}")
    link = link_for(admin, made.add_user("ben"))
    assert reset(client, link).status_code == 204
    reset(client, link)
    late = link_for(admin, made.add_user("cem"))
    run(made, "update password_resets set expires_at = created_at where used_at is null")
    reset(client, late)
    assert [one for one in told(admin) if one[0] == "link_refused"] == [
        ("link_refused", "invitation_unknown", ""),
        ("link_refused", "invitation_accepted", "bea@example.org"),
        ("link_refused", "invitation_revoked", "cora@example.org"),
        ("link_refused", "reset_unknown", ""),
        ("link_refused", "reset_used", "ben"),
        ("link_refused", "reset_expired", "cem"),
    ]


def test_a_refusal_that_is_not_the_links_is_none(admin: SignedIn, client: httpx.Client) -> None:
    assert accept(client, token_of(invite(admin)), password="password").status_code == 422
    assert told(admin) == []


def test_keys_that_let_nobody_in_are_named(admin: SignedIn, made: Made) -> None:
    using(admin, {"key": f"key_{made.id.hex}_{X}"}).get("/plants")
    revoked, expired = made_key(admin, name="Old"), made_key(admin, name="Late")
    admin.send("DELETE", f"/api-keys/{revoked['id']}")
    run(made, "update api_keys set expires_at = created_at where name = 'Late'")
    quick = made_key(admin, name="Quick", requests_per_minute=1)
    for key in (revoked, expired, quick, quick):
        using(admin, key).get("/plants")
    owner = made.add_user("ben")
    gone = made_key(sign_in(admin.client, made, "ben"), name="Ben's")
    run(made, f"update users set is_active = false where id = '{owner}'")
    using(admin, gone).get("/plants")
    assert told(admin) == [
        ("key_refused", "key_unknown", ""),
        ("key_refused", "key_revoked", "Old"),
        ("key_refused", "key_expired", "Late"),
        ("key_refused", "too_many", "Quick"),
        ("key_refused", "key_owner_inactive", "Ben's"),
    ]
    items = admin.get("/login-history", params={"outcome": "key_refused", "user_id": str(owner)}).json()["items"]
    assert len(items) == 1, "of whose key it is"
    assert admin.get("/login-history", params={"outcome": "unknown"}).status_code == 422


def test_tokens_that_prolong_nothing(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    refresh(client, f"refresh_{made.id.hex}_{X}")
    made.add_user("ben")
    ben = sign_in(client, made, "ben")
    assert refresh(client, ben.refresh_token).status_code == 200
    run(made, "update refresh_tokens set replaced_at = replaced_at - interval '2 minutes'")
    refresh(client, ben.refresh_token)
    refresh(client, ben.refresh_token)
    out = sign_in(client, made, "ben")
    client.post("/api/v1/auth/logout", json={"refresh_token": out.refresh_token})
    refresh(client, out.refresh_token)
    assert told(admin) == [
        ("token_refused", "token_unknown", ""),
        ("token_refused", "token_used_twice", "ben"),
        ("token_refused", "token_used_twice", "ben"),
        ("token_refused", "session_ended", "ben"),
    ]


def test_pcs_that_are_not_let_in(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    made_agent = admin.post("/agents", {"name": "Press hall"}).json()
    code = made_agent["code"]
    token = enrol(client, code).json()["device_token"]
    enrol(client, code)
    enrol(client, f"{made.code}-AAAA-AAAA")
    agent = f"/agents/{made_agent['agent_id']}"
    version = admin.get(agent).headers["etag"]
    assert admin.post(f"{agent}/revoke", headers={"If-Match": version}).is_success
    for device in (token, f"device_{made.id.hex}_{X}"):
        assert SignedIn(client, device, "").get("/stations/me/roster").status_code == 401
    assert told(admin) == [
        ("code_refused", "enrolment_code_used", "Press hall"),
        ("code_refused", "enrolment_code_wrong", ""),
        ("device_refused", "device_unknown", ""),
        ("device_refused", "device_unknown", ""),
    ]


def test_an_address_that_has_to_wait(
    admin: SignedIn, made: Made, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "ADDRESS_TRIES", replace(ADDRESS_TRIES, default=0, least=0))
    body = {"organization": made.code, "user": "anna", "password": "wrong horse"}
    assert client.post("/api/v1/auth/login", json=body).status_code == 429
    assert reset(client, f"reset_{made.id.hex}_{X}").status_code == 429
    assert client.post("/api/v1/auth/login", json={**body, "organization": "NOPE"}).status_code == 429
    assert told(admin) == [("address_limited", "too_many", "")] * 2


def test_of_no_known_organization_there_is_a_figure(admin: SignedIn, client: httpx.Client) -> None:
    before = counted(client)
    made_up = new_id().hex
    client.post("/api/v1/auth/login", json={"organization": "NOPE", "user": "x", "password": "wrong horse"})
    accept(client, f"invitation_{made_up}_{X}")
    reset(client, "reset_nothing")
    refresh(client, "no refresh token")
    for bearer in (f"key_{made_up}_{X}", "device_zz_x", "neither.nor"):
        assert SignedIn(client, bearer, "").get("/plants").status_code == 401
    enrol(client, "NOPE-AAAA-AAAA")
    assert {outcome: n - before.get(outcome, 0) for outcome, n in counted(client).items()} == {
        **dict.fromkeys(before, 0),
        "wrong": 1,
        "link_refused": 2,
        "token_refused": 2,
        "key_refused": 1,
        "device_refused": 1,
        "code_refused": 1,
    }
    assert told(admin) == []


def counted(client: httpx.Client) -> dict[str, float]:
    lines = client.get("/metrics").text.splitlines()
    found = (line.split('"') for line in lines if line.startswith("unison_refused_total{"))
    return {outcome: float(rest.partition(" ")[2]) for _, outcome, rest in found}


def test_a_flood_writes_a_few(made: Made, databases: Databases) -> None:
    counted: list[str] = []
    asked: list[None] = []
    telling = Refusals(databases, counted.append)
    scope = Scope(made.id, address="192.0.2.1")

    def shown() -> Shown:
        asked.append(None)
        return Shown("key_unknown")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: telling.tell(scope, SignInOutcome.KEY_REFUSED, shown), range(200)))
    assert (len(asked), len(counted)) == (refusals.MOST, 200)
    telling.tell(scope, SignInOutcome.LINK_REFUSED, shown)
    telling.tell(Scope(made.id, address="192.0.2.2"), SignInOutcome.KEY_REFUSED, shown)
    with databases.session(Database.IDENTITY, made.scope) as session:
        rows = session.execute(text("select address, outcome, count(*) from login_history group by 1, 2")).all()
    assert sorted(tuple(row) for row in rows) == [
        ("192.0.2.1", "key_refused", refusals.MOST),
        ("192.0.2.1", "link_refused", 1),
        ("192.0.2.2", "key_refused", 1),
    ]
    telling.tell_volumes()
    assert volumes(made) == []
    telling.tell_volumes(at_once=True)
    telling.tell_volumes(at_once=True)
    assert volumes(made) == [("key_refused", "192.0.2.1", 200 - refusals.MOST)]


def volumes(made: Made) -> list[tuple[Any, ...]]:
    """Rows that stand for many."""
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        told = (
            "select outcome, address, times from login_history"
            " where reason = 'more_refused' and seconds between 1 and 3660 order by 1"
        )
        return [tuple(row) for row in session.execute(text(told))]


@pytest.mark.usefixtures("all_told")
def test_what_is_of_no_organization_is_told_who_looks_after_the_server(
    databases: Databases, system_databases: Databases, made: Made, client: httpx.Client
) -> None:
    chief = make_organization(databases, system_databases)
    chief.add_user("chief", roles=[RoleCode.SUPERADMIN])
    made.add_user("anna")
    client.post("/api/v1/auth/login", json={"organization": "NOPE", "user": "x", "password": "wrong horse"})
    SignedIn(client, "neither.nor", "").get("/plants")
    SignedIn(client, f"key_{new_id().hex}_{X}", "").get("/plants")
    reset(client, "reset_nothing")
    with databases.session(Database.IDENTITY, chief.scope) as session:
        told = session.execute(text("select outcome, name, reason from login_history order by outcome")).all()
    assert [tuple(row) for row in told] == [
        (outcome, "", "no_organization") for outcome in ("key_refused", "link_refused", "token_refused", "wrong")
    ]
    with databases.session(Database.IDENTITY, made.scope) as session:
        assert session.execute(text("select count(*) from login_history")).scalar_one() == 0


def test_where_it_cannot_be_written_the_refusal_stands() -> None:
    gone = "postgresql+psycopg://unison_runtime:secret@/identity?host=/nonexistent"
    nowhere = Databases.connect(gone, gone)
    counted: list[str] = []
    telling = Refusals(nowhere, counted.append)
    telling.tell(Scope(new_id(), address="192.0.2.1"), SignInOutcome.KEY_REFUSED, lambda: Shown("key_unknown"))
    nowhere.dispose()
    assert counted == ["key_refused"]


def test_no_secret_is_told(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    shown = [f"{kind}_{made.id.hex}_{X}" for kind in ("key", "device", "invitation", "reset", "refresh")]
    for token in shown[:2]:
        SignedIn(client, token, "").get("/plants")
    accept(client, shown[2])
    reset(client, shown[3])
    refresh(client, shown[4])
    assert len(told(admin)) == 5
    assert "xxxx" not in admin.get("/login-history").text


def test_a_client_reads_outcomes_of_a_newer_server(admin: SignedIn) -> None:
    (one,) = admin.get("/login-history").json()["items"]
    assert LoginAttemptAnswer.model_validate({**one, "outcome": "beamed_in"}).outcome is SignInOutcome.UNKNOWN
