"""Who said something of a machine: an account, or a name that was only typed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from unison_domain.stations.fact import SaidByPerson

from unison_server.kernel.database import TenantSession
from unison_server.sites.queries import names_of

_SAID = text(
    """
    select id, person, coalesce(person_id, created_by) as person_id,
        case when person_id is null then created_by is not null or null else person_is_verified end as is_verified
    from (
        select id, person, person_id, person_is_verified, case when agent_id is null then created_by end as created_by
        from machine_transitions where organization_id = :organization and id = any(cast(:ids as uuid[]))
    ) as said
    """
)
"""Of what an agent told, `created_by` is at most who let it in from the quarantine."""


class Speaker(NamedTuple):
    """Who it was.

    Attributes:
        id: the account. name: as told at a station; None where only the account says it.
        is_verified: whether the server knows that it was they; None without account.
    """

    id: UUID | None = None
    name: str | None = None
    is_verified: bool | None = None

    @classmethod
    def at_station(cls, event: SaidByPerson) -> Speaker:
        """Who stands behind what a station told."""
        return cls(event.person_id, event.person, event.is_verified_person)

    @classmethod
    def acting(cls, session: TenantSession) -> Speaker:
        """Who asks now."""
        user_id = session.scope.user_id
        return cls(user_id, None, None if user_id is None else True)

    def columns(self, beginning: str) -> dict[str, UUID | str | bool | None]:
        """As rows have them: `…`, `…_name` and `…_is_verified`."""
        return {beginning: self.id, f"{beginning}_name": self.name, f"{beginning}_is_verified": self.is_verified}

    def named(self, people: Mapping[UUID, str]) -> str | None:
        """What they are called: as at the station, else as the account says."""
        return self.name or (None if self.id is None else people.get(self.id))


NOBODY = Speaker()


def speakers_of(session: TenantSession, transition_ids: Collection[UUID]) -> dict[UUID, Speaker]:
    """Who said these states, with names."""
    if not transition_ids:
        return {}
    given = {"organization": session.organization_id, "ids": list(transition_ids)}
    said = {row.id: Speaker(row.person_id, row.person, row.is_verified) for row in session.execute(_SAID, given)}
    people = names_of(session, (one.id for one in said.values() if one.name is None))
    return {id_: one._replace(name=one.named(people)) for id_, one in said.items()}
