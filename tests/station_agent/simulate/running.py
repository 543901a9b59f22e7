"""A simulated shop running inside a test, and small scenarios for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from unison_station.simulate.ledger import Ledger, read_ledger
from unison_station.simulate.scenario import Scenario
from unison_station.simulate.shop import Shop

STANDING = [{"do": "stop", "seconds": 1}]
DEADLINE = 60.0


def scenario(*machines: dict[str, Any], **fields: Any) -> Scenario:
    """A shop of these machines; a press of maker a that stands still unless said otherwise."""
    press = {"code": "PRESS-1", "name": "Press", "station": "ST-1", "maker": "a", "loop": False, "steps": STANDING}
    station = {"code": "ST-1", "name": "Hall", "plant": "P1"}
    return Scenario.model_validate(
        {"name": "test", "station": [station], "machine": [{**press, **m} for m in machines or ({},)], **fields}
    )


@asynccontextmanager
async def running(shop_of: Scenario, ledger: Path, **options: Any) -> AsyncIterator[Shop]:
    """The shop listening and playing until the block ends."""
    book = Ledger(ledger)
    shop = Shop(shop_of, book, before=read_ledger(ledger), **options)
    await shop.start()
    play = asyncio.create_task(shop.run())
    try:
        yield shop
    finally:
        play.cancel()
        await asyncio.gather(play, return_exceptions=True)
        await shop.stop()
        book.close()


def port_of(shop: Shop, code: str = "PRESS-1") -> int:
    """Where a machine answers."""
    machine = next(machine for machine in shop.description.machines if machine.code == code)
    return next(device.endpoint[1] for device in shop.description.devices if device.tags[0].machine_id == machine.id)


async def ticks() -> AsyncIterator[None]:
    """Occasions to look again."""
    while True:
        yield
        await asyncio.sleep(0.01)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something, at most `DEADLINE` seconds."""
    async with asyncio.timeout(DEADLINE):
        async for _ in ticks():
            if condition():
                return


def play(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run an asynchronous test."""
    asyncio.run(test())
