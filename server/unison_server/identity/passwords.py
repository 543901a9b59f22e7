"""Password hashes (argon2id, RFC 9106).

What is hashed is the password in Unicode's form NFC: one keyboard types `é` as one sign, another as two, and both mean
the same password (NIST SP 800-63B, 3.1.1.2). What was hashed before as it came is still taken.
"""

from __future__ import annotations

import os
import secrets
import threading
import unicodedata
from base64 import b64encode

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from unison_server.identity.breached_passwords import BreachedPasswords
from unison_server.kernel.settings import Settings


class Passwords:
    """Makes and checks hashes; each takes its memory, and a processor, for as long as it runs.

    Whoever lets strangers have passwords checked lets few at a time. Hashes to keep are made few at a time here.

    Args:
        rounds: passes over the memory. memory: KiB of one hash. breached: which nobody gets, where they are known.
    """

    def __init__(self, rounds: int, memory: int, breached: BreachedPasswords | None = None) -> None:
        self.breached = breached
        self._hasher = PasswordHasher(time_cost=rounds, memory_cost=memory, parallelism=1)
        self._few = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
        # No password's hash, but as costly to check; making a true one would hold up every start.
        salt, key = (b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32))
        self._nobody = f"$argon2id$v=19$m={memory},t={rounds},p=1${salt}${key}"

    @classmethod
    def of(cls, settings: Settings) -> Passwords:
        """As an installation sets it. Raises SettingsError where its list of breached ones can't be read."""
        breached = BreachedPasswords.open(settings.breached_passwords)
        return cls(settings.password_time, settings.password_memory, breached)

    def hash(self, password: str) -> str:
        """The hash to keep."""
        with self._few:
            return self._hasher.hash(composed(password))

    def matches(self, hashed: str | None, password: str) -> bool:
        """Whether it is the password; takes as long where there is no hash, so nobody learns who exists."""
        forms = dict.fromkeys((composed(password), password))
        return any(self._verifies(hashed or self._nobody, form) for form in forms) and hashed is not None

    def is_outdated(self, hashed: str, password: str) -> bool:
        """Whether the hash, which the password matches, was made at another cost or of another form of it."""
        if self._hasher.check_needs_rehash(hashed):
            return True
        return composed(password) != password and not self._verifies(hashed, composed(password))

    def _verifies(self, hashed: str, form: str) -> bool:
        try:
            return self._hasher.verify(hashed, form)
        except (VerificationError, InvalidHashError):
            return False


def composed(password: str) -> str:
    """The form of a password that is hashed and looked up."""
    return unicodedata.normalize("NFC", password)
