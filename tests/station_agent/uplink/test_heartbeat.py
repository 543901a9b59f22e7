"""Heartbeats, the configuration they announce, and the server's time they bring."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from unison_domain.machines.contracts import MachineState
from unison_domain.stations.attached import AttachedKind, AttachedReport
from unison_domain.stations.configuration import AgentConfiguration
from unison_domain.stations.contracts import MachineReport
from unison_domain.stations.peripheral_reports import PeripheralReport, RefusedValue
from unison_domain.stations.peripherals import PeripheralState
from unison_station.clock import ANSWERS_KEPT

from tests.station_agent.store.making import START, Pc, counted, sample
from tests.station_agent.uplink.conftest import MakeAgent
from tests.station_agent.uplink.server import AGENT, ORGANIZATION, FakeServer

MACHINE = UUID("00000000-0000-7000-8000-00000000000c")


def configuration(version: int) -> AgentConfiguration:
    return AgentConfiguration(agent_id=AGENT, organization_id=ORGANIZATION, version=version, name="press shop")


def report(state: MachineState) -> MachineReport:
    return MachineReport(machine_id=MACHINE, state=state, since=START, last_signal_at=START)


def test_it_beats_every_five_seconds_and_at_once_on_a_change(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of()
    assert not agent.beater.step()
    agent.shown.machines = (report(MachineState.RUNNING),)
    assert agent.beater.step()
    assert not agent.beater.step()
    agent.pc.pass_seconds(5)
    assert agent.beater.step()
    assert [len(beat["machines"]) for beat in server.heartbeats] == [0, 1, 1]


def test_a_buffer_that_refuses_is_told_at_once(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of()
    agent.shown.refusal = "the disk is full"
    assert agent.beater.step()
    agent.shown.refusal = None
    assert agent.beater.step()
    assert [beat["refusal"] for beat in server.heartbeats] == [None, "the disk is full", None]


def test_it_tells_how_much_waits(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of()
    agent.store.commit([sample(), counted(1)])
    agent.pc.pass_seconds(5)
    agent.beater.step()
    beat = server.heartbeats[-1]
    assert (beat["queue_depth"], beat["dead_letters"], beat["configuration"]) == (2, 0, 0)
    assert beat["oldest_unsent_at"] == "2026-11-20T06:00:00Z"


def test_a_newer_configuration_is_fetched_once(agent_of: MakeAgent, server: FakeServer) -> None:
    server.configuration = configuration(4)
    agent = agent_of()
    agent.pc.pass_seconds(5)
    agent.beater.step()
    assert [taken.version for taken in agent.configurations] == [4]
    assert [path for method, path, _ in server.requests if method == "GET"] == ["/api/v1/stations/me/configuration"]


def test_why_a_configuration_can_not_be_used_is_told_until_one_can(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of()
    server.configuration, agent.refused_with = configuration(4), "No space left on device"
    for seconds in (5, 5, 60, 5):
        agent.pc.pass_seconds(seconds)
        agent.beater.step()
        if seconds == 60:
            agent.refused_with = None
            agent.pc.pass_seconds(60)
            agent.beater.step()
    told = [beat["configuration_problem"] for beat in server.heartbeats]
    assert told == [None, None, *["No space left on device"] * 3, None]
    assert [taken.version for taken in agent.configurations] == [4]


def test_a_configuration_that_was_taken_back_is_no_problem_any_more(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of()
    server.configuration, agent.refused_with = configuration(4), "No space left on device"
    agent.pc.pass_seconds(5)
    agent.beater.step()
    server.configuration = None
    for _ in range(2):
        agent.pc.pass_seconds(5)
        agent.beater.step()
    told = [beat["configuration_problem"] for beat in server.heartbeats[1:]]
    assert told == [None, "No space left on device", None]


def test_the_mark_of_a_configuration_goes_back_as_it_came(agent_of: MakeAgent, server: FakeServer) -> None:
    server.configuration = configuration(4)
    agent = agent_of()
    (taken,) = [headers for method, _, headers in server.requests if method == "GET"]
    assert "If-None-Match" not in taken
    given = server.etag
    server.configuration = configuration(5)
    agent.pc.pass_seconds(5)
    agent.beater.step()
    assert [headers for method, _, headers in server.requests if method == "GET"][1]["If-None-Match"] == given
    assert [taken.version for taken in agent.configurations] == [4, 5]


def test_an_acknowledgement_announces_a_configuration_too(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of()
    agent.store.commit([counted(1)])
    server.configuration = configuration(2)
    agent.send()
    assert agent.sender.configuration_offered == 2


def test_silence_and_refusals_are_told_and_survived(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of()
    server.heartbeat_status = 500
    agent.pc.pass_seconds(5)
    assert not agent.beater.step()
    assert agent.beater.problem is not None
    server.heartbeat_status = 200
    agent.pc.pass_seconds(5)
    assert agent.beater.step()
    assert agent.beater.problem is None


def test_the_log_has_a_line_per_change_not_per_try(
    agent_of: MakeAgent, server: FakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "unison_station")
    agent = agent_of()
    for status in (500, 500, 401, 401, 200, 200):
        server.heartbeat_status = status
        agent.pc.pass_seconds(5)
        agent.beater.step()
    first, lost, refused, again = [record.getMessage() for record in caplog.records if "heartbeat" in record.name]
    assert first == again == "the server answers"
    assert lost.startswith("the server takes no heartbeat; what happens is kept and sent later")
    assert refused.startswith("the server refuses this PC")
    assert "New code…, or Enrol a PC… where it is not listed" in refused


def test_events_wait_for_the_server_time(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of(beat=False)
    agent.store.commit([counted(1)])
    agent.send()
    assert server.batches == []
    assert agent.beater.step()
    agent.send()
    assert server.numbers == [1]


def test_no_machine_is_told_with_an_uncorrected_clock(agent_of: MakeAgent, server: FakeServer) -> None:
    """The PC is a day ahead: the first heartbeat only asks the time, the next one follows at once."""
    agent = agent_of(pc=Pc(START + timedelta(days=1)), beat=False)
    agent.store.commit([counted(1)])
    at = agent.store.clock.now()
    agent.shown.machines = (MachineReport(machine_id=MACHINE, state=MachineState.RUNNING, since=at, last_signal_at=at),)
    server.now = lambda: START
    server.heartbeat_status = 500
    assert not agent.beater.step()
    agent.pc.pass_seconds(5)
    server.heartbeat_status = 200
    assert agent.beater.step()
    assert agent.beater.step()
    asked, again, told = server.heartbeats
    assert asked["machines"] == again["machines"] == []
    assert asked["oldest_unsent_at"] is again["oldest_unsent_at"] is None
    (machine,) = told["machines"]
    assert datetime.fromisoformat(machine["since"]) <= START
    assert datetime.fromisoformat(machine["last_signal_at"]) <= START
    assert datetime.fromisoformat(told["oldest_unsent_at"]) <= START


def test_a_report_leaves_with_corrected_times(agent_of: MakeAgent, server: FakeServer) -> None:
    server.offset = timedelta(hours=1)
    agent = agent_of()
    agent.shown.machines = (report(MachineState.STOPPED),)
    agent.beater.step()
    assert server.heartbeats[-1]["machines"][0]["since"] == "2026-11-20T07:00:00Z"
    assert server.heartbeats[-1]["clock_offset_seconds"] == 3600.0


def test_refused_values_leave_with_corrected_times(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of(beat=False)
    server.now = lambda: START + timedelta(hours=1)
    refused = RefusedValue(at=START, raw="01A+00.12345", reason="it is set to inches")
    agent.shown.peripherals = (
        PeripheralReport(peripheral_id=MACHINE, state=PeripheralState.ONLINE, refused=(refused,)),
    )
    assert agent.beater.step()
    agent.pc.pass_seconds(5)
    assert agent.beater.step()
    unknown, known = (beat["peripherals"][0]["refused"] for beat in server.heartbeats)
    assert unknown == []
    assert [one["at"] for one in known] == ["2026-11-20T07:00:00Z"]


def test_stamps_that_are_off_are_told_though_the_pcs_clock_is_right(agent_of: MakeAgent, server: FakeServer) -> None:
    """The server was an hour ahead when it was first heard."""
    agent = agent_of(beat=False)
    server.now = lambda: START + timedelta(hours=1)
    assert agent.beater.step()
    server.now = lambda: START
    for _ in range(ANSWERS_KEPT + 1):
        agent.pc.pass_seconds(5)
        assert agent.beater.step()
    assert server.heartbeats[-1]["clock_offset_seconds"] < -3500


def test_what_was_before_a_reboot_is_told_with_the_times_it_had(agent_of: MakeAgent, server: FakeServer) -> None:
    """The PC was an hour behind, and is a day ahead now."""
    agent = agent_of(pc=Pc(START - timedelta(hours=1)), beat=False)
    server.now = lambda: START
    assert agent.beater.step()
    agent.store.commit([counted(1, agent.store.clock.now())])
    agent.store.close()
    agent.pc.reboot(START + timedelta(days=1))
    again = agent_of(pc=agent.pc, beat=False)
    server.now = lambda: START + timedelta(minutes=1)
    assert again.beater.step()
    now = again.store.clock.now()
    again.shown.machines = (report(MachineState.STOPPED).model_copy(update={"last_signal_at": now}),)
    assert again.beater.step()
    told = server.heartbeats[-1]
    assert told["machines"][0]["since"] == told["oldest_unsent_at"] == "2026-11-20T06:00:00Z"
    assert told["machines"][0]["last_signal_at"] == told["at"] == "2026-11-20T06:01:00Z"


def test_a_pc_that_is_right_is_left_alone(agent_of: MakeAgent, server: FakeServer) -> None:
    server.offset = timedelta(seconds=1.5)
    agent = agent_of(pc=Pc())
    agent.store.commit([counted(1)])
    agent.send()
    assert server.taken[0]["at"] == "2026-11-20T06:00:00Z"
    assert "stamped_at" not in server.taken[0]


def test_what_is_plugged_in_is_told_now_and_then(agent_of: MakeAgent, server: FakeServer) -> None:
    port = AttachedReport(kind=AttachedKind.SERIAL_PORT, name="usb-FTDI", path="/dev/ttyUSB0")
    agent = agent_of()
    agent.shown.attached = (port,)
    for _ in range(8):
        agent.pc.pass_seconds(5)
        agent.beater.step()
    told = [beat["attached"] for beat in server.heartbeats]
    assert 1 <= len([one for one in told if one]) < len(told)
    assert next(one for one in told if one) == [port.model_dump(mode="json")]
