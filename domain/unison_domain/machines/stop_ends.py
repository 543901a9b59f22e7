"""Where a stop ends of which a person may say why: one law for the office's words and the operator page.

A repair goes through maintenance and manual. Setup and cleaning are work of their own, and a state that a person sets
by hand is that person's word: what was said of the stop before ends there. Manual and maintenance that follow no such
stop are work of their own too, so nobody is asked about what follows them, not even where nothing is known of it.
"""

from __future__ import annotations

from unison_domain.machines.contracts import MachineState, StateSource
from unison_domain.machines.downtime import NO_STOP

WORK_OF_ITS_OWN = frozenset({MachineState.SETUP, MachineState.CLEANING})
"""By signals too, a stop ends where one of these begins."""
MAY_LAST = frozenset(MachineState) - NO_STOP - WORK_OF_ITS_OWN
"""States a stop may go on in."""
AGAINST_THE_PLAN = frozenset(
    {
        MachineState.STOPPED,
        MachineState.FAULT,
        MachineState.EMERGENCY_STOP,
        MachineState.STARVED,
        MachineState.BLOCKED,
    }
)
"""With one of these a stop begins that a person is asked about, and so is unknown time that follows it at once."""
OF_A_REPAIR = MAY_LAST - AGAINST_THE_PLAN
"""Such a stop goes on in these, and none begins with them."""


def ends_stop(before: MachineState | None, state: MachineState, source: StateSource) -> bool:
    """Whether a stop ends as this state begins; the same state said once more ends none.

    Args:
        before: the state it follows; None where that is not known.
    """
    if state in NO_STOP:
        return True
    return state is not before and (source is StateSource.PERSON or state in WORK_OF_ITS_OWN)
