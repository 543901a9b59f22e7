"""Where a page waits for a badge, what a scanner reads is one, and no code, unless it says that it is.

A page waits for somebody to sign on, or for who confirms an override: that badge lies ready for a while, and signs
nobody on.

awaited.wait_at(station, waits=True)     # a page opened its sheet to sign on, and says so again while it is open
if awaited.is_badge(scan, patterns): …   # of nobody that the list knows
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from unison_domain.codes.events import ScanSource, ScanTaken
from unison_domain.codes.item_pattern import ItemPattern
from unison_domain.codes.scanned_text import read_text

from unison_station.operator.people import Met

WAIT_SECONDS = 30.0
"""So long a page waits that says nothing more: it may have been closed."""
ASKED_WITHIN_SECONDS = 15.0
"""Whoever tapped earlier went away: the server is not asked any more."""
READY_SECONDS = 60.0
"""A badge that confirms is shown just before the PIN is typed."""
_MOST = 20


@dataclass(frozen=True, slots=True)
class Tapped:
    """A badge the list does not know, or one that is to confirm something; its text is kept nowhere.

    `name` is whose it is, as the list says; `tap` by which the server was, or will be, told of it as an event too;
    `met` who was at the station then (`People.met_at`).
    """

    station_id: UUID
    hash: str
    at: float
    name: str | None = None
    tap: UUID | None = None
    met: Met = None


class AwaitedBadges:
    """From any thread. `now` are seconds of a clock that never steps."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._until: dict[UUID, float] = {}
        self._tapped: deque[Tapped] = deque(maxlen=_MOST)
        self._confirming: frozenset[UUID] = frozenset()
        self._ready: dict[UUID, Tapped] = {}

    def wait_at(self, station_id: UUID, *, waits: bool, confirms: bool = False) -> None:
        """A page at this station waits for a badge, of somebody who confirms or who signs on; or does no more."""
        self._until[station_id] = self._now() + WAIT_SECONDS if waits else 0.0
        others = self._confirming - {station_id}
        self._confirming = others | {station_id} if waits and confirms else others
        if not waits:
            self.put_away(station_id)

    def confirms_at(self, station_id: UUID) -> bool:
        """Whether the next badge here is of who confirms an override."""
        return station_id in self._confirming and self._until.get(station_id, 0.0) > self._now()

    def show(self, station_id: UUID, badge: str, name: str | None) -> None:
        """The badge of who confirms lies ready."""
        self._ready[station_id] = Tapped(station_id, badge, self._now(), name)

    def shown_at(self, station_id: UUID) -> Tapped | None:
        """The badge that lies ready here."""
        shown = self._ready.get(station_id)
        return shown if shown is not None and self._now() - shown.at < READY_SECONDS else None

    def put_away(self, station_id: UUID) -> None:
        """No badge lies ready any more."""
        self._ready.pop(station_id, None)

    def is_awaited_at(self, station_id: UUID) -> bool:
        """Whether a page at this station waits for one."""
        return self._until.get(station_id, 0.0) > self._now()

    def is_badge(self, scan: ScanTaken, patterns: Sequence[ItemPattern]) -> bool:
        """Whether what was scanned is taken for a badge: it can be read as nothing else."""
        if scan.source is not ScanSource.SCANNER or not self.is_awaited_at(scan.station_id):
            return False
        return not read_text(scan.text, scan.symbology, patterns).meanings

    def tapped(self, station_id: UUID, badge: str, tap: UUID, met: Met = None) -> None:
        """The server is to be asked about it."""
        self._tapped.append(Tapped(station_id, badge, self._now(), tap=tap, met=met))

    def next_to_ask(self) -> Tapped | None:
        """One the server is asked about now, once."""
        while self._tapped:
            tapped = self._tapped.popleft()
            if self._now() - tapped.at < ASKED_WITHIN_SECONDS:
                return tapped
        return None
