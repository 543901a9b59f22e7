"""Templates that cameras compare with and that are not on this PC, which may be new here, come from the server."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable

from unison_station.uplink.transport import Transport, Unreachable
from unison_station.vision.work_pictures import WorkPictures

PATH = "/api/v1/stations/me/pictures"
ASKED_EVERY_SECONDS = 30.0

log = logging.getLogger(__name__)


class Templates:
    """Fetches. Takes its turns on the heartbeat's thread."""

    def __init__(self, work: WorkPictures, monotonic: Callable[[], float]) -> None:
        self._work = work
        self._monotonic = monotonic
        self._due = 0.0

    def ask(self, transport: Transport) -> None:
        """Fetch those that are missing, if it is time."""
        if self._monotonic() < self._due:
            return
        self._due = self._monotonic() + ASKED_EVERY_SECONDS
        try:
            for sha256 in self._work.missing():
                self._fetch(transport, sha256)
        except (Unreachable, OSError) as error:
            log.warning("a template is not fetched: %s", error)

    def _fetch(self, transport: Transport, sha256: str) -> None:
        answer = transport.get(f"{PATH}/{sha256}", {})
        if answer.status == 200 and hashlib.sha256(answer.body).hexdigest() == sha256:
            self._work.keep(answer.body)
            log.info("template %s was fetched from the server", sha256)
        else:
            log.warning("the server does not give template %s: status %s", sha256, answer.status)
