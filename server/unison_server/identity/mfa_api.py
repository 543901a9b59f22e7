"""Endpoints of second factors: one's own, and taking away somebody's who lost theirs."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from unison_domain.identity.mfa_contracts import (
    MfaAnswer,
    PasswordAgain,
    RecoveryCodes,
    SecondFactorCount,
    SecondFactorRemove,
    SecondFactorStanding,
    TotpBegun,
    TotpConfirm,
)
from unison_domain.kernel.contracts import Page

from unison_server.identity.factor_standings import SecondFactorList, count_missing, standings
from unison_server.identity.giving_rights import demand_no_more
from unison_server.identity.oneself import oneself
from unison_server.identity.only_real import demand_real
from unison_server.identity.own_factor import demand_own_factor
from unison_server.identity.own_password import ProvenRoute
from unison_server.identity.own_sign_in import demand_proven
from unison_server.identity.second_factor import SecondFactors
from unison_server.identity.tables import User
from unison_server.kernel.access import requires
from unison_server.kernel.database import TenantSession
from unison_server.kernel.idempotency import secret_answer
from unison_server.kernel.route import IdentityRoute, SessionDep
from unison_server.kernel.second_factor import open_without_second_factor

REVIEW = "identity.second_factor.review"
"""Whom a password alone lets in is told to administrators, not to all who read what there is."""


def mfa_router(factors: SecondFactors) -> APIRouter:
    """Endpoints of second factors."""
    router = APIRouter(tags=["mfa"], route_class=IdentityRoute)
    router.include_router(_proven_router(factors))

    @router.get("/mfa", dependencies=[open_without_second_factor()])
    def get_mfa(session: SessionDep) -> MfaAnswer:
        """What one has set up."""
        return factors.standing(session, _person(session).id)

    @router.post("/mfa/totp/confirm", dependencies=[secret_answer(), open_without_second_factor()])
    def confirm_totp(session: SessionDep, body: TotpConfirm) -> RecoveryCodes:
        """From now on signing in asks for a code. The recovery codes are told this once."""
        return RecoveryCodes(codes=factors.confirm(session, _person(session), body.code))

    @router.get("/second-factors", dependencies=[requires(REVIEW)])
    def list_second_factors(
        session: SessionDep, given: Annotated[SecondFactorList, Query()]
    ) -> Page[SecondFactorStanding]:
        """Who signs in by a password, and whether they have a second factor."""
        items, cursor = standings(session, given)
        return Page(items=items, next_cursor=cursor)

    @router.get("/second-factors/count", dependencies=[requires(REVIEW)])
    def count_second_factors(session: SessionDep) -> SecondFactorCount:
        """How many have none."""
        return count_missing(session)

    @router.delete("/users/{id}/mfa", status_code=204, dependencies=[requires("identity.user.update")])
    def remove_somebodys_totp(session: SessionDep, id: UUID) -> Response:  # noqa: A002 - the name in the path
        """Let somebody who lost authenticator and recovery codes in by password alone."""
        demand_proven(session, session.need(User, id, "user").id)
        demand_no_more(session, id, "take away a second factor")
        factors.remove(session, id)
        return Response(status_code=204)

    return router


def _proven_router(factors: SecondFactors) -> APIRouter:
    """What one does with one's password again."""
    router = APIRouter(route_class=ProvenRoute)

    @router.post("/mfa/totp", status_code=201, dependencies=[secret_answer(), open_without_second_factor()])
    def begin_totp(session: SessionDep, body: PasswordAgain) -> TotpBegun:
        """A secret for one's authenticator; told this once, and good once a code of it was confirmed."""
        demand_real(session, "set up a second factor")
        return factors.begin(session, _person(session))

    @router.post("/mfa/totp/remove", status_code=204)
    def remove_totp(session: SessionDep, body: SecondFactorRemove) -> None:
        """Sign in by password alone again."""
        user = _person(session)
        demand_own_factor(session, factors, user, body.second_factor.get_secret_value())
        factors.remove(session, user.id)

    @router.post("/mfa/recovery-codes", dependencies=[secret_answer()])
    def renew_recovery_codes(session: SessionDep, body: SecondFactorRemove) -> RecoveryCodes:
        """New recovery codes in place of those before."""
        user = _person(session)
        demand_own_factor(session, factors, user, body.second_factor.get_secret_value())
        return RecoveryCodes(codes=factors.new_recovery_codes(session, user))

    return router


def _person(session: TenantSession) -> User:
    return session.need(User, oneself(session, "has a second factor"), "user")
