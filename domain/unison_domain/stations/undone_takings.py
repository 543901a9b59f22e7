"""What agents hear of scans and readings they told: which of them the office took back, for the operator page.

`GET /api/v1/stations/me/undone-takings?ids=…&ids=…` answers `UndoneTakings`.
"""

from __future__ import annotations

from uuid import UUID

from unison_domain.kernel.contracts import Answer

MOST_TAKINGS = 60
"""In one question, so that its address stays short."""


class UndoneTakings(Answer):
    """Of the scans and readings asked about those that do not count any more; each of them stays so."""

    ids: list[UUID]
