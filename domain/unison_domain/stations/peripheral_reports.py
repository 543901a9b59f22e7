"""How scanners, gauges and cameras fare, as their agent says it with its heartbeats."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from unison_domain.kernel.contracts import Instant
from unison_domain.stations.peripherals import PeripheralState
from unison_domain.stations.told import Told

REFUSED_KEPT = 10
"""Of one scanner, gauge or camera so many refused values are told, the newest."""


class RefusedValue(BaseModel):
    """Something that came before a scanner, gauge or camera and became no scan and no reading.

    Attributes:
        at: when it came.
        raw: what came, byte by byte as text; empty where the words alone tell it. What may be a badge has its letters
            and digits hidden (`hidden`).
        reason: why it is no scan or reading, in words.
        remedy: what to do about it, in words; None where the reason says it.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    at: Instant
    raw: Told
    reason: Told
    remedy: Told | None = None


class PeripheralReport(BaseModel):
    """How a scanner, gauge or camera fares now, and why it is not online, in words.

    Attributes:
        refused: the last that became no scans or readings, oldest first; a restart of the agent forgets them.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    peripheral_id: UUID
    state: PeripheralState
    message: Told | None = None
    refused: Annotated[tuple[RefusedValue, ...], Field(max_length=5 * REFUSED_KEPT)] = ()
