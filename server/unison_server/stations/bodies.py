"""Reading what an agent sends: gzip allowed, never more than fits into memory."""

from __future__ import annotations

import zlib
from typing import Annotated, ClassVar

from fastapi import Depends, Request

from unison_server.kernel.errors import Invalid, Refusal

MOST_BYTES = 8 * 1024 * 1024
"""After unpacking; a batch as agents send it has 256 KB. What is received is bounded by the app."""
NUL = b"\\u0000"
"""JSON of the character that PostgreSQL can't store."""
_GZIP = 31  # window bits of zlib that expect a gzip header


class TooLarge(Refusal):
    """413: send less at once."""

    status: ClassVar[int] = 413
    code: ClassVar[str] = "too_large"
    title: ClassVar[str] = "Too large"


async def _read(request: Request) -> bytes:
    received = await request.body()
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding == "identity":
        return received
    if encoding != "gzip":
        raise Invalid(
            f"Content-Encoding {encoding[:50]!r} is not known here; send gzip or none", code="encoding_unknown"
        )
    return unpack(received)


Body = Annotated[bytes, Depends(_read)]
"""The body, unpacked."""


def unpack(packed: bytes) -> bytes:
    """Undo gzip.

    Raises:
        TooLarge: it would grow above `MOST_BYTES`. Invalid: it is no complete gzip stream.
    """
    stream = zlib.decompressobj(_GZIP)
    try:
        plain = stream.decompress(packed, MOST_BYTES + 1)
    except zlib.error as error:
        raise Invalid(f"The body is not gzip: {error}", code="gzip_invalid") from None
    if len(plain) > MOST_BYTES:
        raise _too_large()
    if not stream.eof or stream.unused_data:
        raise Invalid("The gzip body is cut off, or something follows it", code="gzip_invalid")
    return plain


def _too_large() -> TooLarge:
    return TooLarge(f"At most {MOST_BYTES} bytes at once; send fewer events", most=MOST_BYTES)
