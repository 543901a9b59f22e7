"""Nobody gives, or takes over, rights they lack: what every use case asks before it does either."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from uuid import UUID

from sqlalchemy import select
from unison_domain.identity.contracts import RoleGiven
from unison_domain.identity.right_words import right_named
from unison_domain.kernel.contracts import FieldError

from unison_server.identity.queries import (
    Held,
    OwnRoles,
    given_by,
    held_by,
    held_roles,
    own_roles,
    place_of,
    rights_of_held,
)
from unison_server.identity.roles import ROLES
from unison_server.identity.tables import OwnRole, UserRole
from unison_server.kernel.access import Rights
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Invalid, NotAllowed
from unison_server.kernel.permissions import tenant_permissions
from unison_server.kernel.scope import ActorKind, Reach, RolePlace, Scope


def place_given(wanted: RoleGiven) -> RolePlace | None:
    """Where a role is to hold, its plant being said; None: in the whole organization."""
    return None if wanted.plant_id is None else RolePlace(wanted.plant_id, wanted.department_id)


def roles_given(
    everywhere: Collection[str], in_places: Collection[RoleGiven]
) -> Iterator[tuple[str, RolePlace | None]]:
    """Codes and places of all of them."""
    for role in everywhere:
        yield role, None
    for one in in_places:
        yield one.role, place_given(one)


def demand_role(session: TenantSession, code: str, place: RolePlace | None = None, own: OwnRoles | None = None) -> None:
    """Raises Invalid where no such role can be given, and NotAllowed where it gives more than the actor has there.

    Args:
        own: `own_roles`, where they were read already.
    """
    if code not in ROLES and own is None:
        own = own_roles(session)
    name = ROLES[code].name if code in ROLES else own[code].name if own and code in own else None
    if name is None:
        is_kept = session.scalar(select(OwnRole.id).where(OwnRole.code == code)) is not None
        message = f"the role {code} was taken out of use" if is_kept else f"there is no role {code}"
        raise Invalid(message, code="no_such", errors=[FieldError(field="role", code="no_such", message=message)])
    if code in ROLES and ROLES[code].is_device:
        message = f"the role {name} is that of PCs at stations: they have it by being enrolled, and nobody is given it"
        raise Invalid(
            message, code="device_role", errors=[FieldError(field="role", code="device_role", message=message)]
        )
    where = "" if place is None else " there"
    demand_permissions(session, given_by(session, [code], own)[code], f"give the role {name}{where}", place)


def demand_rights_of(session: TenantSession, user_id: UUID) -> None:
    """Raises NotAllowed where the person may do what the actor may not."""
    demand_rights(session, held_roles(session, user_id))


def demand_no_more(session: TenantSession, user_id: UUID, act: str) -> None:
    """Nobody changes what lets somebody in who may do more, anywhere, than they themselves: they could be them then.

    Args:
        act: what they would do, as in "You can't hand out a badge".

    Raises:
        NotAllowed: the person holds a permission, or reaches a place, that the actor does not.
    """
    if session.scope.actor_kind is not ActorKind.SYSTEM:
        demand_no_more_than(session, held_by(session, user_id)[user_id], act)


def demand_no_more_than(session: TenantSession, held: Held, act: str, own: OwnRoles | None = None) -> None:
    """The same of what somebody holds; `own` as in `demand_role`."""
    scope = session.scope
    if scope.actor_kind is ActorKind.SYSTEM:
        return
    demand_rights(session, held.roles, own)
    theirs = rights_of_held(session, held, 0, own)
    for kind, beyond in (
        ("plant", _beyond(theirs.plants, scope.plants)),
        ("warehouse", _beyond(theirs.warehouses, scope.warehouses)),
    ):
        if beyond is not None:
            verb, place_id = beyond
            where = f"in every {kind}" if place_id is None else f"in a {kind} where you may not"
            raise NotAllowed(
                f"You can't {act}: the person may {verb} {where}, and you could act as them",
                code="beyond_own_rights",
                place=kind,
                place_id=None if place_id is None else str(place_id),
            )


def _beyond(theirs: Reach, own: Reach) -> tuple[str, UUID | None] | None:
    """What one may and the other may not: the verb, and where, None being everywhere."""
    for verb, wide, narrow in (
        ("read", theirs.read, own.read),
        ("write", theirs.write, own.write),
        ("delete", theirs.delete, own.delete),
    ):
        if narrow is None:
            continue
        if wide is None:
            return verb, None
        if further := wide - narrow:
            return verb, min(further)
    return None


def demand_rights(session: TenantSession, held: Collection[UserRole], own: OwnRoles | None = None) -> None:
    """Raises NotAllowed where these roles give what the actor lacks; `own` as in `demand_role`."""
    given = given_by(session, {one.role for one in held}, own)
    for one in held:
        demand_permissions(session, given[one.role], "change somebody with more rights than you", place_of(one))


def demand_known(permissions: Collection[str], field: str) -> None:
    """Raises Invalid, beside the field of the request, where one of them is no permission."""
    if unknown := sorted(set(permissions) - tenant_permissions()):
        message = f"{unknown[0]} is no permission; GET /permissions lists them"
        raise Invalid(message, errors=[FieldError(field=field, code="no_such", message=message)], code="no_such")


def demand_permissions(
    session: TenantSession, permissions: Collection[str], act: str, place: RolePlace | None = None
) -> None:
    """Nobody hands out, or takes over, rights they don't have; commands of the server may.

    Args:
        act: what they would do, as in "You can't give the role Planner".
        place: where; None: in the whole organization, for which rights in single places are not enough.

    Raises:
        NotAllowed: the actor lacks one of the permissions.
    """
    if session.scope.actor_kind is ActorKind.SYSTEM:
        return
    if beyond := set(permissions) - held_at(session.scope, place):
        raise NotAllowed(
            f"You can't {act}: you lack the right {right_named(min(beyond))}",
            code="beyond_own_rights",
            permission=min(beyond),
        )


def held_at(held: Scope | Rights, place: RolePlace | None) -> frozenset[str]:
    """What somebody may do there, and so may give there; None: in the whole organization."""
    if place is None:
        return held.permissions
    there = (held.placed.get(own, frozenset()) for own in (place, RolePlace(place.plant_id)))
    return held.permissions.union(*there)
