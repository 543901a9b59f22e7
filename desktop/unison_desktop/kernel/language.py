"""How numbers and dates are written: as the person prefers, else as this PC does."""

from __future__ import annotations

from PySide6.QtCore import QLocale

from unison_desktop.kernel.preferences import Preferences

_KEY = "language/choice"


def use_remembered_language(preferences: Preferences) -> None:
    """Write as was chosen the last time, before any server is asked."""
    if chosen := preferences.text(_KEY):
        QLocale.setDefault(QLocale(chosen))


def remember_language(preferences: Preferences, language: str | None) -> None:
    """Write so from now on; None is as this PC does."""
    if preferences.text(_KEY) != (language or ""):
        preferences.set(_KEY, language or "")
        QLocale.setDefault(QLocale(language) if language else QLocale.system())
