"""How scanners, gauges and cameras fare, as their agent says it with its heartbeats."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from unison_domain.kernel.contracts import Instant
from unison_domain.stations.peripherals import PeripheralState
from unison_domain.stations.told import Told

REFUSED_KEPT = 10
"""Of one gauge so many refused values are told, the newest."""


class RefusedValue(BaseModel):
    """Something a gauge sent that became no reading.

    Attributes:
        at: when it came.
        raw: what the gauge sent.
        reason: why it is no reading, in words.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    at: Instant
    raw: Told
    reason: Told


class PeripheralReport(BaseModel):
    """How a scanner, gauge or camera fares now, and why it is not online, in words.

    Attributes:
        refused: the last values that became no readings, oldest first; a restart of the agent forgets them.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    peripheral_id: UUID
    state: PeripheralState
    message: Told | None = None
    refused: Annotated[tuple[RefusedValue, ...], Field(max_length=5 * REFUSED_KEPT)] = ()
