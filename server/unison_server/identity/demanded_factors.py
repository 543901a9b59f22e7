"""Of whom an organization demands a second factor."""

from __future__ import annotations

from collections.abc import Callable, Collection
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session
from unison_domain.identity.setting_contracts import SECOND_FACTOR_OF, SecondFactorOf, SettingValue
from unison_domain.kernel.contracts import FieldError

from unison_server.identity.settings import setting_in
from unison_server.identity.tables import MfaMethod, Organization
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash, NotAllowed
from unison_server.kernel.permissions import PLATFORM
from unison_server.kernel.scope import only_sees

_ADMINISTRATION = ("identity.user.", "identity.invitation.", "identity.role.", "identity.setting.", "identity.api_key.")


def administers(permission: str) -> bool:
    """Whether who holds it manages people, roles, settings or keys, or all organizations: an administrator."""
    return permission.startswith((PLATFORM, *_ADMINISTRATION)) and not only_sees(permission)


def has_second_factor(session: TenantSession, user_id: UUID) -> bool:
    """Whether the person has one that was confirmed."""
    found = select(MfaMethod.id).where(MfaMethod.user_id == user_id, MfaMethod.confirmed_at.is_not(None))
    return session.scalar(found) is not None


def lacks_demanded(session: TenantSession, user_id: UUID, permissions: Collection[str]) -> bool:
    """Whether the person, who holds these permissions in the whole organization, must have one and has none."""
    demanded = demanded_of(session)
    return _is_meant(demanded, permissions) and not has_second_factor(session, user_id)


def _is_meant(demanded: SecondFactorOf, permissions: Collection[str]) -> bool:
    if demanded is SecondFactorOf.NOBODY:
        return False
    return demanded is SecondFactorOf.EVERYBODY or any(map(administers, permissions))


def demand_own_before(session: TenantSession, key: str, value: SettingValue) -> None:
    """Let nobody demand of others what they have not: they would lock themselves out.

    Args:
        key, value: of the setting that is to hold.

    Raises:
        NotAllowed: no person sets it. Clash: they have no second factor.
    """
    if key != SECOND_FACTOR_OF.key or value == SecondFactorOf.NOBODY:
        return
    if session.scope.user_id is None:
        words = "Only a person demands a second factor, who has one; sign in instead of using a key"
        raise NotAllowed(words, code="person_needed")
    if not has_second_factor(session, session.scope.user_id):
        message = "takes a second factor of your own: set one up first, else this would lock you out"
        errors = [FieldError(field="value", code="own_second_factor_missing", message=message)]
        raise Clash(f"To demand it of others {message}", code="own_second_factor_missing", errors=errors)


def demanded_of(session: TenantSession) -> SecondFactorOf:
    """Of whom the session's organization does; a practice organization of nobody."""
    return demanded_in(session, session.organization_id)


def demanded_in(identity: Connection | Session, organization_id: UUID) -> SecondFactorOf:
    """The same of any organization that may be seen."""
    demanded = SecondFactorOf(setting_in(identity, organization_id, SECOND_FACTOR_OF))
    if demanded is SecondFactorOf.NOBODY:
        return demanded
    real = select(Organization.practice_of).where(Organization.id == organization_id)
    return demanded if identity.scalar(real) is None else SecondFactorOf.NOBODY


def without_one(identity: Connection, organization_id: UUID) -> Callable[[UUID, Collection[str]], bool]:
    """As `lacks_demanded`, of everybody of an organization in two look-ups."""
    demanded = demanded_in(identity, organization_id)
    have = select(MfaMethod.user_id).where(
        MfaMethod.organization_id == organization_id, MfaMethod.confirmed_at.is_not(None)
    )
    having = frozenset[UUID]() if demanded is SecondFactorOf.NOBODY else frozenset(identity.scalars(have))
    return lambda user_id, permissions: user_id not in having and _is_meant(demanded, permissions)
