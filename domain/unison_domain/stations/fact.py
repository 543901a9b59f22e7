"""What every event of a station has: its moment, the version of its kind, and fields a newer agent may add."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictInt

from unison_domain.kernel.contracts import EARLIEST, LATEST

Stamp = Annotated[AwareDatetime, Field(ge=EARLIEST, lt=LATEST)]
"""An `Instant` in whatever zone it was stamped, checked without a line of Python: hundreds come at once."""


class Fact(BaseModel):
    """An event, without what its kind adds."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    v: int = 1
    at: Stamp


LeaseNumber = Annotated[StrictInt, Field(ge=0, lt=2**63)]
"""Fencing number of the lease an agent holds a tag under (`stations.leases`); 0 from agents that know none."""
