"""MJPEG over HTTP: a picture is there when its last byte is.

ffmpeg gives a picture when the next one begins, which is one picture late; and it decodes pictures nobody looks at.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from threading import Condition, Thread

import cv2
import httpx
import numpy as np
from unison_domain.stations.camera_address import without_password

from unison_station.cameras.multipart import NotMultipart, Parts, boundary_of
from unison_station.cameras.patience import SILENCE_SECONDS, Patience
from unison_station.cameras.source import NoPictures, Taken
from unison_station.cameras.unreached import unreached_words

log = logging.getLogger(__name__)


def open_mjpeg(address: str, patience: Patience) -> Mjpeg | None:
    """Open an http address; None where it answers, but with something that is no MJPEG.

    Raises:
        NoPictures: it does not answer, or refuses.
    """
    client = httpx.Client(
        timeout=httpx.Timeout(SILENCE_SECONDS, read=patience.seconds), follow_redirects=True, trust_env=False
    )
    try:
        response = _asked(client, address)
        boundary = boundary_of(response.headers.get("Content-Type", ""))
        if boundary is not None:
            return Mjpeg(address, client, response, Parts(boundary), patience)
    except httpx.RemoteProtocolError as error:
        log.info("%s speaks no plain HTTP: %s", without_password(address), error)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        client.close()
        raise NoPictures(f"{without_password(address)} does not answer: {unreached_words(error)}") from None
    except NoPictures:
        client.close()
        raise
    client.close()
    return None


def _asked(client: httpx.Client, address: str) -> httpx.Response:
    """The answer, its pictures not read yet. Name and password in the address serve Basic and Digest."""
    request = client.build_request("GET", address)
    response = client.send(request, stream=True)
    if response.status_code == httpx.codes.UNAUTHORIZED and request.url.username:
        response.close()
        digest = httpx.DigestAuth(request.url.username, request.url.password)
        response = client.send(client.build_request("GET", address), stream=True, auth=digest)
    if response.status_code == httpx.codes.UNAUTHORIZED:
        raise NoPictures(
            f"{without_password(address)} refuses name and password: they are written http://name:password@host/…"
        )
    if not response.is_success:
        raise NoPictures(f"{without_password(address)} answers {response.status_code} {response.reason_phrase}")
    return response


class Mjpeg:
    """An open stream. A thread takes each picture as it comes; only those that are looked at are decoded."""

    keeps_rate = False

    def __init__(
        self, address: str, client: httpx.Client, response: httpx.Response, parts: Parts, patience: Patience
    ) -> None:
        """Takes over the client and its answer."""
        self.remarks: tuple[str, ...] = ()
        self._address = without_password(address)
        self._client = client
        self._response = response
        self._parts = parts
        self._patience = patience
        self._changed = Condition()
        self._newest: tuple[bytes, float] | None = None
        self._why_over = ""
        self._is_closed = False
        self._thread = Thread(target=self._take, name="grab", daemon=True)
        self._thread.start()

    def newest(self) -> Taken:
        """The newest picture nobody had; a damaged one is passed over."""
        ends = time.monotonic() + self.patience
        while (waiting := self._waited_for(ends)) is not None:
            jpeg, at = waiting
            picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
            if picture is not None:
                self._patience.came(at)
                return Taken(np.asarray(picture, dtype=np.uint8), at)
        raise NoPictures(f"{self._address} gives no pictures any more: {self._why_over or 'silence'}")

    @property
    def patience(self) -> float:
        """See `Source`."""
        return self._patience.seconds

    def close(self) -> None:
        """Let go; a read that hangs ends by its time limit."""
        self._is_closed = True
        self._thread.join(1.0)

    def _waited_for(self, ends: float) -> tuple[bytes, float] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._newest is not None or bool(self._why_over), ends - time.monotonic())
            waiting, self._newest = self._newest, None
        return waiting

    def _take(self) -> None:
        why = "it ended"
        try:
            for content in self._response.iter_raw():
                if pictures := self._parts.feed(content):
                    self._put(pictures[-1])
                if self._is_closed:
                    break
        except (httpx.HTTPError, NotMultipart, OSError) as error:
            why = str(error) or type(error).__name__
        finally:
            with suppress(httpx.HTTPError, OSError):
                self._response.close()
                self._client.close()
            with self._changed:
                self._why_over = why
                self._changed.notify_all()

    def _put(self, jpeg: bytes) -> None:
        with self._changed:
            self._newest = jpeg, time.monotonic()
            self._changed.notify_all()
