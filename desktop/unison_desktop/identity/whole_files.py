"""Files of people and of roles: sent whole, seen before anything is done, and written by the server."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.kernel.client import ApiClient, Call
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.tables.csv_import import CsvImportDialog, save_text

_LARGEST = 2_900_000
"""Bytes, as the server takes them."""


class WholeFileDialog(CsvImportDialog):
    """Takes a file over.

    Attributes:
        file: in base64, as it is sent.
    """

    file = b""

    def take(self, path: Path, file: bytes) -> str:
        if len(file) > _LARGEST:
            return _("{path} is larger than 2.9 MB: take it over in parts.").format(path=path)
        self.file = b64encode(file)
        return ""


class AsksForFile(Protocol):
    """Asks the server for a file; `done` brings its text."""

    def __call__(self, client: ApiClient, /, *, owner: QObject) -> Call: ...


class WholeFiles(QObject):
    """What the commands of files do, of one page.

    Args:
        dialog: takes a file over. ask: asks for the file that is saved, as `name` unless another is chosen.
    """

    def __init__(
        self, page: Page, dialog: Callable[[Desk, QWidget], WholeFileDialog], ask: AsksForFile, title: str, name: str
    ) -> None:
        super().__init__(page)
        self._page, self._dialog, self._ask = page, dialog, ask
        self._title, self._name = title, name

    def take_over(self) -> None:
        """Let a file be chosen."""
        dialog = self._dialog(self._page.desk, self._page)
        dialog.imported.connect(self._page.reload)
        dialog.open()

    def export(self) -> None:
        """Ask for the file and let its place be chosen."""
        call = self._ask(self._page.desk.session.client, owner=self)
        call.done.connect(self._save)
        call.failed.connect(self._on_failed)

    def _save(self, text: str) -> None:
        chosen, _kind = QFileDialog.getSaveFileName(self._page, self._title, self._name, _("CSV (*.csv)"))
        if chosen:
            save_text(chosen, text, self._page.desk.messages)

    def _on_failed(self, error: ApiError) -> None:
        self._page.desk.messages.say(error.message, Tone.BAD)
