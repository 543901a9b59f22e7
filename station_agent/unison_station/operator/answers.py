"""What people in the desktop said to calls from here: asked for with heartbeats, as long as a call is open."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from unison_domain.kernel.contracts import Page
from unison_domain.machines.calls import CallAnswer

from unison_station.engine.engine import Engine
from unison_station.operator.desk import Desk
from unison_station.operator.floor import OpenCall
from unison_station.operator.office_question import answer_of
from unison_station.store import Store
from unison_station.uplink.transport import Transport

PATH = "/api/v1/stations/me/machine-calls"
MOST_ASKED = 100


class Answers:
    """Asks, and has the desk learn. Takes its turns on the heartbeat's thread."""

    def __init__(self, desk: Desk, engine: Engine, store: Store) -> None:
        self._desk = desk
        self._engine = engine
        self._store = store

    def ask(self, transport: Transport) -> None:
        """Ask once, if a call is open and the server knows all that was said here about calls."""
        asked = {id_: call for id_, call in self._desk.floor.calls.items() if call.life.is_open}
        if not asked or self._store.outgoing.waits(("call_changed",)):
            return
        said = self._said(transport, asked)
        if said:
            self._desk.learn(said, asked, self._engine)

    def _said(self, transport: Transport, asked: Mapping[UUID, OpenCall]) -> list[CallAnswer]:
        query = [("ids", str(id_)) for id_ in list(asked)[-MOST_ASKED:]]
        page = answer_of(transport, PATH, query, Page[CallAnswer])
        return page.items if page else []
