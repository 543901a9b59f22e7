"""A camera that measures when it is asked at the station."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from threading import Lock, Thread

from unison_domain.stations.peripherals import CameraConfiguration

from unison_station.cameras.camera_away import CameraAway
from unison_station.cameras.shown_badge import ShowsBadge
from unison_station.operator.people import Named
from unison_station.peripherals.outlet import NotKept, Outlet
from unison_station.vision.booking import Booking
from unison_station.vision.picture import NotMeasurable

PICTURE_SECONDS = 5.0

log = logging.getLogger(__name__)

Take = Callable[[float], tuple[bytes, datetime] | None]
"""The camera's next picture within so many seconds, as a PNG file, and when it was taken. Raises
ShowsBadge, CameraAway."""


class OnTrigger:
    """Takes a picture and books what the tools find, one after another, in a thread of its own."""

    def __init__(
        self,
        camera: CameraConfiguration,
        take: Take,
        booking: Booking,
        outlet: Outlet,
        remember: Callable[[bytes], object],
    ) -> None:
        """`remember` keeps a picture on this PC, so that tools can be tried on it later; raises OSError."""
        self._camera, self._take, self._booking, self._outlet = camera, take, booking, outlet
        self._remember = remember
        self._is_busy = Lock()

    def ask(self) -> bool:
        """Begin; returns at once. A second trigger while the first is being measured is the same one."""
        if not self._camera.tools:
            return False
        if self._is_busy.acquire(blocking=False):
            asker = self._outlet.who_is_at(self._camera.station_id)
            Thread(target=self._measure, args=(asker,), name=f"measuring {self._camera.name}", daemon=True).start()
        return True

    def _measure(self, asker: Named | None) -> None:
        try:
            taken = self._take(PICTURE_SECONDS)
            if taken is None:
                self._outlet.refuse(self._camera, f"gave no picture within {PICTURE_SECONDS:g} s; nothing was measured")
            else:
                self._booking.measure(self._camera, *taken, asker=asker)
                with suppress(OSError):
                    self._remember(taken[0])
        except CameraAway as away:
            self._outlet.refuse(self._camera, f"is not there, and nothing was measured: {away}")
        except ShowsBadge:
            words = "nothing was measured: it sees a badge, and no picture that shows one is kept; take it out of sight"
            self._outlet.refuse(self._camera, words)
        except (NotMeasurable, NotKept, OSError) as refused:
            self._outlet.refuse(self._camera, f"nothing was booked: {refused}")
        except Exception:
            log.exception("%s met a fault of the program while it measured", self._camera.name)
            self._outlet.refuse(self._camera, "met a fault of the program while it measured; the log tells more")
        finally:
            self._is_busy.release()
