"""All machines that the person may see, kept current while somebody looks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from uuid import UUID

from PySide6.QtCore import QObject, QTimer, Signal
from unison_domain.kernel.contracts import Page
from unison_domain.machines.contracts import Live, MachineAnswer

from unison_desktop.identity.session import Session
from unison_desktop.kernel.changes import Change
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.one_at_a_time import OneAtATime
from unison_desktop.machines import calls
from unison_desktop.machines.renewal import SIGNALLED_TOPIC, Renewal

LIVE_TOPICS = ("machines.machine.state_changed", "machines.machine.counted")
LIST_TOPICS = ("machines.machine", "machines.work_center", "sites.plant")
RETRY_MS = 3_000


class Fleet(QObject):
    """Machines by id with what they do now.

    A change is asked for at once; changes that come while an answer is under way are asked for together after it, so
    answers never overtake one another.

    What fails is told, and where it may succeed later read again every few seconds.

    Attributes:
        machines: in the order of plant, work center and code.
        renewal: says when ages are read again.
        read_at: when the newest answer came, by the server's clock.

    Signals:
        listed: the machines themselves are others now.
        changed: frozenset of ids whose `live` was read again.
        failed: an `ApiError`.
    """

    listed = Signal()
    changed = Signal(object)
    failed = Signal(object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.machines: dict[UUID, MachineAnswer] = {}
        self.read_at: datetime | None = None
        self._session = session
        self._list = OneAtATime(partial(calls.machines, session.client), self)
        self._list.read.connect(self._take_list)
        self._list.failed.connect(self._on_failed)
        self._live: dict[UUID, Live] = {}
        self._read_since_load: set[UUID] = set()
        self._listening = False
        self._missed = False
        self._under_way = False
        self._wanted: set[UUID] = set()
        self._all_wanted = False
        self.renewal = Renewal(session, self)
        self.renewal.due.connect(self._on_renewal_due)
        self._retry = QTimer(self, singleShot=True, interval=RETRY_MS)
        self._retry.timeout.connect(self._on_retry)
        session.changes.changed.connect(self._on_change)

    def now(self) -> datetime:
        """The moment to compare what the machines do with, by the server's clock (UTC)."""
        return self._session.clock.now()

    def live(self, machine_id: UUID) -> Live:
        """What a machine does now, as far as is known here; of one that vanished, what it did last."""
        return self._live[machine_id]

    def load(self) -> None:
        """Read everything again."""
        self._missed = False
        self._read_since_load.clear()
        self._list.ask()

    def listen(self, listening: bool) -> None:
        """Keep current from now on, or rest; what is missed while resting is read when listening begins again."""
        self._listening = listening
        if listening and self._missed:
            self.load()

    def refresh(self, ids: Iterable[UUID]) -> None:
        """Read what these machines do now."""
        self._wanted.update(ids)
        self._ask()

    def refresh_all(self) -> None:
        """Read what all machines do now."""
        self._all_wanted = True
        self._ask()

    def _on_change(self, change: Change) -> None:
        if not self._listening:
            self._missed = True
        elif change.topic == SIGNALLED_TOPIC:
            self.renewal.hear()
        elif change.topic in LIVE_TOPICS:
            self._on_live_change(change)
        elif change.concerns(LIST_TOPICS):
            self.load()

    def _on_renewal_due(self) -> None:
        if self._listening:
            self.refresh_all()
        else:
            self._missed = True

    def _on_live_change(self, change: Change) -> None:
        if change.ids is None:
            self.refresh_all()
        elif known := change.ids & self.machines.keys():
            self.refresh(known)

    def _ask(self) -> None:
        if self._under_way or not (self._wanted or self._all_wanted):
            return
        wanted = None if self._all_wanted else frozenset(self._wanted)
        self._wanted.clear()
        self._all_wanted = False
        self._under_way = True
        if wanted is None:
            self.renewal.renewed()
        call = calls.live(self._session.client, wanted, owner=self)
        call.done.connect(self._take_live)
        call.failed.connect(self._on_live_failed)

    def _take_live(self, page: Page[Live]) -> None:
        self._under_way = False
        self.read_at = self.now()
        fresh = [live for live in page.items if live.machine_id in self.machines]
        different = frozenset(live.machine_id for live in fresh if self._live[live.machine_id] != live)
        self._live.update((live.machine_id, live) for live in fresh)
        self._read_since_load.update(live.machine_id for live in fresh)
        if different:
            self.changed.emit(different)
        self._ask()

    def _on_live_failed(self, error: ApiError) -> None:
        self._under_way = False
        self._on_failed(error)

    def _on_failed(self, error: ApiError) -> None:
        """What the answer would have told is missed: it is read again, by itself where that may help."""
        self._missed = True
        self.failed.emit(error)
        if error.is_temporary and self._listening:
            self._retry.start()

    def _on_retry(self) -> None:
        if self._missed and self._listening:
            self.load()

    def _take_list(self, machines: list[MachineAnswer]) -> None:
        self.read_at = self.now()
        ordered = sorted(machines, key=_place)
        self.machines = {machine.id: machine for machine in ordered}
        # Those that vanished stay known: views show them until each of them has heard of it.
        self._live |= {machine.id: machine.live for machine in ordered}
        self.listed.emit()
        # The list may be older than what was read of single machines while it was under way.
        if newer := self._read_since_load & self.machines.keys():
            self._read_since_load.clear()
            self.refresh(newer)


def _place(machine: MachineAnswer) -> tuple[object, ...]:
    """Machines without a work center stand last in their plant."""
    center = machine.work_center_name or ""
    plant = natural_key(machine.plant_name or "")
    return (plant, str(machine.plant_id), not center, natural_key(center), natural_key(machine.machine_code))


def natural_key(name: str) -> tuple[tuple[int, str], ...]:
    """Orders names as people do: `Line 2` before `Line 11`."""
    parts = re.split(r"(\d+)", name.casefold())
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts)
