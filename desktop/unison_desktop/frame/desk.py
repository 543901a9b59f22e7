"""What every page is handed, so that nothing is global."""

from __future__ import annotations

from dataclasses import dataclass

from unison_desktop.frame.layout_memory import LayoutMemory
from unison_desktop.frame.messages import Messages
from unison_desktop.frame.theme import Theme
from unison_desktop.identity.session import Session


@dataclass(frozen=True, slots=True)
class Desk:
    """The session, the look, the message door and the layout memory of this program."""

    session: Session
    theme: Theme
    messages: Messages
    layout: LayoutMemory
