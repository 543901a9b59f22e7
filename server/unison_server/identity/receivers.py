"""Everybody of an organization who is let in, with what they may do where and how they want to be told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select
from unison_domain.identity.notification_contracts import Channel, NotificationKind, Priority
from unison_domain.identity.notification_words import channel_of

from unison_server.identity.notification_tables import UserPreferences
from unison_server.identity.queries import has_access, reach_of
from unison_server.identity.roles import permissions_of, widened
from unison_server.identity.tables import OwnRole, User, UserPlantAccess, UserRole
from unison_server.kernel.access import known_permissions
from unison_server.kernel.scope import Reach


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody who can be told.

    Attributes:
        by_kind, by_priority: the channels they chose, as they are kept. zone: whose clock times in their mail follow.
    """

    id: UUID
    email: str | None
    permissions: frozenset[str]
    plants: Reach
    by_kind: Mapping[NotificationKind, Channel]
    by_priority: Mapping[Priority, Channel]
    zone: ZoneInfo

    def channel(self, kind: NotificationKind) -> Channel:
        """How they want to be told of it."""
        return channel_of(kind, self.by_kind, self.by_priority)


def receivers_of(identity: Connection, organization_id: UUID) -> list[Receiver]:
    """All of them, in three look-ups for any number of people; as the system role."""
    roles: defaultdict[UUID, set[str]] = defaultdict(set)
    given = select(UserRole.user_id, UserRole.role).where(UserRole.organization_id == organization_id)
    for row in identity.execute(given):
        roles[row.user_id].add(row.role)
    plants: defaultdict[UUID, list[tuple[UUID, Any]]] = defaultdict(list)
    access = select(*UserPlantAccess.__table__.columns).where(UserPlantAccess.organization_id == organization_id)
    for one in identity.execute(access):
        plants[one.user_id].append((one.plant_id, one))
    own = _own_roles(identity, organization_id)

    @cache
    def permissions(held: frozenset[str]) -> frozenset[str]:
        return permissions_of(held).union(*(own.get(role, frozenset()) for role in held))

    people = (
        select(User.id, User.email, UserPreferences.by_kind, UserPreferences.by_priority, UserPreferences.time_zone)
        .outerjoin(
            UserPreferences,
            (UserPreferences.organization_id == User.organization_id) & (UserPreferences.user_id == User.id),
        )
        .where(User.organization_id == organization_id, has_access())
    )
    return [
        Receiver(
            id=row.id,
            email=row.email,
            permissions=permissions(frozenset(roles[row.id])),
            plants=widened(roles[row.id], reach_of(plants[row.id])),
            by_kind=row.by_kind or {},
            by_priority=row.by_priority or {},
            zone=ZoneInfo(row.time_zone or "UTC"),
        )
        for row in identity.execute(people)
    ]


def _own_roles(identity: Connection, organization_id: UUID) -> dict[str, frozenset[str]]:
    own = select(OwnRole.code, OwnRole.permissions).where(OwnRole.organization_id == organization_id, OwnRole.is_active)
    return {row.code: known_permissions().intersection(row.permissions) for row in identity.execute(own)}
