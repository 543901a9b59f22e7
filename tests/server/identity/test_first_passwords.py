"""Who never had a password is told where and as whom to sign in, at the address that was typed last."""

from __future__ import annotations

import time
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
from unison_domain.identity.contracts import RoleCode
from unison_server.app import create_app, tasks
from unison_server.kernel.jobs import Worker
from unison_server.kernel.keys import new_id
from unison_server.kernel.settings import Settings

from tests.patience import MINUTE
from tests.server.factories import Made
from tests.server.mail_server import MailServer
from tests.server.serving import SignedIn, serving, sign_in

CHOSEN = "four words put together"
TYPED = {"username": "olga", "full_name": "Olga Otto", "email": "olga@stranger.example"}


@pytest.fixture
def root(client: httpx.Client, made: Made) -> SignedIn:
    """A superadministrator."""
    made.add_user("root", roles=[RoleCode.SUPERADMIN])
    return sign_in(client, made, "root")


def founded(root: SignedIn, made: Made, **administrator: Any) -> dict[str, Any]:
    body = {"code": f"NEW-{made.id.hex[-12:]}", "name": "New Works", "administrator": {**TYPED, **administrator}}
    answer = root.post("/organizations", body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def another_link(root: SignedIn, new: dict[str, Any], **administrator: Any) -> dict[str, Any]:
    answer = root.post(f"/organizations/{new['id']}/administrators", {**TYPED, **administrator})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def token_of(told: dict[str, Any]) -> str:
    return str(told["link"]).partition("#")[2]


def choose(client: httpx.Client, token: str) -> None:
    answer = client.post("/api/v1/auth/reset-password", json={"token": token, "password": CHOSEN})
    assert answer.status_code == 204, answer.text


def look_up(client: httpx.Client, token: str) -> dict[str, Any]:
    return dict(client.post("/api/v1/auth/reset-password/look-up", json={"token": token}).json())


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"full_name": "Olga\u00a0Otto"}, "full_name"),
        ({"username": "o\ufb01ga"}, "username"),
        ({"email": "olg\u0430@example.org"}, "email"),
    ],
)
def test_a_name_that_looks_like_another_is_refused_beside_its_field(
    root: SignedIn, made: Made, typed: dict[str, Any], field: str
) -> None:
    body = {"code": f"NEW-{made.id.hex[-12:]}", "name": "New Works", "administrator": {**TYPED, **typed}}
    refused = root.post("/organizations", body)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, f"administrator.{field}"), refused.text
    new = founded(root, made)
    again = root.post(f"/organizations/{new['id']}/administrators", {**TYPED, **typed})
    assert (again.status_code, again.json()["errors"][0]["field"]) == (422, field), again.text


def test_name_and_email_of_who_never_came_in_are_corrected_with_the_next_link(
    root: SignedIn, made: Made, client: httpx.Client
) -> None:
    new = founded(root, made)
    second = another_link(root, new, full_name="Olga Ott", email="olga@example.org")
    assert second["user_id"] == new["administrator"]["user_id"]
    choose(client, token_of(second))
    login = {"organization": new["code"], "user": "olga@example.org", "password": CHOSEN}
    tokens = client.post("/api/v1/auth/login", json=login).json()
    me = SignedIn(client, tokens["access_token"], "").get("/auth/me").json()
    assert (me["full_name"], me["email"]) == ("Olga Ott", "olga@example.org")
    stranger = client.post("/api/v1/auth/login", json={**login, "user": TYPED["email"]})
    assert stranger.status_code == 401


def test_a_corrected_email_that_is_somebody_elses_is_refused(root: SignedIn, made: Made) -> None:
    new = founded(root, made)
    another_link(root, new, username="eva", full_name="Eva", email="eva@example.org")
    taken = root.post(f"/organizations/{new['id']}/administrators", {**TYPED, "email": "EVA@example.org"})
    assert (taken.status_code, taken.json()["errors"][0]["field"]) == (409, "email"), taken.text


def test_the_page_of_a_link_knows_what_to_sign_in_with(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    body = {"username": "ida", "full_name": "Ida"}
    ida = admin.post("/users", body).json()["id"]
    shown = look_up(client, token := token_of(admin.post(f"/users/{ida}/password-reset").json()))
    assert (shown["organization_code"], shown["organization_name"]) == (made.code, f"Company {made.code}")
    assert (shown["username"], shown["is_first"]) == ("ida", True)
    choose(client, token)
    later = look_up(client, token_of(admin.post(f"/users/{ida}/password-reset").json()))
    assert (later["organization_code"], later["is_first"]) == (made.code, False)
    kinds = [one["kind"] for one in admin.get("/messages").json()["items"]]
    assert kinds == ["password_reset", "first_password"]


def test_the_letter_goes_where_it_was_typed_last_and_the_answer_says_so(
    made: Made, mailing: tuple[Settings, MailServer]
) -> None:
    settings, mailbox = mailing
    made.add_user("root", roles=[RoleCode.SUPERADMIN])
    mine = f"olga-{new_id().hex}@example.org"
    with serving(create_app(settings)) as address, httpx.Client(base_url=address, timeout=60) as client:
        root = sign_in(client, made, "root")
        new = founded(root, made)
        assert (new["administrator"]["link"], new["administrator"]["sent_to"]) == (None, TYPED["email"])
        shown_once = another_link(root, new, email=None)
        assert (shown_once["link"] is None, shown_once["sent_to"]) == (False, None)
        assert another_link(root, new, email=mine)["sent_to"] == mine
        letter = delivered(settings, made, mailbox, mine)
    words = str(next(letter.iter_parts()).get_content())
    assert letter["Subject"] == "A password for olga at New Works"
    assert f"sign in to the organization {new['code']} as olga" in " ".join(words.split())
    assert "stays as it is" not in words


def delivered(settings: Settings, made: Made, mailbox: MailServer, to: str) -> EmailMessage:
    """The letter to an address of the test's own, as soon as the server's relay has brought it on its way."""
    deadline = time.monotonic() + MINUTE
    while not (found := [one for one in mailbox.letters if one["To"] == to]):
        assert time.monotonic() < deadline, f"nothing came to {to}"
        Worker(made.databases, settings.operations_system_url, tasks(settings)).run_waiting()
    (letter,) = found
    return letter
