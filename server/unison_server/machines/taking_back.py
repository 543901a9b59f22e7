"""Taking back what a person in the office said a machine does: its states are as if it never had been said.

That is a fact of its own beside the word, which stays in the ledger (`tables.TransitionUndo`). Whatever reads what was
said leaves such a word out (`disproof.IS_SAID`), so the states are made anew, and a later rebuild comes to the same.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Row, text
from unison_domain.machines.contracts import Live

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash, NotFound
from unison_server.kernel.outbox import record
from unison_server.machines.putting_away import demand_in_use
from unison_server.machines.queries import live_of
from unison_server.machines.rebuild import make_anew
from unison_server.machines.signals import hold_signals
from unison_server.machines.speakers import speakers_of
from unison_server.machines.tables import Machine, TransitionUndo
from unison_server.sites.queries import demand_writable, names_of

_WORD = text(
    """
    select said.id, said.state, said.position, said.started_at, said.created_at, said.created_by, undone.undone_by,
        undone.id is not null as is_undone
    from machine_transitions as said
    left join machine_transition_undos as undone
        on undone.organization_id = said.organization_id and undone.id = said.id
    where said.organization_id = :organization and said.id = :id and said.machine_id = :machine
        and said.source = 'person' and said.agent_id is null and said.state <> 'unknown'
    """
)
"""Said in the office; `unknown` says that the machine was put away."""
_SAID_SINCE = text(
    """
    select later.id, later.state, later.started_at
    from machine_transitions as later
    where later.organization_id = :organization and later.machine_id = :machine and later.source = 'person'
        and later.position > :position and coalesce(later.person_id, later.created_by) is distinct from :person
        and not exists (
            select 1 from machine_transition_undos as undone
            where undone.organization_id = later.organization_id and undone.id = later.id
        )
    order by later.position desc limit 1
    """
)
_EXPLAINED_SINCE = text(
    """
    select later.said_by, later.said_by_name, later.said_at
    from downtime_changes as later
    join machine_states as word on word.organization_id = later.organization_id and word.id = :id
    where later.organization_id = :organization and later.machine_id = :machine and later.is_effective
        and later.recorded_at >= :created_at and later.said_by is distinct from :person and later.kind <> 'undone'
        and later.started_at < coalesce(word.ended_at, 'infinity')
        and coalesce(later.ended_at, 'infinity') > word.started_at
        and not exists (
            select 1 from downtime_changes as undone
            where undone.organization_id = later.organization_id and undone.undoes = later.id
        )
    order by later.number desc limit 1
    """
)
"""What another person said since then of why the machine stood, of some of the time the word is of."""


def take_back(session: TenantSession, machine_id: UUID, word_id: UUID) -> Live:
    """Who said in the office what a machine does takes that back; once more changes nothing.

    Raises:
        NotFound, NotAllowed: no such machine or word, or its plant is not writable.
        Clash: the machine is out of use, another person said it, or another person said something since of its state,
            or of why it stood then.
    """
    machine = session.need(Machine, machine_id, "machine")
    demand_writable(session, machine.plant_id)
    hold_signals(session, {machine.id: None})
    demand_in_use(session, machine)
    asked = {"organization": session.organization_id, "machine": machine.id, "id": word_id}
    word = session.execute(_WORD, asked).one_or_none()
    if word is None:
        words = f"Nobody said in the office a state {word_id} of machine {machine.machine_code}"
        raise NotFound(words, thing="state", id=str(word_id))
    if not word.is_undone:
        _demand_own(session, machine, word)
        session.add(TransitionUndo(id=word.id, undone_by=session.scope.user_id))
        session.flush()
        make_anew(session, machine.id)
        record(session, "machines.machine.state_changed", machine.id, plant_id=machine.plant_id)
    return live_of(session, [machine.id])[0]


def _demand_own(session: TenantSession, machine: Machine, word: Row[*tuple[object, ...]]) -> None:
    person, code = session.scope.user_id, machine.machine_code
    if word.created_by != person:
        said = speakers_of(session, [word.id])[word.id]
        raise Clash(
            f"{said.name or 'Somebody'} set {code} to {word.state}: who did takes it back, or set another state",
            code="said_by_another",
            state=word.state,
            by=said.name,
        )
    asked = {
        "organization": session.organization_id,
        "machine": machine.id,
        "id": word.id,
        "person": person,
        "position": word.position,
        "created_at": word.created_at,
    }
    if (later := session.execute(_SAID_SINCE, asked).one_or_none()) is not None:
        by = speakers_of(session, [later.id])[later.id].name
        raise Clash(
            f"{by or 'Somebody'} set {code} to {later.state} since, from {later.started_at:%Y-%m-%d %H:%M:%S} UTC on: "
            "set the state it is in instead",
            code="said_since",
            state=later.state,
            by=by,
        )
    if (later := session.execute(_EXPLAINED_SINCE, asked).one_or_none()) is not None:
        by = later.said_by_name or names_of(session, [later.said_by]).get(later.said_by)
        raise Clash(
            f"{by or 'Somebody'} said since why {code} stood then ({later.said_at:%Y-%m-%d %H:%M:%S} UTC): "
            "set the state it is in instead",
            code="explained_since",
            by=by,
        )
