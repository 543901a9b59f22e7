"""Roles from a policy file of Casbin and to one: all of it or nothing.

A preview is the import itself, taken back: what it says is what will happen. The same file again changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import select
from unison_domain.identity.role_contracts import RoleCreate, RoleReplace
from unison_domain.identity.role_policy import (
    PolicyImport,
    PolicyPreview,
    PolicyRole,
    RoleChange,
    read,
    write,
)
from unison_domain.kernel.csv_file import CsvError

from unison_server.identity.file_imports import agreed, in_order, previewed, read_file, seen_of, take_turns
from unison_server.identity.own_roles import create_role, replace_role
from unison_server.identity.roles import ROLES, permissions_of
from unison_server.identity.tables import OwnRole
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Refusal
from unison_server.kernel.permissions import tenant_permissions


def export_policy(session: TenantSession) -> str:
    """The file of the system roles and of the organization's own that are in use."""
    own = session.scalars(select(OwnRole).where(OwnRole.is_active))
    return write({code: _given(code) for code in ROLES} | {role.code: role.permissions for role in own})


def preview_policy(session: TenantSession, wanted: PolicyImport) -> PolicyPreview:
    """What `import_policy` would do, and everything that is wrong."""
    return previewed(session, lambda: _imported(session, wanted))


def import_policy(session: TenantSession, wanted: PolicyImport) -> PolicyPreview:
    """Make and change the organization's own roles as the file says, all of them; raises as `file_imports.agreed`."""
    return agreed(_imported(session, wanted), wanted.seen, "Roles", "policy_invalid", _line_of)


def _line_of(error: CsvError) -> tuple[str, str]:
    return str(error.row), f"line {error.row}"


def _imported(session: TenantSession, wanted: PolicyImport) -> PolicyPreview:
    take_turns(session, "role policy")
    roles, errors = read_file(wanted.file, read, dict[str, PolicyRole]())
    known = {role.code: role for role in session.scalars(select(OwnRole).with_for_update())}
    changes: list[RoleChange] = []
    for code, role in roles.items():
        unknown = list(_unknown(role))
        errors += unknown
        if code in ROLES:
            errors += _differing(code, role)
        elif not unknown:
            changes += _taken_over(session, code, role, known.get(code), errors)
    return PolicyPreview(
        rows=sum(len(role.given) for role in roles.values()),
        errors=in_order(errors),
        changes=changes,
        seen=seen_of(changes),
    )


def _unknown(role: PolicyRole) -> Iterator[CsvError]:
    known = tenant_permissions()
    for permission, row in role.given.items():
        if permission not in known:
            message = "is no permission; GET /permissions lists them, and none stands for several"
            yield CsvError(row=row, value=permission, message=message)


def _differing(code: str, role: PolicyRole) -> Iterator[CsvError]:
    """A system role is the same everywhere."""
    if differing := sorted(_given(code) ^ role.given.keys()):
        message = f"is a role of the system and can't be changed ({differing[0]}): give yours another code"
        yield CsvError(row=role.row, value=code, message=message)


def _taken_over(
    session: TenantSession, code: str, role: PolicyRole, before: OwnRole | None, errors: list[CsvError]
) -> Iterator[RoleChange]:
    had = set() if before is None else set(before.permissions)
    changes, permissions = _changes(had, role.given), sorted(role.given)
    was_in_use = before is not None and before.is_active
    if was_in_use and not changes:
        return
    try:
        if before is None:
            create_role(session, RoleCreate(code=code, name=code, permissions=permissions))
        else:
            kept = {"name": before.name, "description": before.description}
            replace_role(session, before, RoleReplace(permissions=permissions, **kept))
    except Refusal as refusal:
        errors.append(CsvError(row=role.row, value=code, message=refusal.detail))
        return
    action = "create" if before is None else "update" if was_in_use else "reactivate"
    yield RoleChange(row=role.row, code=code, action=action, changes=changes)


def _changes(had: Collection[str], given: Collection[str]) -> list[str]:
    return [
        *(f"+{one}" for one in sorted(set(given) - set(had))),
        *(f"-{one}" for one in sorted(set(had) - set(given))),
    ]


def _given(code: str) -> frozenset[str]:
    return permissions_of([code]) & tenant_permissions()
