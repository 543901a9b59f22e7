"""Events of pictures a station keeps."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from unison_domain.stations.fact import SaidByPerson
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
