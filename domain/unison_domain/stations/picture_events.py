"""Events of pictures a station keeps."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from unison_domain.kernel.contracts import OpenEnum
from unison_domain.stations.fact import Fact, SaidByPerson
from unison_domain.stations.picture_tools import Sha256


class PictureReason(StrEnum):
    """Why a picture was kept."""

    SCAN = "scan"
    READING = "reading"
    STOP = "stop"
    """Of the seconds around a stop."""
    CALIBRATION = "calibration"
    ASKED = "asked"
    """A person wanted one."""


class PictureKept(SaidByPerson):
    """A picture is kept at the station and goes to the server as a file (`PUT stations/me/pictures/{sha256}`).

    A person stands behind one of what they scanned or measured, and behind none that a stop or the server caused.

    Attributes:
        at: when it was taken.
        bytes: its size; it is a JPEG or PNG file named by its SHA-256.
        machine_id: with reason `stop`, the machine that stood.
        retention_days: so long it stays.
    """

    kind: Literal["picture_kept"] = "picture_kept"
    id: UUID
    station_id: UUID
    peripheral_id: UUID
    sha256: Sha256
    bytes: Annotated[int, Field(ge=1)]
    media_type: Literal["image/jpeg", "image/png"] = "image/jpeg"
    reason: PictureReason
    machine_id: UUID | None = None
    retention_days: Annotated[int, Field(ge=1, le=3_650)]


class PictureLoss(OpenEnum):
    """Why a station has no file of a picture it told of, and the server never will."""

    ROOM = "room"
    """Newer pictures took its room."""
    WAITED = "waited"
    """It waited too long for the server."""
    REFUSED = "refused"
    """The server took the file for another than was told of, or was never told of it."""
    MISSING = "missing"
    """Its file is gone, or can't be read."""
    UNKNOWN = "unknown"


MOST_LOST = 200
"""So many lost pictures are told at once."""


class PicturesLost(Fact):
    """Pictures that were told of are lost at the station, all for one reason.

    Attributes:
        at: when it is told, moments after they were lost, or when the agent runs again.
        sha256: of each. Of one that is at the server, or that was never told of, it says nothing.
    """

    kind: Literal["pictures_lost"] = "pictures_lost"
    reason: PictureLoss
    sha256: Annotated[tuple[Sha256, ...], Field(min_length=1, max_length=MOST_LOST)]
