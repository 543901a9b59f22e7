"""Who asks who they are is told where they reach: by what they were given in plants, and by roles for them."""

from __future__ import annotations

from typing import Any

import httpx
from unison_domain.identity.contracts import RoleCode

from tests.server.factories import Made
from tests.server.serving import sign_in


def told(client: httpx.Client, made: Made, user: str) -> dict[str, Any]:
    answer = sign_in(client, made, user).get("/auth/me")
    assert answer.status_code == 200, answer.text
    me: dict[str, Any] = answer.json()
    return me


def test_an_administrator_of_a_plant_reaches_into_it(client: httpx.Client, made: Made) -> None:
    kiel, lyon = made.add_plant("KIEL"), made.add_plant("LYON")
    made.add_user("ida", roles=[], roles_in={kiel: "admin"}, reads=[lyon])
    me = told(client, made, "ida")
    assert (me["all_plants"], me["reads_all_plants"]) == (False, False)
    assert {one["plant_id"]: (one["can_read"], one["can_write"], one["can_delete"]) for one in me["plants"]} == {
        str(kiel): (True, True, True),
        str(lyon): (True, False, False),
    }


def test_an_auditor_sees_every_plant(client: httpx.Client, made: Made) -> None:
    kiel = made.add_plant("KIEL")
    made.add_user("aud", roles=[RoleCode.AUDITOR])
    everywhere = told(client, made, "aud")
    assert (everywhere["all_plants"], everywhere["reads_all_plants"], everywhere["plants"]) == (False, True, [])
    made.add_user("kim", roles=[], roles_in={kiel: "auditor"})
    here = told(client, made, "kim")
    assert here["reads_all_plants"] is False
    assert here["plants"] == [{"plant_id": str(kiel), "can_read": True, "can_write": False, "can_delete": False}]


def test_a_role_without_access_reaches_nowhere(client: httpx.Client, made: Made) -> None:
    kiel = made.add_plant("KIEL")
    made.add_user("ben", roles=[], roles_in={kiel: "planner"})
    assert told(client, made, "ben")["plants"] == []
