"""What every event of a station has: its moment, the version of its kind, and fields a newer agent may add."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictInt

from unison_domain.identity.overrides import Who
from unison_domain.kernel.contracts import EARLIEST, LATEST, Name

Stamp = Annotated[AwareDatetime, Field(ge=EARLIEST, lt=LATEST)]
"""An `Instant` in whatever zone it was stamped, checked without a line of Python: hundreds come at once."""


class Fact(BaseModel):
    """An event, without what its kind adds."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    v: int = 1
    at: Stamp


class Backing(BaseModel):
    """Who confirmed an override with badge and PIN; `id` is of the countersignature, by which the server knows it.

    Attributes:
        proof: of the countersignature, as the server gave it; None from older agents and servers.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    id: UUID
    person_id: UUID
    person: Name
    proof: Annotated[str, Field(max_length=2_000)] | None = None


class SaidByPerson(Fact):
    """A fact that a person at the station may stand behind.

    Attributes:
        person: who it was, as typed, chosen or signed on at the station; None where nobody was named.
        person_id: the account of who was signed on; None where a name was only typed.
        person_is_verified: whether the server was asked who signed on, or only the list at the station; None without
            `person_id`.
        backing: who confirmed it, where it is an override (`identity.overrides`).
    """

    person: Name | None = None
    person_id: UUID | None = None
    person_is_verified: bool | None = None
    backing: Backing | None = None

    @property
    def who(self) -> Who:
        """Who did it, to be told from others."""
        return Who(self.person_id, self.person)

    @property
    def is_verified_person(self) -> bool | None:
        """As it is kept: no account, nothing to verify; an account that nobody vouches for is not verified."""
        return None if self.person_id is None else bool(self.person_is_verified)


LeaseNumber = Annotated[StrictInt, Field(ge=0, lt=2**63)]
"""Fencing number of the lease an agent holds a tag under (`stations.leases`); 0 from agents that know none."""
