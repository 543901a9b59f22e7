"""Two servers share the databases: what one changes holds in the other, which keeps rights in memory."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from unison_domain.identity.contracts import RoleCode
from unison_server.app import create_app
from unison_server.kernel.settings import Settings

from tests.server.factories import Made
from tests.server.serving import SignedIn, address, admin, app, client, made, serving, sign_in, until_answered

__all__ = ["address", "admin", "app", "client", "made"]


@pytest.fixture(scope="module")
def there(settings: Settings) -> Iterator[httpx.Client]:
    """Talks to the second server."""
    with serving(create_app(settings)) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


def test_a_role_taken_or_given_at_one_holds_at_the_other(admin: SignedIn, there: httpx.Client, made: Made) -> None:
    person = made.add_user("paula", roles=[RoleCode.OPERATOR])
    paula = sign_in(there, made, "paula")
    for is_given, status in ((True, 200), (False, 403)):
        seen = {"If-Match": admin.get(f"/users/{person}").headers["ETag"]}
        role = {"role": "admin", "assigned": is_given}
        assert admin.post(f"/users/{person}/assign-role", role, headers=seen).status_code == 200
        until_answered(status, lambda: paula.get("/roles"))


def test_a_session_ended_at_one_is_over_at_the_other(admin: SignedIn, there: httpx.Client, made: Made) -> None:
    person = str(made.add_user("paula"))
    paula = sign_in(there, made, "paula")
    assert paula.get("/auth/me").status_code == 200
    session = next(one for one in admin.get("/sessions").json()["items"] if one["user_id"] == person)
    assert admin.send("DELETE", f"/sessions/{session['id']}").status_code in (200, 204)
    until_answered(401, lambda: paula.get("/auth/me"))
