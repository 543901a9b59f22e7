"""Endpoints of organizations: one's own for everybody, all of them for superadministrators."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import ColumnElement, select
from unison_domain.identity.organization_contracts import (
    AdministratorCreate,
    AdministratorMade,
    OrganizationAnswer,
    OrganizationCreate,
    OrganizationMade,
    OrganizationReplace,
)
from unison_domain.kernel.contracts import Page

from unison_server.identity import organizations
from unison_server.identity.organizations import CREATE, DEACTIVATE, READ, UPDATE, Organizations
from unison_server.identity.tables import Organization
from unison_server.kernel.access import requires
from unison_server.kernel.errors import NotFound
from unison_server.kernel.idempotency import secret_answer
from unison_server.kernel.paging import ListRequest, Order
from unison_server.kernel.resource import IfMatch, seen_version
from unison_server.kernel.route import IdentityRoute, SessionDep

_BY_CODE = Order({"code": Organization.code, "name": Organization.name, "created_at": Organization.created_at}, "code")


class OrganizationList(ListRequest):
    """What organizations can be narrowed by."""

    is_active: bool | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """What every organization of the list fulfils."""
        if self.is_active is not None:
            yield Organization.is_active == self.is_active


def organizations_router(made: Organizations) -> APIRouter:
    """Endpoints of organizations."""
    router = APIRouter(prefix="/organizations", tags=["organizations"], route_class=IdentityRoute)

    @router.get("", dependencies=[requires("identity.organization.read")])
    def list_organizations(
        session: SessionDep, given: Annotated[OrganizationList, Query()]
    ) -> Page[OrganizationAnswer]:
        """The organization one is of; all of them for a superadministrator."""
        statement = select(Organization).where(*given.conditions())
        if READ not in session.scope.permissions:
            statement = statement.where(Organization.id == session.organization_id)
        rows, cursor = _BY_CODE.page(session, statement, given, Organization.id)
        return Page(items=[OrganizationAnswer.model_validate(row) for row in rows], next_cursor=cursor)

    @router.get("/{id}", dependencies=[requires("identity.organization.read")])
    def get_organization(session: SessionDep, id: UUID, response: Response) -> OrganizationAnswer:  # noqa: A002
        """The organization one is of; any other is not found but by a superadministrator."""
        if id != session.organization_id and READ not in session.scope.permissions:
            raise NotFound(f"There is no organization {id}", thing="organization", id=str(id))
        return _tagged(organizations.find(session, id), response)

    @router.post("", status_code=201, dependencies=[requires(CREATE), secret_answer()])
    def create_organization(session: SessionDep, body: OrganizationCreate, response: Response) -> OrganizationMade:
        """A new organization with its first administrator, who chooses a password by a link good for a week."""
        organization, administrator = made.create(session, body)
        answer = _tagged(organization, response)
        return OrganizationMade(**answer.model_dump(), administrator=administrator)

    @router.post("/{id}/administrators", status_code=201, dependencies=[requires(CREATE), secret_answer()])
    def add_administrator(session: SessionDep, id: UUID, body: AdministratorCreate) -> AdministratorMade:  # noqa: A002
        """Another administrator, e.g. where none is left, or another link for one who never chose a password."""
        return made.add_administrator(session, id, body)

    @router.put("/{id}", dependencies=[requires(UPDATE)])
    def replace_organization(
        session: SessionDep,
        id: UUID,  # noqa: A002 - the name in the path
        body: OrganizationReplace,
        response: Response,
        if_match: IfMatch = None,
    ) -> OrganizationAnswer:
        """Change an organization."""
        return _tagged(organizations.replace_organization(session, id, body, seen_version(if_match)), response)

    @router.delete("/{id}", dependencies=[requires(DEACTIVATE)])
    def deactivate_organization(
        session: SessionDep,
        id: UUID,  # noqa: A002 - the name in the path
        response: Response,
        if_match: IfMatch = None,
    ) -> OrganizationAnswer:
        """Let nobody of it in any more; every session of it ends, and its agents keep what they have to send."""
        return _tagged(organizations.deactivate_organization(session, id, seen_version(if_match)), response)

    @router.post("/{id}/reactivate", dependencies=[requires(UPDATE)])
    def reactivate_organization(
        session: SessionDep,
        id: UUID,  # noqa: A002 - the name in the path
        response: Response,
        if_match: IfMatch = None,
    ) -> OrganizationAnswer:
        """Let its people and machines in again."""
        return _tagged(organizations.reactivate_organization(session, id, seen_version(if_match)), response)

    return router


def _tagged(organization: Organization, response: Response) -> OrganizationAnswer:
    response.headers["ETag"] = f'"{organization.version}"'
    return OrganizationAnswer.model_validate(organization)
