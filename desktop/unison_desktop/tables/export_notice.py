"""Tells how the export of a table went."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.messages import Messages, Offer
from unison_desktop.kernel.texts import _
from unison_desktop.tables.table import Table


class ExportNotice(QObject):
    """Says where a table was written to, and opens it; or why it could not be written. Lives with the table."""

    def __init__(self, table: Table, messages: Messages) -> None:
        super().__init__(table)
        self._messages = messages
        table.exported.connect(self._on_exported)
        table.failed.connect(self._on_failed)

    def _on_exported(self, path: Path) -> None:
        offer = Offer(_("Open"), partial(QDesktopServices.openUrl, QUrl.fromLocalFile(str(path))))
        self._messages.say(_("{path} was written.").format(path=path), Tone.GOOD, offers=(offer,))

    def _on_failed(self, reason: str) -> None:
        self._messages.say(reason, Tone.BAD)
