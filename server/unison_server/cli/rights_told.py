"""What somebody may do where, as `unison user` says it; and what is missing, and where it is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from unison_server.identity.queries import plants_of, roles_of
from unison_server.identity.roles import widened
from unison_server.identity.sign_in import is_let_in
from unison_server.identity.tables import User, UserPlantAccess
from unison_server.kernel.database import TenantSession
from unison_server.kernel.scope import NOWHERE, Reach


def told_of(session: TenantSession, user: User, organization: str, plants: Mapping[UUID, str]) -> str:
    """E.g. `carl can sign in to ACME as viewer; plants: NORTH (reads)`.

    Args:
        plants: codes of all plants of the company by their ids.
    """
    roles = roles_of(session, user.id)
    where = _where(widened(roles, NOWHERE), plants_of(session, user.id), plants)
    may = "can" if is_let_in(user) else "is inactive and can't"
    as_what = f"as {', '.join(roles)}" if roles else "but may do nothing yet"
    told = (
        f"{user.username} {may} sign in to {organization} {as_what}; plants: {where or 'none, so no machine is seen'}"
    )
    missing = [*([] if roles else ["--role ROLE"]), *([] if where else ["--plant CODE"])]
    if not missing:
        return told
    command = f"unison user grant {user.username} --organization {organization} {' '.join(missing)}"
    there = f"The plants: {', '.join(plants.values())}." if plants else "There is no plant yet: make one, page Plants."
    return (
        f"{told}\nWhat is missing is given by: {command}\n"
        f"or in the desktop, page People, Access.{'' if where else f' {there}'}"
    )


def _where(reach: Reach, own: Sequence[UserPlantAccess], plants: Mapping[UUID, str]) -> str:
    """Empty where they see none."""
    if reach.write is None:
        return "all"
    written = [f"{plants[one.plant_id]} ({_verbs(one)})" for one in own if one.plant_id in plants]
    return ", ".join([*(["all (reads)"] if reach.read is None else []), *written])


def _verbs(right: UserPlantAccess) -> str:
    verbs = (("reads", right.can_read), ("writes", right.can_write), ("deletes", right.can_delete))
    return ", ".join(verb for verb, is_given in verbs if is_given)
