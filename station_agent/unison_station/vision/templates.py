"""Pictures of this agent's cameras that are not on this PC, which may be new here, come from the server."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from contextlib import closing, suppress

from unison_station.uplink.transport import Transport, Unreachable
from unison_station.vision.work_pictures import WorkPictures

PATH = "/api/v1/stations/me/pictures"
ASKED_EVERY_SECONDS = 30.0

log = logging.getLogger(__name__)


def fetch(transport: Transport, sha256: str, work: WorkPictures) -> bytes | None:
    """What the server has of a picture, kept for the next time; None where it has none for this agent.

    Raises:
        Unreachable: it does not answer. OSError: it can't be kept.
    """
    body = _asked(transport, sha256)
    if body is not None:
        work.keep(body)
    return body


def _asked(transport: Transport, sha256: str) -> bytes | None:
    answer = transport.get(f"{PATH}/{sha256}", {})
    if answer.status != 200 or hashlib.sha256(answer.body).hexdigest() != sha256:
        log.warning("the server does not give picture %s: status %s", sha256, answer.status)
        return None
    log.info("picture %s was fetched from the server", sha256)
    return answer.body


def fetched(connected: Callable[[], Transport], sha256: str, work: WorkPictures) -> bytes | None:
    """The same over a connection of its own, also of one that can't be kept. Raises Unreachable."""
    with closing(connected()) as transport:
        body = _asked(transport, sha256)
    if body is not None:
        with suppress(OSError):  # it only has to be fetched again
            work.keep(body)
    return body


class Templates:
    """Fetches what cameras compare with. Takes its turns on the heartbeat's thread."""

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
                fetch(transport, sha256, self._work)
        except (Unreachable, OSError) as error:
            log.warning("a template is not fetched: %s", error)
