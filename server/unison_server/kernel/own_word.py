"""What this server said, signed, so that it knows its own word again: also where a restore took the row of it away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import jwt
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class OwnWord:
    """Words of one purpose: what is signed for another, or by another key, is none of them.

    Its keys are made of those in the file `encryption_key`, which is kept beside backups: the first signs, a former one
    is known still.
    """

    purpose: str
    keys: Sequence[bytes]

    @classmethod
    def of(cls, purpose: str, secrets: Sequence[bytes]) -> Self:
        """Words of that purpose, by the server's secrets (`Settings.secrets`)."""
        info = f"unison {purpose}".encode()
        return cls(purpose, [HKDF(SHA256(), 32, salt=None, info=info).derive(secret) for secret in secrets])

    def signed(self, said: Mapping[str, str]) -> str:
        """The word (a JWT), good for ever; it hides nothing of what is said."""
        return jwt.encode({**said, "aud": self.purpose}, self.keys[0], algorithm=_ALGORITHM)

    def read(self, word: str) -> Mapping[str, Any] | None:
        """What this server said by it; None where it never did."""
        for key in self.keys:
            try:
                claims = jwt.decode(word, key, algorithms=[_ALGORITHM], audience=self.purpose)
            except (jwt.InvalidTokenError, ValueError, TypeError):
                continue
            return {name: value for name, value in claims.items() if name != "aud"}
        return None
