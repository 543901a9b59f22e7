"""The response table, row by row: nothing is dropped that the server does not refuse for good."""

from __future__ import annotations

import pytest
from unison_station.uplink import LinkState

from tests.station_agent.store.making import counted, samples
from tests.station_agent.uplink.conftest import MakeAgent
from tests.station_agent.uplink.faults import commit_then_cut, cut, status
from tests.station_agent.uplink.server import Exchange, FakeServer, Fault


def test_events_arrive_once_and_in_order(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of()
    agent.store.commit([counted(n) for n in range(1, 1201)])
    agent.send()
    assert server.numbers == list(range(1, 1201))
    assert [len(batch["events"]) for batch in server.batches] == [500, 500, 200]
    assert (agent.store.outgoing.depth, agent.sender.link.state) == (0, LinkState.ONLINE)


def test_the_request_names_agent_and_version(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of()
    agent.store.commit(samples(100))
    agent.send()
    method, path, headers = server.requests[-1]
    assert (method, path) == ("POST", "/api/v1/stations/me/events")
    assert headers["User-Agent"] == "unison-station/1.2.3"
    assert headers["Content-Encoding"] == "gzip"
    assert int(headers["Content-Length"]) < 5000


def test_a_batch_holds_at_most_256_kib(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of()
    wide = [event.model_copy(update={"value": "x" * 4000}) for event in samples(200)]
    agent.store.commit(wide)
    agent.send()
    assert len(server.taken) == 200
    assert len(server.batches) == 4


def test_samples_wait_for_company_and_counts_do_not(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of()
    agent.send()
    agent.store.commit(samples(1))
    assert agent.sender.step() == pytest.approx(0.5)
    agent.store.commit([counted(1)])
    agent.sender.step()
    assert [len(batch["events"]) for batch in server.batches] == [2]


def test_commit_then_a_dropped_line_doubles_nothing(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of()
    server.faults = [commit_then_cut, commit_then_cut, cut]
    agent.store.commit([counted(n) for n in range(1, 601)])
    agent.send()
    assert server.numbers == list(range(1, 601))
    assert agent.store.outgoing.depth == 0


def test_a_partial_acknowledgement_goes_on_where_it_ends(agent_of: MakeAgent, server: FakeServer) -> None:
    def half(exchange: Exchange) -> bool:
        code, answer = exchange.server.take(exchange.batch, only=len(exchange.batch["events"]) // 2)
        return exchange.answer(code, answer)

    agent = agent_of()
    server.faults = [half, half]
    agent.store.commit([counted(n) for n in range(1, 101)])
    agent.send()
    assert server.numbers == list(range(1, 101))
    assert [batch["previous_sequence"] for batch in server.batches] == [0, 50, 75]


@pytest.mark.parametrize("fault", [status(500), status(502), status(404), status(302), cut])
def test_an_hour_of_failures_drops_nothing(agent_of: MakeAgent, server: FakeServer, fault: Fault) -> None:
    agent = agent_of()
    agent.store.commit([counted(n) for n in range(1, 4)])
    server.always = fault
    began = agent.pc.monotonic()
    while agent.pc.monotonic() - began < 3600:
        agent.send(steps=1)
    assert agent.sender.link.state is LinkState.UNREACHABLE
    assert max(agent.waits) <= 60
    assert 60 < len(agent.waits) < 400
    assert (agent.store.outgoing.depth, agent.store.dead_letters.count()) == (3, 0)
    server.always = None
    agent.send()
    assert server.numbers == [1, 2, 3]


def test_waits_grow_with_full_jitter(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of()
    agent.store.commit([counted(1)])
    server.always = status(500)
    agent.send(steps=200)
    assert all(wait <= min(60, 2**n) for n, wait in enumerate(agent.waits[:8]))
    assert min(agent.waits) < 5
    assert 20 < sum(agent.waits[10:]) / len(agent.waits[10:]) < 40


@pytest.mark.parametrize("code", [429, 503])
def test_the_server_says_when_to_come_back(agent_of: MakeAgent, server: FakeServer, code: int) -> None:
    agent = agent_of()
    server.faults = [status(code, Retry_After="17"), status(code, Retry_After="Fri, 20 Nov 2026 06:01:17 GMT")]
    agent.store.commit([counted(1)])
    agent.send()
    assert agent.waits[0] == 17
    assert agent.waits[1] == pytest.approx(60, abs=0.1)
    assert server.numbers == [1]


def test_a_refused_token_keeps_everything(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of()
    agent.store.commit([counted(1)])
    server.token = "another"
    agent.send(steps=3)
    assert agent.sender.link.state is LinkState.UNAUTHORIZED
    assert agent.waits == [60.0] * 3
    assert agent.store.outgoing.depth == 1


def test_somebody_elses_web_page_is_no_acknowledgement(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of()
    server.faults = [lambda exchange: exchange.answer(200, ["please", "log in"])]
    agent.store.commit([counted(1)])
    agent.send(steps=1)
    assert agent.sender.link.message is not None
    assert "not an answer of a Unison server" in agent.sender.link.message
    agent.send()
    assert server.numbers == [1]


def test_a_backlog_uses_half_the_time(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of()
    agent.store.commit([counted(n) for n in range(1, 1501)])

    def takes_two_seconds(exchange: Exchange) -> bool:
        agent.pc.pass_seconds(2.0)
        return False

    server.always = takes_two_seconds
    agent.send()
    assert agent.waits == pytest.approx([2.0, 2.0, 0.0], abs=0.01)


def test_a_heartbeat_that_gets_through_ends_the_wait(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of()
    server.faults = [cut] * 8
    agent.store.commit([counted(1)])
    agent.send(steps=7)
    wait = agent.sender.step()
    assert agent.sender.link.state is LinkState.UNREACHABLE
    assert wait
    assert agent.sender.step() == pytest.approx(wait)
    agent.sender.reached_server()
    agent.sender.step()
    assert server.numbers == [1]


@pytest.mark.parametrize(("is_of_a_proxy", "sent"), [(True, [1]), (False, [])])
def test_a_proxys_long_wait_ends_with_a_heartbeat_too_but_not_the_servers(
    agent_of: MakeAgent, server: FakeServer, is_of_a_proxy: bool, sent: list[int]
) -> None:
    agent = agent_of()
    body = "down for maintenance" if is_of_a_proxy else server.problem("busy", "later")
    server.faults = [lambda exchange: exchange.answer(503, body, Retry_After="3600")]
    agent.store.commit([counted(1)])
    assert agent.sender.step() == 3600
    agent.sender.reached_server()
    agent.sender.step()
    assert server.numbers == sent
