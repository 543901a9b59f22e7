"""Secrets that must be read again are kept sealed by the keys in the file `encryption_key` of the configuration."""

from __future__ import annotations

from cryptography.fernet import InvalidToken, MultiFernet

from unison_server.kernel.errors import Unavailable


def unsealed(encryption: MultiFernet, sealed: str) -> bytes:
    """What was sealed.

    Raises:
        Unavailable: by a key that is not there any more, e.g. as a backup was restored without its file.
    """
    try:
        return encryption.decrypt(sealed.encode())
    except InvalidToken:
        raise Unavailable(
            "This was sealed with an encryption key that the server no longer has: add the former key to the file "
            "encryption_key, a line of its own, and start the server anew",
            code="encryption_key_missing",
        ) from None
