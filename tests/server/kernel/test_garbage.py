"""What failed connections leave is freed within seconds, not once a minute; where none failed nothing is looked at."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from unison_server.kernel import garbage
from unison_server.kernel.database import Databases
from unison_server.kernel.listen import listen

NOWHERE = "postgresql+psycopg://nobody:none@127.0.0.1:1/none"
DEADLINE = 30.0


@pytest.fixture(autouse=True)
def no_collecting_by_count() -> Iterator[None]:
    """As good as: the server lets the collector count to 50,000."""
    before = gc.get_threshold()
    gc.set_threshold(1_000_000, 1_000, 1_000)
    garbage._failed.clear()
    yield
    gc.set_threshold(*before)
    garbage._failed.clear()


@contextmanager
def collecting() -> Iterator[None]:
    end = threading.Event()
    thread = threading.Thread(target=garbage.collect, args=(end,))
    thread.start()
    yield
    end.set()
    thread.join()


def failed(engine: Engine) -> weakref.ref[OperationalError]:
    """A connection that failed."""
    try:
        with engine.connect():
            raise AssertionError("nobody is there")
    except OperationalError as error:
        return weakref.ref(error)


def test_what_an_outage_leaves_is_freed_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "SECONDS_BETWEEN_COLLECTIONS", 0.05)
    monkeypatch.setattr(garbage, "_ROUNDS_TO_A_WHOLE_ONE", 10**9)
    engine = Databases.connect(NOWHERE, NOWHERE).operations
    left = [failed(engine) for _ in range(20)]
    assert any(one() is not None for one in left), "rings that no count frees"
    assert garbage._failed.is_set(), "a failed connection is noted"
    ends = time.monotonic() + DEADLINE
    with collecting():
        while any(one() is not None for one in left):
            assert time.monotonic() < ends, "exceptions of failed connections are still there"
            time.sleep(0.01)


def test_a_listener_that_lost_the_database_notes_it() -> None:
    engine = Databases.connect(NOWHERE, NOWHERE).operations

    async def never(*_: object) -> None:
        raise AssertionError("nothing is heard of nobody")

    async def lose() -> None:
        gone = asyncio.Event()
        task = asyncio.create_task(listen(engine, "test", begun=never, heard=never, lost=gone.set))
        await asyncio.wait_for(gone.wait(), DEADLINE)
        task.cancel()

    asyncio.run(lose())
    assert garbage._failed.is_set()


def test_without_failures_only_the_whole_collections_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int | None] = []
    enough = threading.Event()

    def collected(generation: int | None = None) -> int:
        looked.append(generation)
        if len(looked) == 3:
            enough.set()
        return 0

    monkeypatch.setattr(garbage, "SECONDS_BETWEEN_COLLECTIONS", 0.001)
    monkeypatch.setattr(garbage, "_ROUNDS_TO_A_WHOLE_ONE", 4)
    monkeypatch.setattr(gc, "collect", collected)
    with collecting():
        assert enough.wait(DEADLINE)
    assert set(looked) == {None}
