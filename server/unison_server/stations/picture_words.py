"""Why the file of a picture is not here, in words."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from unison_domain.stations.picture_events import PictureLoss

from unison_server.kernel.database import TenantSession
from unison_server.sites.tables import Plant
from unison_server.stations.picture_tables import StationPicture

_LOSSES = {
    PictureLoss.ROOM: "its PC had no room for it any more before the server had it",
    PictureLoss.WAITED: "it waited at its PC too long for the server",
    PictureLoss.REFUSED: "the server did not take its file from the PC",
    PictureLoss.MISSING: "its PC has no file of it that can be read",
    PictureLoss.UNKNOWN: "its PC says no more",
}


def why_not_here(session: TenantSession, picture: StationPicture, named: str) -> str | None:
    """What became of it, by the days of its plant; None where the file is here.

    Args:
        named: what it is called in the sentence.
    """
    if picture.lost_at is not None and picture.lost_reason is not None:
        day, why = _day(session, picture, picture.lost_at), _LOSSES[PictureLoss(picture.lost_reason)]
        return f"{named} was lost at its station and told so on {day}: {why}"
    if picture.deleted_at is not None:
        days, day = (picture.ends_at - picture.taken_at).days, _day(session, picture, picture.deleted_at)
        if days == 1:
            return f"{named} was deleted after 1 day, on {day}: so long its camera keeps pictures"
        return f"{named} was deleted after {days} days, on {day}: so long its camera keeps pictures"
    if picture.is_overdue:
        day = _day(session, picture, picture.received_at)
        return (
            f"{named} did not come though its station told of it on {day}: the PC deleted it to make room, could not "
            "send it, or was replaced; what is said of the PC on Stations tells more"
        )
    if picture.stored_at is None:
        return f"{named} is still at its station; it is sent when the line is free"
    return None


def _day(session: TenantSession, picture: StationPicture, at: datetime) -> str:
    zone = ZoneInfo(session.need(Plant, picture.plant_id, "plant").time_zone)
    return f"{at.astimezone(zone):%Y-%m-%d}"
