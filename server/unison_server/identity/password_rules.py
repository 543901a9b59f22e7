"""What a new password must be: long, and none of those that are guessed first."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import SecretStr
from unison_domain.identity.setting_contracts import PASSWORD_LENGTH
from unison_domain.kernel.contracts import FieldError

from unison_server.identity.common_passwords import demand_uncommon
from unison_server.identity.settings import setting_of
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Invalid


def demand_good(
    session: TenantSession, password: SecretStr, words: Iterable[str] = (), *, field: str = "password"
) -> None:
    """Raises Invalid where it is guessed first, as `demand_uncommon` says, or shorter than the organization wants."""
    demand_uncommon(password, words, field=field)
    least, length = setting_of(session, PASSWORD_LENGTH), len(password.get_secret_value())
    if length < least:
        message = f"must have {least} characters or more, not {length}"
        errors = [FieldError(field=field, code="too_short", message=message)]
        raise Invalid(f"{field} {message}", code="too_short", errors=errors)
