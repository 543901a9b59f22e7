"""Batches the server refuses: what is wrong in them is found, and nothing else is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from unison_station.uplink import LinkState

from tests.station_agent.store.making import counted, samples
from tests.station_agent.uplink.conftest import MakeAgent
from tests.station_agent.uplink.server import Exchange, FakeServer


def test_a_batch_that_is_too_large_is_halved(agent_of: MakeAgent, server: FakeServer) -> None:
    def small_server(exchange: Exchange) -> bool:
        return len(exchange.batch["events"]) > 100 and exchange.answer(413)

    agent = agent_of()
    server.always = small_server
    agent.store.commit([counted(n) for n in range(1, 501)])
    agent.send()
    assert server.numbers == list(range(1, 501))
    assert agent.store.dead_letters.count() == 0


def test_one_event_too_large_alone_is_set_aside(agent_of: MakeAgent, server: FakeServer) -> None:
    server.always = lambda exchange: (
        any(event["seq"] == 2 for event in exchange.batch["events"]) and exchange.answer(413)
    )
    agent = agent_of()
    agent.store.commit([counted(n) for n in range(1, 4)])
    agent.send()
    assert server.numbers == [1, 3]
    assert [(letter.seq, letter.code) for letter in agent.store.dead_letters.list()] == [(2, "http_413")]


@pytest.mark.parametrize("code", [400, 422])
def test_poison_is_found_and_the_rest_goes_on(agent_of: MakeAgent, server: FakeServer, code: int) -> None:
    poison = {17, 333, 334, 900}

    def hates_poison(exchange: Exchange) -> bool:
        if poison.isdisjoint(event["raw_to"] for event in exchange.batch["events"]):
            return False
        return exchange.answer(code, exchange.server.problem("bad_count", "raw_to is cursed"))

    agent = agent_of()
    server.always = hates_poison
    agent.store.commit([counted(n) for n in range(1, 1001)])
    agent.send()
    assert server.numbers == [n for n in range(1, 1001) if n not in poison]
    letters = agent.store.dead_letters.list()
    assert {letter.seq for letter in letters} == poison
    assert (letters[0].code, letters[0].message) == ("bad_count", "raw_to is cursed")
    assert len(server.batches) < 90


@pytest.mark.parametrize("status", [409, 422, 503])
def test_another_protocol_costs_no_event_and_is_told(agent_of: MakeAgent, server: FakeServer, status: int) -> None:
    agent = agent_of()
    agent.store.commit([counted(number) for number in range(1, 4)])
    server.always = lambda exchange: exchange.answer(
        status, server.problem("protocol_unknown", "this server speaks protocols 2 to 3"), Retry_After="0"
    )
    agent.send(steps=5)
    assert [len(batch["events"]) for batch in server.batches] == [3] * 5
    assert (agent.store.outgoing.depth, agent.store.dead_letters.count()) == (3, 0)
    assert agent.waits == [60.0] * 5
    assert agent.sender.link.state is LinkState.REFUSED
    assert agent.sender.link.message == (
        "the server does not speak protocol 1 of this agent: update the older of the two"
        " (this server speaks protocols 2 to 3)"
    )
    server.always = None
    agent.send()
    assert server.numbers == [1, 2, 3]


def test_a_dead_letter_tried_again_arrives(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of()
    server.reject = lambda event: event["raw_to"] == 2
    agent.store.commit([counted(n) for n in range(1, 4)])
    agent.send()
    assert server.numbers == [1, 3]
    assert [letter.code for letter in agent.store.dead_letters.list()] == ["no_such_tag"]
    server.reject = lambda event: False
    agent.store.commit(samples(1))
    agent.store.dead_letters.retry([2])
    assert agent.sender.step() == 0.0, "it waits for no company"
    assert server.numbers == [1, 3, 2]


def test_a_server_that_refuses_everything_makes_no_heap_of_dead_letters(
    agent_of: MakeAgent, server: FakeServer
) -> None:
    agent = agent_of()
    server.always = lambda exchange: exchange.answer(422, server.problem("nothing_pleases", "try another server"))
    agent.store.commit([counted(n) for n in range(1, 201)])
    agent.send(steps=300)
    assert agent.sender.link.state is LinkState.REFUSED
    assert agent.store.dead_letters.count() == 20
    server.always = None
    agent.send()
    assert server.numbers == list(range(21, 201))


def test_an_event_that_breaks_in_its_row_does_not_hold_up_the_others(agent_of: MakeAgent, server: FakeServer) -> None:
    """The PC's clock is wrong, so what is sent is opened before."""
    agent = agent_of(beat=False)
    server.now = lambda: agent.store.clock.now() + timedelta(hours=1)
    assert agent.beater.step()
    agent.store.commit([counted(number) for number in range(1, 11)])
    with agent.store._database.writing() as connection:
        connection.execute("UPDATE outbox SET body = zeroblob(80) WHERE seq = 4")
    agent.send()
    assert server.numbers == [1, 2, 3, 5, 6, 7, 8, 9, 10]
    (letter,) = agent.store.dead_letters.list()
    assert (letter.seq, letter.code, agent.store.outgoing.depth) == (4, "damaged", 0)
