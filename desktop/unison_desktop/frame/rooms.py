"""Which pages the person may open, as their rights stand."""

from __future__ import annotations

from dataclasses import dataclass

from unison_desktop.frame.page_entry import PageEntry
from unison_desktop.frame.pages import ENTRIES, HOME, NO_ROLE
from unison_desktop.frame.place import Place
from unison_desktop.identity.session import Session
from unison_desktop.kernel.texts import _


@dataclass(frozen=True, slots=True)
class Rooms:
    """What a window leads to.

    Attributes:
        entries: pages the person may open. barred: those they may not.
        any_seen: there is something in the navigation; who has no role sees nothing.
    """

    entries: tuple[PageEntry, ...]
    barred: tuple[PageEntry, ...]
    any_seen: bool

    @classmethod
    def of(cls, session: Session) -> Rooms:
        """Those of who is signed in."""
        seen = tuple(entry for entry in ENTRIES if not entry.needs or session.may(entry.needs))
        any_seen = any(entry.in_navigation for entry in seen)
        barred = tuple(entry for entry in ENTRIES if entry not in seen)
        return cls(seen if any_seen else (*seen, NO_ROLE), barred, any_seen)

    @property
    def in_navigation(self) -> list[PageEntry]:
        """Those with a place of their own there."""
        return [entry for entry in self.entries if entry.in_navigation]

    def start(self, wanted: Place | None, left: Place | None) -> Place:
        """Where somebody begins: at what they asked for, where they were last, at home or in the first room."""
        if not self.any_seen:
            return wanted if wanted is not None and self.can_open(wanted) else Place(NO_ROLE.name)
        first = Place(self.in_navigation[0].name)
        return next(one for one in (wanted or left or HOME, HOME, first) if self.can_open(one))

    def can_open(self, place: Place) -> bool:
        """Whether the person may go there."""
        return any(entry.name == place.page for entry in self.entries)

    def why_not(self, place: Place) -> str:
        """Why it can't be opened."""
        barred = next((entry for entry in self.barred if entry.name == place.page), None)
        if barred is None:
            return _("There is no page named {page}.").format(page=place.page)
        return f"{barred.title}: {barred.lacks}"
