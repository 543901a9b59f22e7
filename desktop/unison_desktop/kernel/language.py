"""The language texts are in, and how numbers and dates are written: as the person prefers, else as this PC does.

Numbers follow at once. Texts keep the language the program started with: windows that are open hold them.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from unison_desktop.kernel.preferences import Preferences
from unison_desktop.kernel.texts import ENGLISH, language_for, speak, spoken

_KEY = "language/choice"


def speak_as_remembered(folder: Path) -> None:
    """Choose the language of texts before any of them is made; a folder that can't be used remembers nothing."""
    try:
        chosen = Preferences(folder).text(_KEY)
    except OSError:
        chosen = ""
    speak(chosen or QLocale.system().name())


def speak_for_toolkit(app: QCoreApplication) -> None:
    """Have Qt's own texts, such as those of its menus and the names of keys, in the language of the others."""
    translator = QTranslator(app)
    if spoken() != ENGLISH and translator.load(
        f"qtbase_{spoken()}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    ):
        app.installTranslator(translator)


def use_remembered_language(preferences: Preferences) -> None:
    """Write numbers and dates as was chosen the last time, before any server is asked."""
    if chosen := preferences.text(_KEY):
        QLocale.setDefault(QLocale(chosen))


def remember_language(preferences: Preferences, language: str | None) -> None:
    """Write numbers and dates so from now on, and texts from the next start; None is as this PC does."""
    if preferences.text(_KEY) != (language or ""):
        preferences.set(_KEY, language or "")
        preferences.save()
        QLocale.setDefault(QLocale(language) if language else QLocale.system())


def is_spoken(language: str | None) -> bool:
    """Whether texts are as they would be from a start with this preference."""
    return spoken() == language_for(language or QLocale.system().name())
