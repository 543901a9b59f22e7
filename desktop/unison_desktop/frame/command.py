"""What people can do: declared once, shown in menu, palette, shortcut sheet and on the page."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence


class Command(QAction):
    """An action with a stable id.

    Attributes:
        id: `thing.verb`, stable.
        group: heading under which menu and shortcut sheet show it.
        icon_name: name of its icon; the theme recolours it.
    """

    def __init__(
        self,
        id: str,  # noqa: A002 - it is what the command is known by
        text: str,
        run: Callable[[], object],
        owner: QObject,
        *,
        group: str,
        icon: str = "",
        shortcuts: str | list[str] = "",
    ) -> None:
        """`run` must be a bound method: a lambda holding its widget would keep it alive for ever."""
        super().__init__(text, owner)
        self.id = id
        self.group = group
        self.icon_name = icon
        self._tip, self._why_not = text, ""
        keys = [shortcuts] if isinstance(shortcuts, str) else shortcuts
        self.setShortcuts([QKeySequence(key) for key in keys if key])
        self.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        self.triggered.connect(run)
        self._describe()

    def allow(self, allowed: bool, why_not: str) -> None:
        """Enable or disable; a disabled command says why."""
        self.setEnabled(allowed)
        self._why_not = "" if allowed else why_not
        self._describe()

    def rename(self, text: str) -> None:
        """Call it so from now on, where what it does depends on what is shown."""
        self._tip = text
        self.setText(text)
        self._describe()

    @property
    def why_not(self) -> str:
        """Why it can't be done now, where it is known; empty for what can."""
        return self._why_not

    @property
    def keys(self) -> str:
        """Its first shortcut as people read it, empty if it has none."""
        return self.shortcut().toString(QKeySequence.SequenceFormat.NativeText)

    def _describe(self) -> None:
        keys = f" ({self.keys})" if self.keys else ""
        self.setToolTip(self._why_not or f"{self._tip.rstrip('…')}{keys}")
