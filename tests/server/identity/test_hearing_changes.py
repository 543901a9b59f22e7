"""A server process whose line to the database is cut without a word trusts nothing it keeps within a second."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import text
from unison_server.identity.hearing_changes import PROVEN_EACH_SECONDS, hear_changes
from unison_server.kernel.access import Access
from unison_server.kernel.database import Databases
from unison_server.kernel.settings import Settings

from tests.patience import MINUTE

LISTENERS = "select pid from pg_stat_activity where application_name = 'unison listens to access'"


def pids(databases: Databases) -> set[int]:
    with databases.identity.connect() as connection:
        return set(connection.scalars(text(LISTENERS)))


class Stopped:
    """Processes of PostgreSQL that neither answer nor end, as behind a firewall that forgot their line."""

    def __init__(self) -> None:
        self._pids: list[int] = []

    def stop(self, pid: int) -> None:
        os.kill(pid, signal.SIGSTOP)
        self._pids.append(pid)

    def go_on(self) -> None:
        while self._pids:
            os.kill(self._pids.pop(), signal.SIGCONT)


@pytest.fixture
def stopped() -> Iterator[Stopped]:
    stopped = Stopped()
    yield stopped
    stopped.go_on()


async def until(access: Access, *, listening: bool) -> None:
    begin = time.monotonic()
    while access.listening is not listening:
        assert time.monotonic() - begin < MINUTE
        await asyncio.sleep(0.005)


def test_silence_and_the_wait_for_an_answer_last_less_than_a_second() -> None:
    assert 2 * PROVEN_EACH_SECONDS < 1


def test_a_line_that_is_silent_is_not_trusted_until_it_answers(
    databases: Databases, settings: Settings, stopped: Stopped
) -> None:
    access = Access(settings.signing_private_key(), lambda *_: None)
    others = pids(databases)

    async def cut() -> int:
        hearing = asyncio.create_task(hear_changes(databases, access))
        await until(access, listening=True)
        (own,) = pids(databases) - others
        stopped.stop(own)
        await until(access, listening=False)
        listened = access.listened
        stopped.go_on()
        await until(access, listening=True)
        hearing.cancel()
        return access.listened - listened

    assert asyncio.run(cut()) == 1, "what was let in before is asked after again"


def test_a_change_told_while_the_line_was_silent_is_heard(
    databases: Databases, settings: Settings, stopped: Stopped
) -> None:
    access, told = Access(settings.signing_private_key(), lambda *_: None), uuid4()
    ended = list[object]()
    access.ended.append(ended.append)
    others = pids(databases)

    async def change() -> None:
        hearing = asyncio.create_task(hear_changes(databases, access))
        await until(access, listening=True)
        (own,) = pids(databases) - others
        stopped.stop(own)
        await until(access, listening=False)
        with databases.identity.begin() as connection:
            connection.execute(text("select pg_notify('access', :id)"), {"id": str(told)})
        stopped.go_on()
        begin = time.monotonic()
        while told not in ended:
            assert time.monotonic() - begin < MINUTE
            await asyncio.sleep(0.005)
        hearing.cancel()

    asyncio.run(change())
