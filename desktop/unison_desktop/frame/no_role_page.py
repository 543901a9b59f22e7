"""What somebody sees who may see nothing yet."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.empty_words import EmptyWords
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.kernel.texts import _


class NoRolePage(Page):
    """Says why the window is empty, and who changes that. The window opens anew once there is a role."""

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        me = desk.session.me
        self.words = EmptyWords(desk.theme, self)
        self.words.say(
            _("You have no role yet: ask your administrator for one."),
            _(
                "You are {name} of {organization}. What you see follows from your roles, which an administrator gives "
                "under People. The pages come here by themselves."
            ).format(name=me.username if me else "", organization=me.organization_name if me else ""),
        )
        self.set_title(_("Welcome"))
        self.set_content(self.words)

    def load(self) -> None:
        """There is nothing to ask for."""
        self.loaded.emit()
