"""Which rooms a request is asked of: only those that have a path beginning with the same word.

FastAPI tries the pattern of every endpoint in turn, and there are hundreds: that took 2.5 ms of each request.
"""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.routing import iter_route_contexts
from starlette.routing import Match
from starlette.types import Scope


class RoomRouter(APIRouter):
    """The endpoints of `router` below a prefix; every path has a word of its own first, such as `machines`.

    Raises:
        TypeError: a path begins with a parameter, which could be any word.
    """

    def __init__(self, router: APIRouter, prefix: str) -> None:
        super().__init__()
        self.include_router(router, prefix=prefix)
        self._before = prefix.count("/") + 1
        self._words = {self._word(context.path or "") for context in iter_route_contexts(self.routes)}
        if any("{" in word for word in self._words):
            raise TypeError(f"a path of {sorted(self._words)} begins with a parameter; begin it with a word")

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """No match at once where none can be."""
        if self._word(scope["path"]) not in self._words:
            return Match.NONE, {}
        return super().matches(scope)

    def _word(self, path: str) -> str:
        return "".join(path.split("/", self._before + 1)[self._before : self._before + 1])
