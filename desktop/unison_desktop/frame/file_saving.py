"""Saves all that matches a page's filters, which the server knows, to a file: seen while it comes, and broken off."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QLocale, QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QProgressDialog

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.messages import Messages, Offer
from unison_desktop.frame.page import Page
from unison_desktop.kernel.client import Query
from unison_desktop.kernel.counted import counted
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.file_call import FileCall
from unison_desktop.kernel.preferences import proposed_file
from unison_desktop.kernel.texts import _

_SHOWN_AFTER_MS = 700


class FileSaving(QObject):
    """The command “Export all…” of a page whose list is read only as far as its newest rows.

        FileSaving(self, "scans", _("Scans"), "/qr-scans/export", self._query)

    What is under way goes on when the page is left, and ends with the window.
    """

    def __init__(
        self,
        page: Page,
        name: str,
        title: str,
        path: str,
        query: Callable[[], Query],
        *,
        text: str = "",
        against: Callable[[], str] = str,
    ) -> None:
        """`query` gives what the filters say now; `title` also names the file.

        Args:
            text: of a command that stands in a menu, for it is not about all of the page.
            against: why it can't be done now; empty where it can.
        """
        super().__init__(page)
        self._page = page
        self._title = title
        self._path = path
        self._query = query
        words, keys = text or _("Export all…"), "" if text else "Ctrl+E"
        self.command = page.add_command(
            *(f"{name}.export", words, self._ask_file), icon="export", shortcuts=keys, in_head=not text, against=against
        )

    def name_file(self, name: str) -> None:
        """The file is proposed to be called so, with the day behind it."""
        self._title = name

    def save_to(self, file: Path) -> Saving:
        """Write it there."""
        return Saving(self._page.desk, self._path, self._query(), file, self._page)

    def _ask_file(self) -> None:
        page = self._page
        day = page.desk.session.clock.now().astimezone(page.head.zone).date().isoformat()
        proposed = str(proposed_file(f"{self._title} {day}", ".csv"))
        chosen, _kind = QFileDialog.getSaveFileName(page, _("Export all that match"), proposed, _("CSV (*.csv)"))
        if chosen:
            self.save_to(Path(chosen) if chosen.lower().endswith(".csv") else Path(f"{chosen}.csv"))


class Saving(QProgressDialog):
    """A file that is being written. Nothing waits for it; closing it breaks it off, and no half file stays."""

    def __init__(self, desk: Desk, path: str, query: Query, file: Path, page: Page) -> None:
        super().__init__(_("Asking the server…"), _("Cancel"), 0, 0, page.window())
        self.setWindowTitle(_("Export - Unison"))
        self.setAutoClose(False)
        self.setAutoReset(False)
        self.setMinimumDuration(_SHOWN_AFTER_MS)
        self.setMinimumWidth(360)
        self._messages: Messages = desk.messages
        self.call = FileCall(desk.session.client, path, query, file, self)
        self.call.progressed.connect(self._on_progress)
        self.call.done.connect(self._on_done)
        self.call.failed.connect(self._on_failed)
        self.canceled.connect(self._on_canceled)

    def _on_progress(self, rows: int, total: int) -> None:
        words = counted(rows, _("1 row"), _("{n} rows"))
        if total:
            told = QLocale().toString
            words = _("{n} of {total} rows").format(n=told(rows), total=told(total))
        self.setLabelText(words)
        self.setMaximum(total)
        self.setValue(min(rows, total))

    def _on_done(self, file: Path) -> None:
        offer = Offer(_("Open"), partial(QDesktopServices.openUrl, QUrl.fromLocalFile(str(file))))
        self._messages.say(_("{path} was written.").format(path=file), Tone.GOOD, offers=(offer,))
        self._leave()

    def _on_failed(self, error: ApiError) -> None:
        self._messages.say(error.message, Tone.BAD)
        self._leave()

    def _on_canceled(self) -> None:
        self.call.cancel()
        self._messages.say(_("The export was broken off; no file was written."))
        self._leave()

    def _leave(self) -> None:
        self.canceled.disconnect(self._on_canceled)
        self.close()
        self.deleteLater()
