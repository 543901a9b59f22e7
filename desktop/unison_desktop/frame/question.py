"""A question before something that is not easily undone."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QMessageBox, QWidget

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme
from unison_desktop.kernel.texts import _

_WIDTH = 56
"""Characters in a line of the explanation."""


class Question(QMessageBox):
    """Asks whether something is to be done to a thing; leaving it as it is, is what Enter and Escape choose.

    Attributes:
        yes: the button that does it.

    Signals:
        confirmed: the thing, as it was when asked.
    """

    confirmed = Signal(object)

    def __init__(self, thing: object, theme: Theme, parent: QWidget, *, asks: str, explains: str, yes: str) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"{yes} - Unison")
        self.setIconPixmap(theme.pixmap("warning", 32, theme.tone(Tone.WARNING).ink))
        self.setText(asks)
        self.setInformativeText(explains)
        for label in self.findChildren(QLabel, "qt_msgbox_informativelabel"):
            label.setMinimumWidth(label.fontMetrics().averageCharWidth() * _WIDTH)  # else as narrow as the question
        self._thing = thing
        self.yes = self.addButton(yes, QMessageBox.ButtonRole.DestructiveRole)
        keep = self.addButton(_("Cancel"), QMessageBox.ButtonRole.RejectRole)
        self.setDefaultButton(keep)
        self.setEscapeButton(keep)
        self.yes.clicked.connect(self._on_yes)

    def _on_yes(self) -> None:
        self.confirmed.emit(self._thing)
