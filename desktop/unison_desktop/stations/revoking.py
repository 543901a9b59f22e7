"""Ending a PC's access, after a question."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QMessageBox, QWidget
from unison_domain.stations.contracts import AgentAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme
from unison_desktop.kernel.texts import _

_WIDTH = 56
"""Characters in a line of the explanation."""


class RevokeQuestion(QMessageBox):
    """Asks whether this PC is to lose its access; staying as it is, is what Enter and Escape choose.

    Signals:
        confirmed: the `AgentAnswer`, as it was when asked.
    """

    confirmed = Signal(object)

    def __init__(self, agent: AgentAnswer, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Revoke - Unison"))
        self.setIconPixmap(theme.pixmap("warning", 32, theme.tone(Tone.WARNING).ink))
        self.setText(_("End the access of {name}?").format(name=agent.name))
        self.setInformativeText(
            _(
                "The server takes nothing more from this PC, and its machines show no data. What it has collected "
                "stays there. A new code brings it back."
            )
        )
        for label in self.findChildren(QLabel, "qt_msgbox_informativelabel"):
            label.setMinimumWidth(label.fontMetrics().averageCharWidth() * _WIDTH)  # else as narrow as the question
        self._agent = agent
        self.revoke = self.addButton(_("Revoke"), QMessageBox.ButtonRole.DestructiveRole)
        keep = self.addButton(_("Cancel"), QMessageBox.ButtonRole.RejectRole)
        self.setDefaultButton(keep)
        self.setEscapeButton(keep)
        self.revoke.clicked.connect(self._on_revoke)

    def _on_revoke(self) -> None:
        self.confirmed.emit(self._agent)
