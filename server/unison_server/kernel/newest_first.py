"""Cursors of lists that are read newest first from several tables or both databases."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from unison_domain.kernel.contracts import FieldError

from unison_server.kernel.errors import Invalid


class Place(NamedTuple):
    """How far a page reached."""

    at: datetime
    id: UUID


def cursor_of(place: Place) -> str:
    """What the page after the place is asked for with."""
    return base64.urlsafe_b64encode(f"{place.at.isoformat()} {place.id}".encode()).decode()


def place_of(cursor: str | None) -> Place | None:
    """The place of a cursor; None of the first page.

    Raises:
        Invalid: it is none of ours.
    """
    if cursor is None:
        return None
    try:
        at, id_ = base64.urlsafe_b64decode(cursor).decode().split(" ")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is not None:
            return Place(moment, UUID(id_))
    except (ValueError, binascii.Error):
        pass
    message = "is not one this server gave; begin again without a cursor"
    raise Invalid(f"cursor {message}", errors=[FieldError(field="cursor", code="invalid", message=message)])
