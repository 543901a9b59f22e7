"""Names somebody signs in with, however they are written, and none that deceives."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import text
from unison_server.kernel.database import Database

from tests.server.factories import PASSWORD, Made
from tests.server.serving import SignedIn, sign_in

COMPOSED, DECOMPOSED = "r\u00e9n\u00e9", "re\u0301ne\u0301"
RENE: dict[str, Any] = {"username": DECOMPOSED, "full_name": f"{DECOMPOSED.title()} Roy", "password": PASSWORD}


def test_a_name_is_one_however_a_keyboard_writes_it(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    rene = admin.post("/users", RENE)
    assert (rene.status_code, rene.json()["username"]) == (201, COMPOSED)
    for typed in (COMPOSED, DECOMPOSED, COMPOSED.upper()):
        sign_in(client, made, typed)
    again = admin.post("/users", {**RENE, "username": COMPOSED, "full_name": "Other"})
    assert (again.status_code, again.json()["code"]) == (409, "taken")


def test_a_changed_name_is_kept_as_a_new_one(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    ida = made.add_user("ida", roles=[])
    changed = admin.send("PATCH", f"/users/{ida}", json={"username": DECOMPOSED}, headers={"If-Match": '"1"'})
    assert changed.status_code == 200, changed.text
    sign_in(client, made, COMPOSED)
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        names = "select name from sign_in_names where user_id = :id"
        assert session.execute(text(names), {"id": ida}).scalars().all() == [COMPOSED]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "\u0430nna"),
        ("username", "anna\u200b"),
        ("full_name", "Anna\u202e"),
        ("full_name", "\u0410nna"),
        ("email", "\u0430nna@example.org"),
        ("employee_code", "47\u206611"),
    ],
)
def test_names_that_deceive_are_refused(admin: SignedIn, made: Made, field: str, value: str) -> None:
    person = made.add_user("ida", roles=[])
    answers = [
        admin.post("/users", {"username": "new", "full_name": "New", field: value}),
        admin.send("PATCH", f"/users/{person}", json={field: value}, headers={"If-Match": '"1"'}),
    ]
    for refused in answers:
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
