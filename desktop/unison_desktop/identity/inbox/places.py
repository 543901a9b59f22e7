"""Where a notification leads."""

from __future__ import annotations

from unison_domain.identity.notification_contracts import NotificationAnswer, NotificationKind

from unison_desktop.frame.place import Place

_PAGES = {"machine": "machine", "agent": "stations"}
"""By what it is about."""
_OF_KINDS = {
    NotificationKind.INVITATION_ACCEPTED: Place("people"),
    NotificationKind.SECOND_FACTOR_REMOVED: Place("second-factor"),
}


def place_of(one: NotificationAnswer) -> Place | None:
    """The page that shows what it is about; None where there is none."""
    page = _PAGES.get(one.reference_type or "")
    if page is not None and one.reference_id is not None:
        return Place(page, str(one.reference_id))
    return _OF_KINDS.get(one.kind)
