"""Why somebody was refused at a station, in words, by the code of the refusal."""

from __future__ import annotations

from collections.abc import Mapping

from unison_desktop.kernel.texts import _

STATION_REFUSALS: Mapping[str, str] = {
    "badge_unknown": _("nobody was given this badge"),
    "badge_lost": _("the badge was reported lost"),
    "badge_expired": _("the badge has expired"),
    "badge_revoked": _("the badge was revoked"),
    "badge_elsewhere": _("no access to the plant of the station"),
    "badge_not_valid": _("the badge is not valid any more"),
    "list_too_old": _("the station's list of people was too old"),
    "pin_wrong": _("the PIN is wrong"),
    "too_many": _("too many tries"),
    "inactive": _("the account is not active, or its access has ended"),
    "elsewhere": _("no access to the plant of the station"),
    "may_not_sign": _("the right to confirm it is lacking"),
}
