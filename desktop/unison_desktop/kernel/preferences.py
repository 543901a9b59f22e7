"""What one person's program remembers on this PC."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

_NOT_IN_NAMES = dict.fromkeys(map(ord, '<>:"/\\|?*'), "-")


def data_folder() -> Path:
    """Where the desktop keeps its files: `$UNISON_DATA/desktop`, else the platform's folder for local data."""
    configured = os.environ.get("UNISON_DATA")
    if configured:
        return Path(configured) / "desktop"
    standard = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation)
    return Path(standard) / "unison" / "desktop"


def documents_folder() -> Path:
    """Where people look for what they saved: their documents, else their home."""
    documents = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
    return documents if documents.is_dir() else Path.home()


def proposed_file(name: str, ending: str) -> Path:
    """Where a file of this name is proposed to be saved; signs that Windows allows in no name are dashes there."""
    return documents_folder() / f"{name.translate(_NOT_IN_NAMES)}{ending}"


class Preferences:
    """Small remembered values in an ini file; a value of another kind than asked for reads as the default."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._values = QSettings(str(folder / "preferences.ini"), QSettings.Format.IniFormat)

    def text(self, key: str, default: str = "") -> str:
        """A text."""
        value = self._values.value(key, default)
        return value if isinstance(value, str) else default

    def blob(self, key: str) -> QByteArray:
        """Opaque bytes, e.g. a saved geometry; empty if there are none."""
        value = self._values.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()

    def set(self, key: str, value: str | QByteArray) -> None:
        """Remember a value."""
        self._values.setValue(key, value)

    def forget(self, prefix: str) -> None:
        """Forget every value whose key begins with `prefix/`."""
        self._values.remove(prefix)

    def save(self) -> None:
        """Write to disk now."""
        self._values.sync()
