"""People, badges, API keys and sessions that were taken away since a backup."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from unison_domain.identity.badge_contracts import BadgeState
from unison_domain.identity.sign_in_contracts import SessionEnd

from unison_server.cli.former_access import Former, Kind
from unison_server.identity.api_keys import revoke_api_key
from unison_server.identity.badge_tables import Badge
from unison_server.identity.badges import end_badge
from unison_server.identity.sign_in import end_session
from unison_server.identity.tables import ApiKey, SignInSession, User
from unison_server.identity.usecases import rights_changed
from unison_server.kernel.database import TenantSession


def _people(session: TenantSession, rows: Sequence[Former]) -> Iterator[str]:
    for row in rows:
        user = session.find(User, row.id)
        if user is None:
            continue
        if user.is_active and not row.is_active:
            user.is_active = False
            rights_changed(session, user)
            yield f"{user.full_name} ({user.username}) is deactivated"
        elif _is_sooner(row.access_ends_at, user.access_ends_at):
            user.access_ends_at = row.access_ends_at
            rights_changed(session, user)
            yield f"the access of {user.full_name} ({user.username}) ends at {row.access_ends_at:%Y-%m-%d %H:%M %Z}"


def _is_sooner(end: datetime | None, than: datetime | None) -> bool:
    return end is not None and (than is None or end < than)


def _badges(session: TenantSession, rows: Sequence[Former]) -> Iterator[str]:
    for row in rows:
        badge = session.find(Badge, row.id)
        if badge is not None and badge.state == BadgeState.ACTIVE:
            end_badge(session, badge, BadgeState.LOST if row.state == BadgeState.LOST else BadgeState.REVOKED)
            yield f"the badge {badge.label or badge.id} of {_name(session, badge.user_id)} is {badge.state}"


def _keys(session: TenantSession, rows: Sequence[Former]) -> Iterator[str]:
    for row in rows:
        key = session.find(ApiKey, row.id)
        if key is not None and key.revoked_at is None:
            revoke_api_key(session, key)
            yield f"the API key {key.name} of {_name(session, key.user_id)} is revoked"


def _sessions(session: TenantSession, rows: Sequence[Former]) -> Iterator[str]:
    ended = {row.id for row in rows}
    live = session.scalars(select(SignInSession).where(SignInSession.ended_at.is_(None)))
    families = [family for family in live if family.id in ended]
    for family in families:
        end_session(session, family, SessionEnd.AFTER_RESTORE)
    session.flush()
    if families:
        yield f"sessions ended: {len(families)}, of {', '.join(_names(session, families))}"


def _name(session: TenantSession, user_id: UUID) -> str:
    user = session.find(User, user_id)
    return user.full_name if user else str(user_id)


def _names(session: TenantSession, families: Sequence[SignInSession]) -> list[str]:
    return sorted({_name(session, family.user_id) for family in families})


PEOPLE = (
    Kind(
        "people",
        "select organization_id, id, is_active, access_ends_at from users"
        " where not is_active or access_ends_at is not null order by 1",
        _people,
    ),
    Kind("badges", "select organization_id, id, state from badges where state <> 'active' order by 1", _badges),
    Kind("API keys", "select organization_id, id from api_keys where revoked_at is not null order by 1", _keys),
    Kind(
        "sessions",
        "select organization_id, id from sessions where ended_at is not null and expires_at > now() order by 1",
        _sessions,
    ),
)
