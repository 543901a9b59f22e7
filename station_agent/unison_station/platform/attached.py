"""What is plugged into this PC: serial ports, what types like a keyboard, and cameras, by the names to configure."""

from __future__ import annotations

import logging

from unison_domain.stations.attached import AttachedKind, AttachedReport

from unison_station.platform.input_device import known_keyboards, path_of
from unison_station.platform.serial_port import known_ports
from unison_station.platform.video_device import known_cameras

log = logging.getLogger(__name__)

NO_DESCRIPTION = ("", "n/a")
"""What pyserial says of a port that tells nothing of itself."""

MOST = 200
"""More than that no PC has; a list that grew wild stops no heartbeat."""


def attached() -> tuple[AttachedReport, ...]:
    """All of it, by kind and name; none where the system does not tell."""
    try:
        ports, keyboards, cameras = known_ports(), known_keyboards(), known_cameras()
    except Exception:
        log.exception("what is plugged into this PC can't be listed")
        return ()
    found = (
        *(_report(AttachedKind.SERIAL_PORT, port.name, port.path, port.description) for port in ports),
        *(_report(AttachedKind.KEYBOARD, name, path_of(name), "") for name in keyboards),
        *(_report(AttachedKind.CAMERA, one.name, one.path, one.description) for one in cameras),
    )
    return found[:MOST]


def _report(kind: AttachedKind, name: str, path: str, description: str | None) -> AttachedReport:
    said = "" if description is None or description in NO_DESCRIPTION else description
    return AttachedReport(kind=kind, name=name, path=path, description=said)
