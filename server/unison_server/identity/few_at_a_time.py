"""What strangers may have done that costs a hash, a few at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import anyio
import anyio.to_thread

from unison_server.identity.sign_in import AT_A_TIME, MOST_WAITING
from unison_server.kernel.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")


class FewAtATime:
    """One line for all who have a password hashed without being signed in.

    Not in the threads that all requests share: strangers could keep every one of them waiting for a hash.
    """

    def __init__(self) -> None:
        self._limiter = anyio.CapacityLimiter(AT_A_TIME)
        # The limiter counts who waits a moment after they came: of a flood more would get in than may wait.
        self._inside = 0

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call it in a thread when it is its turn.

        Raises:
            Unavailable: too many wait already.
        """
        if self._inside >= AT_A_TIME + MOST_WAITING:
            raise Unavailable("Too many sign in at this moment; try again", headers={"Retry-After": "2"})
        self._inside += 1
        try:
            return await anyio.to_thread.run_sync(lambda: call(*args, **kwargs), limiter=self._limiter)
        finally:
            self._inside -= 1
