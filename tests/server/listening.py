"""An open event stream for tests, read by a thread."""

from __future__ import annotations

import json
import queue
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

import httpx

from tests.server.serving import SignedIn

DEADLINE = 60.0


class Told(NamedTuple):
    """One server-sent event."""

    id: str
    name: str
    data: Any


@dataclass
class Listener:
    """An open stream, read by a thread; None in the queue is its end."""

    told: queue.Queue[Told | None]

    def next(self) -> Told | None:
        return self.told.get(timeout=DEADLINE)

    def happening(self, room: str = "sites") -> Any:
        """The next event of a room; people of the test itself are told too, whenever the relay has carried them."""
        return self.event(room).data

    def until(self, topic: str) -> Any:
        """The next event of this topic; what the stream owes of the time before it was opened is passed over."""
        while (told := self.happening(topic.partition(".")[0]))["topic"] != topic:
            pass
        return told

    def event(self, room: str = "sites") -> Told:
        while (told := self.next()) is not None:
            assert told.name == "happening", told
            if told.data["topic"].startswith(f"{room}."):
                return told
        raise AssertionError("the stream ended")


@contextmanager
def listening(signed: SignedIn, last_id: str | None = None) -> Iterator[Listener]:
    """Open the stream; it stands when this is entered."""
    headers = {"Authorization": f"Bearer {signed.access_token}"}
    if last_id is not None:
        headers["Last-Event-ID"] = last_id
    told: queue.Queue[Told | None] = queue.Queue()
    with (
        httpx.Client(base_url=signed.client.base_url, timeout=httpx.Timeout(10, read=60)) as client,
        client.stream("GET", "/api/v1/events", headers=headers) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")

        def read() -> None:
            lines: dict[str, str] = {}
            try:
                for line in answer.iter_lines():
                    key, _, value = line.partition(": ")
                    if line:
                        lines[key] = value
                    elif "event" in lines:
                        told.put(Told(lines["id"], lines["event"], json.loads(lines["data"])))
                        lines = {}
            except (httpx.HTTPError, httpx.StreamError, RuntimeError, OSError):
                pass
            told.put(None)

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        yield Listener(told)
        with suppress(OSError):
            answer.extensions["network_stream"].get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        thread.join(DEADLINE)
        assert not thread.is_alive()
