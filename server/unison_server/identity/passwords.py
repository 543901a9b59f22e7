"""Password hashes (argon2id, RFC 9106)."""

from __future__ import annotations

import os
import secrets
import threading
from base64 import b64encode

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


class Passwords:
    """Makes and checks hashes; each takes its memory, and a processor, for as long as it runs.

    Whoever lets strangers have passwords checked lets few at a time. Hashes to keep are made few at a time here.

    Args:
        rounds: passes over the memory. memory: KiB of one hash.
    """

    def __init__(self, rounds: int, memory: int) -> None:
        self._hasher = PasswordHasher(time_cost=rounds, memory_cost=memory, parallelism=1)
        self._few = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
        # No password's hash, but as costly to check; making a true one would hold up every start.
        salt, key = (b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32))
        self._nobody = f"$argon2id$v=19$m={memory},t={rounds},p=1${salt}${key}"

    def hash(self, password: str) -> str:
        """The hash to keep."""
        with self._few:
            return self._hasher.hash(password)

    def matches(self, hashed: str | None, password: str) -> bool:
        """Whether it is the password; takes as long where there is no hash, so nobody learns who exists."""
        try:
            self._hasher.verify(hashed or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return hashed is not None

    def is_outdated(self, hashed: str) -> bool:
        """Whether the hash was made at another cost and should be made anew."""
        return self._hasher.check_needs_rehash(hashed)
