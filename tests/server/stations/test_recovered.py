"""What an agent recovered from a corrupt buffer is taken once, whichever part of it had arrived before."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from unison_domain.stations.tail_hash import BEGINNING
from unison_server.kernel.database import Database

from tests.server.stations.floor import Floor

PARTS = "select coalesce(sum(delta), 0) as parts, count(*) as rows from machine_counts"
Event = dict[str, Any]


def recover(floor: Floor, events: Sequence[Event]) -> list[Event]:
    """The agent's buffer broke: a new epoch, and in it these events with new numbers and where they came from."""
    sender = floor.sender
    broken, sender.epoch, sender.taken, sender.next_seq = sender.epoch, uuid4(), BEGINNING, 1
    again = []
    for event in events:
        before = event.get("recovered_from", [])
        again.append({**event, "seq": sender.next_seq, "recovered_from": [*before, [str(broken), event["seq"]]]})
        sender.next_seq += 1
    return again


@pytest.mark.parametrize("arrived", [0, 1, 4, 7])
def test_only_what_had_not_arrived_takes_effect(floor: Floor, arrived: int) -> None:
    events = [floor.counted(n) for n in range(7)]
    if arrived:
        floor.sender.post(floor.sender.batch(events[:arrived]))
    again = recover(floor, events)
    assert floor.sender.send(again)["rejected"] == []
    assert floor.rows(PARTS) == [(7, 7)]
    floor.sender.post(floor.sender.batch(again, BEGINNING))
    floor.sender.send([floor.counted(8)])
    assert floor.rows(PARTS) == [(8, 8)]


def test_holes_in_what_was_readable_move_no_number(floor: Floor) -> None:
    events = [floor.counted(n) for n in range(10)]
    floor.sender.send(events[:5])
    floor.sender.send(recover(floor, [events[1], events[4], events[6], events[9]]))
    assert floor.rows(PARTS) == [(7, 7)]


@pytest.mark.parametrize(("first", "second"), [(0, 0), (0, 3), (2, 0), (2, 3), (2, 6), (6, 6)])
def test_a_buffer_that_breaks_twice_doubles_nothing(floor: Floor, first: int, second: int) -> None:
    """`first` and `second`: how many arrived out of the first and of the second buffer."""
    events = [floor.counted(n) for n in range(6)]
    for arrived in (first, second):
        if arrived:
            floor.sender.post(floor.sender.batch(events[:arrived]))
        events = recover(floor, events)
    floor.sender.send(events)
    assert floor.rows(PARTS) == [(6, 6)]


def test_states_recovered_twice_still_tile(floor: Floor) -> None:
    run = floor.changed(0, "running")
    stop = floor.changed(10, "stopped", run)
    floor.sender.send([run])
    floor.sender.send(recover(floor, [run, stop]))
    assert floor.history() == [("running", 0.0, 10.0), ("stopped", 10.0, None)]


def test_a_mark_that_says_nothing_leaves_an_event_as_new(floor: Floor) -> None:
    floor.sender.send([floor.counted(0)])
    odd = [None, 5, [], [None], [[None, 1]], [["x", "1"]], [[str(uuid4()), 1]], [[str(floor.sender.epoch), 2]]]
    floor.sender.send([floor.counted(n, recovered_from=mark) for n, mark in enumerate(odd, 1)])
    assert floor.rows(PARTS) == [(9, 9)]


def test_another_agents_numbers_prove_nothing(floor: Floor) -> None:
    floor.sender.send([floor.counted(0)])
    stranger = UUID(int=floor.sender.epoch.int ^ 1)
    floor.sender.send([floor.counted(1, recovered_from=[[str(stranger), 1]])])
    assert floor.rows(PARTS) == [(2, 2)]


def test_the_last_batch_of_the_broken_buffer_is_waited_for(floor: Floor) -> None:
    """It is still being committed when the recovered events come."""
    first = floor.counted(0)
    floor.sender.send([first])
    broken = floor.sender.epoch
    again = recover(floor, [first, floor.counted(1)])
    sent = threading.Thread(target=lambda: floor.sender.send(again))
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        advance = "update agent_cursors set acked_through = 2 where epoch = :epoch"
        session.execute(text(advance), {"epoch": broken})
        sent.start()
        sent.join(0.3)
        assert sent.is_alive(), "the answer must wait for the other batch"
    sent.join(60)
    assert floor.rows(PARTS) == [(1, 1)]
