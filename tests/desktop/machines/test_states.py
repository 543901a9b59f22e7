from collections import defaultdict
from datetime import timedelta
from importlib.resources import files

import pytest
from unison_desktop.machines.durations import brief_text, clock_text, running_text, total_text
from unison_desktop.machines.states import LOOKS, STALE_AFTER, StateLook, shown_since, shown_state
from unison_domain.machines.contracts import MachineState, StateSource

from tests.desktop.machines.samples import live
from tests.desktop.samples import NOW


def test_every_state_has_a_look_of_its_own() -> None:
    assert set(LOOKS) == set(MachineState)
    assert len({look.text for look in LOOKS.values()}) == len(LOOKS)
    assert len({look.icon for look in LOOKS.values()}) == len(LOOKS)


def test_states_of_one_tone_are_told_apart_by_their_mark() -> None:
    marks = defaultdict(list)
    for look in LOOKS.values():
        marks[look.tone].append(look.mark)
    assert all(len(set(of_tone)) == len(of_tone) for of_tone in marks.values())


@pytest.mark.parametrize("look", LOOKS.values(), ids=lambda look: look.icon)
def test_every_icon_is_there(look: StateLook) -> None:
    assert files("unison_desktop.frame").joinpath("icons", f"{look.icon}.svg").is_file()


def test_old_data_is_no_data() -> None:
    heard = NOW - STALE_AFTER - timedelta(seconds=1)
    old = live(1, last_signal_at=heard)
    assert shown_state(old, NOW) is MachineState.UNKNOWN
    assert shown_since(old, NOW) == heard
    assert shown_state(live(1, last_signal_at=NOW - STALE_AFTER), NOW) is MachineState.RUNNING


def test_slow_signals_are_believed_as_long_as_the_server_says() -> None:
    slow = live(1, last_signal_at=NOW - 5 * STALE_AFTER).model_copy(update={"believed_until": NOW})
    assert shown_state(slow, NOW) is MachineState.RUNNING
    assert shown_state(slow, NOW + timedelta(seconds=1)) is MachineState.UNKNOWN


def test_a_machine_never_heard_of_is_unknown_unless_a_person_said_so() -> None:
    assert shown_state(live(1, last_signal_at=None), NOW) is MachineState.UNKNOWN
    set_while_silent = live(1, MachineState.SETUP, last_signal_at=NOW - timedelta(hours=1), source=StateSource.PERSON)
    assert shown_state(set_while_silent, NOW) is MachineState.SETUP
    entered = live(1, MachineState.SETUP, last_signal_at=None, source=StateSource.PERSON)
    assert shown_state(entered, NOW) is MachineState.SETUP


@pytest.mark.parametrize(
    ("seconds", "clock", "running", "brief", "total"),
    [
        (-3, "0:00", "0 s", "0 s", "0 s"),
        (59.9, "0:59", "59 s", "59 s", "60 s"),
        (247, "4:07", "4:07 min", "4 min", "4 min"),
        (7447, "2:04:07", "2:04 h", "2 h", "2 h 04 min"),
        (266_640, "3 d 02:04", "3 d 2 h", "3 d", "74 h 04 min"),
    ],
)
def test_lengths_of_time(seconds: float, clock: str, running: str, brief: str, total: str) -> None:
    assert (clock_text(seconds), running_text(seconds)) == (clock, running)
    assert (brief_text(seconds), total_text(seconds)) == (brief, total)
