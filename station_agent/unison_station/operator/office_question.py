"""One question to the office, as all that the operator page learns from there is asked."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from typing import TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, ValidationError

from unison_station.clock import Line
from unison_station.engine.engine import Engine
from unison_station.operator.desk import Desk
from unison_station.store import Store
from unison_station.uplink.transport import Transport, Unreachable

A = TypeVar("A", bound=BaseModel)

log = logging.getLogger(__name__)


class Asker:
    """What all have that ask with heartbeats: they take their turns on the heartbeat's thread, when each is due."""

    def __init__(
        self, desk: Desk, engine: Engine, store: Store, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._desk = desk
        self._engine = engine
        self._store = store
        self._monotonic = monotonic
        self._due = 0.0


def answer_of(transport: Transport, path: str, query: Iterable[tuple[str, str]], kind: type[A]) -> A | None:
    """What the server answers; None where none does, or one from before this question: what is said here holds then."""
    try:
        answer = transport.get(f"{path}?{urlencode(list(query))}", {})
        return kind.model_validate_json(answer.body) if answer.status == 200 else None
    except (Unreachable, ValidationError) as error:
        log.debug("the office does not answer %s: %s", path, error)
        return None


def by_this_clock(told: A, line: Line, *moments: str) -> A:
    """What the server tells with these of its moments by this PC's clock, as all that the page shows."""
    known = {name: moment for name in moments if (moment := getattr(told, name)) is not None}
    return told.model_copy(update={name: line.stamp(moment) for name, moment in known.items()})
