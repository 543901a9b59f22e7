import time
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot
from unison_desktop.kernel.changes import AT_ONCE, Change, Changes

A, B, C = (UUID(int=n) for n in (1, 2, 3))
TOPIC = "machines.machine.state_changed"


@pytest.fixture
def heard(qtbot: QtBot) -> tuple[Changes, list[Change]]:
    hub = Changes(throttle_ms=30)
    told: list[Change] = []
    hub.changed.connect(told.append)
    return hub, told


def test_the_first_changes_are_told_at_once(heard: tuple[Changes, list[Change]]) -> None:
    hub, told = heard
    for one in (A, B, C):
        hub.announce(TOPIC, [one])
    assert told == [Change(TOPIC, frozenset([one])) for one in (A, B, C)]


def test_those_that_follow_come_together(heard: tuple[Changes, list[Change]], qtbot: QtBot) -> None:
    hub, told = heard
    for one in (A, A, A, A, B, C, B):
        hub.announce(TOPIC, [one])
    assert len(told) == AT_ONCE
    qtbot.waitUntil(lambda: len(told) == AT_ONCE + 1)
    assert told[-1] == Change(TOPIC, frozenset([A, B, C]))


def test_what_never_ends_is_told_once_in_each_interval(qtbot: QtBot) -> None:
    hub = Changes(throttle_ms=20)
    told: list[float] = []
    hub.changed.connect(lambda _: told.append(time.monotonic()))
    timer = QTimer(interval=1)
    timer.timeout.connect(lambda: hub.announce(TOPIC, [A]))
    timer.start()
    qtbot.waitUntil(lambda: len(told) >= AT_ONCE + 10)
    timer.stop()
    assert told[-1] - told[AT_ONCE - 1] >= 10 * 0.020 * 0.9


def test_one_topic_does_not_hold_up_another(heard: tuple[Changes, list[Change]]) -> None:
    hub, told = heard
    hub.announce(TOPIC, [A])
    hub.announce("stations.agent.changed", [B])
    assert [change.topic for change in told] == [TOPIC, "stations.agent.changed"]


def test_any_among_several_means_any(heard: tuple[Changes, list[Change]], qtbot: QtBot) -> None:
    hub, told = heard
    for ids in ([A], [A], [A], [A], None, [B]):
        hub.announce(TOPIC, ids)
    qtbot.waitUntil(lambda: len(told) == AT_ONCE + 1)
    assert told[-1].ids is None
    assert told[-1].names(C)


def test_everything_concerns_everybody(heard: tuple[Changes, list[Change]]) -> None:
    hub, told = heard
    hub.announce_all()
    assert told[0].concerns(["quality."])
    assert told[0].names(A)


def test_a_change_concerns_the_listeners_of_its_beginning() -> None:
    change = Change(TOPIC, frozenset([A]))
    assert change.concerns(["stations.", "machines.machine"])
    assert not change.concerns(["machines.count"])
    assert not change.names(B)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 5), min_size=1, max_size=40))
def test_no_change_is_ever_lost(qtbot: QtBot, numbers: list[int]) -> None:
    hub = Changes(throttle_ms=1)
    told: list[Change] = []
    hub.changed.connect(told.append)
    for number in numbers:
        hub.announce(TOPIC, [UUID(int=number)])
    wanted = {UUID(int=number) for number in numbers}
    qtbot.waitUntil(lambda: {one for change in told for one in change.ids or ()} == wanted)
