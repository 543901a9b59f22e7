"""Where a notification leads."""

from __future__ import annotations

from unison_domain.identity.notification_contracts import NotificationAnswer, NotificationKind

from unison_desktop.frame.place import Place

_PAGES = {"machine": "machine", "agent": "stations"}
"""By what it is about."""
_OF_KINDS = {
    NotificationKind.INVITATION_ACCEPTED: Place("people"),
    NotificationKind.PASSWORD_ASKED: Place("people"),
    NotificationKind.SECOND_FACTOR_REMOVED: Place("second-factor"),
}


def _day_of(one: NotificationAnswer) -> str:
    """The day of a machine it is about, where that is not the present."""
    return one.parameters.get("day", "") if one.reference_type == "machine" else ""


def place_of(one: NotificationAnswer) -> Place | None:
    """The page that shows what it is about; None where there is none."""
    if one.reference_type == "tag" and one.reference_id is not None and (device := one.parameters.get("device_id")):
        return Place("configuration", f"device/{device}/correct/{one.reference_id}")
    page = _PAGES.get(one.reference_type or "")
    if page is not None and one.reference_id is not None:
        return Place(page, "/".join(part for part in (str(one.reference_id), _day_of(one)) if part))
    return _OF_KINDS.get(one.kind)
