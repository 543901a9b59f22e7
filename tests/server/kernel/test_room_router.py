"""Requests are asked only of rooms that know the first word of their path; what is answered stays the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.routing import Match
from starlette.types import Scope
from unison_server.kernel.room_router import RoomRouter


def _room(*paths: str) -> APIRouter:
    inner, router = APIRouter(prefix="/mills"), APIRouter()

    @inner.get("/{id}")
    def one(id: str) -> str:  # noqa: A002
        return f"mill {id}"

    for path in paths:
        router.get(path)(lambda path=path: path)
    router.include_router(inner)
    return router


Ask = Callable[..., httpx.Response]


@pytest.fixture
def ask() -> Ask:
    app = FastAPI()
    app.include_router(RoomRouter(_room("/saws", "/saws/worn"), "/api/v1"))
    app.include_router(RoomRouter(_room("/lathes"), "/api/v1"))

    async def answer(path: str, method: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://unison") as client:
            return await client.request(method, path)

    return lambda path, method="GET": asyncio.run(answer(path, method))


@pytest.mark.parametrize(
    ("path", "answered"),
    [("/saws", "/saws"), ("/saws/worn", "/saws/worn"), ("/lathes", "/lathes"), ("/mills/7", "mill 7")],
)
def test_every_path_is_found(ask: Ask, path: str, answered: str) -> None:
    assert ask(f"/api/v1{path}").json() == answered


@pytest.mark.parametrize("path", ["/", "/api", "/api/v1", "/api/v1/", "/api/v1/saw", "/api/v1/mills", "/v1/api/saws"])
def test_what_no_room_has_is_not_found(ask: Ask, path: str) -> None:
    assert ask(path).status_code == 404


def test_another_method_of_a_path_is_told_as_that(ask: Ask) -> None:
    answer = ask("/api/v1/saws", "POST")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


def test_a_path_that_ends_with_a_slash_is_sent_on(ask: Ask) -> None:
    answer = ask("/api/v1/saws/")
    assert (answer.status_code, answer.headers["location"]) == (307, "http://unison/api/v1/saws")


def test_a_path_that_could_begin_with_any_word_is_refused() -> None:
    with pytest.raises(TypeError, match="begin it with a word"):
        RoomRouter(_room("/{anything}"), "/api/v1")


def test_a_room_without_that_word_is_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else each request would pay for every endpoint there is."""
    searched: list[str] = []

    def search(_: APIRouter, scope: Scope) -> tuple[Match, Scope]:
        searched.append(scope["path"])
        return Match.FULL, {}

    room = RoomRouter(_room("/saws"), "/api/v1")
    monkeypatch.setattr(APIRouter, "matches", search)
    for path in ("/api/v1/lathes/saws", "/api/v1/saws", "/api/v1/saws2"):
        room.matches({"path": path})
    assert searched == ["/api/v1/saws"]
