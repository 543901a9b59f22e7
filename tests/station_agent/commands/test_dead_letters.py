"""Dead letters from afar."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from unison_domain.stations.batch import Rejected
from unison_domain.stations.commands import DiscardDeadLetters, ListDeadLetters, RetryDeadLetters
from unison_station.commands.dead_letters import MOST_BYTES, DeadLetterDesk
from unison_station.store import Store
from unison_station.uplink.commands import CommandFailed

from tests.station_agent.store.making import ROOMY, START, counted


def refused(store: Store, count: int, words: str = "no such tag") -> None:
    """Events that the server refused, one after another."""
    for number in range(count):
        (seq,) = store.commit([counted(number, START)])
        store.outgoing.refuse(Rejected(seq=seq, code="no_such_tag", message=words))


def test_they_are_listed_in_pages_that_fit_an_answer(tmp_path: Path) -> None:
    with Store.open(tmp_path, ROOMY) as store:
        refused(store, 130, "x" * 1900)
        desk, seen, after = DeadLetterDesk(store), list[int](), 0
        while True:
            page = desk.list(ListDeadLetters(after=after), None)
            assert len(page.model_dump_json()) < 2 * MOST_BYTES
            assert (page.total, page.epoch) == (130, store.outgoing.epoch)
            seen += [letter.seq for letter in page.letters]
            if page.next_after is None:
                break
            after = page.next_after
        assert seen == list(range(1, 131))
        assert page.letters[0].event["kind"] == "counted"


def test_some_are_sent_once_more_and_some_given_up(tmp_path: Path) -> None:
    with Store.open(tmp_path, ROOMY) as store:
        refused(store, 3)
        desk, epoch = DeadLetterDesk(store), store.outgoing.epoch
        assert desk.retry(RetryDeadLetters(epoch=epoch, sequences=(1, 1, 99)), None).done == 1
        assert store.outgoing.depth == 1
        discard = DiscardDeadLetters(epoch=epoch, sequences=(2, 3), reason="tests of the fitters")
        assert [desk.discard(discard, None).done for _ in range(2)] == [2, 0]
        assert desk.list(ListDeadLetters(), None).letters == []


def test_numbers_of_another_buffer_mean_nothing(tmp_path: Path) -> None:
    with Store.open(tmp_path, ROOMY) as store:
        refused(store, 1)
        desk = DeadLetterDesk(store)
        with pytest.raises(CommandFailed, match="list its letters again"):
            desk.discard(DiscardDeadLetters(epoch=uuid4(), sequences=(1,), reason="old list"), None)
        assert store.dead_letters.count() == 1
