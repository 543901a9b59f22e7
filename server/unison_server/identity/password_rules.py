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
from unison_server.identity.passwords import Passwords, composed
from unison_server.identity.settings import setting_of
from unison_server.identity.tables import Organization, User
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Invalid


def demand_good(
    session: TenantSession,
    passwords: Passwords,
    password: SecretStr,
    person: User | UserCreate,
    *,
    names: Iterable[str] = (),
    field: str = "password",
) -> None:
    """Refuse a password that is guessed first, as `demand_uncommon` says, was in a breach, or is shorter than wanted.

    Args:
        person: who is to have it. names: more that they are called from now on. field: the password's in the request.

    Raises:
        Invalid: it is one of those. Clash: this is a practice organization, where nobody has a password. Unavailable:
            the list of breached ones can't be read.
    """
    demand_real(session, "set a password")
    demand_uncommon(password, [*_known_of(session, person), *names], field=field)
    given = composed(password.get_secret_value())
    least, length = setting_of(session, PASSWORD_LENGTH), len(given)
    if length < least:
        raise _refused(field, "too_short", f"must have {least} characters or more, not {length}")
    if passwords.breached and (times := passwords.breached.times(given)):
        found = "once" if times == 1 else f"{times:,} times"
        raise _refused(field, "breached", f"was found {found} in stolen lists, which are tried first; take another")


def _refused(field: str, code: str, message: str) -> Invalid:
    return Invalid(f"{field} {message}", code=code, errors=[FieldError(field=field, code=code, message=message)])


def _known_of(session: TenantSession, person: User | UserCreate) -> list[str]:
    """What anybody knows of a person, and therefore tries as their password."""
    organization = session.scalars(select(Organization).where(Organization.id == session.organization_id)).one()
    names = (person.username, person.full_name, person.email, person.employee_code)
    return [organization.name, organization.code, *filter(None, names)]
