"""In which language, and by which clock, somebody is written to: those they prefer, else their organization's."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from unison_domain.identity.languages import Written, written_for
from unison_domain.identity.setting_contracts import GERMAN_BY_DEFAULT, TIME_ZONE

from unison_server.identity.notification_tables import UserPreferences
from unison_server.identity.settings import setting_of
from unison_server.kernel.database import TenantSession

_NOBODY = UUID(int=0)


def language_of(session: TenantSession, user_id: UUID | None) -> Written:
    """Of a person; None is somebody without an account, for whom the same is looked up, as it takes time."""
    theirs = select(UserPreferences.language).where(UserPreferences.user_id == (user_id or _NOBODY))
    preferred = session.scalar(theirs)
    return written_for(preferred, by_default(setting_of(session, GERMAN_BY_DEFAULT)))


def clock_of(session: TenantSession, user_id: UUID | None) -> str:
    """The name of the time zone, looked up in the same way."""
    theirs = select(UserPreferences.time_zone).where(UserPreferences.user_id == (user_id or _NOBODY))
    preferred, otherwise = session.scalar(theirs), setting_of(session, TIME_ZONE)
    return preferred or otherwise


def by_default(is_german: bool) -> Written:
    """The language of an organization."""
    return Written.GERMAN if is_german else Written.ENGLISH
