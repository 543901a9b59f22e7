"""Roles from a policy file of Casbin and to one: all of it or nothing.

A preview is the import itself, taken back: what it says is what will happen. The same file again changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from hashlib import blake2b

from sqlalchemy import func, select
from unison_domain.identity.role_contracts import RoleCreate, RoleReplace
from unison_domain.identity.role_policy import (
    PolicyImport,
    PolicyPreview,
    PolicyRole,
    RoleChange,
    read,
    write,
)
from unison_domain.kernel.contracts import FieldError
from unison_domain.kernel.csv_file import CsvError, text_of

from unison_server.identity.own_roles import create_role, replace_role
from unison_server.identity.roles import ROLES, permissions_of
from unison_server.identity.tables import OwnRole
from unison_server.kernel.access import tenant_permissions
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash, Invalid, Refusal


def export_policy(session: TenantSession) -> str:
    """The file of the system roles and of the organization's own that are in use."""
    own = session.scalars(select(OwnRole).where(OwnRole.is_active))
    return write({code: _given(code) for code in ROLES} | {role.code: role.permissions for role in own})


def preview_policy(session: TenantSession, wanted: PolicyImport) -> PolicyPreview:
    """What `import_policy` would do, and everything that is wrong."""
    taken_back = session.begin_nested()
    try:
        return _imported(session, wanted)
    finally:
        taken_back.rollback()


def import_policy(session: TenantSession, wanted: PolicyImport) -> PolicyPreview:
    """Make and change the organization's own roles as the file says, all of them.

    Raises:
        Invalid: something is wrong with it; says everything that is.
        Clash: it would do something else than the preview that was agreed to.
    """
    done = _imported(session, wanted)
    if done.errors:
        errors = [FieldError(field=str(one.row), code="policy", message=one.message) for one in done.errors]
        first = done.errors[0]
        words = f"{len(errors)} mistakes, the first in line {first.row}: {first.value or 'it'}: {first.message}"
        raise Invalid(words, code="policy_invalid", errors=errors)
    if wanted.seen is not None and wanted.seen != done.seen:
        raise Clash("Roles changed since the preview; look at a new one", code="changed_since_preview")
    return done


def _imported(session: TenantSession, wanted: PolicyImport) -> PolicyPreview:
    # Who takes over into the same organization waits here.
    lock = func.hashtextextended(f"role policy of {session.organization_id}", 0)
    session.execute(select(func.pg_advisory_xact_lock(lock)))
    try:
        roles, errors = read(text_of(wanted.file))
    except ValueError as error:
        roles, errors = {}, [CsvError(row=1, message=f"the file {error}")]
    known = {role.code: role for role in session.scalars(select(OwnRole).with_for_update())}
    changes: list[RoleChange] = []
    for code, role in roles.items():
        unknown = list(_unknown(role))
        errors += unknown
        if code in ROLES:
            errors += _differing(code, role)
        elif not unknown:
            changes += _taken_over(session, code, role, known.get(code), errors)
    said = "\n".join(one.model_dump_json() for one in changes)
    return PolicyPreview(
        rows=sum(len(role.given) for role in roles.values()),
        errors=sorted(errors, key=lambda error: error.row),
        changes=changes,
        seen=blake2b(said.encode(), digest_size=8).hexdigest(),
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
