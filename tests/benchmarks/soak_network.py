"""The network between agents and server, whose cable can be pulled."""

from __future__ import annotations

import asyncio
import threading
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

_CHUNK = 65_536


class Network:
    """Passes bytes on to a server; on loopback, in a thread of its own.

    Attributes:
        url: where the server is reached through it.
    """

    def __init__(self, server: str) -> None:
        """`server`: its address; it need not run yet."""
        self._to = urlsplit(server).port
        self._loop = asyncio.new_event_loop()
        self._whole = asyncio.Event()
        self._whole.set()
        self._writers: set[StreamWriter] = set()
        self._server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self._thread = threading.Thread(target=self._loop.run_forever, name="network", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._end())
        self._loop.close()

    def pull(self, seconds: float, *, forgets: bool) -> None:
        """Pull the cable for so long; returns at once.

        Nobody is told: connections stay and are silent, and what is sent waits, as TCP sends it again. A network that
        `forgets` breaks them all when it is plugged in, as a router does that lost its power.
        """
        self._loop.call_soon_threadsafe(self._pull, seconds, forgets)

    def plug(self) -> None:
        """Plug the cable in now; without effect where it is."""
        self._loop.call_soon_threadsafe(self._plug, False)

    def _pull(self, seconds: float, forgets: bool) -> None:
        self._whole.clear()
        self._loop.call_later(seconds, self._plug, forgets)

    def _plug(self, forgets: bool) -> None:
        for writer in tuple(self._writers) if forgets else ():
            writer.transport.abort()
        self._whole.set()

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        await self._whole.wait()
        try:
            onward, back = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, back}
        try:
            ways = {asyncio.ensure_future(self._pass(*way)) for way in ((reader, back), (onward, writer))}
            _, other = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in other:
                way.cancel()
            await asyncio.gather(*other, return_exceptions=True)
        finally:
            self._writers -= {writer, back}
            writer.close()
            back.close()

    async def _pass(self, reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                await self._whole.wait()
                writer.write(data)
                await writer.drain()
            await self._whole.wait()  # also an end is not heard of through a pulled cable

    async def _end(self) -> None:
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
