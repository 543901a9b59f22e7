"""The offer to change all devices of a line with the one that would contradict them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from unison_desktop.frame.form.input_dialog import AnswerBar
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _

_DISAGREES = "line_settings_disagree"


class LineBar(AnswerBar):
    """Hidden until the server refused a device that is set otherwise than its line.

    Attributes:
        is_agreed: whether all of the line is to be changed; while `agreed` is told.

    Signals:
        agreed: the person wants that.
    """

    agreed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(_("Change the whole line"), _("Leave them"), parent)
        self.is_agreed = False
        self.first.clicked.connect(self._agree)
        self.second.clicked.connect(self.hide)

    def offer(self, error: ApiError) -> str:
        """Offer it where that was refused, and give words for the form; empty of any other refusal."""
        names = error.problem.parameters.get("devices") if error.problem is not None else None
        if error.code != _DISAGREES or not isinstance(names, list):
            return ""
        text = _("On the same line, and set otherwise: {names}. All devices of a line are set alike.")
        self.words.setText(text.format(names=", ".join(map(str, names))))
        self.words.setAccessibleName(self.words.text())
        self.show()
        self.first.setFocus()
        return _("This would contradict other devices of the line.")

    def _agree(self) -> None:
        self.is_agreed = True
        self.agreed.emit()
        self.is_agreed = False
