"""JSON Web Tokens (RFC 7519) of this server alone: one algorithm, one header, one audience.

A general reader of tokens asks each what it is; here all but the signature is known before, so that nothing a stranger
writes chooses how it is checked, and the signature is nearly all that the check of a token costs.
"""

from __future__ import annotations

import json
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Collection, Mapping
from typing import Any

import jwt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_ALGORITHM = "EdDSA"
_CLOCK_SKEW_SECONDS = 5


class NotOursError(ValueError):
    """The token is none that this server signed for this."""


class OverError(ValueError):
    """The time of the token is over."""


class SignedClaims:
    """Signs claims for an audience, and reads what it signed."""

    def __init__(self, key: Ed25519PrivateKey, audience: str) -> None:
        self._key, self._public, self._audience = key, key.public_key(), audience
        self._header = self.sign({}).partition(".")[0]

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A token of the claims."""
        return jwt.encode({"aud": self._audience, **claims}, self._key, algorithm=_ALGORITHM)

    def read(self, token: str, needed: Collection[str], *, also_over: bool = False) -> Mapping[str, Any]:
        """The claims of a token.

        Args:
            needed: claims it must have. also_over: never mind whether its time is over.

        Raises:
            OverError: its time (`exp`) is over. NotOursError, ValueError: it is none of ours.
        """
        signed, _, signature = token.rpartition(".")
        header, _, payload = signed.partition(".")
        if header != self._header:
            raise NotOursError
        try:
            self._public.verify(_bytes_of(signature), signed.encode("ascii"))
        except InvalidSignature:
            raise NotOursError from None
        claims = json.loads(_bytes_of(payload))
        if not isinstance(claims, dict):
            raise NotOursError
        if claims.get("aud") != self._audience or not all(name in claims for name in needed):
            raise NotOursError
        now = time.time()
        if claims.get("iat", 0) > now + _CLOCK_SKEW_SECONDS:
            raise NotOursError
        if not also_over and claims["exp"] <= now - _CLOCK_SKEW_SECONDS:
            raise OverError
        return claims


def _bytes_of(segment: str) -> bytes:
    """Raises ValueError where it is not the one way to write them (RFC 7515, 2: base64url without padding)."""
    said = segment.encode("ascii")
    found = b64decode(said + b"=" * (-len(said) % 4), altchars=b"-_", validate=True)
    if urlsafe_b64encode(found).rstrip(b"=") != said:
        raise NotOursError
    return found
