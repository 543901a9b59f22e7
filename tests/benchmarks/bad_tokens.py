"""Tokens that let nobody in: forged, expired and revoked ones of people, programs and stations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from unison_server.identity.opaque_tokens import new_token
from unison_server.identity.tables import ApiKey
from unison_server.kernel import access as access_of_tokens
from unison_server.kernel.access import Access
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.scope import Scope
from unison_server.kernel.settings import Settings

from tests.server.factories import Made
from tests.server.serving import SignedIn, sign_in


def bad_tokens(
    settings: Settings, client: httpx.Client, system: Databases, ours: Made, admin: SignedIn, other: UUID
) -> Mapping[str, str | None]:
    """By what is wrong with them. Those that ended were good once; `other` is an organization that is not theirs."""
    ended = sign_in(client, ours)
    client.post("/api/v1/auth/logout", json={"refresh_token": ended.refresh_token}).raise_for_status()
    revoked_key, expired_key, moved_key = (_key(admin) for _ in range(3))
    _done(admin.send("DELETE", f"/api-keys/{revoked_key['id']}"))
    with system.session(Database.IDENTITY, Scope(ours.id)) as session:
        past = datetime.now(UTC) - timedelta(minutes=1)
        session.execute(sa.update(ApiKey).where(ApiKey.id == UUID(expired_key["id"])).values(expires_at=past))
    agent_id, device = enrolled(admin)
    agent = _done(admin.get(f"/agents/{agent_id}"))
    seen = {"If-Match": agent.headers["etag"]}
    _done(admin.send("POST", f"/agents/{agent_id}/revoke", headers=seen))
    return {
        "no": None,
        "random": "random",
        "forged": forged(settings, admin),
        "expired": expired(settings, admin),
        "revoked": ended.access_token,
        "refresh": admin.refresh_token,
        "forged key": new_token("key", ours.id),
        "expired key": expired_key["key"],
        "revoked key": revoked_key["key"],
        "another organization's key": moved_key["key"].replace(ours.id.hex, other.hex),
        "forged device": new_token("device", ours.id),
        "revoked device": device,
    }


def enrolled(admin: SignedIn) -> tuple[str, str]:
    """A new agent of the organization: its id and its token."""
    made = _done(admin.post("/agents", {"name": f"PC {uuid4().hex}"})).json()
    body = {"code": made["code"], "hostname": "pc", "version": "1", "platform": "linux"}
    answer = _done(admin.client.post("/api/v1/stations/enrol", json=body)).json()
    return answer["agent_id"], answer["device_token"]


def _key(admin: SignedIn) -> dict[str, Any]:
    """One that lets its program in."""
    made: dict[str, Any] = _done(admin.post("/api-keys", {"name": "tried", "scopes": ["sites.plant.read"]})).json()
    _done(admin.client.get("/api/v1/plants", headers={"Authorization": f"Bearer {made['key']}"}))
    return made


def _done(answer: httpx.Response) -> httpx.Response:
    if not answer.is_success:
        raise SystemExit(f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}")
    return answer


def expired(settings: Settings, person: SignedIn) -> str:
    """A token of the person, rightly signed, that ran out."""
    access = Access(settings.signing_private_key(), lambda *_: None)
    claims = access._verified(person.access_token)
    before = access_of_tokens.ACCESS_SECONDS
    access_of_tokens.ACCESS_SECONDS = -60
    try:
        return access.sign(claims.organization_id, claims.user_id, claims.session_id, claims.rights_version)
    finally:
        access_of_tokens.ACCESS_SECONDS = before


def forged(settings: Settings, person: SignedIn) -> str:
    """A token of the person, signed by somebody else."""
    claims = Access(settings.signing_private_key(), lambda *_: None)._verified(person.access_token)
    other = Access(Ed25519PrivateKey.generate(), lambda *_: None)
    return other.sign(claims.organization_id, claims.user_id, claims.session_id, claims.rights_version)
