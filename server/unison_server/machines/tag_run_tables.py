"""What every table of runs has: of each tag at most one run is under way, and the database holds that."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column
from unison_domain.machines.tag_runs import RunState

from unison_server.kernel.keys import tenant_fk
from unison_server.kernel.orm import Tenant, enum_check


class RunOfTag(Tenant):
    """Something that is put right of a tag in the background, of the time from `started_at` to before `ended_at`.

    `done`: counts or samples looked through. `problem`: why it failed, in words; while it is under way, why the last
    attempt did, which is tried again.
    """

    tag_id: Mapped[UUID]
    state: Mapped[str]
    started_at: Mapped[datetime]
    done: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    problem: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[UUID | None]


def run_rules(table: str) -> tuple[Any, ...]:
    """The rules of a table of runs."""
    return (
        tenant_fk("tag_id", "tags"),
        enum_check("state", RunState),
        CheckConstraint(
            "CASE state WHEN 'failed' THEN problem IS NOT NULL WHEN 'done' THEN problem IS NULL "
            "WHEN 'cancelled' THEN problem IS NULL ELSE true END",
            name="says_why_it_failed",
        ),
        Index(
            f"uq_{table}_under_way",
            "organization_id",
            "tag_id",
            unique=True,
            postgresql_where=text("state IN ('waiting', 'running')"),
        ),
    )
