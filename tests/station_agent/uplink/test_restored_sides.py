"""An agent or a server that knows less than the other: a cloned disk, a restored backup, a new enrolment."""

from __future__ import annotations

from typing import Any

from unison_domain.stations.tail_hash import Checkpoint
from unison_station.uplink import LinkState

from tests.station_agent.store.making import counted
from tests.station_agent.uplink.conftest import MakeAgent
from tests.station_agent.uplink.faults import commit_then_cut, status
from tests.station_agent.uplink.server import AGENT, FakeServer


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
