"""A person's way into the server, for set-up and checks: sign in, read, write, follow the event stream."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID

import httpx

PATIENCE_SECONDS = 30.0
"""For a server whose database comes back."""

_CLIENT = "Unison demo"
"""What people see of it in their list of sessions."""


@dataclass(frozen=True, slots=True)
class Told:
    """One message of the event stream: `name` is `ready`, `happening` or `reset`; heard at `at`, seconds since 1970."""

    name: str
    id: str
    data: dict[str, Any]
    at: float = field(default_factory=time.time)

    @property
    def position(self) -> int:
        """Its place in the order of all events."""
        return int(self.id.partition(".")[2])

    @property
    def topic(self) -> str:
        """Topic of a happening; empty for others."""
        return str(self.data.get("topic", ""))

    @property
    def entity(self) -> UUID | None:
        """What it happened to."""
        return UUID(self.data["entity"]) if self.data.get("entity") else None


class Api:
    """The HTTP API as one signed-in person."""

    def __init__(self, server: str) -> None:
        self.server = server
        self._http = httpx.Client(base_url=f"{server}/api/v1", timeout=30)
        self._streaming: socket.socket | None = None
        self._person: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def is_up(self) -> bool:
        """Whether the server answers and all it stands on is well."""
        try:
            return self._http.get("/health", timeout=5).is_success
        except httpx.TransportError:
            return False

    def sign_in(self, organization: str, user: str, password: str) -> bool:
        """Use the API as this person from now on; False when the server doesn't know them."""
        self._person = {"organization": organization, "user": user, "password": password, "client": _CLIENT}
        return self.sign_in_again()

    def sign_in_again(self) -> bool:
        """As the same person, where the token has expired; False when the server doesn't know them."""
        answer = self._http.post("/auth/login", json=self._person)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            return False
        self._http.headers["Authorization"] = f"Bearer {_checked(answer)['access_token']}"
        return True

    def get(self, path: str, **query: Any) -> Any:
        """Read one thing; asks again while the server says that its database comes back."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while (answer := self._http.get(path, params=query)).status_code == httpx.codes.SERVICE_UNAVAILABLE:
            if time.monotonic() > ends:
                break
            time.sleep(float(answer.headers.get("Retry-After", "1")))
        return _checked(answer)

    def post(self, path: str, body: dict[str, Any], version: int | None = None) -> dict[str, Any]:
        """Make one thing, or act on one that was seen at `version`."""
        headers = {"If-Match": f'"{version}"'} if version is not None else {}
        answer: dict[str, Any] = _checked(self._http.post(path, json=body, headers=headers))
        return answer

    def patch(self, path: str, version: int, body: dict[str, Any]) -> dict[str, Any]:
        """Change one thing that was seen at `version`."""
        answer: dict[str, Any] = _checked(self._http.patch(path, json=body, headers={"If-Match": f'"{version}"'}))
        return answer

    def put(self, path: str, version: int, body: dict[str, Any]) -> dict[str, Any]:
        """Put another in place of one thing that was seen at `version`."""
        answer: dict[str, Any] = _checked(self._http.put(path, json=body, headers={"If-Match": f'"{version}"'}))
        return answer

    def each(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """All items of a list, page by page."""
        cursor: str | None = None
        while True:
            page = self.get(path, **query, **({"cursor": cursor} if cursor else {}))
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def told(self, last_id: str | None = None) -> Iterator[Told]:
        """The event stream from after `last_id`, until the connection ends."""
        headers = {"Last-Event-ID": last_id} if last_id else {}
        with self._http.stream("GET", "/events", headers=headers, timeout=httpx.Timeout(10, read=40)) as answer:
            answer.raise_for_status()
            self._streaming = answer.extensions["network_stream"].get_extra_info("socket")
            fields: dict[str, str] = {}
            for line in answer.iter_lines():
                if line:
                    name, _, value = line.partition(":")
                    fields[name] = value.removeprefix(" ")
                elif "event" in fields:
                    yield Told(fields["event"], fields.get("id", ""), json.loads(fields.get("data", "{}")))
                    fields = {}

    def cut(self) -> None:
        """Break the connection of the event stream, as a bad network does; from any thread."""
        if self._streaming is not None:
            with suppress(OSError):
                self._streaming.shutdown(socket.SHUT_RDWR)


class Listener:
    """A client that follows the event stream in a thread and reconnects where it broke, as the desktop does.

    Attributes:
        told: all messages in the order they came.
        begun: set when the first has come.
    """

    def __init__(self, api: Api) -> None:
        self.told: list[Told] = []
        self.begun = threading.Event()
        self._api = api
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="listener", daemon=True)
        self._thread.start()

    @property
    def heard(self) -> list[Told]:
        """The happenings."""
        return [told for told in self.told if told.name == "happening"]

    @property
    def resets(self) -> int:
        """How often it had to read everything again."""
        return sum(told.name == "reset" for told in self.told)

    @property
    def began_at(self) -> int:
        """Position the stream began at."""
        return self.told[0].position

    def cut(self) -> None:
        """Break its connection; it comes back by itself."""
        self._api.cut()

    def end(self) -> None:
        """Stop reconnecting."""
        self._ending.set()

    def _follow(self) -> None:
        while not self._ending.is_set():
            try:
                for told in self._api.told(self.told[-1].id if self.told else None):
                    self.told.append(told)
                    self.begun.set()
            except httpx.HTTPError as error:
                self._ending.wait(0.1)
                if isinstance(error, httpx.HTTPStatusError) and error.response.status_code == httpx.codes.UNAUTHORIZED:
                    self._renew()

    def _renew(self) -> None:
        with suppress(httpx.TransportError, RuntimeError):  # the server is away or not well: the next round tries again
            self._api.sign_in_again()


def _checked(answer: httpx.Response) -> Any:
    if answer.is_success:
        return answer.json() if answer.content else None
    raise RuntimeError(f"{answer.request.method} {answer.request.url} gave {answer.status_code}: {answer.text[:500]}")
