"""Kept pictures go to the server as files, after the events that tell of them, on a thread of its own.

The folder is the queue: what lies in it is sent, oldest first, and deleted when the server has it. A picture whose
event is still on its way is refused as not announced and tried again; after a kill in between the same file is sent
again, which the server takes as once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event as Flag
from threading import Thread

from unison_station.cameras.kept_pictures import KeptPictures
from unison_station.uplink.identity import Identity
from unison_station.uplink.transport import Transport, Unreachable

LOOK_SECONDS = 5.0
AGAIN_SECONDS = 30.0
"""After the server took nothing."""

UNTOLD_DAYS = 7
"""So old, a picture nobody announced is one whose event never came to disk."""

log = logging.getLogger(__name__)


class PictureUploads:
    """Sends until closed."""

    def __init__(
        self, folder: Path, *, identity: Callable[[], Identity], transport: Callable[[Identity], Transport]
    ) -> None:
        """Start.

        Args:
            folder: the agent's data. identity: as whom the agent speaks now. transport: a new connection under it.
        """
        self._pictures = KeptPictures(folder)
        self._identity, self._connected = identity, transport
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
            try:
                wait = self._send_all()
            except Unreachable:
                wait = AGAIN_SECONDS  # the sender of events tells of it
            except Exception:
                log.exception("sending pictures met a fault of the program; it is tried again")
                wait = AGAIN_SECONDS
            self._stop.wait(wait)
        self._transport.close()

    def _send_all(self) -> float:
        """Send what waits; how long to wait then."""
        if self._known is not self._identity():
            self._known = self._identity()
            self._transport.close()
            self._transport = self._connected(self._known)
        refused = False
        for path in self._pictures.waiting():
            if self._stop.is_set():
                break
            refused = not self._send(path) or refused
        return AGAIN_SECONDS if refused else LOOK_SECONDS

    def _send(self, path: Path) -> bool:
        """Whether it needs no more looking after. Raises Unreachable."""
        try:
            content = path.read_bytes()
            age = time.time() - path.stat().st_mtime
        except OSError:
            return True  # it made room for others
        answer = self._transport.put(
            f"/api/v1/stations/me/pictures/{path.stem}", content, self._pictures.media_type(path)
        )
        if answer.status in (200, 204):
            self._pictures.drop(path)
            return True
        is_hopeless = answer.status in (413, 422) or (answer.status == 404 and age > UNTOLD_DAYS * 86_400)
        if is_hopeless:
            log.warning(
                "the server will never take picture %s: %s", path.stem, answer.body[:300].decode(errors="replace")
            )
            self._pictures.drop(path)
        return is_hopeless
