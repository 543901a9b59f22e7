"""Secrets that mean nothing by themselves: refresh tokens, keys of programs, links of messages, recovery codes.

All but recovery codes read `<kind>_<organization hex>_<random>`, so that the organization is known before any look-up.
"""

from __future__ import annotations

import hashlib
import secrets
from uuid import UUID


def new_token(kind: str, organization: UUID) -> str:
    """A token with 256 bits of chance."""
    return f"{kind}_{organization.hex}_{secrets.token_urlsafe(32)}"


def organization_of(kind: str, token: str) -> UUID | None:
    """The organization a token of that kind says it is of; None where it is no such token."""
    said, _, rest = token.partition("_")
    try:
        return UUID(hex=rest.partition("_")[0]) if said == kind else None
    except ValueError:
        return None


def hash_of(token: str) -> str:
    """What is kept of one: there is so much chance in it that its SHA-256 can't be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()
