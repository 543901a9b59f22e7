"""Endpoints of badges and of the rules of signing on at stations."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import select
from unison_domain.identity.badge_contracts import (
    BadgeAnswer,
    BadgeCreate,
    BadgeEnd,
    BadgeFind,
    BadgeKind,
    BadgeState,
    SignOnRules,
    SignOnRulesAnswer,
)
from unison_domain.kernel.contracts import Known, Page

from unison_server.identity.badge_tables import Badge
from unison_server.identity.badges import Badges, answers_of, end_badge, is_valid
from unison_server.identity.giving_rights import demand_rights_of
from unison_server.identity.own_sign_in import PerhapsProvenRoute, demand_proven, is_proven
from unison_server.kernel.access import requires
from unison_server.kernel.paging import ListRequest, Order
from unison_server.kernel.resource import IfMatch, seen_version
from unison_server.kernel.route import SessionDep

_NEWEST = Order({"created_at": Badge.created_at, "label": Badge.label}, "-created_at")


class BadgeList(ListRequest):
    """What badges can be narrowed by.

    Attributes:
        is_valid: only those that name somebody now, or only the others.
    """

    user_id: UUID | None = None
    kind: BadgeKind | None = None
    state: Known[BadgeState] | None = None
    is_valid: bool | None = None


def badge_router(badges: Badges) -> APIRouter:
    """Endpoints of badges."""
    router = APIRouter(tags=["badges"], route_class=PerhapsProvenRoute)

    @router.get("/badges", dependencies=[requires("identity.badge.read")])
    def list_badges(session: SessionDep, given: Annotated[BadgeList, Query()]) -> Page[BadgeAnswer]:
        """Badges, newest first; what is written on them nobody can tell."""
        statement = select(Badge)
        for column, wanted in ((Badge.user_id, given.user_id), (Badge.kind, given.kind), (Badge.state, given.state)):
            if wanted is not None:
                statement = statement.where(column == wanted)
        if given.is_valid is not None:
            statement = statement.where(is_valid() if given.is_valid else ~is_valid())
        rows, cursor = _NEWEST.page(session, statement, given, Badge.id)
        return Page(items=answers_of(session, rows), next_cursor=cursor)

    @router.post("/badges", status_code=201, dependencies=[requires("identity.badge.create")])
    def issue_badge(session: SessionDep, body: BadgeCreate, request: Request) -> BadgeAnswer:
        """Hand a badge out to somebody; with an end it is a day badge. To oneself: with the own password."""
        return answers_of(session, [badges.issue(session, body, is_proven=is_proven(request))])[0]

    @router.post("/badges/find", dependencies=[requires("identity.badge.read")])
    def find_badge(session: SessionDep, body: BadgeFind) -> BadgeAnswer:
        """Whose badge is at hand; 404 `badge_unknown` where nobody was given it."""
        return answers_of(session, [badges.find(session, body.text.get_secret_value())])[0]

    @router.post("/badges/{id}/lost", dependencies=[requires("identity.badge.revoke")])
    def report_badge_lost(
        session: SessionDep,
        id: UUID,  # noqa: A002 - the name in the path
        request: Request,
        body: BadgeEnd | None = None,
    ) -> BadgeAnswer:
        """It names nobody any more; at stations once they fetched the list again (`roster_at` of agents)."""
        badge = session.need(Badge, id, "badge")
        demand_proven(session, badge.user_id, is_proven=is_proven(request))
        demand_rights_of(session, badge.user_id)
        end_badge(session, badge, BadgeState.LOST)
        return answers_of(session, [badge])[0]

    @router.post("/badges/{id}/revoke", dependencies=[requires("identity.badge.revoke")])
    def revoke_badge(
        session: SessionDep,
        id: UUID,  # noqa: A002 - the name in the path
        request: Request,
        body: BadgeEnd | None = None,
    ) -> BadgeAnswer:
        """It names nobody any more; at stations once they fetched the list again (`roster_at` of agents)."""
        badge = session.need(Badge, id, "badge")
        demand_proven(session, badge.user_id, is_proven=is_proven(request))
        demand_rights_of(session, badge.user_id)
        end_badge(session, badge, BadgeState.REVOKED)
        return answers_of(session, [badge])[0]

    @router.get("/sign-on-rules", dependencies=[requires("identity.badge.read")])
    def get_sign_on_rules(session: SessionDep, response: Response) -> SignOnRulesAnswer:
        """How the organization signs on at stations."""
        return _tagged(badges.rules(session), response)

    @router.put("/sign-on-rules", dependencies=[requires("identity.badge.configure")])
    def replace_sign_on_rules(
        session: SessionDep, body: SignOnRules, response: Response, if_match: IfMatch = None
    ) -> SignOnRulesAnswer:
        """Sign on by other rules."""
        return _tagged(badges.set_rules(session, body, seen_version(if_match)), response)

    return router


def _tagged(rules: SignOnRulesAnswer, response: Response) -> SignOnRulesAnswer:
    response.headers["ETag"] = f'"{rules.version}"'
    return rules
