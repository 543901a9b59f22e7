"""Counters that wait for the end of a run before they are read another way, and making that hold at once."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel
from pydantic import Field as Limits
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget
from unison_domain.kernel.contracts import Request, Text

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.editors import TextEditor
from unison_desktop.frame.form.fields import Field
from unison_desktop.frame.form.input_dialog import InputDialog
from unison_desktop.kernel.texts import _


class WaitingBar(QFrame):
    """Says how many counters wait; hidden while none does.

    Signals:
        pressed: they are to be read the new way now.
    """

    pressed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "notice")
        self._words = QLabel(self)
        self._words.setWordWrap(True)
        self.apply = QPushButton(_("Apply now…"), self)
        self.apply.clicked.connect(self.pressed)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.addWidget(self._words, 1)
        row.addWidget(self.apply)
        self.hide()

    def tell(self, names: list[str], why_not: str) -> None:
        """These counters wait; `why_not` says why the person can't end that."""
        text = _("Read the old way until their machine's run ends, so that no run is counted half and half: {names}.")
        words = text.format(names=", ".join(names))
        self._words.setText(f"{words} {why_not}".strip())
        self._words.setAccessibleName(self._words.text())
        self.apply.setEnabled(not why_not)
        self.apply.setToolTip(why_not)
        self.setVisible(bool(names))


class _Reason(Request):
    forced_reason: Annotated[Text, Limits(min_length=3)]


class ReasonDialog(InputDialog):
    """Asks why the change is to hold in the middle of a run.

    Signals:
        given: the reason.
    """

    given = Signal(str)

    def __init__(self, desk: Desk, names: list[str], parent: QWidget) -> None:
        super().__init__(
            desk,
            (
                Field(
                    "forced_reason",
                    _("Because"),
                    TextEditor,
                    _("Kept with the change: who looks at the counts of this run later reads it."),
                ),
            ),
            _Reason,
            title=_("Apply in the middle of the run"),
            values={},
            intro=_("These are counted anew from now on: {names}.").format(names=", ".join(names)),
            save_text=_("Apply now"),
            parent=parent,
        )
        self.resize(720, 420)

    def use(self, body: BaseModel) -> None:
        if isinstance(body, _Reason):
            self.given.emit(body.forced_reason)
            self.accept()
