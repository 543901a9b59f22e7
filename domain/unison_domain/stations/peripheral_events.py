"""What a station tells of its scanners, gauges and cameras as things that can be plugged in and out."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from unison_domain.kernel.contracts import Instant
from unison_domain.stations.fact import Fact
from unison_domain.stations.peripherals import PeripheralState


class PeripheralChanged(Fact):
    """A scanner, gauge or camera is gone, or back, or comes and goes; told once that held (`attendance`).

    Attributes:
        since: when it began to be in `state`.
        times: how often it went away since it was told of last.
        message: why it can't be used, in words.
    """

    kind: Literal["peripheral_changed"] = "peripheral_changed"
    peripheral_id: UUID
    state: PeripheralState
    since: Instant
    times: Annotated[int, Field(ge=0)] = 0
    message: str | None = None
