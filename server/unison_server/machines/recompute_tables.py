"""The table of samples that are computed anew in the background."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from unison_server.kernel.orm import Operations
from unison_server.machines.tag_run_tables import RunOfTag, run_rules

_NONE = text("0")


class RecomputeRun(RunOfTag, Operations):
    """Samples of a tag that are computed anew, part by part, each part with all that is written here of it.

    `made_by` changes with whatever values are made by: it goes on only while that is as it was when it was asked for.
    `samples` of the time when it was asked for, or began once more. `reached_at`, `reached_epoch`, `reached_seq`: the
    last sample that is computed anew, `memory`: what the judge of rates knows of those before (`RateMemory`). `late`:
    how many came meanwhile from before where it was. `changed` to `unsure`: as in `Recomputed`, up to there.
    """

    __tablename__ = "recompute_runs"
    __table_args__ = (
        *run_rules(__tablename__),
        CheckConstraint("ended_at > started_at", name="ends_after_start"),
        CheckConstraint("num_nulls(reached_at, reached_epoch, reached_seq) IN (0, 3)", name="reached_wholly"),
    )

    ended_at: Mapped[datetime]
    with_unsure: Mapped[bool]
    made_by: Mapped[str]
    samples: Mapped[int] = mapped_column(BigInteger)
    reached_at: Mapped[datetime | None]
    reached_epoch: Mapped[UUID | None]
    reached_seq: Mapped[int | None] = mapped_column(BigInteger)
    memory: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    late: Mapped[int] = mapped_column(BigInteger, server_default=_NONE)
    changed: Mapped[int] = mapped_column(BigInteger, server_default=_NONE)
    implausible: Mapped[int] = mapped_column(BigInteger, server_default=_NONE)
    plausible: Mapped[int] = mapped_column(BigInteger, server_default=_NONE)
    others: Mapped[int] = mapped_column(BigInteger, server_default=_NONE)
    unsure: Mapped[int] = mapped_column(BigInteger, server_default=_NONE)
