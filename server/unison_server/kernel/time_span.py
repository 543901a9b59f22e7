"""Lists of what happened in a stretch of time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationInfo, field_validator
from sqlalchemy import ColumnElement
from unison_domain.kernel.contracts import Instant


class TimeSpan(BaseModel):
    """Query parameters of such a list: `from` inclusive, `to` exclusive; both ends may be left out."""

    from_: Annotated[Instant | None, Field(alias="from")] = None
    to: Instant | None = None

    @field_validator("to")
    @classmethod
    def _ends_after_it_begins(cls, to: datetime | None, others: ValidationInfo) -> datetime | None:
        start = others.data.get("from_")
        if to is not None and start is not None and to < start:
            raise ValueError(f"lies before “from”, {start.isoformat()}: exchange the two")
        return to

    def between(self, column: Any) -> Iterator[ColumnElement[bool]]:
        """The times that are asked for, of this column."""
        if self.from_ is not None:
            yield column >= self.from_
        if self.to is not None:
            yield column < self.to
