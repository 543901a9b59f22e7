"""The top of a page: what it is, how old it is, what can be done."""

from __future__ import annotations

from datetime import datetime, tzinfo

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from unison_desktop.frame.command import Command
from unison_desktop.frame.elided_label import ElidedLabel
from unison_desktop.frame.theme import Theme, Type
from unison_desktop.kernel.moments import offset_text
from unison_desktop.kernel.texts import _

_LEAST_TITLE = 22


class _AsOf(QLabel):
    """How old the data is, in the most words that fit; none of them is cut."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._choices: tuple[str, ...] = ()

    def say(self, *choices: str) -> None:
        """These, the longest first."""
        self._choices = choices
        self.setToolTip(choices[0])
        self.updateGeometry()
        self._choose()

    def sizeHint(self) -> QSize:
        wanted = self.fontMetrics().horizontalAdvance(self._choices[0]) + 2 if self._choices else 0
        return QSize(wanted, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._choose()

    def _choose(self) -> None:
        fitting = (one for one in self._choices if self.fontMetrics().horizontalAdvance(one) <= self.width())
        self.setText(next(fitting, ""))


class PageHead(QWidget):
    """Title and subtitle left; age of the data, widgets of the page and its commands as buttons right."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title = ElidedLabel(self, least=_LEAST_TITLE)
        self._title.setFont(theme.font(Type.TITLE))
        self._title.setAccessibleName(_("Title of the page"))
        self._subtitle = ElidedLabel(self)
        self._subtitle.setProperty("role", "muted")
        self._subtitle.hide()
        self._as_of = _AsOf(self)
        self._as_of.setProperty("role", "muted")
        self._as_of.setFont(theme.font(Type.SMALL))
        self._as_of.setMinimumWidth(1)  # in a small window words give way, and no button does
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self._subtitle)
        self.zone: tzinfo | None = None
        """Whose clocks tell the age; None is this PC's."""
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._row.addLayout(words, 1)
        self._row.addWidget(self._as_of)
        self._buttons: list[tuple[QPushButton, Command, bool]] = []
        theme.changed.connect(self._recolour)

    @property
    def title(self) -> str:
        """The heading."""
        return self._title.text()

    @property
    def subtitle(self) -> str:
        """The line under it."""
        return self._subtitle.text()

    def set_title(self, title: str, subtitle: str = "") -> None:
        """Set heading and the line under it."""
        self._title.setText(title)
        self._subtitle.setText(subtitle)
        self._subtitle.setVisible(bool(subtitle))

    def set_as_of(self, moment: datetime) -> None:
        """Say how old what is shown is, and by whose clock: plants may lie in other zones than this PC."""
        local = moment.astimezone(self.zone)
        clock = f"{local:%H:%M:%S}"
        whole = _("as of {time}").format(time=f"{clock} {offset_text(local)}")
        self._as_of.say(whole, _("as of {time}").format(time=clock), clock)

    def add_widget(self, widget: QWidget) -> None:
        """Put something of the page, e.g. a search field, left of the buttons already there."""
        self._row.insertWidget(2, widget)

    def add_command(self, command: Command, *, primary: bool = False) -> None:
        """Show a command as a button; the primary one is what most people come for."""
        button = QPushButton(command.text(), self)
        button.setProperty("role", "primary" if primary else "plain")
        button.clicked.connect(command.trigger)
        command.changed.connect(self._follow)
        self._buttons.append((button, command, primary))
        self._row.addWidget(button)
        self._follow()
        self._recolour()

    def _follow(self) -> None:
        for button, command, _primary in self._buttons:
            button.setText(command.text())
            button.setEnabled(command.isEnabled())
            button.setToolTip(command.toolTip())

    def _recolour(self) -> None:
        for button, command, primary in self._buttons:
            if command.icon_name:
                button.setIcon(self._theme.icon(command.icon_name, "on_accent" if primary else "text"))
