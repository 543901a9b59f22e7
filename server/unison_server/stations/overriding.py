"""Overrides that stations tell: taken where somebody with the right confirmed them with badge and PIN, else set aside.

The countersignature is of the other database and of one act from the beginning, so asking for it changes nothing: the
same event again, after whatever happened, is judged alike.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from unison_domain.identity.overrides import Override, OverrideKind
from unison_domain.identity.right_words import right_named

from unison_server.kernel.database import TenantSession
from unison_server.kernel.keys import new_id
from unison_server.kernel.outbox import record
from unison_server.kernel.scope import ActorKind, Scope
from unison_server.sites.queries import names_of
from unison_server.stations.arrival import Arrival, Arrived, Refused
from unison_server.stations.override_tables import StationOverride

UNSIGNED, USED = "override_unsigned", "countersignature_used"
_WORDS = {
    OverrideKind.STOP_REASON: "It changes the reason of a stop that another person gave",
    OverrideKind.MACHINE_STATE: "It sets a state by hand at a machine whose signals say otherwise",
    OverrideKind.SCAN_UNDONE: "It takes back a scan that another person made",
    OverrideKind.READING_UNDONE: "It takes back a measured value that another person took",
    OverrideKind.FAR_VALUE: "The typed value is beyond what is plausible for what is measured",
}


class Confirmed(NamedTuple):
    """Who stands behind an override in a plant, and by which countersignature, as `StationOverride` has it."""

    plant_id: UUID
    countersigned_by: UUID
    countersignature_id: UUID | None = None


def refusal_of(
    session: TenantSession, arrival: Arrival, one: Arrived, override: Override, plant_id: UUID
) -> Refused | None:
    """Why an override is set aside; None where it is taken, with who confirmed it written down.

    What a person with the right let in from the quarantine is confirmed by them.
    """
    scope, event = session.scope, one.event
    witness, backing = arrival.witness, event.backing
    # Also where a person lets the event in: the countersignature was given to the agent.
    agent = Scope(scope.organization_id, ActorKind.AGENT, arrival.agent_id)
    by = witness.who_confirmed(agent, backing, override) if backing else None
    if by is not None:
        return _written(session, arrival, one, override, Confirmed(plant_id, by, backing.id))
    if arrival.reviewed and scope.user_id is not None and scope.may_act_in(plant_id, override.kind.right):
        return _written(session, arrival, one, override, Confirmed(plant_id, scope.user_id))
    if override.kind not in witness.demanded(agent):
        return None
    right = right_named(override.kind.right)
    words = f"{_WORDS[override.kind]}, and nobody with the right {right} confirmed it with badge and PIN"
    if backing:
        words = (
            f"{_WORDS[override.kind]}, and the confirmation by {backing.person} is not known here: it was given for "
            f"something else or at another PC, or a restore of the server undid it. It takes the right {right}"
        )
    return Refused(one.seq, UNSIGNED, f"{words}: who has it may accept it among the set-aside events, else discard it")


def confirmed_by(session: TenantSession, kind: OverrideKind, act_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """What who confirmed is called, by the id of the act; acts that are no overrides are not in it."""
    if not act_ids:
        return {}
    statement = select(StationOverride.act_id, StationOverride.countersigned_by).where(
        StationOverride.kind == kind, StationOverride.act_id.in_(act_ids)
    )
    rows = session.execute(statement).all()
    people = names_of(session, [row.countersigned_by for row in rows])
    return {row.act_id: people.get(row.countersigned_by, str(row.countersigned_by)) for row in rows}


def _written(
    session: TenantSession, arrival: Arrival, one: Arrived, override: Override, confirmed: Confirmed
) -> Refused | None:
    row = {
        "organization_id": session.organization_id,
        "id": new_id(),
        **override._asdict(),
        **confirmed._asdict(),
        "agent_id": arrival.agent_id,
        "at": arrival.moment_of(one.event.at),
    }
    added = session.scalar(insert(StationOverride).values(row).on_conflict_do_nothing().returning(StationOverride.id))
    if added is not None:
        record(session, "stations.override.confirmed", added, plant_id=confirmed.plant_id)
        return None
    same = select(StationOverride.id).where(
        StationOverride.kind == override.kind, StationOverride.act_id == override.act_id
    )
    if session.scalar(same) is not None:
        return None
    return Refused(one.seq, USED, f"{_WORDS[override.kind]}, and its countersignature was used for something else")
