"""A link that no mail carries: whoever made it hands it over."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtWidgets import QWidget

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.server_address import only_here_warning
from unison_desktop.frame.told_once import ToldOnce
from unison_desktop.kernel.own_clock import own_time
from unison_desktop.kernel.texts import _


def until(moment: datetime) -> str:
    """Until when a link is good, in words."""
    return _("until {moment}").format(moment=own_time(moment).strftime("%Y-%m-%d %H:%M"))


class LinkDialog(ToldOnce):
    """Shows the link, this once."""

    def __init__(self, desk: Desk, link: str, parent: QWidget, *, heading: str, whose: str, until: str) -> None:
        """`until`: how long it is good, in words."""
        warning = _(
            "No mail is sent: hand the link to {whose} yourself, on a way nobody else reads. Whoever opens it first "
            "may use it. It is good {until}, and is never shown again."
        )
        super().__init__(
            desk,
            link,
            parent,
            heading=heading,
            warning=warning.format(whose=whose, until=until),
            called=_("The link"),
            of_no_use=only_here_warning(link),
            advice=_("Hand it to {whose}.").format(whose=whose),
        )
