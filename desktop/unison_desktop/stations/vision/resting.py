"""Buttons that can't be pressed while the PC of the camera is asked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget


class RestingButtons:
    """The keyboard comes back to the button that had it, where Qt would give it to the next one."""

    def __init__(self, buttons: Sequence[QPushButton], window: QWidget) -> None:
        self._buttons, self._window = buttons, window
        self._left: QWidget | None = None

    def rest(self, is_busy: bool) -> None:
        """Or not any more."""
        focused = self._window.focusWidget()
        if is_busy and focused in self._buttons:
            self._left = focused
            self._window.setFocus(Qt.FocusReason.OtherFocusReason)
        for button in self._buttons:
            button.setEnabled(not is_busy)
        if not is_busy and self._left is not None:
            if focused in (None, self._window):
                self._left.setFocus(Qt.FocusReason.OtherFocusReason)
            self._left = None
