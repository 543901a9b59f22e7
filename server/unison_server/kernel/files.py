"""Stored files (drawings, photographs, reports): a folder by default, any S3 by its address.

A key begins with the organization, so that one organization's files can be moved, counted and deleted as a whole.
Credentials of S3 come from the environment's `AWS_*` variables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from unison_server.kernel.errors import NotFound, Unavailable
from unison_server.kernel.settings import Settings, SettingsError

_KIND = re.compile(r"[a-z][a-z_]*")
_PROBE = ".writable"


class Files:
    """The files of all organizations."""

    def __init__(self, store: ObjectStore, place: str) -> None:
        self._store = store
        self._place = place

    @classmethod
    def open(cls, settings: Settings) -> Files:
        """The store the settings name; a folder is made when missing, for its owner alone."""
        place = settings.files_place
        try:
            if "://" in place:
                return cls(from_url(place), place)
            folder = Path(place).expanduser().absolute()
            if not folder.exists():
                folder.mkdir(mode=0o700, parents=True)
            return cls(LocalStore(folder), place)
        except (BaseError, ValueError, OSError) as error:
            raise SettingsError(
                f"UNISON_FILES is {place!r}: {error}; give a folder or s3://bucket/prefix with AWS_* variables"
            ) from None

    def put(self, organization_id: UUID, kind: str, file_id: UUID, content: bytes | BinaryIO) -> None:
        """Store a file whole or not at all, replacing one of the same id.

        Args:
            kind: what it is, e.g. `drawing`.

        Raises:
            Unavailable: the storage is full or can't be reached.
        """
        try:
            obstore.put(self._store, _key(organization_id, kind, file_id), content)
        except BaseError as error:
            raise self._unavailable(error) from error

    def read(self, organization_id: UUID, kind: str, file_id: UUID) -> Iterator[bytes]:
        """Content in pieces of about 1 MiB.

        Raises:
            NotFound: there is no such file. Unavailable: the storage can't be reached.
        """
        try:
            found = obstore.get(self._store, _key(organization_id, kind, file_id))
        except FileNotFoundError:
            raise NotFound(f"The {kind} {file_id} is not in the storage") from None
        except BaseError as error:
            raise self._unavailable(error) from error
        return (bytes(piece) for piece in found.stream(min_chunk_size=1 << 20))

    def delete(self, organization_id: UUID, kind: str, file_id: UUID) -> None:
        """Delete it; a no-op when it isn't there."""
        try:
            obstore.delete(self._store, _key(organization_id, kind, file_id))
        except FileNotFoundError:
            return
        except BaseError as error:
            raise self._unavailable(error) from error

    def probe(self) -> None:
        """Raises Unavailable when nothing can be written."""
        try:
            obstore.put(self._store, _PROBE, b"ok")
        except (BaseError, OSError) as error:
            raise self._unavailable(error) from error

    def _unavailable(self, error: BaseException) -> Unavailable:
        return Unavailable(f"The file storage {self._place} does not take or give files: {error}", code="storage")


def _key(organization_id: UUID, kind: str, file_id: UUID) -> str:
    if not _KIND.fullmatch(kind):
        raise ValueError(f"kind of file {kind!r} must be lower-case letters and underscores")
    return f"{organization_id}/{kind}/{file_id}"
