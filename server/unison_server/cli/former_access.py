"""What is read of the former databases about one kind of access, and what is done about it in the restored ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row

from unison_server.kernel.database import TenantSession

Former = Row[Any]
TakeAway = Callable[[TenantSession, Sequence[Former]], Iterator[str]]
"""Takes away again what these rows of one organization say was taken away; tells of each that came back."""


class Kind(NamedTuple):
    """One kind of access.

    Attributes:
        what: as people call it.
        query: asks the former database; its rows have an `organization_id`, and come in its order.
    """

    what: str
    query: str
    take: TakeAway
