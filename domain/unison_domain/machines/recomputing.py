"""Computing recorded values again after a scale was put right: what crosses the network."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from unison_domain.kernel.contracts import Answer, Instant, Request
from unison_domain.machines.tag_runs import TagRun


class Recompute(Request):
    """`POST /tags/{id}/recompute-runs`: samples from `from` to before `to` anew, by the tag as it is configured now.

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


class RecomputeRun(TagRun):
    """Samples of a tag that are computed anew, any number of them, part by part.

    One that is cancelled or fails leaves what is computed so far, and says up to where. Asked for once more alike it
    goes on from there, as if it had never been cut off.

    Attributes:
        from_, to, unsure: what was asked for, as in `Recompute`.
        samples: of that time that are computed anew; `done` of them are by now.
        reached: the last moment of which all that was there is computed anew; None: nothing is.
        late: values that came meanwhile from before where it was: it goes through all of them once more for these.
        outcome: what came of it so far.
        created_by_name: who asked for it.
    """

    from_: Annotated[Instant, Field(alias="from", serialization_alias="from")]
    to: Instant
    unsure: bool
    samples: int
    reached: Instant | None
    late: int = 0
    outcome: Recomputed
    created_at: Instant
    created_by_name: str | None = None
