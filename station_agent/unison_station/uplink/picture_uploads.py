"""Kept pictures go to the server as files, after the events that tell of them, on a thread of its own.

The folder is the queue: what lies in it is sent, oldest first, and deleted when the server has it. A picture waits
until the server has all events that were there when it was first seen; one whose event came later is refused as not
announced and tried again; after a kill in between the same file is sent again, which the server takes as once. One that
is too large for the server, or for a proxy before it, stays: it is the only copy; a person is told, here and in the
desktop, and it is tried again now and then. What is lost is told too, each picture to the server with the reason.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Protocol

from unison_domain.stations.picture_events import PictureLoss

from unison_station.cameras.kept_pictures import KeptPictures
from unison_station.uplink.identity import Identity
from unison_station.uplink.transport import Answer, Transport, Unreachable
from unison_station.wording import count_words

LOOK_SECONDS = 0.5
AGAIN_SECONDS = 30.0
"""After the server did not take a picture."""

YOUNG_SECONDS = 30.0
"""So long its event may be on the way; a person may wait for the picture."""

TOO_LARGE_SECONDS = 3_600.0
"""A picture that was too large is tried again so often: a limit is raised by a person."""

UNTOLD_DAYS = 7
"""So old, a picture nobody announced is one whose event never came to disk, or was set aside and let in by nobody."""

log = logging.getLogger(__name__)

TellLost = Callable[[PictureLoss, tuple[str, ...]], bool]


class Events(Protocol):
    """How far events have come."""

    @property
    def newest(self) -> int:
        """The number of the last one that was made."""

    def has_sent(self, through: int) -> bool:
        """Whether the server has all up to this number."""


class PictureUploads:
    """Sends until closed."""

    def __init__(
        self,
        folder: Path,
        *,
        events: Events,
        identity: Callable[[], Identity],
        transport: Callable[[Identity], Transport],
        tell_lost: TellLost,
    ) -> None:
        """Start.

        Args:
            folder: the agent's data. identity: as whom the agent speaks now. transport: a new connection under it.
            events: those that tell of the pictures are among them.
            tell_lost: has the server told that these are lost, and why; False where that could not be kept.
        """
        self._tell_lost = tell_lost
        self._pictures = KeptPictures(folder)
        self._events = events
        self._behind: dict[Path, int] = {}
        self._identity, self._connected = identity, transport
        self._again: dict[Path, float] = {}
        self._too_large: dict[Path, int] = {}
        self._unmarked: tuple[str, ...] = ()
        self.problem: str | None = None
        """What a person should look at; None while every picture is taken."""
        self._known = identity()
        self._transport = transport(self._known)
        self._stop = Flag()
        self._thread = Thread(target=self._run, name="uplink-pictures", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop; a file under way is given two seconds, then left to be sent again."""
        self._stop.set()
        self._thread.join(timeout=2.0)

    def _run(self) -> None:
        while not self._stop.is_set():
            wait = LOOK_SECONDS
            try:
                self._tell_losses()
                self._send_all()
            except Unreachable:
                wait = AGAIN_SECONDS  # the sender of events tells of it
            except Exception:
                log.exception("sending pictures met a fault of the program; it is tried again")
                wait = AGAIN_SECONDS
            self._stop.wait(wait)
        self._transport.close()

    def _tell_losses(self) -> None:
        """An event for those lost for one reason. Killed before it is marked as told it comes again, which changes
        nothing; a disk without room for the mark does not have it told again and again, nor hold up what is sent.
        """
        while not self._stop.is_set() and (lost := self._pictures.losses.first()) is not None:
            reason, sha256s = lost
            if sha256s != self._unmarked and not self._tell_lost(reason, sha256s):
                return
            self._unmarked = sha256s
            try:
                self._pictures.losses.told(sha256s)
            except OSError:
                return
            self._unmarked = ()

    def _send_all(self) -> None:
        """Send what waits and is due. Raises Unreachable."""
        if self._known is not self._identity():
            self._known = self._identity()
            self._transport.close()
            self._transport = self._connected(self._known)
        waiting = self._pictures.waiting()
        newest = self._events.newest
        self._behind = {path: self._behind.get(path, newest) for path in waiting}
        self._again = {path: due for path, due in self._again.items() if path in self._behind}
        for path in waiting:
            if self._stop.is_set():
                return
            if self._again.get(path, 0.0) <= time.monotonic() and self._events.has_sent(self._behind[path]):
                self._send(path)
        self._too_large = {path: size for path, size in self._too_large.items() if path.exists()}
        words = [_too_large_words(self._too_large)] if self._too_large else []
        self.problem = "; ".join([*words, *_lost_words(self._pictures.lost)]) or None

    def _send(self, path: Path) -> None:
        """Raises Unreachable."""
        try:
            content = path.read_bytes()
        except OSError:
            if self._pictures.is_waiting(path):  # else it made room for others, which is told
                self._pictures.lose(path, PictureLoss.MISSING)
            return
        age = self._pictures.waited_seconds(path)
        answer = self._transport.put(
            f"/api/v1/stations/me/pictures/{path.stem}", content, self._pictures.media_type(path)
        )
        wait = AGAIN_SECONDS
        match answer.status:
            case 200 | 204:
                self._pictures.drop(path)
                return
            case 413:
                self._too_large[path] = len(content)
                wait = TOO_LARGE_SECONDS
            case 422:
                self._give_up(path, answer)
                return
            case 404 if age > UNTOLD_DAYS * 86_400:
                self._give_up(path, answer)
                return
            case 404:
                self._behind[path] = self._events.newest
                wait = LOOK_SECONDS if age < YOUNG_SECONDS else AGAIN_SECONDS
        self._again[path] = time.monotonic() + wait

    def _give_up(self, path: Path, answer: Answer) -> None:
        log.warning("the server will never take picture %s: %s", path.stem, answer.body[:300].decode(errors="replace"))
        self._pictures.lose(path, PictureLoss.REFUSED)


def _lost_words(count: int) -> list[str]:
    """Nothing where none was lost."""
    if not count:
        return []
    were = count_words(count, "picture was", "pictures were")
    return [
        f"{were} deleted at this PC before the server had them: it was away too long, or refused them for good; "
        "the log of the PC names each, and what was scanned and measured stays"
    ]


def _too_large_words(sizes: Mapping[Path, int]) -> str:
    waiting = count_words(len(sizes), "picture is", "pictures are")
    return (
        f"{waiting} larger than the server takes ({max(sizes.values()) / 2**20:.1f} MiB) and kept in "
        f"{next(iter(sizes)).parent}: let the server, and a proxy before it, take larger bodies "
        "(nginx: client_max_body_size), or lower the camera's resolution"
    )
