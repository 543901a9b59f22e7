"""What people in the desktop said to calls from here: asked for with heartbeats, as long as a call is open."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from urllib.parse import urlencode
from uuid import UUID

from pydantic import ValidationError
from unison_domain.kernel.contracts import Page
from unison_domain.machines.calls import CallAnswer

from unison_station.engine.engine import Engine
from unison_station.operator.desk import Desk
from unison_station.operator.floor import OpenCall
from unison_station.store import Store
from unison_station.uplink.transport import Transport, Unreachable

PATH = "/api/v1/stations/me/machine-calls"
MOST_ASKED = 100

log = logging.getLogger(__name__)


class Answers:
    """Asks, and has the desk learn. Takes its turns on the heartbeat's thread."""

    def __init__(self, desk: Desk, engine: Engine, store: Store) -> None:
        self._desk = desk
        self._engine = engine
        self._store = store

    def ask(self, transport: Transport) -> None:
        """Ask once, if a call is open and the server knows all that was said here about calls."""
        asked = {id_: call for id_, call in self._desk.floor.calls.items() if call.life.is_open}
        if not asked or any(row.kind == "call_changed" for row in self._store.outgoing.pending()):
            return
        said = self._said(transport, asked)
        if said:
            self._desk.learn(said, asked, self._engine)

    def _said(self, transport: Transport, asked: Mapping[UUID, OpenCall]) -> list[CallAnswer]:
        query = urlencode([("ids", str(id_)) for id_ in list(asked)[-MOST_ASKED:]])
        try:
            answer = transport.get(f"{PATH}?{query}", {})
            if answer.status != 200:
                return []  # a server from before this question; calls then go on as they are said here
            return Page[CallAnswer].model_validate_json(answer.body).items
        except (Unreachable, ValidationError) as error:
            log.debug("what was said to calls is not known: %s", error)
            return []
