"""Somebody in front of an agent's operator page: what it shows them, and what they tap."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

from unison_station.operator.pages import TOKEN_HEADER

_SECONDS = 5.0
_OK = 200


class OperatorPage:
    """The page of one station.

    Each method raises OSError where the agent does not answer, or not as its page would.
    """

    def __init__(self, address: str, station: str) -> None:
        """Nothing is asked yet.

        Args:
            address: where the agent's page is, such as `http://127.0.0.1:8470/`.
            station: its code.
        """
        self._address, self._host = address, urlsplit(address).netloc
        self._path = f"/station/{quote(station, safe='')}"

    def news(self, *kinds: str) -> dict[str, Any]:
        """What the page is told at first of each of these kinds."""
        with self._line() as line:
            line.request("GET", f"{self._path}/news")
            return _told(line.getresponse(), kinds)

    def say(self, token: str, wish: Mapping[str, object]) -> tuple[int, dict[str, Any]]:
        """The status and the answer to one tap; `token` is in the news called `hello`."""
        with self._line() as line:
            headers = {"Content-Type": "application/json", "Origin": f"http://{self._host}", TOKEN_HEADER: token}
            line.request("POST", f"{self._path}/say", json.dumps(wish), headers)
            answer = line.getresponse()
            return answer.status, dict(json.loads(answer.read()))

    @contextmanager
    def _line(self) -> Iterator[HTTPConnection]:
        line = HTTPConnection(self._host, timeout=_SECONDS)
        try:
            yield line
        except (HTTPException, ValueError, KeyError) as error:
            raise OSError(f"{self._address} is no operator page: {error!r}") from error
        finally:
            line.close()


def ask(address: str, station: str, name: str) -> bool:
    """Have the camera of this name measure; False where the agent has none that can now. Raises as `OperatorPage`."""
    page = OperatorPage(address, station)
    told = page.news("hello", "takings")
    camera = next((one["id"] for one in told["takings"]["peripherals"] if one["name"] == name), None)
    wish = {"do": "ask", "id": str(uuid4()), "peripheral_id": camera}
    return camera is not None and page.say(told["hello"]["token"], wish)[0] == _OK


def _told(stream: HTTPResponse, kinds: tuple[str, ...]) -> dict[str, Any]:
    """The first of each kind of news, as far as they are needed."""
    told: dict[str, Any] = {}
    kind = ""
    while not told.keys() >= set(kinds):
        line = stream.readline().decode()
        if not line:
            raise ValueError("its stream ended")
        word, _, rest = line.strip().partition(": ")
        if word == "event":
            kind = rest
        elif word == "data":
            told.setdefault(kind, json.loads(rest))
    return told
