"""Computing recorded values again after a scale was put right: what crosses the network."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from unison_domain.kernel.contracts import Answer, Instant, Request


class Recompute(Request):
    """`POST /tags/{id}/recompute`: the samples from `from` to before `to` anew, by the tag as it is configured now.

    Attributes:
        unsure: also samples that do not say what they were read from, as those of older agents, where nothing is known
            to have been changed since: a PC that was cut off may have read something else all the same.
    """

    from_: Annotated[Instant, Field(alias="from")]
    to: Instant
    unsure: bool = False


class Recomputed(Answer):
    """What came of it.

    Attributes:
        samples: those of that time that were computed anew.
        changed: how many of them have another value or quality now.
        others: left as they are, for the tag read something else then.
        unsure: left as they are, for they do not say what they were read from.
    """

    tag_id: UUID
    samples: int
    changed: int
    others: int = 0
    unsure: int = 0
