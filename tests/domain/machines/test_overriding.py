"""When a word against the signals needs somebody who stands behind it."""

from hypothesis import given
from hypothesis import strategies as st
from unison_domain.machines.contracts import MachineState
from unison_domain.machines.overriding import contradicts

STATES = st.sampled_from(list(MachineState))


@given(STATES, STATES)
def test_only_another_known_state_is_contradicted(said: MachineState, told: MachineState) -> None:
    assert contradicts(said, told) == (said is not told and told is not MachineState.UNKNOWN)
    assert not contradicts(said, None)
