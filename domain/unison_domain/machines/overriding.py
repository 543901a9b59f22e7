"""When a state said by hand overrides the machine's own signals: one rule for the station, which asks for badge and PIN
by it, and the server, which sets aside what comes without.
"""

from __future__ import annotations

from unison_domain.machines.contracts import MachineState


def contradicts(said: MachineState, by_signals: MachineState | None) -> bool:
    """Whether the word says something else than the signals.

    Args:
        said: by hand.
        by_signals: the newest state they told; None before they told any. Where they don't know the state, as with the
            main switch off, there is nothing to contradict.
    """
    return by_signals not in (None, MachineState.UNKNOWN, said)
