from datetime import UTC, datetime, timedelta

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.theme import Theme
from unison_desktop.machines.headline import Headline
from unison_domain.machines.contracts import MachineState, Utilization

from tests.desktop.machines.samples import live, machine_id

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def headline(qtbot: QtBot, theme: Theme) -> Headline:
    made = Headline(theme, lambda: NOW)
    made.state.zone = UTC
    qtbot.addWidget(made)
    return made


@pytest.mark.parametrize(
    ("known", "note", "role"),
    [
        (86_400, "against clock time: nights and breaks count", ""),
        (72_000, "of 24 h 00 min, 20 h 00 min with data", ""),
        (240, "of 24 h 00 min, 4 min with data", "muted"),
    ],
)
def test_a_share_says_of_what(headline: Headline, known: float, note: str, role: str) -> None:
    day = {"from": NOW - timedelta(days=1), "to": NOW, "period_seconds": 86_400, "known_seconds": known}
    headline.show_utilization(
        Utilization(machine_id=machine_id(0), **day, producing_seconds=known, utilization=1, by_state=[])
    )
    assert (headline.utilization.value, headline.utilization.note) == ("100.0 %", note)
    assert headline.utilization._value.property("role") == role


@pytest.mark.parametrize(("width", "lines"), [(900, 1), (240, 2)])
def test_times_that_dont_fit_side_by_side_stand_below_one_another(headline: Headline, width: int, lines: int) -> None:
    card = headline.state
    card.resize(width, 100)
    now_does = live(0, MachineState.RUNNING, since=NOW - timedelta(days=3), last_signal_at=NOW)
    card.show_live(now_does)
    told = card._lines(now_does, NOW)
    assert len(told) == lines
    assert [text for line in told for text in line[:2] if text] == ["since 2026-11-17 12:00:00", "last signal 12:00:00"]
    assert card.minimumHeight() >= (lines + 1) * card.fontMetrics().height()
