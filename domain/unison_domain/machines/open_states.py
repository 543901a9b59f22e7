"""What agents hear of states that people set: in the office, or at the PC that stood there before.

`GET /api/v1/stations/me/set-states` answers a `Page[SetState]`: one for each of the agent's
machines that is in such a state.
"""

from __future__ import annotations

from uuid import UUID

from unison_domain.kernel.contracts import Answer, Instant
from unison_domain.machines.contracts import MachineState


class SetState(Answer):
    """The state that a machine is in now by a person's word.

    Attributes:
        is_of_office: it was said in the desktop, not at a station.
        person: who said so, by the account where no name was told.
    """

    machine_id: UUID
    state: MachineState
    started_at: Instant
    is_of_office: bool
    person: str | None = None
