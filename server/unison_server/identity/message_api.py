"""What became of messages to people."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from sqlalchemy import select
from unison_domain.identity.message_contracts import MessageAnswer
from unison_domain.kernel.contracts import Page

from unison_server.identity.message_tables import Message
from unison_server.kernel.access import requires
from unison_server.kernel.paging import ListRequest, Order
from unison_server.kernel.route import IdentityRoute, SessionDep

_NEWEST = Order({"created_at": Message.created_at}, "-created_at")

router = APIRouter(tags=["messages"], route_class=IdentityRoute)


class Messages(ListRequest):
    """What messages can be narrowed by."""

    state: Literal["waiting", "sent", "failed", "expired", "kept", "nobody"] | None = None
    kind: Literal["invitation", "password_reset", "first_password", "notification"] | None = None


@router.get("/messages", dependencies=[requires("identity.message.read")])
def list_messages(session: SessionDep, given: Annotated[Messages, Query()]) -> Page[MessageAnswer]:
    """Messages to people, newest first, without what they say."""
    statement = select(Message)
    if given.state is not None:
        statement = statement.where(Message.state == given.state)
    if given.kind is not None:
        statement = statement.where(Message.kind == given.kind)
    rows, cursor = _NEWEST.page(session, statement, given, Message.id)
    return Page(items=[MessageAnswer.model_validate(row) for row in rows], next_cursor=cursor)
