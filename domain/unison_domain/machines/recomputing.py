"""Computing recorded values again after a scale was put right: what crosses the network."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from unison_domain.kernel.contracts import Answer, Instant, Request


class Recompute(Request):
    """`POST /tags/{id}/recompute`: the samples from `from` to before `to` anew, by the tag as it is configured now."""

    from_: Annotated[Instant, Field(alias="from")]
    to: Instant


class Recomputed(Answer):
    """What came of it: `samples` lie in that time, `changed` of them have another value or quality now."""

    tag_id: UUID
    samples: int
    changed: int
