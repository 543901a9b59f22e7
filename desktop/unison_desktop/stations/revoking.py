"""Ending a PC's access, after a question."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget
from unison_domain.stations.contracts import AgentAnswer

from unison_desktop.frame.question import Question
from unison_desktop.frame.theme import Theme
from unison_desktop.kernel.texts import _


class RevokeQuestion(Question):
    """Asks whether this PC is to lose its access."""

    def __init__(self, agent: AgentAnswer, theme: Theme, parent: QWidget) -> None:
        super().__init__(
            agent,
            theme,
            parent,
            asks=_("End the access of {name}?").format(name=agent.name),
            explains=_(
                "The server takes nothing more from this PC, and its machines show no data. What it has collected "
                "stays there. A new code brings it back."
            ),
            yes=_("Revoke"),
        )
