"""What lets oneself in is changed with one's own password, wherever it is asked: an open screen is not enough."""

from __future__ import annotations

import json
from uuid import UUID

from fastapi import Request
from unison_domain.identity.mfa_contracts import PasswordAgain

from unison_server.identity.own_password import OwnPassword
from unison_server.identity.queries import is_practice
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import NotAllowed
from unison_server.kernel.route import IdentityRoute
from unison_server.kernel.scope import ActorKind

FIELD = "own_password"


class PerhapsProvenRoute(IdentityRoute):
    """A transaction that begins once `own_password` of the body, where there is one, was found to be one's own."""

    async def before(self, request: Request) -> None:
        """Raises what `OwnPassword.demand` does."""
        try:
            body = json.loads(await request.body())
            again = PasswordAgain.model_validate({"password": body[FIELD]})
        except (ValueError, RecursionError, KeyError, TypeError):
            return
        own: OwnPassword = request.app.state.own_password
        await own.demand(request.state.scope, again.password.get_secret_value())
        request.state.is_proven = True


def is_proven(request: Request) -> bool:
    """Whether one's own password came with the request."""
    return getattr(request.state, "is_proven", False)


def demand_proven(session: TenantSession, user_id: UUID, *, is_proven: bool = False) -> None:
    """Let nobody change what lets themselves in without their password, nor a program what lets its owner in.

    Raises:
        NotAllowed: it is the actor's own, and was not proven.
    """
    scope = session.scope
    is_programs = scope.actor_kind is ActorKind.KEY and user_id in scope.follows
    is_own = user_id == scope.user_id or is_programs
    # Nobody has a password where people only practise, and what is changed there lets nobody in.
    if is_own and not is_proven and not is_practice(session):
        words = "What lets yourself in is changed with your own password of now"
        raise NotAllowed(words, code="own_password_needed")
