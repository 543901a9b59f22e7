"""Counts put right after the scale of their counter was wrong: what crosses the network.

What was booked stays as it was written. A correction stands beside it, for the counts read from a moment on, and makes
of each what its register moved by times the right scale. Where several stand about a moment, the newest holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field

from unison_domain.kernel.contracts import Answer, Instant, Request, Text, no_json_number
from unison_domain.machines.contracts import CountKind
from unison_domain.machines.tag_runs import TagRun

Scale = Annotated[Decimal, BeforeValidator(no_json_number), Field(gt=0, max_digits=24, decimal_places=12)]
"""Parts that one step of a counter's register stands for; travels as a string."""


class CountSpan(Request):
    """`POST /tags/{id}/count-corrections/preview`: what a correction would do, and nothing is changed.

    Attributes:
        from_, to: of counts read in this time, `to` not included. Without `to` it holds for what is read from now on
            as well, also under the former scale, until the tag reads or is scaled otherwise.
        scale: the right one; None: as they were booked, which takes back what was corrected before.
    """

    from_: Annotated[Instant, Field(alias="from")]
    to: Instant | None = None
    scale: Scale | None


class CountCorrect(CountSpan):
    """`POST /tags/{id}/count-corrections`: put the counts right, and say why."""

    reason: Annotated[Text, Field(min_length=1)]


class CorrectedDay(Answer):
    """By how many parts what holds of what an agent counted of a machine today is another than what it told; also less,
    as where it was told to count them once more.

    Attributes:
        day: of the machine's plant.
        settled: parts of gaps that waited for a person and were decided, or counted once more; those that were accepted
            are in the sums.
    """

    machine_id: UUID
    day: date
    good: Decimal = Decimal(0)
    scrap: Decimal = Decimal(0)
    total: Decimal = Decimal(0)
    settled: Mapping[CountKind, int] = Field(default_factory=dict)


class CountPreview(Answer):
    """What comes of a correction.

    Attributes:
        former_scale: the one that stood at the beginning of the time.
        counts, changed, unread: counts in that time, those of them that are others then, and those of which it is not
            known how far the register moved: they stay as they were booked.
        parts_before, parts_after: the sum of all of them.
        is_estimate: there are so many that `changed`, `unread` and both sums are reckoned from a part of them.
    """

    tag_id: UUID
    former_scale: Decimal
    counts: int
    changed: int
    unread: int
    parts_before: Decimal
    parts_after: Decimal
    is_estimate: bool = False


class CountCorrection(CountPreview):
    """A correction that was made, with what came of it then; counts that arrived later were put right as they came.

    Attributes:
        scale: None: as booked.
        reason: None where the tag was changed, which ended the correction before.
    """

    id: UUID
    from_: Annotated[Instant, Field(alias="from", serialization_alias="from")]
    to: Instant | None
    scale: Decimal | None
    reason: str | None
    created_at: Instant
    created_by: UUID | None
    created_by_name: str | None = None


class CountCorrectionRun(TagRun):
    """A correction of any number of counts, made in the background: wholly, or not at all.

    Attributes:
        counts: in that time when it was asked for; `done` of them are looked through by now.
        from_, to, scale, reason: what was asked for, as in `CountCorrect`; `from_` None: an older server does not say.
        correction: what came of it, once it is done.
    """

    counts: int
    from_: Annotated[Instant | None, Field(alias="from", serialization_alias="from")] = None
    to: Instant | None = None
    scale: Decimal | None = None
    reason: str | None = None
    correction: CountCorrection | None = None
