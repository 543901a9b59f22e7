"""Endpoints of roles and of what somebody may do, with the reason."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import select
from unison_domain.identity.role_contracts import (
    EffectivePermissions,
    RoleAnswer,
    RoleCreate,
    RoleReplace,
)
from unison_domain.identity.role_policy import PolicyImport, PolicyPreview
from unison_domain.kernel.contracts import Page

from unison_server.identity import own_roles, role_policies
from unison_server.identity.effective_rights import IdlePlaces, effective_permissions
from unison_server.identity.roles import ROLES, Role, permissions_of
from unison_server.identity.tables import OwnRole, User
from unison_server.kernel.access import requires
from unison_server.kernel.csv_answer import ROWS_HEADER, CsvAnswer
from unison_server.kernel.paging import Order
from unison_server.kernel.resource import IfMatch, Resource
from unison_server.kernel.route import IdentityRoute, SessionDep

roles = Resource(
    table=OwnRole,
    name="role",
    plural="roles",
    permission="identity.role",
    answer=RoleAnswer,
    order=Order({"code": OwnRole.code}, "code"),
    columns=("code", "name", "is_active"),
    present=lambda _session, rows: [_answer(row) for row in rows],
)
router = APIRouter(tags=["roles"], route_class=IdentityRoute)


@router.get("/roles", dependencies=[requires("identity.role.read")])
def list_roles(session: SessionDep) -> Page[RoleAnswer]:
    """System roles and the organization's own."""
    own = session.scalars(select(OwnRole).order_by(OwnRole.code))
    return Page(items=[*(_system(code, role) for code, role in ROLES.items()), *map(_answer, own)])


@router.get("/roles/policy.csv", response_class=CsvAnswer, dependencies=[requires("identity.role.read")])
def export_roles(session: SessionDep) -> Response:
    """Roles in use as a policy file of Casbin; an import reads it again."""
    file = role_policies.export_policy(session)
    told = {"Content-Disposition": 'attachment; filename="roles.csv"', ROWS_HEADER: str(file.count("\n"))}
    return CsvAnswer(file, headers=told)


@router.post("/roles/import/preview", dependencies=[requires("identity.role.import")])
def preview_role_import(session: SessionDep, body: PolicyImport) -> PolicyPreview:
    """What a policy file of Casbin would change, and every mistake in it."""
    return role_policies.preview_policy(session, body)


@router.post("/roles/import", dependencies=[requires("identity.role.import")])
def import_roles(session: SessionDep, body: PolicyImport) -> PolicyPreview:
    """Make and change the organization's own roles as the file says: all of it, or nothing and every mistake."""
    return role_policies.import_policy(session, body)


@router.get("/roles/{id}", dependencies=[requires("identity.role.read")])
def get_role(session: SessionDep, id: UUID, response: Response) -> RoleAnswer:  # noqa: A002 - the name in the path
    """One of the organization's own."""
    return _tagged(roles.load(session, id), response)


@router.post("/roles", status_code=201, dependencies=[requires("identity.role.create")])
def create_role(session: SessionDep, body: RoleCreate, response: Response) -> RoleAnswer:
    """A new role of the organization's own."""
    return _tagged(own_roles.create_role(session, body), response)


@router.put("/roles/{id}", dependencies=[requires("identity.role.update")])
def replace_role(
    session: SessionDep,
    id: UUID,  # noqa: A002 - the name in the path
    body: RoleReplace,
    response: Response,
    if_match: IfMatch = None,
) -> RoleAnswer:
    """Change a role of the organization's own; one that was deactivated comes back."""
    role = roles.load_for_change(session, id, if_match)
    own_roles.replace_role(session, role, body)
    return _tagged(role, response)


@router.delete("/roles/{id}", dependencies=[requires("identity.role.deactivate")])
def deactivate_role(session: SessionDep, id: UUID, response: Response, if_match: IfMatch = None) -> RoleAnswer:  # noqa: A002
    """Let a role of the organization's own give nothing any more."""
    role = roles.load_for_change(session, id, if_match)
    own_roles.deactivate_role(session, role)
    return _tagged(role, response)


def effective_router(idle_places: IdlePlaces) -> APIRouter:
    """What somebody may do."""
    router = APIRouter(tags=["roles"], route_class=IdentityRoute)

    @router.get("/users/{id}/permissions", dependencies=[requires("identity.user.read")])
    def get_effective_permissions(session: SessionDep, id: UUID) -> EffectivePermissions:  # noqa: A002
        """What somebody may do, which of their roles gives it and where, and why not the rest."""
        idle = idle_places(session.scope)  # before this session holds a connection that another could wait for
        return effective_permissions(session, session.need(User, id, "user"), idle)

    return router


def _system(code: str, role: Role) -> RoleAnswer:
    return RoleAnswer(
        id=None,
        version=None,
        code=code,
        name=role.name,
        description=None,
        is_system=True,
        is_active=True,
        permissions=sorted(permissions_of([code])),
        all_places=role.all_places,
        reads_all_places=role.all_places or role.reads_all_places,
        is_device=role.is_device,
        updated_at=None,
    )


def _answer(role: OwnRole) -> RoleAnswer:
    derived = {"is_system": False, "all_places": False, "reads_all_places": False, "is_device": False}
    columns = {name: getattr(role, name) for name in RoleAnswer.model_fields if name not in derived}
    return RoleAnswer(**columns, **derived)


def _tagged(role: OwnRole, response: Response) -> RoleAnswer:
    response.headers["ETag"] = f'"{role.version}"'
    return _answer(role)
