"""The response table, row by row: nothing is dropped that the server does not refuse for good."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from unison_domain.stations.tail_hash import Checkpoint
from unison_station.uplink import LinkState

from tests.station_agent.store.making import counted, samples
from tests.station_agent.uplink.conftest import MakeAgent
from tests.station_agent.uplink.server import AGENT, Exchange, FakeServer, Fault


def status(code: int, **headers: str) -> Fault:
    return lambda exchange: exchange.answer(code, exchange.server.problem("made_up", "as the test wants"), **headers)


def cut(exchange: Exchange) -> bool:
    return exchange.cut()


def commit_then_cut(exchange: Exchange) -> bool:
    exchange.server.take(exchange.batch)
    return exchange.cut()


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


def test_two_agents_with_one_identity_are_found_out(agent_of: MakeAgent, server: FakeServer) -> None:
    original = agent_of("a")
    original.store.commit([counted(1)])
    original.send()
    original.store.close()
    copy_folder(original, "b")
    original, clone = agent_of("a", original.pc), agent_of("b")
    clone.pc.pass_seconds(1)
    original.store.commit([counted(2, original.store.clock.now())])
    clone.store.commit([counted(3, clone.store.clock.now())])
    original.send()
    clone.send(steps=3)
    assert clone.sender.link.state is LinkState.CONFLICT
    assert clone.waits[-1] == 60
    assert (clone.store.outgoing.depth, server.numbers) == (1, [1, 2])


def copy_folder(agent: Any, name: str) -> None:
    import shutil

    folder = agent.store._database.path.parent
    shutil.copytree(folder, folder.with_name(name))


def test_a_restored_buffer_is_found_out_although_its_batches_end_early(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of("a")
    agent.store.commit([counted(n) for n in range(1, 11)])
    agent.send()
    agent.store.close()
    copy_folder(agent, "backup")
    agent = agent_of("a", agent.pc)
    for number in range(11, 41):
        agent.store.commit([counted(number, agent.store.clock.now())])
        agent.send()
    restored = agent_of("backup", agent.pc)
    restored.pc.pass_seconds(60)
    restored.store.commit([counted(n, restored.store.clock.now()) for n in range(41, 46)])
    restored.send(steps=3)
    assert restored.sender.link.state is LinkState.CONFLICT
    assert server.numbers == list(range(1, 41))


def test_a_restored_server_gets_its_events_again(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of()
    for number in range(1, 31):
        agent.store.commit([counted(number)])
        agent.send()
    del server.taken[10:]
    for held in server.checkpoints.values():
        del held[10:]
    agent.store.commit([counted(31)])
    agent.send()
    assert server.numbers == list(range(1, 32))


def test_a_server_that_lost_everything_gets_what_is_still_here(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of()
    agent.store.commit([counted(n) for n in range(1, 31)])
    agent.send()
    server.taken.clear()
    server.checkpoints.clear()
    agent.store.commit([counted(31)])
    agent.send()
    assert server.numbers == list(range(1, 32))


def test_a_server_that_never_moves_is_not_hammered(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of()
    server.always = lambda exchange: exchange.answer(200, exchange.server.acknowledgement(0))
    agent.store.commit([counted(1)])
    agent.send(steps=50)
    assert len(server.batches) == 50
    assert sum(agent.waits) > 600
    server.always = lambda exchange: exchange.answer(200, exchange.server.acknowledgement(0, resend_from=1))
    agent.send(steps=50)
    assert sum(agent.waits[50:]) > 600


def test_what_falls_short_of_an_earlier_try_is_sent_again_and_as_long(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of()
    server.faults = [commit_then_cut, status(413)]
    agent.store.commit([counted(n) for n in range(1, 11)])
    agent.send(steps=4)
    assert [len(batch["events"]) for batch in server.batches] == [10, 10, 5, 10]
    assert server.numbers == list(range(1, 11))
    assert (agent.store.outgoing.depth, agent.sender.link.state) == (0, LinkState.ONLINE)


def test_a_buffer_brought_back_from_a_backup_says_that_it_never_had_what_is_held(
    agent_of: MakeAgent, server: FakeServer
) -> None:
    agent = agent_of()
    agent.store.commit([counted(n) for n in range(1, 6)])
    agent.send(steps=1)
    epoch = agent.store.outgoing.epoch
    server.checkpoints[str(AGENT), str(epoch)].append(Checkpoint(50, "0" * 64))  # sent after the backup was made
    agent.store.commit([counted(6)])
    agent.send(steps=2)
    assert agent.sender.link.state is LinkState.CONFLICT
    assert server.numbers == [1, 2, 3, 4, 5]


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


def test_after_a_new_enrolment_only_unsent_events_leave(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of()
    agent.store.outgoing.belong_to(agent.sender._identity.owner)
    agent.store.commit([counted(1)])
    agent.send()
    agent.store.commit([counted(2)])
    agent.store.outgoing.belong_to(f"{agent.sender._identity.agent_id} anew")
    agent.send()
    assert server.numbers == [1, 2]
    assert len({batch["epoch"] for batch in server.batches}) == 2


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
