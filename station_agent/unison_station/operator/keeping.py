"""Waiting for what somebody said to be on disk, which the engine's loop does in its turn."""

from __future__ import annotations

from concurrent.futures import CancelledError, Future

from unison_station.engine.engine import Decide, Engine
from unison_station.operator.actions import Refused
from unison_station.store import StoreError

PATIENCE_SECONDS = 5.0
"""How long an action may wait for its turn before it is called off."""


def keep(decide: Decide, engine: Engine) -> None:
    """Have the engine commit it; on return it is on disk. Not on the engine's loop.

    Raises:
        Refused: it is not done, and why.
    """
    future = engine.order(decide)
    try:
        _wait(future, engine)
    except StoreError as error:
        raise Refused("not_kept", f"Not kept: {error}", 503) from None
    except CancelledError:
        raise Refused("stopping", "Not kept: the agent is being stopped. Try again.", 503) from None


def _wait(future: Future[None], engine: Engine) -> None:
    """Until it is on disk. Raises what it raises, and Refused where its turn does not come in time."""
    try:
        future.result(PATIENCE_SECONDS)
    except TimeoutError:
        if future.cancel():
            said = engine.refusal or "the agent is busy"
            raise Refused("not_kept", f"Not kept: {said}. Try again.", 503) from None
        future.result()  # it is being written at this moment
