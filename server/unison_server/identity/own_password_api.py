"""The endpoint by which one changes one's own password."""

from __future__ import annotations

from fastapi import APIRouter, Response
from unison_domain.identity.contracts import OwnPasswordChange

from unison_server.identity.oneself import oneself
from unison_server.identity.own_password import ProvenRoute
from unison_server.identity.password_rules import demand_good
from unison_server.identity.passwords import Passwords
from unison_server.identity.tables import User
from unison_server.identity.usecases import change_password
from unison_server.kernel.route import SessionDep
from unison_server.kernel.second_factor import open_without_second_factor


def own_password_router(passwords: Passwords) -> APIRouter:
    """Changing one's own password."""
    router = APIRouter(prefix="/auth", tags=["auth"], route_class=ProvenRoute)

    @router.post("/change-password", status_code=204, dependencies=[open_without_second_factor()])
    def change_own_password(session: SessionDep, body: OwnPasswordChange) -> Response:
        """Sign in by another password from now on. One's other sessions end, this one goes on."""
        person = oneself(session, "has a password")
        hashed = passwords.hash(body.new_password.get_secret_value())
        user = session.need(User, person, "user")
        demand_good(session, passwords, body.new_password, user, field="new_password")
        change_password(session, user, hashed, but=session.scope.session_id)
        return Response(status_code=204)

    return router
