"""Everybody of an organization who is let in, with what they may do where and how they want to be told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select
from unison_domain.identity.languages import Written, written_for
from unison_domain.identity.notification_contracts import Channel, NotificationKind, Priority
from unison_domain.identity.notification_words import channel_of
from unison_domain.identity.setting_contracts import GERMAN_BY_DEFAULT, TIME_ZONE

from unison_server.identity.demanded_factors import without_one
from unison_server.identity.languages import by_default
from unison_server.identity.notification_tables import UserPreferences
from unison_server.identity.queries import has_access, reach_of, rights_from
from unison_server.identity.roles import permissions_of
from unison_server.identity.settings import setting_in
from unison_server.identity.tables import OwnRole, User, UserPlantAccess, UserRole
from unison_server.kernel.permissions import known_permissions
from unison_server.kernel.scope import EVERYWHERE, ActorKind, Scope

_PREFERRED = (
    UserPreferences.by_kind,
    UserPreferences.by_priority,
    UserPreferences.time_zone,
    UserPreferences.language,
)


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody who can be told.

    Attributes:
        scope: what they may do, and where.
        by_kind, by_priority: the channels they chose, as they are kept. zone: whose clock times in their mail follow.
        language: what they are written to in.
    """

    id: UUID
    email: str | None
    scope: Scope
    by_kind: Mapping[NotificationKind, Channel]
    by_priority: Mapping[Priority, Channel]
    zone: ZoneInfo
    language: Written

    def channel(self, kind: NotificationKind) -> Channel:
        """How they want to be told of it."""
        return channel_of(kind, self.by_kind, self.by_priority)


def receivers_of(identity: Connection, organization_id: UUID) -> list[Receiver]:
    """All of them, in a few look-ups for any number of people; as the system role.

    Whose rights are withheld until they have a second factor is told of nothing these rights would let them see.
    """
    roles: defaultdict[UUID, list[Any]] = defaultdict(list)
    for row in identity.execute(select(*UserRole.__table__.columns).where(UserRole.organization_id == organization_id)):
        roles[row.user_id].append(row)
    plants: defaultdict[UUID, list[tuple[UUID, Any]]] = defaultdict(list)
    access = select(*UserPlantAccess.__table__.columns).where(UserPlantAccess.organization_id == organization_id)
    for one in identity.execute(access):
        plants[one.user_id].append((one.plant_id, one))
    given = _Given(_own_roles(identity, organization_id))
    people = (
        select(User.id, User.email, *_PREFERRED)
        .outerjoin(
            UserPreferences,
            (UserPreferences.organization_id == User.organization_id) & (UserPreferences.user_id == User.id),
        )
        .where(User.organization_id == organization_id, has_access())
    )
    clock = setting_in(identity, organization_id, TIME_ZONE)
    otherwise = by_default(setting_in(identity, organization_id, GERMAN_BY_DEFAULT))
    lacks_factor = without_one(identity, organization_id)
    found = []
    for row in identity.execute(people):
        rights = rights_from(0, roles[row.id], given, reach_of(plants[row.id]), EVERYWHERE)
        if lacks_factor(row.id, rights.permissions):
            rights = rights.withheld()
        found.append(
            Receiver(
                id=row.id,
                email=row.email,
                scope=rights.of(Scope(organization_id, ActorKind.USER, row.id)),
                by_kind=row.by_kind or {},
                by_priority=row.by_priority or {},
                zone=ZoneInfo(row.time_zone or clock),
                language=written_for(row.language, otherwise),
            )
        )
    return found


class _Given(dict[str, frozenset[str]]):
    """What each role gives, looked up once."""

    def __init__(self, own: Mapping[str, frozenset[str]]) -> None:
        super().__init__()
        self._own = own

    def __missing__(self, role: str) -> frozenset[str]:
        self[role] = permissions_of([role]) | self._own.get(role, frozenset())
        return self[role]


def _own_roles(identity: Connection, organization_id: UUID) -> dict[str, frozenset[str]]:
    own = select(OwnRole.code, OwnRole.permissions).where(OwnRole.organization_id == organization_id, OwnRole.is_active)
    return {row.code: known_permissions().intersection(row.permissions) for row in identity.execute(own)}
