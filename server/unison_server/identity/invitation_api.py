"""Endpoints of invitations: for who invites, and for who opens a link without being signed in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import Field
from sqlalchemy import ColumnElement, func, select
from unison_domain.identity.contracts import PlantRight, RoleHeld, WarehouseRight
from unison_domain.identity.invitation_contracts import (
    InvitationAccept,
    InvitationAccepted,
    InvitationAnswer,
    InvitationCreate,
    InvitationLookUp,
    InvitationMade,
    InvitationShown,
)
from unison_domain.identity.message_contracts import MessageState
from unison_domain.kernel.contracts import Page

from unison_server.identity.api import caller_of
from unison_server.identity.few_at_a_time import FewAtATime
from unison_server.identity.invitation_tables import Invitation
from unison_server.identity.invitations import Invitations, given_by_it, state_of
from unison_server.identity.message_tables import Message
from unison_server.identity.queries import full_names
from unison_server.identity.role_places import RolePlaces
from unison_server.kernel.access import requires
from unison_server.kernel.database import TenantSession
from unison_server.kernel.idempotency import secret_answer
from unison_server.kernel.paging import ListRequest, Order
from unison_server.kernel.route import IdentityRoute, SessionDep

_NEWEST = Order({"created_at": Invitation.created_at, "email": Invitation.email}, "-created_at")


class InvitationList(ListRequest):
    """What invitations can be narrowed by.

    Attributes:
        is_open: whether something can still become of it: pending, or expired and can be sent anew.
    """

    state: Literal["pending", "accepted", "expired", "revoked"] | None = None
    is_open: bool | None = None
    email: Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")] | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """What every invitation of the list fulfils."""
        is_open = Invitation.accepted_at.is_(None) & Invitation.revoked_at.is_(None)
        states = {
            "accepted": Invitation.accepted_at.is_not(None),
            "revoked": Invitation.revoked_at.is_not(None),
            "pending": is_open & (Invitation.expires_at > func.now()),
            "expired": is_open & (Invitation.expires_at <= func.now()),
        }
        if self.state is not None:
            yield states[self.state]
        if self.is_open is not None:
            yield is_open if self.is_open else ~is_open
        if self.email is not None:
            yield func.lower(Invitation.email) == self.email.lower()


def invitations_router(invitations: Invitations, places: RolePlaces) -> APIRouter:
    """For who invites."""
    router = APIRouter(tags=["invitations"], route_class=IdentityRoute)

    @router.get("/invitations", dependencies=[requires("identity.invitation.read")])
    def list_invitations(session: SessionDep, given: Annotated[InvitationList, Query()]) -> Page[InvitationAnswer]:
        """Invitations, newest first, without their links."""
        statement = select(Invitation).where(*given.conditions())
        rows, cursor = _NEWEST.page(session, statement, given, Invitation.id)
        return Page(items=_answers(session, rows), next_cursor=cursor)

    @router.post(
        "/invitations", status_code=201, dependencies=[requires("identity.invitation.create"), secret_answer()]
    )
    def create_invitation(session: SessionDep, body: InvitationCreate) -> InvitationMade:
        """Invite somebody by mail; where this server sends none, the link is told this once."""
        return _made(session, *invitations.create(session, places.all_given(session.scope, body)))

    @router.post("/invitations/{id}/resend", dependencies=[requires("identity.invitation.resend"), secret_answer()])
    def resend_invitation(session: SessionDep, id: UUID) -> InvitationMade:  # noqa: A002 - the name in the path
        """Send it anew, with another link that is good as long as a new one's."""
        return _made(session, *invitations.resend(session, session.need(Invitation, id, "invitation")))

    @router.post("/invitations/{id}/revoke", dependencies=[requires("identity.invitation.revoke")])
    def revoke_invitation(session: SessionDep, id: UUID) -> InvitationAnswer:  # noqa: A002 - the name in the path
        """Let nobody in by it any more."""
        invitation = session.need(Invitation, id, "invitation")
        invitations.revoke(session, invitation)
        return _answers(session, [invitation])[0]

    return router


def invited_router(invitations: Invitations, few: FewAtATime) -> APIRouter:
    """For who was invited; these endpoints run their own transactions."""
    router = APIRouter(prefix="/invitations", tags=["invitations"])

    @router.post("/look-up")
    def look_up_invitation(body: InvitationLookUp, request: Request) -> InvitationShown:
        """What the link of an invitation is for."""
        return invitations.look_up(body.token, *caller_of(request))

    @router.post("/accept", status_code=201)
    async def accept_invitation(body: InvitationAccept, request: Request) -> InvitationAccepted:
        """Become a person of the organization, with a name and a password of one's own choice."""
        return await few.run(invitations.accept, body, *caller_of(request))

    return router


def _made(session: TenantSession, invitation: Invitation, link: str | None) -> InvitationMade:
    return InvitationMade(**_answers(session, [invitation])[0].model_dump(), link=link)


def _given(row: Invitation) -> dict[str, Any]:
    given = given_by_it(row)
    held = [
        *(RoleHeld(role=role) for role in given.roles),
        *(RoleHeld.model_validate(one.model_dump()) for one in given.held_roles),
    ]
    return {
        "roles": list(dict.fromkeys(one.role for one in held)),
        "held_roles": held,
        "plants": [PlantRight.model_validate(one.model_dump()) for one in given.plants],
        "warehouses": [WarehouseRight.model_validate(one.model_dump()) for one in given.warehouses],
    }


def _answers(session: TenantSession, rows: Sequence[Invitation]) -> list[InvitationAnswer]:
    names = full_names(session, (row.invited_by for row in rows))
    theirs = select(Message).where(Message.id.in_({row.message_id for row in rows if row.message_id}))
    messages = {message.id: message for message in session.scalars(theirs)}
    columns = InvitationAnswer.model_fields.keys() - {
        *("roles", "held_roles", "plants", "warehouses"),
        "state",
        "invited_by_name",
        "message",
        "message_error",
    }
    return [
        InvitationAnswer(
            **{name: getattr(row, name) for name in columns},
            **_given(row),
            state=state_of(row),
            invited_by_name=names[row.invited_by],
            message=MessageState(message.state) if message else None,
            message_error=message.error if message else None,
        )
        for row, message in ((row, messages.get(row.message_id) if row.message_id else None) for row in rows)
    ]
