"""Everything opens as it was left: geometry, splitters, the last page, and what pages save as text."""

from __future__ import annotations

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QSplitter, QWidget

from unison_desktop.frame.place import Place
from unison_desktop.kernel.preferences import Preferences

_ROOT = "layout"
_VERSION = "1"
"""Raised when saved states no longer fit what is restored from them."""


class LayoutMemory:
    """Saves and restores by a key such as `stations`."""

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences

    def save_window(self, window: QWidget) -> None:
        """Remember size and place of the main window."""
        self._set("window", window.saveGeometry())

    def restore_window(self, window: QWidget) -> bool:
        """Put the main window where it was; False if it was nowhere yet."""
        saved = self._get("window")
        return not saved.isEmpty() and window.restoreGeometry(saved)

    def save_splitter(self, splitter: QSplitter, key: str) -> None:
        """Remember how the space was divided."""
        self._set(f"splitter.{key}", splitter.saveState())

    def restore_splitter(self, splitter: QSplitter, key: str) -> bool:
        """Divide the space as it was left."""
        saved = self._get(f"splitter.{key}")
        return not saved.isEmpty() and splitter.restoreState(saved)

    def save_text(self, key: str, value: str) -> None:
        """Remember a small choice of a page, e.g. its filter."""
        self._preferences.set(f"{_ROOT}/{_VERSION}/{key}", value)

    def text(self, key: str, default: str = "") -> str:
        """A choice remembered by `save_text`."""
        return self._preferences.text(f"{_ROOT}/{_VERSION}/{key}", default)

    def save_place(self, place: Place) -> None:
        """Remember where the person was."""
        self.save_text("place", str(place))

    def place(self) -> Place | None:
        """Where the person was last."""
        saved = self.text("place")
        return Place.parse(saved) if saved else None

    def forget(self) -> None:
        """Back to how it came."""
        self._preferences.forget(_ROOT)

    def _set(self, key: str, value: QByteArray) -> None:
        self._preferences.set(f"{_ROOT}/{_VERSION}/{key}", value)

    def _get(self, key: str) -> QByteArray:
        return self._preferences.blob(f"{_ROOT}/{_VERSION}/{key}")
