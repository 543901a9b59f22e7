"""What the board says before there is a machine."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

from unison_desktop.frame.empty_words import EmptyWords
from unison_desktop.frame.theme import Theme
from unison_desktop.identity.session import Session
from unison_desktop.kernel.texts import _


class EmptyBoard(EmptyWords):
    """How to begin, or who lets one begin.

    Signals:
        begun: the person wants to set up a machine.
    """

    begun = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.begin = QPushButton(_("Set up a machine"), self)
        self.begin.setProperty("role", "primary")
        self.begin.setAutoDefault(True)
        self.begin.clicked.connect(self.begun)
        self.add_widget(self.begin)
        self.setFocusProxy(self.begin)
        self.hide()

    def show_to(self, session: Session) -> None:
        """Say what is missing for who is signed in: machines are seen by those who see their plant."""
        sees_plants = session.sees_plants
        may_begin = sees_plants and session.may("machines.machine.create")
        self.begin.setEnabled(may_begin)
        why_not = session.lacks("machines.machine.create") if sees_plants else _("You have no plant to set one up in.")
        self.begin.setToolTip("" if may_begin else why_not)
        if not sees_plants:
            self.say(
                _("You have no plant yet: an administrator gives it under People."),
                _("The machines of your plants come here by themselves, as soon as you have one."),
            )
        elif may_begin:
            self.say(
                _("There is no machine yet."),
                _("Set up a machine, then tell a PC what to read of it under Configuration."),
            )
        else:
            self.say(
                _("There is no machine yet in the plants you see."),
                _("Who may set up machines does so under Equipment; they come here by themselves."),
            )
        self.show()
