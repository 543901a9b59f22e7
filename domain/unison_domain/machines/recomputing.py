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
    """What came of it; of `POST /tags/{id}/recompute/preview`, what would come of it.

    Attributes:
        samples: those of that time that were computed anew.
        looked_at: how many of them a preview judged, the earliest: the next three numbers are of these.
        changed: how many of them have another value or quality now.
        implausible: how many could be trusted and can't any more: out of the range, or changed faster than is believed.
        plausible: how many can be trusted now and could not before.
        others: left as they are, for the tag read something else then.
        unsure: left as they are, for they do not say what they were read from.
    """

    tag_id: UUID
    samples: int
    changed: int
    looked_at: int = 0
    implausible: int = 0
    plausible: int = 0
    others: int = 0
    unsure: int = 0
