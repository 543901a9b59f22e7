"""A page's side of the agent over HTTP: its news and what it says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from uuid import uuid4

import httpx
import orjson
from unison_station.agent import Agent

from tests.station_agent.waiting import DEADLINE

News = dict[str, Any]


def events_of(agent: Agent, *kinds: str) -> list[dict[str, Any]]:
    """What the buffer holds for the server, of these kinds."""
    rows = agent.store.outgoing.pending(max_events=5000, max_bytes=10**9)
    return [orjson.loads(row.body) for row in rows if row.kind in kinds]


class Page:
    """A page that is open at a station."""

    def __init__(self, client: httpx.Client, station: str = "S1") -> None:
        self._client = client
        self._path = f"/station/{station}"
        self.token = str(self.hear("hello")["token"])

    @contextmanager
    def news(self) -> Iterator[Iterator[tuple[str, News]]]:
        """The stream from its beginning: names and contents."""
        with ExitStack() as stack:
            yield _parsed(self._opened(stack).iter_lines())

    def _opened(self, stack: ExitStack) -> httpx.Response:
        """A stream; where too many are open, because the agent has not seen yet that others ended, a moment later."""
        ends = time.monotonic() + DEADLINE
        while time.monotonic() < ends:
            answer = stack.enter_context(self._client.stream("GET", f"{self._path}/news"))
            if answer.status_code == 200:
                return answer
            stack.close()
            time.sleep(0.02)
        raise AssertionError("no stream is free")

    def hear(self, name: str) -> News:
        """The first of this name in a new stream."""
        with self.news() as news:
            return next(told for kind, told in news if kind == name)

    def machine(self, code: str) -> News:
        """What is shown of it."""
        found: News = next(one for one in self.hear("floor")["machines"] if one["code"] == code)
        return found

    def say(self, do: str, headers: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
        """One action, with an id of its own unless told."""
        body = orjson.dumps({"do": do, "id": str(uuid4()), **fields})
        return self.post(body, headers)

    def post(self, body: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
        """Any body, as the page sends it; a header of None is left out."""
        host = self._client.base_url.netloc.decode()
        own = {"Origin": f"http://{host}", "Content-Type": "application/json", "X-Unison-Token": self.token}
        merged = {name: value for name, value in {**own, **(headers or {})}.items() if value}
        return self._client.post(f"{self._path}/say", content=body, headers=merged)


def _parsed(lines: Iterator[str]) -> Iterator[tuple[str, News]]:
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, orjson.loads(line.removeprefix("data: "))
