"""What agents hear of the states their machines are in at the server: set in the office, or told by another PC.

`GET /api/v1/stations/me/set-states` answers a `Page[OpenState]`: one for each of the agent's machines in use.
"""

from __future__ import annotations

from uuid import UUID

from unison_domain.kernel.contracts import Answer, Instant
from unison_domain.machines.contracts import MachineState, StateSource


class OpenState(Answer):
    """The state that a machine is in now; without a begin where the server knows none.

    Attributes:
        state: unknown too where signals told one and are heard no more; source and begin are its own even so.
        source: a person's word or signals; None without a state.
        is_of_office: it was said in the desktop, not at a station.
        person: who said so, by the account where no name was told.
        by_signals: the newest that signals told, whichever PC reads them and whoever spoke since: what is said by hand
            is judged against it (`overriding`). None before, and where no tags in use tell a state.
    """

    machine_id: UUID
    state: MachineState = MachineState.UNKNOWN
    source: StateSource | None = StateSource.PERSON
    started_at: Instant | None = None
    is_of_office: bool = False
    person: str | None = None
    by_signals: MachineState | None = None
