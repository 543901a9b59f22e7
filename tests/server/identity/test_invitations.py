"""Somebody invited becomes a person by a link that is good once, and gets no more than who invited may give."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from unison_domain.identity.contracts import RoleCode
from unison_server.app import create_app, tasks
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.jobs import Worker
from unison_server.kernel.settings import Settings

from tests.server.factories import Made, make_organization
from tests.server.identity.mailing import wait_for_job
from tests.server.mail_server import MailServer
from tests.server.serving import SignedIn, serving, sign_in

IDA = {"email": "ida@example.org", "roles": ["operator"]}
CHOSEN = {"full_name": "Ida Ilse", "username": "ida", "password": "four words put together"}


def invite(admin: SignedIn, **fields: Any) -> dict[str, Any]:
    answer = admin.post("/invitations", {**IDA, **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def token_of(made_invitation: dict[str, Any]) -> str:
    return str(made_invitation["link"]).partition("#")[2]


def accept(client: httpx.Client, token: str, **fields: Any) -> httpx.Response:
    return client.post("/api/v1/invitations/accept", json={"token": token, **CHOSEN, **fields})


def run(made: Made, statement: str, **values: Any) -> None:
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        session.execute(text(statement), values)


def test_somebody_invited_chooses_a_password_and_is_in(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    invitation = invite(admin)
    assert (invitation["state"], invitation["message"], invitation["invited_by_name"]) == ("pending", "kept", "Anna")
    assert invitation["link"].startswith("http://127.0.0.1:8450/accept-invitation#invitation_")
    shown = client.post("/api/v1/invitations/look-up", json={"token": token_of(invitation)}).json()
    assert (shown["organization_code"], shown["email"], shown["invited_by_name"]) == (made.code, IDA["email"], "Anna")
    accepted = accept(client, token_of(invitation))
    assert accepted.status_code == 201, accepted.text
    assert (accepted.json()["organization_code"], accepted.json()["username"]) == (made.code, "ida")
    for name in ("ida", "IDA@example.org"):
        me = sign_in(client, made, name, CHOSEN["password"]).get("/auth/me").json()
        assert (me["full_name"], me["email"], me["roles"]) == ("Ida Ilse", "ida@example.org", ["operator"])
    (listed,) = admin.get("/invitations").json()["items"]
    assert (listed["state"], listed["user_id"]) == ("accepted", accepted.json()["user_id"])
    assert "link" not in listed


def test_without_a_user_name_the_e_mail_is_one(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    assert accept(client, token_of(invite(admin)), username=None).json()["username"] == "ida@example.org"
    long = invite(admin, email=f"{'i' * 50}@example.org")
    refused = accept(client, token_of(long), username=None)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "username")


def test_of_many_at_once_one_is_let_in(admin: SignedIn, client: httpx.Client) -> None:
    token = token_of(invite(admin))
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda number: accept(client, token, username=f"ida{number}"), range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
    assert {answer.json().get("code") for answer in answers} == {None, "invitation_accepted"}
    assert len(admin.get("/users").json()["items"]) == 2


def test_of_many_made_at_once_for_one_e_mail_one_is(admin: SignedIn) -> None:
    spelled = ["ida@example.org", "IDA@example.org", "Ida@Example.org", "ida@example.ORG"]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda email: admin.post("/invitations", {**IDA, "email": email}), spelled))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert len(admin.get("/invitations", params={"email": "ida@EXAMPLE.org"}).json()["items"]) == 1


def test_accepted_while_revoked_it_is_one_of_both(admin: SignedIn, client: httpx.Client) -> None:
    for number in range(5):
        invitation = invite(admin, email=f"ida{number}@example.org")
        with ThreadPoolExecutor(2) as pool:
            accepted = pool.submit(accept, client, token_of(invitation), username=f"ida{number}")
            revoked = pool.submit(admin.post, f"/invitations/{invitation['id']}/revoke")
        statuses = (accepted.result().status_code, revoked.result().status_code)
        assert statuses in ((201, 409), (409, 200)), statuses


def test_sent_anew_the_link_before_opens_nothing(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    invitation = invite(admin)
    run(made, "update invitations set expires_at = now() - interval '1 hour'")
    refused = accept(client, token_of(invitation))
    assert (refused.status_code, refused.json()["code"]) == (409, "invitation_expired")
    for is_open, count in ((True, 1), (False, 0)):
        assert len(admin.get("/invitations", params={"is_open": is_open}).json()["items"]) == count
    assert [one["state"] for one in admin.get("/invitations", params={"state": "expired"}).json()["items"]] == [
        "expired"
    ]
    again = admin.post("/invitations", IDA)
    assert (again.status_code, again.json()["code"]) == (409, "invited")
    assert again.json()["parameters"]["id"] == invitation["id"]
    anew = admin.post(f"/invitations/{invitation['id']}/resend")
    assert (anew.status_code, anew.json()["state"]) == (200, "pending")
    assert accept(client, token_of(invitation)).json()["code"] == "invitation_unknown"
    assert accept(client, token_of(anew.json())).status_code == 201


def test_revoked_it_opens_nothing_and_makes_room_for_another(admin: SignedIn, client: httpx.Client) -> None:
    invitation = invite(admin)
    for _ in range(2):
        assert admin.post(f"/invitations/{invitation['id']}/revoke").json()["state"] == "revoked"
    assert accept(client, token_of(invitation)).json()["code"] == "invitation_revoked"
    assert admin.post(f"/invitations/{invitation['id']}/resend").json()["code"] == "invitation_revoked"
    other = invite(admin)
    assert accept(client, token_of(other)).status_code == 201
    assert admin.post(f"/invitations/{other['id']}/revoke").json()["code"] == "invitation_accepted"
    taken = admin.post("/invitations", IDA)
    assert (taken.status_code, taken.json()["code"], taken.json()["errors"][0]["field"]) == (409, "taken", "email")


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"email": "ida@example.org, max@example.org"}, 422, "invalid"),
        ({"email": "ida"}, 422, "invalid"),
        ({"roles": ["king"]}, 422, "no_such"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 422, "out_of_range"),
        ({"expires_at": "2199-01-01T00:00:00Z"}, 422, "out_of_range"),
    ],
)
def test_what_makes_no_invitation_is_told(admin: SignedIn, fields: dict[str, Any], status: int, code: str) -> None:
    answer = admin.post("/invitations", {**IDA, **fields})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert admin.get("/invitations").json()["items"] == []


def test_bad_passwords_and_taken_names_leave_the_invitation_open(admin: SignedIn, client: httpx.Client) -> None:
    token = token_of(invite(admin))
    for fields, status, code in (
        ({"password": "sunshine"}, 422, "common"),
        ({"password": "short"}, 422, "invalid"),
        ({"username": "ANNA"}, 409, "taken"),
    ):
        answer = accept(client, token, **fields)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert accept(client, token).status_code == 201


def test_nobody_invites_to_what_they_lack(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    clerk = {"code": "clerk", "name": "Clerk", "permissions": ["identity.invitation.create", "sites.plant.read"]}
    assert admin.post("/roles", clerk).status_code == 201
    made.add_user("ben", roles=[])
    ben = admin.get("/users", params={"q": "ben"}).json()["items"][0]
    given = admin.post(f"/users/{ben['id']}/assign-role", {"role": "clerk"}, headers={"If-Match": '"1"'})
    assert given.status_code == 200, given.text
    clerk_ben = sign_in(client, made, "ben")
    beyond = clerk_ben.post("/invitations", {**IDA, "roles": ["admin"]})
    assert (beyond.status_code, beyond.json()["code"]) == (403, "beyond_own_rights")
    invitation = clerk_ben.post("/invitations", {**IDA, "roles": ["clerk"]})
    assert invitation.status_code == 201, invitation.text
    assert clerk_ben.get("/invitations").status_code == 403
    version = given.headers["etag"]
    admin.post(f"/users/{ben['id']}/assign-role", {"role": "clerk", "assigned": False}, headers={"If-Match": version})
    refused = accept(client, token_of(invitation.json()))
    assert (refused.status_code, refused.json()["code"]) == (409, "invitation_void")
    anew = admin.post(f"/invitations/{invitation.json()['id']}/resend").json()
    assert accept(client, token_of(anew)).status_code == 201


def test_an_invitation_may_give_more_roles_than_are_named_without_a_place(
    admin: SignedIn, made: Made, client: httpx.Client
) -> None:
    """Those of `held_roles` without a place are as many as it takes."""
    codes = [f"own{number}" for number in range(25)]
    for code in codes:
        body = {"code": code, "name": f"Role {code}", "permissions": ["sites.plant.read"]}
        assert admin.post("/roles", body).status_code == 201
    invitation = invite(admin, roles=["operator"], held_roles=[{"role": code} for code in codes])
    given = sorted(["operator", *codes])
    assert (sorted(invitation["roles"]), len(invitation["held_roles"])) == (given, 26)
    (listed,) = admin.get("/invitations").json()["items"]
    assert sorted(listed["roles"]) == given
    anew = admin.post(f"/invitations/{invitation['id']}/resend")
    assert anew.status_code == 200, anew.text
    assert accept(client, token_of(anew.json())).status_code == 201
    assert sorted(sign_in(client, made, "ida", CHOSEN["password"]).get("/auth/me").json()["roles"]) == given


def test_keys_invite_nobody(admin: SignedIn) -> None:
    made_key = admin.post("/api-keys", {"name": "HR", "scopes": ["identity.invitation.create"]}).json()
    refused = replace(admin, access_token=made_key["key"]).post("/invitations", IDA)
    assert (refused.status_code, refused.json()["code"]) == (403, "person_needed")


def test_the_database_keeps_what_has_ended(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    accept(client, token_of(invite(admin)))
    revoked = invite(admin, email="max@example.org")
    admin.post(f"/invitations/{revoked['id']}/revoke")
    open_one = invite(admin, email="eva@example.org")
    for change, email in (
        ("accepted_at = null, user_id = null", "ida@example.org"),
        ("expires_at = expires_at + interval '1 day'", "ida@example.org"),
        ("revoked_at = null", "max@example.org"),
        ("accepted_at = now()", "eva@example.org"),
        ("email = 'x', accepted_at = expires_at + interval '1 s', user_id = invited_by", "eva@example.org"),
        ("revoked_at = now(), accepted_at = now(), user_id = invited_by", "eva@example.org"),
    ):
        with pytest.raises(IntegrityError):
            run(made, f"update invitations set {change} where email = :email", email=email)
    copied = """
        insert into invitations (organization_id, id, email, roles, token_hash, invited_by, expires_at)
        select organization_id, gen_random_uuid(), upper(email), roles, 'other', invited_by, expires_at
        from invitations where id = :id
    """
    with pytest.raises(IntegrityError, match="uq_invitations_open"):
        run(made, copied, id=open_one["id"])


def test_its_token_is_kept_nowhere(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    token = token_of(admin.post("/invitations", IDA, headers=headers).json())
    assert admin.post("/invitations", IDA, headers=headers).json()["code"] == "answer_not_kept"
    assert accept(client, token).status_code == 201
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        for table in ("invitations", "messages", "users", "audit_logs", "idempotency_keys", "outbox", "events"):
            kept = session.execute(text(f"select coalesce(json_agg(t)::text, '') from {table} t")).scalar_one()
            assert token not in kept, table
            assert CHOSEN["password"] not in kept, table
        audited = "select array_agg(action) from audit_logs where table_name = 'invitations'"
        assert {"insert", "update"} <= set(session.execute(text(audited)).scalar_one())


def test_another_organizations_are_not_there(
    admin: SignedIn, client: httpx.Client, databases: Databases, system_databases: Databases
) -> None:
    invitation = invite(admin)
    stranger = make_organization(databases, system_databases)
    stranger.add_user("olga", roles=[RoleCode.ADMIN])
    theirs = sign_in(client, stranger, "olga")
    assert theirs.get("/invitations").json()["items"] == []
    for act in ("resend", "revoke"):
        assert theirs.post(f"/invitations/{invitation['id']}/{act}").status_code == 404
    token = token_of(invitation)
    for forged in (
        token.replace(token.split("_")[1], stranger.id.hex),
        token + "x",
        "invitation_x_y",
        "refresh_0_0000",
    ):
        assert accept(client, forged).json()["code"] == "invitation_unknown"
    assert accept(client, token).status_code == 201


def test_the_link_comes_by_mail_and_by_nothing_else(made: Made, mailing: tuple[Settings, MailServer]) -> None:
    settings, mailbox = mailing
    made.add_user("anna")
    with serving(create_app(settings)) as address, httpx.Client(base_url=address, timeout=60) as client:
        admin = sign_in(client, made)
        invitation = invite(admin, expires_at=(datetime.now(UTC) + timedelta(days=2)).isoformat())
        assert (invitation["link"], invitation["message"]) == (None, "waiting")
        wait_for_job(settings, made)
        Worker(made.databases, settings.operations_system_url, tasks(settings)).run_waiting()
        mine = [one for one in mailbox.letters if one["To"] == IDA["email"] and made.code in one["Subject"]]
        words = str(next(mine[0].iter_parts()).get_content())
        (link,) = [line for line in words.splitlines() if line.startswith("https://unison.example.org/")]
        assert admin.get("/invitations").json()["items"][0]["message"] == "sent"
        assert accept(client, link.partition("#")[2]).status_code == 201
