"""Plants over HTTP: the plain resource, and rights in plants."""

from __future__ import annotations

import httpx
from unison_domain.identity.contracts import RoleCode

from tests.server.factories import Made
from tests.server.serving import SignedIn, sign_in

BERLIN = {"code": "BER", "name": "Berlin", "time_zone": "Europe/Berlin"}


def test_a_plant_is_made_read_and_listed(admin: SignedIn) -> None:
    made = admin.post("/plants", BERLIN)
    assert made.status_code == 201, made.text
    assert made.headers["etag"] == '"1"'
    assert admin.get(f"/plants/{made.json()['id']}").json() == made.json()
    assert [plant["code"] for plant in admin.get("/plants").json()["items"]] == ["BER"]
