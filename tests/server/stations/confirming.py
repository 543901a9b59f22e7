"""Overrides in tests: whether they are demanded to be confirmed, and somebody who confirms them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from unison_domain.identity.badge_text import badge_hash
from unison_domain.identity.contracts import RoleCode
from unison_domain.identity.overrides import Override, OverrideKind
from unison_domain.identity.setting_contracts import COUNTERSIGNED
from unison_domain.stations.fact import Backing
from unison_server.kernel.scope import Scope

from tests.server.stations.floor import Floor

TEXT, PIN = "QUINN-BADGE", "4711"


class NoWitness:
    """Nothing is demanded, and nobody confirmed anything."""

    def demanded(self, scope: Scope) -> frozenset[OverrideKind]:
        """No kind."""
        return frozenset()

    def who_confirmed(self, scope: Scope, backing: Backing, override: Override) -> UUID | None:
        """Nobody."""
        return None


def demand_nothing(floor: Floor, kind: OverrideKind) -> None:
    """The organization lets such overrides pass unconfirmed."""
    path = f"/settings/{COUNTERSIGNED[kind].key}"
    answer = floor.admin.send("PUT", path, json={"value": False}, headers={"If-Match": '"0"'})
    assert answer.status_code == 200, answer.text


@dataclass(frozen=True)
class Confirmer:
    """Somebody with badge, PIN and a role that confirms."""

    floor: Floor
    id: UUID

    def signs(self, override: Override, **changes: Any) -> httpx.Response:
        """What the agent asks the server."""
        key = bytes.fromhex(self.floor.sender.call("GET", "/roster").json()["key"])
        body = {
            "station_id": str(self.floor.station_id),
            "badge": badge_hash(key, TEXT),
            "pin": PIN,
            "purpose": override.kind.right,
            "subject_id": str(override.subject_id),
            "act_id": str(override.act_id),
        }
        return self.floor.sender.call("POST", "/countersign", json={**body, **changes})

    def backing(self, kind: OverrideKind, subject_id: object, act_id: object) -> dict[str, str]:
        """What the event then bears."""
        answer = self.signs(Override(kind, UUID(str(subject_id)), UUID(str(act_id))))
        assert answer.status_code == 200, answer.text
        told = answer.json()
        said = {"id": told["id"], "person_id": told["user_id"], "person": told["name"]}
        return {**said, "proof": told["proof"]}


def confirmer(floor: Floor, role: RoleCode = RoleCode.TEAM_LEADER) -> Confirmer:
    """Quinn, with write access to the plant."""
    user = floor.made.add_user("quinn", roles=[role], writes=[floor.plant_id])
    badge = {"user_id": str(user), "kind": "barcode", "text": TEXT}
    assert floor.admin.post("/badges", badge).status_code == 201
    assert floor.admin.send("PUT", f"/users/{user}/pin", json={"pin": PIN}).status_code == 204
    return Confirmer(floor, user)
