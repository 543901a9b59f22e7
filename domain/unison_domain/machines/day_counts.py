"""What agents hear of today's parts of their machines that they did not count themselves, for the operator page.

`GET /api/v1/stations/me/day-counts?epochs=…&epochs=…` answers a `Page[ElsewhereDay]`: one for each
machine of the agent.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from unison_domain.kernel.contracts import Answer

MOST_EPOCHS = 8
"""Lives of a buffer in one question."""


class ElsewhereDay(Answer):
    """Parts of a machine that others counted today: the PC before this one, or the one it was handed over from.

    Booked under none of the epochs asked about, with what was put right of them. What was put right of counts under
    the newest epoch is told with heartbeats (`CorrectedDay`).

    Attributes:
        day: the calendar day of the machine's plant.
    """

    machine_id: UUID
    day: date
    good: Decimal = Decimal(0)
    scrap: Decimal = Decimal(0)
    total: Decimal = Decimal(0)
