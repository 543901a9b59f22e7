from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from unison_desktop.frame.theme import Theme
from unison_desktop.stations.columns import AgentRow, agent_columns
from unison_desktop.stations.health import Concern, health, span
from unison_domain.stations.contracts import AgentState

from tests.desktop.samples import NOW, agent


@pytest.mark.parametrize(
    ("changes", "concern", "text"),
    [
        ({}, Concern.NONE, "Well"),
        ({"state": AgentState.WAITING, "last_seen_at": None}, Concern.WAITING, "Waiting for its PC"),
        ({"state": AgentState.CONFLICT}, Concern.BROKEN, "Two PCs use this identity"),
        (
            {"state": AgentState.CONFLICT, "last_seen_at": NOW - timedelta(minutes=42)},
            Concern.BROKEN,
            "Two PCs use this identity, silent for 42 min",
        ),
        ({"state": AgentState.REVOKED}, Concern.ENDED, "Revoked"),
        ({"state": AgentState.UNKNOWN}, Concern.ATTENTION, "In a state this program does not know"),
        ({"last_seen_at": None}, Concern.ATTENTION, "Enrolled, never heard of"),
        ({"last_seen_at": NOW - timedelta(minutes=42)}, Concern.BROKEN, "Silent for 42 min"),
        ({"picture_problem": "1 was deleted"}, Concern.ATTENTION, "Pictures: 1 was deleted"),
        ({"page_problem": "Port 1 is taken"}, Concern.ATTENTION, "Port 1 is taken"),
        ({"dead_letters": 3}, Concern.ATTENTION, "3 refused events"),
        ({"dead_letters": 3, "waiting_events": 1}, Concern.ATTENTION, "1 event waits for a decision"),
        ({"tags": 5, "bad_tags": 2}, Concern.ATTENTION, "2 of 5 tags give no good value"),
        ({"tags": 5, "bad_tags": 2, "silent_devices": 1}, Concern.ATTENTION, "1 device does not answer"),
        ({"silent_devices": 3}, Concern.ATTENTION, "3 devices do not answer"),
        ({"bad_tags": 2, "silent_peripherals": 1}, Concern.ATTENTION, "1 scanner, gauge or camera can't be used"),
        ({"silent_peripherals": 2}, Concern.ATTENTION, "2 scanners, gauges or cameras can't be used"),
        ({"refusal": "the disk is full"}, Concern.BROKEN, "Collects nothing: the disk is full"),
        ({"oldest_unsent_at": NOW - timedelta(hours=3)}, Concern.ATTENTION, "Behind by 3 h 0 min"),
        ({"oldest_unsent_at": NOW - timedelta(seconds=20)}, Concern.NONE, "Well"),
        ({"clock_offset_seconds": -4.2}, Concern.ATTENTION, "Its clock and the server's differ by 4 s"),
        ({"certificate_ends_at": NOW + timedelta(days=31)}, Concern.NONE, "Well"),
        (
            {"certificate_ends_at": NOW + timedelta(days=90), "authority_ends_at": NOW + timedelta(days=12, hours=3)},
            Concern.ATTENTION,
            "Certificate ends in 12 d 3 h",
        ),
        (
            {"certificate_ends_at": NOW - timedelta(days=1), "last_seen_at": NOW - timedelta(hours=23)},
            Concern.BROKEN,
            "Certificate ended 1 d 0 h ago",
        ),
        (
            {"certificate_ends_at": NOW - timedelta(days=1), "last_seen_at": NOW - timedelta(days=1, seconds=9)},
            Concern.BROKEN,
            "Certificate ended 1 d 0 h ago",
        ),
        (
            {"certificate_ends_at": NOW - timedelta(days=1), "last_seen_at": NOW - timedelta(days=120)},
            Concern.BROKEN,
            "Silent for 120 d 0 h",
        ),
        (
            {"authority_ends_at": NOW - timedelta(days=1), "last_seen_at": NOW - timedelta(days=120)},
            Concern.BROKEN,
            "Certificate ended 1 d 0 h ago",
        ),
        ({"configuration_running": 2}, Concern.ATTENTION, "Runs an older configuration"),
        (
            {"configuration_running": 2, "configuration_problem": "No space left on device"},
            Concern.ATTENTION,
            "Can't use its new configuration: No space left on device",
        ),
        ({"waiting_tags": [UUID(int=1)]}, Concern.WAITING, "1 counter waits for the end of a run"),
        ({"waiting_tags": [UUID(int=1), UUID(int=2)]}, Concern.WAITING, "2 counters wait for the end of a run"),
    ],
)
def test_the_gravest_thing_is_said(changes: dict[str, Any], concern: Concern, text: str) -> None:
    found = health(agent(1, **changes), NOW)
    assert (found.concern, found.text) == (concern, text)


def test_silence_is_graver_than_a_backlog() -> None:
    long_ago = NOW - timedelta(days=2, hours=5)
    assert health(agent(1, last_seen_at=long_ago, oldest_unsent_at=long_ago), NOW).text == "Silent for 2 d 5 h"


@pytest.mark.parametrize(("seconds", "text"), [(-3, "0 s"), (59, "59 s"), (61, "1 min"), (3_660, "1 h 1 min")])
def test_spans_are_short(seconds: int, text: str) -> None:
    assert span(timedelta(seconds=seconds)) == text


def test_how_old_a_pcs_list_of_badges_is_stands_in_the_list(theme: Theme) -> None:
    (roster,) = (column for column in agent_columns(theme) if column.key == "roster")
    told = agent(1, roster_at=NOW - timedelta(minutes=42))
    assert [roster.shown(AgentRow(one, "", NOW)) for one in (told, agent(2))] == ["42 min ago", ""]


@pytest.mark.parametrize(("told", "shown"), [(3600.0, "-3600.00 s"), (-4.2, "4.20 s"), (0.001, "0.00 s"), (None, "")])
def test_a_clock_is_off_by_what_it_is_ahead_of_the_servers(theme: Theme, told: float | None, shown: str) -> None:
    """An agent tells the server's time minus its own."""
    (clock,) = (column for column in agent_columns(theme) if column.key == "clock")
    assert clock.shown(AgentRow(agent(1, clock_offset_seconds=told), "", NOW)) == shown


def test_a_pc_whose_counters_wait_does_not_run_the_newest_configuration_whole(theme: Theme) -> None:
    (configuration,) = (column for column in agent_columns(theme) if column.key == "configuration")
    waiting = agent(1, waiting_tags=[UUID(int=1), UUID(int=2)])
    shown = [configuration.shown(AgentRow(one, "", NOW)) for one in (waiting, agent(2))]
    assert shown == ["current but for 2 counters", "current"]
