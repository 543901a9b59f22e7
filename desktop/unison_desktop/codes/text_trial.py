"""A text, and what patterns would read in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from unison_domain.codes.contracts import ScanReading
from unison_domain.codes.item_pattern import ItemPattern
from unison_domain.codes.reading import reading_of
from unison_domain.codes.scanned_text import read_scan

from unison_desktop.codes.words import KINDS
from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme
from unison_desktop.frame.tone_label import ToneLabel
from unison_desktop.kernel.texts import _


class TextTrial(QWidget):
    """Reads what is typed or scanned into it by the rule of the server and the stations; nothing is recorded.

    Attributes:
        line: the text.
        says: what it is read as.
    """

    def __init__(self, theme: Theme, today: date, parent: QWidget) -> None:
        super().__init__(parent)
        self._today = today
        self._patterns: Sequence[ItemPattern] = ()
        self._fault = ""
        self.line = QLineEdit(self)
        self.line.setPlaceholderText(_("Try a text: type or scan one of these barcodes"))
        self.line.setAccessibleName(_("Text to try"))
        self.line.setClearButtonEnabled(True)
        self.line.textChanged.connect(self._try)
        self.says = ToneLabel(theme, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.line)
        column.addWidget(self.says)
        self._try()

    def use(self, patterns: Sequence[ItemPattern], fault: str = "") -> None:
        """Read by these; `fault` says why the one that is being written can't be among them yet."""
        self._patterns, self._fault = patterns, fault
        self._try()

    def _try(self) -> None:
        text = self.line.text()
        self.says.setVisible(bool(text))
        if not text:
            return
        if self._fault:
            self.says.say(self._fault, Tone.WARNING)
            return
        self.says.say(*_told(reading_of(read_scan(text, self._patterns), self._today)))


def _told(reading: ScanReading) -> tuple[str, Tone]:
    if not reading.meanings:
        return "\n".join(reading.warnings) or _("Not understood: no pattern fits, and no standard."), Tone.WARNING
    ways = [f"{one.pattern or KINDS[one.kind]}: {one.words}" for one in reading.meanings]
    if len(ways) > 1:
        ways.insert(0, _("It can be read in several ways, and none is certain:"))
    is_clear = len(reading.meanings) == 1 and not reading.warnings
    return "\n".join([*ways, *reading.warnings]), Tone.GOOD if is_clear else Tone.WARNING
