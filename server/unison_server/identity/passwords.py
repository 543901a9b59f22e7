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
from collections.abc import Callable, Iterable, Mapping

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError

from unison_server.identity.breached_passwords import BreachedPasswords
from unison_server.kernel.settings import Settings


class Passwords:
    """Makes and checks hashes; each takes its memory, and a processor, for as long as it runs.

    Whoever lets strangers have passwords checked lets few at a time. Hashes to keep are made few at a time here.

    Args:
        rounds: passes over the memory. memory: KiB of one hash. breached: which nobody gets, where they are known.
        costs_in_use: those of the hashes that are kept, which may be of other settings; asked once, before the first
            check.
    """

    def __init__(
        self,
        rounds: int,
        memory: int,
        breached: BreachedPasswords | None = None,
        costs_in_use: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        self.breached = breached
        self._hasher = PasswordHasher(time_cost=rounds, memory_cost=memory, parallelism=1)
        self._few = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
        self._costs_in_use = costs_in_use
        self._own_cost = f"$argon2id$v=19$m={memory},t={rounds},p=1"
        self._nobodys: dict[str, str] = {}
        self._learning = threading.Lock()

    @classmethod
    def of(cls, settings: Settings, costs_in_use: Callable[[], Iterable[str]] = tuple) -> Passwords:
        """As an installation sets it. Raises SettingsError where its list of breached ones can't be read."""
        breached = BreachedPasswords.open(settings.breached_passwords)
        return cls(settings.password_time, settings.password_memory, breached, costs_in_use)

    def hash(self, password: str) -> str:
        """The hash to keep."""
        with self._few:
            return self._hasher.hash(composed(password))

    def matches(self, hashed: str | None, password: str) -> bool:
        """Whether it is the password.

        One that is not costs a hash of each cost in use, whoever's it was to be: by what it takes nobody learns who
        exists, nor who did not sign in since the costs were set otherwise.
        """
        nobodys = self._hashes_of_nobody(hashed)
        forms = dict.fromkeys((composed(password), password))
        if hashed is not None and any(self._verifies(hashed, form) for form in forms):
            return True
        checked = cost_of(hashed)
        for cost, nobody in nobodys.items():
            for form in forms if cost != checked else ():
                self._verifies(nobody, form)
        return False

    def is_outdated(self, hashed: str, password: str) -> bool:
        """Whether the hash, which the password matches, was made at another cost or of another form of it."""
        if self._hasher.check_needs_rehash(hashed):
            return True
        return composed(password) != password and not self._verifies(hashed, composed(password))

    def _hashes_of_nobody(self, hashed: str | None) -> Mapping[str, str]:
        """No password's hash of each cost in use, also that of the hash, which may have been made since."""
        cost = cost_of(hashed)
        with self._learning:
            if not self._nobodys:
                self._nobodys = {one: _nobodys(one) for one in {self._own_cost, *self._costs_in_use()}}
            if cost is not None and cost not in self._nobodys:
                self._nobodys = {**self._nobodys, cost: _nobodys(cost)}
            return self._nobodys

    def _verifies(self, hashed: str, form: str) -> bool:
        try:
            return self._hasher.verify(hashed, form)
        except (VerificationError, InvalidHashError):
            return False


def cost_of(hashed: str | None) -> str | None:
    """What the hash begins with: how it is made, before salt and key; None where it is no hash."""
    try:
        extract_parameters(hashed or "")
    except InvalidHashError:
        return None
    return str(hashed).rsplit("$", 2)[0]


def _nobodys(cost: str) -> str:
    """No password's hash, but as costly to check; making a true one would hold up who asks first."""
    salt, key = (b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32))
    return f"{cost}${salt}${key}"


def composed(password: str) -> str:
    """The form of a password that is hashed and looked up."""
    return unicodedata.normalize("NFC", password)
