"""Pictures of stations as they cross the network."""

from __future__ import annotations

from uuid import UUID

from unison_domain.kernel.contracts import Answer, Instant
from unison_domain.stations.picture_events import PictureLoss
from unison_domain.stations.picture_tools import Sha256


class PictureAnswer(Answer):
    """A picture a station kept.

    Attributes:
        sha256: of the file; its address is `/station-pictures/{sha256}`.
        bytes: its size.
        reason: why it was kept: `scan`, `reading`, `stop`, `calibration` or `asked`.
        machine_id: with reason `stop`, the machine that stood.
        person: who scanned or measured, as told at the station; person_id: their account, where they were signed on.
        person_is_verified: False where only the list at the station names the account; None without one.
        ends_at: when it is deleted.
        stored_at: since when the file is at the server; None while it is at its station only.
        lost_at, lost_reason: since when it is known that the file never comes, and why (`PictureLoss`).
        is_overdue: it is not here, should have come long ago, and its PC did not say that it is lost.
    """

    id: UUID
    plant_id: UUID
    station_id: UUID
    peripheral_id: UUID
    sha256: Sha256
    bytes: int
    media_type: str
    reason: str
    machine_id: UUID | None
    taken_at: Instant
    ends_at: Instant
    stored_at: Instant | None
    lost_at: Instant | None = None
    lost_reason: PictureLoss | None = None
    is_overdue: bool = False
    person: str | None = None
    person_id: UUID | None = None
    person_is_verified: bool | None = None
