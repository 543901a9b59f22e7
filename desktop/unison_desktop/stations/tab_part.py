"""What stands on a tab of the chosen PC: buttons and a word beside them, above what they are about."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from unison_domain.sites.contracts import PlantAnswer

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.plant_rights import against_all


class TabPart(QWidget):
    """Filled by its subclasses: first the buttons, then the content.

    Attributes:
        desk: all it works with.
        said: the word beside the buttons.
    """

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self.desk = desk
        self.said = QLabel(self)
        self.said.setProperty("role", "muted")
        self.said.setWordWrap(True)
        self._buttons = QHBoxLayout()
        self._rights: dict[QPushButton, str] = {}
        self._possible: dict[QPushButton, bool] = {}
        self._plants: Sequence[PlantAnswer] = ()

    @property
    def buttons(self) -> Sequence[QPushButton]:
        """Those that take a right."""
        return list(self._rights)

    def add_button(self, text: str, run: Callable[[], None], right: str) -> QPushButton:
        """A button for who has the right; it is offered to nobody before `offer`."""
        button = QPushButton(text, self)
        button.clicked.connect(run)
        self._buttons.addWidget(button)
        self._rights[button] = right
        self.offer(button, False)
        return button

    def show_plants(self, plants: Sequence[PlantAnswer]) -> None:
        """The PC serves these: it takes the right in each of them."""
        self._plants = plants
        for button, possible in self._possible.items():
            self.offer(button, possible)

    def offer(self, button: QPushButton, possible: bool) -> None:
        """Let it be pressed where that is possible and allowed in the PC's plants; else it says why not."""
        self._possible[button] = possible
        why_not = against_all(self.desk.session, self._rights[button], self._plants)
        button.setEnabled(possible and not why_not)
        button.setToolTip(why_not)

    def lay_out(self, content: QWidget) -> None:
        """Put the content below the buttons."""
        self._buttons.addWidget(self.said, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(self._buttons)
        column.addWidget(content, 1)
