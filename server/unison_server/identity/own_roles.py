"""What is done about an organization's own roles."""

from __future__ import annotations

from sqlalchemy import select, update
from unison_domain.identity.role_contracts import RoleCreate, RoleReplace
from unison_domain.kernel.contracts import FieldError

from unison_server.identity.access_changes import tell_access
from unison_server.identity.giving_rights import demand_known, demand_permissions
from unison_server.identity.roles import ROLES
from unison_server.identity.tables import OwnRole, User, UserRole
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash
from unison_server.kernel.outbox import record
from unison_server.kernel.permissions import tenant_permissions


def create_role(session: TenantSession, wanted: RoleCreate) -> OwnRole:
    """A new role.

    Raises:
        Clash: the code is taken, also by a system role. Invalid: no such permission. NotAllowed: one the actor lacks.
    """
    taken = select(OwnRole.id).where(OwnRole.code == wanted.code)
    if wanted.code in ROLES or session.scalar(taken) is not None:
        message = f"is taken: there is a role {wanted.code}"
        errors = [FieldError(field="code", code="taken", message=message)]
        raise Clash(f"code {message}", code="taken", errors=errors)
    role = OwnRole(code=wanted.code)
    session.add(role)
    _set(session, role, wanted)
    session.flush()
    record(session, "identity.role.created", role.id, version=role.version)
    return role


def replace_role(session: TenantSession, role: OwnRole, wanted: RoleReplace) -> None:
    """Give the role other permissions; whoever has it has them, or has lost them, at once.

    Raises:
        Invalid: no such permission. NotAllowed: one the actor lacks, among the present and the wanted.
    """
    demand_permissions(session, tenant_permissions().intersection(role.permissions), f"change the role {role.name}")
    _set(session, role, wanted)
    session.flush()
    _tell_holders(session, role)
    record(session, "identity.role.updated", role.id, version=role.version)


def deactivate_role(session: TenantSession, role: OwnRole) -> None:
    """Let the role give nothing any more; who has it keeps it, for the case that it comes back.

    Raises:
        NotAllowed: it gives what the actor lacks.
    """
    demand_permissions(session, tenant_permissions().intersection(role.permissions), f"change the role {role.name}")
    role.is_active = False
    session.flush()
    _tell_holders(session, role)
    record(session, "identity.role.deactivated", role.id, version=role.version)


def _set(session: TenantSession, role: OwnRole, wanted: RoleCreate | RoleReplace) -> None:
    demand_known(wanted.permissions, "permissions")
    demand_permissions(session, wanted.permissions, f"put that into the role {wanted.name}")
    role.name, role.description, role.is_active = wanted.name, wanted.description, True
    role.permissions = sorted(set(wanted.permissions))


def _tell_holders(session: TenantSession, role: OwnRole) -> None:
    held = select(UserRole.user_id).where(UserRole.role == role.code)
    changed = (
        update(User)
        .where(User.id.in_(held))
        .values(rights_version=User.rights_version + 1)
        .returning(User.id)
        .execution_options(synchronize_session=False)
    )
    for user_id in session.scalars(changed).all():
        tell_access(session, user_id)
