"""Passwords that are guessed first, and therefore nobody gets; where they come from is said in the list itself."""

from __future__ import annotations

from functools import cache
from importlib import resources

from pydantic import SecretStr
from unison_domain.kernel.contracts import FieldError

from unison_server.kernel.errors import Invalid


def demand_uncommon(password: SecretStr) -> None:
    """Raises Invalid where it is one of the most frequent passwords, in whatever case."""
    if password.get_secret_value().strip().casefold() in _listed():
        message = "is among the first that are guessed; three or four words that nobody puts together are a good one"
        errors = [FieldError(field="password", code="common", message=message)]
        raise Invalid(f"password {message}", code="common", errors=errors)


@cache
def _listed() -> frozenset[str]:
    text = (resources.files("unison_server.identity") / "common_passwords.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if not line.startswith("#"))
