"""What a new password must be: long, and none of those that are guessed first."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import SecretStr
from sqlalchemy import select
from unison_domain.identity.contracts import UserCreate
from unison_domain.identity.setting_contracts import PASSWORD_LENGTH
from unison_domain.kernel.contracts import FieldError

from unison_server.identity.common_passwords import demand_uncommon
from unison_server.identity.only_real import demand_real
from unison_server.identity.settings import setting_of
from unison_server.identity.tables import Organization, User
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Invalid


def demand_good(
    session: TenantSession,
    password: SecretStr,
    person: User | UserCreate,
    *,
    names: Iterable[str] = (),
    field: str = "password",
) -> None:
    """Refuse a password that is guessed first, as `demand_uncommon` says, or shorter than the organization wants.

    Args:
        person: who is to have it. names: more that they are called from now on. field: the password's in the request.

    Raises:
        Invalid: it is one of those. Clash: this is a practice organization, where nobody has a password.
    """
    demand_real(session, "set a password")
    demand_uncommon(password, [*_known_of(session, person), *names], field=field)
    least, length = setting_of(session, PASSWORD_LENGTH), len(password.get_secret_value())
    if length < least:
        message = f"must have {least} characters or more, not {length}"
        errors = [FieldError(field=field, code="too_short", message=message)]
        raise Invalid(f"{field} {message}", code="too_short", errors=errors)


def _known_of(session: TenantSession, person: User | UserCreate) -> list[str]:
    """What anybody knows of a person, and therefore tries as their password."""
    organization = session.scalars(select(Organization).where(Organization.id == session.organization_id)).one()
    names = (person.username, person.full_name, person.email, person.employee_code)
    return [organization.name, organization.code, *filter(None, names)]
