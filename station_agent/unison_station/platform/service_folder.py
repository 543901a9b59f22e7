"""Where the agent that runs as a service of this PC keeps its data, for commands that people type beside it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

SERVICE_STATE = Path("/var/lib/unison-station")
"""The state directory of `systemd/unison-station.service`, whose `UNISON_DATA` it is."""


class OtherUser(Exception):
    """The folder is not this user's; the message says whose."""


def service_folder() -> Path | None:
    """The data folder of the service of this PC; None where there is none, or `UNISON_DATA` names another."""
    said = os.environ.get("UNISON_DATA", str(SERVICE_STATE))
    return SERVICE_STATE / "station" if Path(said) == SERVICE_STATE and SERVICE_STATE.is_dir() else None


def become_its_user() -> None:
    """Go on as the user of the service, where this is root: what root writes the service could not read.

    Raises:
        OtherUser: this is neither root nor that user.
    """
    if sys.platform != "win32":
        user, group = _owner_of(SERVICE_STATE)
        if os.geteuid() == 0 and user != 0:
            os.setgroups([])
            os.setgid(group)
            os.setuid(user)
        elif os.geteuid() not in (0, user):
            raise OtherUser(
                f"the agent of this PC is a service, and its data in {SERVICE_STATE} not this user's to write"
            )


def _owner_of(folder: Path) -> tuple[int, int]:
    found = folder.stat()
    return found.st_uid, found.st_gid
