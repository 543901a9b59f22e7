"""Endpoints of forgotten passwords."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from unison_domain.identity.password_reset_contracts import (
    ForgotPassword,
    ForgotPasswordAnswer,
    PasswordAsked,
    PasswordResetLookUp,
    PasswordResetMade,
    PasswordResetShown,
    ResetPassword,
)
from unison_domain.kernel.contracts import Page

from unison_server.identity.api import caller_of
from unison_server.identity.few_at_a_time import FewAtATime
from unison_server.identity.password_resets import PasswordResets
from unison_server.identity.tables import User
from unison_server.kernel.access import requires
from unison_server.kernel.idempotency import secret_answer
from unison_server.kernel.route import IdentityRoute, SessionDep


def forgotten_router(resets: PasswordResets, few: FewAtATime) -> APIRouter:
    """For who forgot theirs; these endpoints run their own transactions."""
    router = APIRouter(prefix="/auth", tags=["auth"])

    @router.post("/forgot-password", status_code=202)
    def forgot_password(body: ForgotPassword, request: Request) -> ForgotPasswordAnswer:
        """Ask for a link by mail to choose a new password; the answer is the same for everybody."""
        resets.ask(body, *caller_of(request))
        return ForgotPasswordAnswer()

    @router.post("/reset-password/look-up")
    def look_up_password_reset(body: PasswordResetLookUp, request: Request) -> PasswordResetShown:
        """What the link to a new password is for."""
        return resets.look_up(body.token, *caller_of(request))

    @router.post("/reset-password", status_code=204)
    async def reset_password(body: ResetPassword, request: Request) -> None:
        """Choose a new password by such a link; all sessions of the person end."""
        await few.run(resets.use, body, *caller_of(request))

    return router


def resets_router(resets: PasswordResets) -> APIRouter:
    """For who looks after people."""
    router = APIRouter(tags=["users"], route_class=IdentityRoute)

    @router.post("/users/{id}/password-reset", dependencies=[requires("identity.user.update"), secret_answer()])
    def make_password_reset(session: SessionDep, id: UUID) -> PasswordResetMade:  # noqa: A002 - the name in the path
        """Send somebody a link to choose a new password; where no mail goes to them, it is told this once."""
        return resets.make_for(session, session.need(User, id, "user"))

    @router.get("/password-resets", dependencies=[requires("identity.user.update")])
    def list_asked_passwords(session: SessionDep) -> Page[PasswordAsked]:
        """Who asked for a new password where no mail goes, so that somebody hands the link over; newest first."""
        return Page(items=resets.waiting(session))

    @router.post(
        "/users/{id}/password-reset/hand-over", dependencies=[requires("identity.user.update"), secret_answer()]
    )
    def hand_over_password_reset(session: SessionDep, id: UUID) -> PasswordResetMade:  # noqa: A002 - the name in the path
        """The link that somebody asked for, to hand it over; told this once."""
        return resets.hand_over(session, session.need(User, id, "user"))

    return router
