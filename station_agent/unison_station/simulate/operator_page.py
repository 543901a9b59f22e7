"""The person in front of a simulated camera, who asks it on the agent's operator page to measure."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

from unison_station.operator.pages import TOKEN_HEADER

_SECONDS = 5.0


def ask(page: str, station: str, name: str) -> bool:
    """Have the camera of this name measure; False where the agent has none that can now.

    Args:
        page: where the agent's page is, such as `http://127.0.0.1:8470/`.
        station: its code.

    Raises:
        OSError: the agent does not answer, or not as its page would.
    """
    host, path = urlsplit(page).netloc, f"/station/{quote(station, safe='')}"
    try:
        news = HTTPConnection(host, timeout=_SECONDS)
        try:
            news.request("GET", f"{path}/news")
            told = _told(news.getresponse())
        finally:
            news.close()
        camera = next((one["id"] for one in told["takings"]["peripherals"] if one["name"] == name), None)
        return camera is not None and _say(host, path, told["hello"]["token"], camera)
    except (HTTPException, ValueError, KeyError) as error:
        raise OSError(f"{page} is no operator page: {error!r}") from error


def _told(stream: HTTPResponse) -> dict[str, Any]:
    """The first of each kind of news, as far as they are needed."""
    told: dict[str, Any] = {}
    kind = ""
    while not {"hello", "takings"} <= told.keys():
        line = stream.readline().decode()
        if not line:
            raise ValueError("its stream ended")
        word, _, rest = line.strip().partition(": ")
        if word == "event":
            kind = rest
        elif word == "data":
            told.setdefault(kind, json.loads(rest))
    return told


def _say(host: str, path: str, token: str, camera: str) -> bool:
    line = HTTPConnection(host, timeout=_SECONDS)
    try:
        headers = {"Content-Type": "application/json", "Origin": f"http://{host}", TOKEN_HEADER: token}
        wish = {"do": "ask", "id": str(uuid4()), "peripheral_id": camera}
        line.request("POST", f"{path}/say", json.dumps(wish), headers)
        return line.getresponse().status == 200
    finally:
        line.close()
