"""The names somebody signs in with: user name, e-mail and employee number, each of one person alone."""

from __future__ import annotations

from collections.abc import Container, Mapping
from uuid import UUID

from sqlalchemy import delete, select
from unison_domain.identity.person_names import folded
from unison_domain.kernel.contracts import FieldError

from unison_server.identity.tables import SignInName, User
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash

NAMES = ("username", "email", "employee_code")
"""What somebody signs in with."""


def names_of(**given: object) -> list[str]:
    """The names of a person as they are compared, of the fields that have them; others are left out."""
    return list(dict.fromkeys(folded(str(given[field])) for field in NAMES if given.get(field)))


def follow_names(session: TenantSession, *people: User) -> None:
    """Let the people, also new ones, in by the names they have now, and by no other."""
    theirs = SignInName.user_id.in_([user.id for user in people])
    now = {name: user.id for user in people for name in names_of(**{field: getattr(user, field) for field in NAMES})}
    with session.no_autoflush:
        found = session.execute(select(SignInName.name, SignInName.user_id).where(theirs))
        before = {row.name: row.user_id for row in found}
        gone = [name for name, user_id in before.items() if now.get(name) != user_id]
        if gone:
            session.execute(delete(SignInName).where(theirs, SignInName.name.in_(gone)))
    for name, user_id in now.items():
        if before.get(name) != user_id:
            session.add(SignInName(organization_id=session.organization_id, name=name, user_id=user_id))


def demand_names_free(session: TenantSession, *, but_of: UUID | None = None, **names: str | None) -> None:
    """Raises Clash where somebody signs in with one of the names, by the field it was given in.

    Args:
        but_of: a person whose own names these may be.
    """
    held = select(SignInName.name).where(SignInName.name.in_([folded(name) for name in names.values() if name]))
    if but_of is not None:
        held = held.where(SignInName.user_id != but_of)
    with session.no_autoflush:
        demand_none_of(set(session.scalars(held)), names)


def demand_none_of(held: Container[str], names: Mapping[str, str | None]) -> None:
    """Raises Clash where others sign in with one of the names, by the field it was given in.

    Args:
        held: names of others, folded.
    """
    taken = [field for field, name in names.items() if name and folded(name) in held]
    if taken:
        message = "is taken: somebody signs in with it"
        errors = [FieldError(field=field, code="taken", message=message) for field in taken]
        raise Clash(f"{' and '.join(taken)} {message}", code="taken", errors=errors)
