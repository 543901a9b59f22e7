"""Endpoints of the practice organization."""

from __future__ import annotations

from fastapi import APIRouter, Response
from unison_domain.identity.contracts import Tokens
from unison_domain.identity.organization_contracts import OrganizationAnswer, PracticeSignIn

from unison_server.identity.practice import Practice, demand_practice
from unison_server.identity.tables import Organization
from unison_server.kernel.access import requires
from unison_server.kernel.idempotency import secret_answer
from unison_server.kernel.resource import IfMatch, seen_version
from unison_server.kernel.route import IdentityRoute, SessionDep


def practice_router(practice: Practice) -> APIRouter:
    """Making it, making it anew, and going there."""
    router = APIRouter(prefix="/practice-organization", tags=["organizations"], route_class=IdentityRoute)

    @router.get("")
    def get_practice_organization(session: SessionDep, response: Response) -> OrganizationAnswer:
        """That of one's organization; 404 where there is none yet."""
        return _tagged(demand_practice(session), response)

    @router.post("", status_code=201, dependencies=[requires("identity.practice.create")])
    def make_practice_organization(session: SessionDep, response: Response) -> OrganizationAnswer:
        """Copy masters and people into an organization where nothing is real."""
        return _tagged(practice.make(session, None), response)

    @router.post("/reset", dependencies=[requires("identity.practice.reset")])
    def reset_practice_organization(
        session: SessionDep, response: Response, if_match: IfMatch = None
    ) -> OrganizationAnswer:
        """Make all of it anew; people there are signed out, and its stations are enrolled again."""
        return _tagged(practice.make(session, seen_version(if_match)), response)

    @router.post("/sign-in", dependencies=[secret_answer()])
    def sign_in_to_practice(session: SessionDep, body: PracticeSignIn) -> Tokens:
        """A session of oneself there."""
        return practice.sign_in(session, body.client)

    return router


def _tagged(organization: Organization, response: Response) -> OrganizationAnswer:
    response.headers["ETag"] = f'"{organization.version}"'
    return OrganizationAnswer.model_validate(organization)
