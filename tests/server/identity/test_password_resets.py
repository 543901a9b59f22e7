"""A forgotten password is replaced by a link that is good once, and nobody learns by it who exists."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import event, text
from unison_domain.identity.contracts import RoleCode
from unison_domain.identity.password_reset_contracts import ForgotPassword
from unison_server.app import create_app, tasks
from unison_server.identity import password_resets
from unison_server.identity.messages import Post
from unison_server.identity.password_resets import PasswordResets, forget_resets
from unison_server.identity.refusals import Refusals
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.jobs import Worker
from unison_server.kernel.settings import Settings

from tests.server.factories import PASSWORD, PASSWORDS, Made, make_organization
from tests.server.identity.mailing import wait_for_job
from tests.server.mail_server import MailServer
from tests.server.serving import SignedIn, serving, sign_in

NEW = "another four words put together"


def forgot(client: httpx.Client, made: Made, user: str) -> httpx.Response:
    return client.post("/api/v1/auth/forgot-password", json={"organization": made.code, "user": user})


def reset(client: httpx.Client, token: str, password: str = NEW) -> httpx.Response:
    return client.post("/api/v1/auth/reset-password", json={"token": token, "password": password})


def link_for(admin: SignedIn, user_id: object) -> str:
    """The token of a link an administrator hands over."""
    answer = admin.post(f"/users/{user_id}/password-reset")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["link"]).partition("#")[2]


def outcomes(made: Made) -> list[str]:
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        return list(session.execute(text("select outcome from login_history order by at, id")).scalars())


def run(made: Made, statement: str, **values: Any) -> None:
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        session.execute(text(statement), values)


def test_the_link_comes_by_mail_and_opens_once(made: Made, mailing: tuple[Settings, MailServer]) -> None:
    settings, mailbox = mailing
    made.add_user("ida", email="ida@example.org", roles=[RoleCode.OPERATOR])
    with serving(create_app(settings)) as address, httpx.Client(base_url=address, timeout=60) as client:
        before = sign_in(client, made, "ida")
        assert forgot(client, made, "IDA@example.org").status_code == 202
        wait_for_job(settings, made)
        Worker(made.databases, settings.operations_system_url, tasks(settings)).run_waiting()
        mine = [one for one in mailbox.letters if one["To"] == "ida@example.org" and made.code in one["Subject"]]
        assert len(mine) == 1
        words = str(next(mine[0].iter_parts()).get_content())
        (link,) = [line for line in words.splitlines() if line.startswith("https://unison.example.org/reset-password#")]
        token = link.partition("#")[2]
        assert reset(client, token).status_code == 204
        sign_in(client, made, "ida", NEW)
        old = client.post("/api/v1/auth/refresh", json={"refresh_token": before.refresh_token})
        assert old.json()["code"] == "session_ended"
        used = reset(client, token, "yet another password")
        assert (used.status_code, used.json()["code"]) == (409, "reset_used")
    ways_in = ["signed_in", "reset_asked", "password_reset", "signed_in"]
    assert outcomes(made) == [*ways_in, "token_refused", "link_refused"]


@contextmanager
def statements(databases: Databases) -> Iterator[list[str]]:
    """What is asked of the database of people meanwhile, in words."""
    said: list[str] = []

    def hear(*given: Any) -> None:
        said.append(given[2])

    event.listen(databases.identity, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(databases.identity, "before_cursor_execute", hear)


def test_nobody_learns_who_exists(made: Made, client: httpx.Client, databases: Databases, settings: Settings) -> None:
    made.add_user("ida", email="ida@example.org")
    made.add_user("no_mail")
    made.add_user("gone", email="gone@example.org")
    run(made, "update users set is_active = false where username = 'gone'")
    answers = [forgot(client, made, user) for user in ("ida", "no_mail", "gone", "nobody")]
    assert len({(answer.status_code, answer.text) for answer in answers}) == 1
    post = Post(settings.encryption(), "https://unison.example.org", None)
    resets = PasswordResets(databases, PASSWORDS, post, Refusals(databases, lambda _: None))
    resets.ask(ForgotPassword(organization=made.code, user="somebody else"), "192.0.2.7", "")
    asked = []
    for user in ("ida", "no_mail", "gone", "nobody"):
        with statements(databases) as said:
            resets.ask(ForgotPassword(organization=made.code, user=user), "192.0.2.7", "")
        asked.append(said)
    assert len(asked[0]) > 5
    assert asked[1:] == asked[:1] * 3
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        kept = session.execute(text("select recipient, state, secret from messages order by created_at")).all()
    states = [("ida@example.org", "kept", None), *[(None, "nobody", None)] * 3]
    assert [tuple(row) for row in kept] == [*states, states[-1], *states]


def test_no_mailbox_is_flooded(made: Made, client: httpx.Client) -> None:
    made.add_user("ida", email="ida@example.org")
    for user in ("ida", "nobody"):
        for _ in range(password_resets.MOST_PER_NAME):
            assert forgot(client, made, user).status_code == 202
        limited = forgot(client, made, user)
        assert (limited.status_code, limited.json()["code"]) == (429, "too_many")
        assert outcomes(made)[-1] == "too_many"
    for stranger in ("ida@example.org", "nobody@example.org"):
        assert forgot(client, made, stranger).status_code == 202, "nobody learns which names are one person's"
    sign_in(client, made, "ida")
    assert forgot(client, made, "ida").status_code == 202, "strangers keep nobody from it where they sign in"


def test_of_many_at_once_one_sets_it_and_other_links_end(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    ida = made.add_user("ida")
    other, token = link_for(admin, ida), link_for(admin, ida)
    with ThreadPoolExecutor(4) as pool:
        passwords = [f"{NEW} {number}" for number in range(4)]
        answers = list(pool.map(lambda password: reset(client, token, password), passwords))
    assert sorted(answer.status_code for answer in answers) == [204, 409, 409, 409]
    winner = next(password for password, answer in zip(passwords, answers, strict=True) if answer.status_code == 204)
    sign_in(client, made, "ida", winner)
    assert reset(client, other).json()["code"] == "reset_expired"


def test_a_password_set_otherwise_ends_links(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    ida = made.add_user("ida")
    token = link_for(admin, ida)
    version = admin.get(f"/users/{ida}").headers["etag"]
    changed = admin.send("PATCH", f"/users/{ida}", json={"password": NEW}, headers={"If-Match": version})
    assert changed.status_code == 200, changed.text
    assert reset(client, token).json()["code"] == "reset_expired"


def test_another_mailbox_ends_links_sent_to_the_one_before(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    ida = made.add_user("ida", email="ida@example.org")
    token = link_for(admin, ida)
    version = admin.get(f"/users/{ida}").headers["etag"]
    body = {"email": "ilse@example.org"}
    assert admin.send("PATCH", f"/users/{ida}", json=body, headers={"If-Match": version}).status_code == 200
    assert reset(client, token).json()["code"] == "reset_expired"


def test_what_opens_nothing_is_told_with_the_way_out(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    ida = made.add_user("ida")
    token = link_for(admin, ida)
    for bad, status, code in ((token + "x", 404, "reset_unknown"), ("invitation_0_00000", 404, "reset_unknown")):
        answer = reset(client, bad)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert reset(client, token, "sunshine").json()["code"] == "common"
    run(made, "update password_resets set expires_at = now() - interval '1 second'")
    assert reset(client, token).json()["code"] == "reset_expired"
    token = link_for(admin, ida)
    run(made, "update users set is_active = false where id = :id", id=ida)
    assert reset(client, token).json()["code"] == "inactive"
    assert admin.post(f"/users/{ida}/password-reset").json()["code"] == "inactive"
    run(made, "update users set is_active = true where id = :id", id=ida)
    sign_in(client, made, "ida", PASSWORD)


def test_a_link_tells_what_it_is_for_before_it_is_used(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    token = link_for(admin, made.add_user("ida"))
    shown = client.post("/api/v1/auth/reset-password/look-up", json={"token": token})
    assert (shown.status_code, shown.json()["username"], shown.json()["password_length"]) == (200, "ida", 8)
    assert reset(client, token).status_code == 204, "looking uses nothing up"
    used = client.post("/api/v1/auth/reset-password/look-up", json={"token": token})
    assert (used.status_code, used.json()["code"]) == (409, "reset_used")
    unknown = client.post("/api/v1/auth/reset-password/look-up", json={"token": "reset_made_up"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "reset_unknown")
    assert outcomes(made).count("link_refused") == 1, "of the organization that the link names"


def test_nobody_takes_over_somebody_with_more_rights(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    made.add_user("ben", roles=[])
    chief = admin.get("/auth/me").json()["id"]
    rights = ["identity.user.update", "identity.user.read"]
    assert admin.post("/roles", {"code": "clerk", "name": "Clerk", "permissions": rights}).status_code == 201
    ben = admin.get("/users", params={"q": "ben"}).json()["items"][0]["id"]
    admin.post(f"/users/{ben}/assign-role", {"role": "clerk"}, headers={"If-Match": '"1"'})
    refused = sign_in(client, made, "ben").post(f"/users/{chief}/password-reset")
    assert (refused.status_code, refused.json()["code"]) == (403, "beyond_own_rights")


def test_no_token_and_no_password_is_kept(
    admin: SignedIn, made: Made, client: httpx.Client, settings: Settings, system_databases: Databases
) -> None:
    token = link_for(admin, made.add_user("ida", email="ida@example.org"))
    assert reset(client, token).status_code == 204
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        for table in ("password_resets", "messages", "users", "audit_logs", "login_history", "outbox", "events"):
            kept = session.execute(text(f"select coalesce(json_agg(t)::text, '') from {table} t")).scalar_one()
            assert token not in kept, table
            assert NEW not in kept, table
        who = "select actor_kind from audit_logs where table_name = 'users' and action = 'update'"
        assert session.execute(text(who)).scalars().all() == ["user"]
    forget_resets(settings, system_databases, datetime.now(UTC) + timedelta(days=100))
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        assert session.execute(text("select count(*) from password_resets")).scalar_one() == 0


def test_a_link_is_handed_over_where_no_mail_goes_to_the_person(
    made: Made,
    mailing: tuple[Settings, MailServer],
) -> None:
    made.add_user("anna")
    with_mail, without = made.add_user("ida", email="ida@example.org"), made.add_user("ben")
    with (
        serving(create_app(mailing[0])) as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        admin = sign_in(client, made)
        assert admin.post(f"/users/{with_mail}/password-reset").json()["link"] is None
        assert reset(client, link_for(admin, without)).status_code == 204


def test_without_saying_which_of_several_organizations_it_is_asked(
    client: httpx.Client, made: Made, databases: Databases, system_databases: Databases
) -> None:
    make_organization(databases, system_databases)
    answer = client.post("/api/v1/auth/forgot-password", json={"user": "ida"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "organization")
    nowhere = client.post("/api/v1/auth/forgot-password", json={"organization": "NOWHERE", "user": "ida"})
    assert (nowhere.status_code, nowhere.text) == (202, forgot(client, made, "nobody").text)


def test_without_mail_an_administrator_hands_the_link_over_once(
    admin: SignedIn, made: Made, client: httpx.Client
) -> None:
    ida = made.add_user("ida")
    for name in ("ida", "nobody", "ida"):
        assert forgot(client, made, name).status_code == 202
    (asked,) = admin.get("/password-resets").json()["items"]
    assert asked["user_id"] == str(ida)
    taken = admin.post(f"/users/{ida}/password-reset/hand-over")
    assert taken.status_code == 200, taken.text
    token = taken.json()["link"].partition("#")[2]
    assert taken.json()["expires_at"] == asked["expires_at"], "not as long as one made now"
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        kept = "select string_agg(t::text, '') from {} t"
        written = [
            session.execute(text(kept.format(table))).scalar_one() for table in ("password_resets", "audit_logs")
        ]
        assert all(token not in rows for rows in written)
        audited = "select new_values ->> 'handed_over_by' from audit_logs where changed_fields ? 'handed_over_by'"
        assert session.execute(text(audited)).scalar_one() == admin.get("/auth/me").json()["id"]
        assert session.execute(text("select count(*) from audit_logs where new_values ? 'sealed'")).scalar_one() == 0
    admin.post(f"/users/{ida}/password-reset/hand-over")
    again = admin.post(f"/users/{ida}/password-reset/hand-over")
    assert (again.status_code, again.json()["code"]) == (404, "nothing_asked")
    assert reset(client, token).status_code == 204
    sign_in(client, made, "ida", NEW)


def test_a_link_that_is_over_is_handed_to_nobody(
    admin: SignedIn, made: Made, client: httpx.Client, settings: Settings, system_databases: Databases
) -> None:
    ida = made.add_user("ida")
    forgot(client, made, "ida")
    run(made, "update password_resets set expires_at = now() - interval '1 second'")
    assert admin.get("/password-resets").json()["items"] == []
    assert admin.post(f"/users/{ida}/password-reset/hand-over").json()["code"] == "nothing_asked"
    forget_resets(settings, system_databases, datetime.now(UTC))
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        assert session.execute(text("select sealed from password_resets")).scalars().all() == [None]


def test_nobody_gets_the_link_of_somebody_with_more_rights(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    made.add_user("ben", roles=[])
    rights = ["identity.user.update", "identity.user.read"]
    assert admin.post("/roles", {"code": "clerk", "name": "Clerk", "permissions": rights}).status_code == 201
    ben = admin.get("/users", params={"q": "ben"}).json()["items"][0]["id"]
    admin.post(f"/users/{ben}/assign-role", {"role": "clerk"}, headers={"If-Match": '"1"'})
    forgot(client, made, "anna")
    chief = admin.get("/auth/me").json()["id"]
    refused = sign_in(client, made, "ben").post(f"/users/{chief}/password-reset/hand-over")
    assert (refused.status_code, refused.json()["code"]) == (403, "beyond_own_rights")


def test_a_person_is_sent_five_links_whatever_they_are_called(made: Made, client: httpx.Client) -> None:
    made.add_user("ida", email="ida@example.org", employee_code="4711")
    names = ("ida", "ida@example.org", "4711")
    answers = [forgot(client, made, name) for name in names for _ in range(3)]
    assert {(answer.status_code, answer.text) for answer in answers} == {(202, answers[0].text)}
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        links = session.execute(text("select count(user_id), count(*) from password_resets")).one()
    assert tuple(links) == (password_resets.MOST_PER_PERSON, len(answers))
    assert outcomes(made).count("too_many") == len(answers) - password_resets.MOST_PER_PERSON
