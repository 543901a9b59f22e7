"""Secrets that mean nothing by themselves: refresh tokens, keys of programs, recovery codes."""

from __future__ import annotations

import hashlib


def hash_of(token: str) -> str:
    """What is kept of one: there is so much chance in it that its SHA-256 can't be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()
