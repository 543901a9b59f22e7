"""Files of devices and tags: a station's are written, or taken over."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget
from unison_domain.stations.contracts import StationAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.stations.configuration import calls
from unison_desktop.stations.configuration.csv_dialog import ImportDialog
from unison_desktop.tables.csv_import import save_text
from unison_desktop.tables.table import Table


class TagFiles(QObject):
    """What the commands of files do; `tags` proposes where."""

    def __init__(self, desk: Desk, tags: Table, page: QWidget) -> None:
        super().__init__(page)
        self._desk, self._tags, self._page = desk, tags, page
        self._exported = ""

    def export(self, station: StationAnswer) -> None:
        """Ask for the file of a station and let its place be chosen."""
        self._exported = station.name
        call = calls.tags_csv(self._desk.session.client, station.id, owner=self)
        call.done.connect(self._save)
        call.failed.connect(self._on_failed)

    def take_over(self, station: StationAnswer) -> None:
        """Let a file be chosen for a station."""
        dialog = ImportDialog(self._desk, station, self._page)
        dialog.imported.connect(self._on_imported)
        dialog.open()

    def _save(self, text: str) -> None:
        self._tags.name_file(_("Tags of {station}").format(station=self._exported))
        proposed = str(self._tags.proposed_file(".csv"))
        chosen, _kind = QFileDialog.getSaveFileName(self._page, _("Export tags"), proposed, _("CSV (*.csv)"))
        if chosen:
            save_text(chosen, text, self._desk.messages)

    def _on_imported(self) -> None:
        self._desk.session.changes.announce("stations.tag.updated", None)

    def _on_failed(self, error: ApiError) -> None:
        self._desk.messages.say(error.message, Tone.BAD)
