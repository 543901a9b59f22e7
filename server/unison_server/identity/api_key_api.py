"""Endpoints of API keys and of the permissions they are held to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy import select
from unison_domain.identity.api_key_contracts import ApiKeyAnswer, ApiKeyCreate, ApiKeyMade
from unison_domain.kernel.contracts import Page

from unison_server.identity.api_keys import create_api_key as make_key
from unison_server.identity.api_keys import revoke_api_key as revoke
from unison_server.identity.demanded_factors import lacks_demanded
from unison_server.identity.queries import full_names, granted, let_in
from unison_server.identity.tables import ApiKey
from unison_server.kernel.access import requires
from unison_server.kernel.database import TenantSession
from unison_server.kernel.idempotency import secret_answer
from unison_server.kernel.paging import ListRequest, Order
from unison_server.kernel.permissions import tenant_permissions
from unison_server.kernel.route import IdentityRoute, SessionDep

_NEWEST = Order({"created_at": ApiKey.created_at, "name": ApiKey.name}, "-created_at")

router = APIRouter(tags=["api keys"], route_class=IdentityRoute)


class Keys(ListRequest):
    """What keys can be narrowed by.

    Attributes:
        user_id: who made them. is_revoked: only those that are revoked, or only the others.
    """

    user_id: UUID | None = None
    is_revoked: bool | None = None


@router.get("/api-keys", dependencies=[requires("identity.api_key.read")])
def list_api_keys(session: SessionDep, given: Annotated[Keys, Query()]) -> Page[ApiKeyAnswer]:
    """Keys, newest first, without their secrets."""
    statement = select(ApiKey)
    if given.user_id is not None:
        statement = statement.where(ApiKey.user_id == given.user_id)
    if given.is_revoked is not None:
        is_revoked = ApiKey.revoked_at.is_not(None)
        statement = statement.where(is_revoked if given.is_revoked else ~is_revoked)
    rows, cursor = _NEWEST.page(session, statement, given, ApiKey.id)
    return Page(items=_answers(session, rows), next_cursor=cursor)


@router.post("/api-keys", status_code=201, dependencies=[requires("identity.api_key.create"), secret_answer()])
def create_api_key(session: SessionDep, body: ApiKeyCreate) -> ApiKeyMade:
    """A new key; its secret is told this once."""
    row, secret = make_key(session, body)
    (answer,) = _answers(session, [row])
    return ApiKeyMade(**answer.model_dump(), key=secret)


@router.delete("/api-keys/{id}", dependencies=[requires("identity.api_key.revoke")])
def revoke_api_key(session: SessionDep, id: UUID) -> ApiKeyAnswer:  # noqa: A002 - the name in the path
    """Let nobody in with the key any more."""
    row = session.need(ApiKey, id, "API key")
    revoke(session, row)
    return _answers(session, [row])[0]


@router.get("/permissions", dependencies=[requires("identity.permission.read")])
def list_permissions(session: SessionDep) -> Page[str]:
    """Every permission `room.thing.verb` that some endpoint asks for, within one organization."""
    return Page(items=sorted(tenant_permissions()))


def _answers(session: TenantSession, keys: Sequence[ApiKey]) -> list[ApiKeyAnswer]:
    names = full_names(session, (key.user_id for key in keys))
    people = let_in(session, names)
    derived = ("user_name", "is_let_in", "is_held_back")
    columns = [name for name in ApiKeyAnswer.model_fields if name not in derived]
    held_back = {owner for owner in names if lacks_demanded(session, owner, granted(session, owner, 0).permissions)}
    return [
        ApiKeyAnswer(
            **{name: getattr(key, name) for name in columns},
            user_name=names[key.user_id],
            is_let_in=key.user_id in people,
            is_held_back=key.user_id in held_back,
        )
        for key in keys
    ]
