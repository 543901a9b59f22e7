"""The parts of multipart/x-mixed-replace (RFC 2046 framing), as cameras send pictures over HTTP.

Cameras take it lightly: some send no lengths, some name a boundary with its dashes, some end lines with LF alone.
"""

from __future__ import annotations

import re

MOST_BYTES = 32 * 1024 * 1024
"""A longer part is none: the stream is not what it says."""

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_MOST_HEAD = 16 * 1024
_LENGTH = re.compile(rb"^content-length[ \t]*:[ \t]*(\d+)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
_END_OF_JPEG = b"\xff\xd9"


class NotMultipart(ValueError):
    """What comes is no multipart/x-mixed-replace."""


def boundary_of(content_type: str) -> bytes | None:
    """What stands between parts, without leading dashes; None where the type is another."""
    if not content_type.lower().startswith("multipart/x-mixed-replace"):
        return None
    named = _BOUNDARY.search(content_type)
    return named[1].strip().lstrip("-").encode("latin-1", "replace") if named else None


class Parts:
    """Cuts bytes as they come, however they are cut, into the bodies of parts."""

    def __init__(self, boundary: bytes) -> None:
        """`boundary` without leading dashes."""
        self._delimiter = b"--" + boundary
        self._waiting = bytearray()
        self._is_in_body = False
        self._length: int | None = None

    def feed(self, content: bytes) -> list[bytes]:
        """Bodies that ended with these bytes, oldest first.

        Raises:
            NotMultipart: a head or a part grew beyond all measure.
        """
        self._waiting += content
        bodies = []
        while (body := self._next()) is not None:
            bodies.append(body)
        return [body for body in bodies if body]

    def _next(self) -> bytes | None:
        if not self._is_in_body and not self._begins_body():
            return None
        body = self._counted() if self._length is not None else self._delimited()
        if body is not None:
            self._is_in_body = False
        return body

    def _begins_body(self) -> bool:
        """Pass over all to the end of a part's head; what is left of the part before is no head."""
        begins = self._waiting.find(self._delimiter)
        head = _END_OF_HEAD.search(self._waiting, begins) if begins >= 0 else None
        if head is None:
            if begins >= 0 and len(self._waiting) - begins > _MOST_HEAD:
                raise NotMultipart(f"the head of a part is longer than {_MOST_HEAD} bytes")
            del self._waiting[: begins if begins >= 0 else -len(self._delimiter)]
            return False
        stated = _LENGTH.search(self._waiting, begins, head.start())
        self._length = int(stated[1]) if stated else None
        if self._length is not None and self._length > MOST_BYTES:
            raise NotMultipart(f"a part says it has {self._length} bytes")
        del self._waiting[: head.end()]
        self._is_in_body = True
        return True

    def _counted(self) -> bytes | None:
        length = self._length or 0
        return self._cut(length) if len(self._waiting) >= length else None

    def _delimited(self) -> bytes | None:
        """Without a length a part ends before the next delimiter, or where its JPEG ends and no more came yet."""
        ends = self._waiting.find(self._delimiter)
        if ends >= 0:
            return self._cut(ends).removesuffix(b"\n").removesuffix(b"\r")
        if bytes(self._waiting[-4:]).rstrip(b"\r\n").endswith(_END_OF_JPEG):
            return self._cut(len(self._waiting)).rstrip(b"\r\n")
        if len(self._waiting) > MOST_BYTES:
            raise NotMultipart(f"a part is longer than {MOST_BYTES} bytes")
        return None

    def _cut(self, ends: int) -> bytes:
        body = bytes(self._waiting[:ends])
        del self._waiting[:ends]
        return body
