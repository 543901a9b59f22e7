"""What overrides were done to, asked of the rooms that keep it: this room must not know them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from unison_domain.identity.overrides import Override, OverrideKind

from unison_server.kernel.database import TenantSession


class Act(NamedTuple):
    """An override in the words of its room, as far as the reader may see it.

    Attributes:
        subject: what it was done to, in words. plant_id, station_id: where that is.
        result, by: what the act made of it and who did it; None where there is no such act.
    """

    subject: str
    plant_id: UUID
    station_id: UUID | None = None
    result: str | None = None
    by: str | None = None


Describe = Callable[[TenantSession, Sequence[Override]], Mapping[Override, Act]]
"""The acts of overrides of one kind; those whose subject may not be read, or is gone, are not in it."""
Describers = Mapping[OverrideKind, Describe]
