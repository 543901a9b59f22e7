"""A CSV file that is taken in: what it would do is seen before anything is done."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget
from unison_domain.kernel.csv_file import CsvError

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.messages import Messages
from unison_desktop.frame.theme import Type
from unison_desktop.frame.tone_label import ToneLabel
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.texts import _
from unison_desktop.tables.columns import Align, Column
from unison_desktop.tables.table import Table


def save_text(path: str, text: str, messages: Messages) -> None:
    """Write an exported file, and say so or why not."""
    target = Path(path) if Path(path).suffix.lower() == ".csv" else Path(f"{path}.csv")
    try:
        target.write_text(text, encoding="utf-8-sig", newline="")  # a spreadsheet takes it for UTF-8 only by its mark
    except OSError as error:
        reason = error.strerror or str(error)
        messages.say(_("{path} could not be written: {reason}").format(path=target, reason=reason), Tone.BAD)
        return
    messages.say(_("Saved as {path}.").format(path=target), Tone.GOOD)


class Preview(Protocol):
    """What every preview tells."""

    @property
    def rows(self) -> int:
        """Of the file."""

    @property
    def errors(self) -> Sequence[CsvError]:
        """All that is wrong."""

    @property
    def changes(self) -> Sequence[Any]:
        """All that would be done."""

    @property
    def seen(self) -> str:
        """Stands for how it was seen."""


class CsvImportDialog(QDialog):
    """Chooses a file, shows all that is wrong with it or all it would change, and does it when that is confirmed.

    Attributes:
        told: what is to be known now. errors, changes: of the file.
        under_way: shown while the server is at work on a file.
        choose, again, do: the buttons; `again` reads the file once more.
        beside_choosing: where a subclass has a button of its own.
        key: the same as long as the same is done. seen: of the preview that is shown.

    Signals:
        imported: it was done.
    """

    imported = Signal()

    def __init__(self, desk: Desk, heading: str, hint: str, changes: Table, parent: QWidget) -> None:
        """`changes` shows what a file would do; `hint` says what a file looks like."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"{heading} - Unison")
        self.setMinimumSize(720, 440)
        self.resize(880, 560)
        self.desk = desk
        self.key, self.seen = uuid4(), ""
        self.told = ToneLabel(desk.theme, self)
        self.errors = Table(
            _ERROR_COLUMNS, _error_id, desk.theme, title=_("Errors"), nothing=_("Nothing is wrong."), parent=self
        )
        self.changes = changes
        self.under_way = QProgressBar(self)
        self.under_way.setRange(0, 0)
        self.under_way.setTextVisible(False)
        self.under_way.setAccessibleName(_("The server is at work on the file"))
        place = self.under_way.sizePolicy()
        place.setRetainSizeWhenHidden(True)  # nothing moves when it comes
        self.under_way.setSizePolicy(place)
        self.under_way.hide()
        self.choose = QPushButton(_("Choose the file…"), self)
        self.choose.clicked.connect(self._choose)
        self.again = QPushButton(_("Read again"), self)
        self.again.setToolTip(_("The same file, as it was saved since"))
        self.again.setShortcut(QKeySequence(QKeySequence.StandardKey.Refresh))
        self.again.setEnabled(False)
        self.again.clicked.connect(self._read_again)
        self._path: Path | None = None
        self.do = QPushButton(_("Import"), self)
        self.do.setProperty("role", "primary")
        self.do.setEnabled(False)
        self.do.clicked.connect(self._import)
        self._heading = heading
        self.beside_choosing = QHBoxLayout()
        self._column = self._lay_out()
        self.told.say(hint)
        self._show_nothing()

    @abstractmethod
    def take(self, path: Path, file: bytes) -> str:
        """Keep a file that was chosen; says what is wrong with it, or nothing."""

    @abstractmethod
    def ask(self) -> Call:
        """Ask what the file would do."""

    @abstractmethod
    def send(self) -> Call:
        """Do what was seen."""

    @abstractmethod
    def done_text(self, preview: Preview) -> str:
        """What was done."""

    def under_way_text(self) -> str:
        """What is said while the server does it."""
        return _("Importing…")

    def why_not(self) -> str:
        """Why it may not be done yet; empty where it may."""
        return ""

    def read(self, path: Path) -> None:
        """Ask what this file would do; nothing is done."""
        self._path = path
        self.again.setEnabled(True)
        try:
            wrong = self.take(path, path.read_bytes())
        except OSError as error:
            wrong = _("{path} can't be read: {reason}").format(path=path, reason=error.strerror or error)
        if wrong:
            self._show_nothing()  # of the file before, which would be imported in its place
            self.offer()
            self.told.say(wrong, Tone.BAD)
            return
        self.told.say(_("Reading {path}…").format(path=path.name))
        self._preview()

    def add_below(self, part: QWidget) -> None:
        """Put something of one's own between the tables and the buttons."""
        self._column.insertWidget(self._column.count() - 1, part)

    def offer(self) -> None:
        """Let it be done where there is something to do, and say why not yet."""
        why = self.why_not()
        self.do.setEnabled(bool(self.changes.model.total) and not self.errors.model.total and not why)
        self.do.setToolTip(why)

    def show_preview(self, preview: Preview) -> None:
        """Show what a file would do."""
        self.seen = preview.seen
        self.errors.set_rows(preview.errors)
        self.changes.set_rows(preview.changes)
        says_more = any(error.value is not None for error in preview.errors)
        self.errors.view.setColumnHidden(_VALUE, not says_more)
        self.errors.setVisible(bool(preview.errors))
        self.changes.setVisible(not preview.errors)
        self.offer()
        if preview.errors:
            text = _("Errors: {n}. Nothing is imported until the file has none.")
            self.told.say(text.format(n=len(preview.errors)), Tone.BAD)
        elif preview.changes:
            text = _("Rows: {rows}, changes: {n}. Nothing is written yet.")
            self.told.say(text.format(rows=preview.rows, n=len(preview.changes)))
            self.do.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.told.say(_("Rows: {rows}, all as they are here already.").format(rows=preview.rows), Tone.GOOD)

    def _show_nothing(self) -> None:
        """Of a file that nobody looked at yet it isn't said that it would change nothing."""
        self.errors.hide()
        self.changes.show()
        self.changes.set_rows([])
        self.changes.view.set_notice("")

    def _preview(self) -> None:
        self.key = uuid4()
        self._show_nothing()
        call = self._waited_for(self.ask())
        call.done.connect(self.show_preview)
        call.failed.connect(self._on_failed)

    def _choose(self) -> None:
        chosen, _kind = QFileDialog.getOpenFileName(self, self._heading, "", _("CSV (*.csv *.txt)"))
        if chosen:
            self.read(Path(chosen))

    def _read_again(self) -> None:
        if self._path is not None:
            self.read(self._path)

    def _import(self) -> None:
        self.told.say(self.under_way_text())
        call = self._waited_for(self.send())
        call.done.connect(self._on_done)
        call.failed.connect(self._on_not_imported)

    def _waited_for(self, call: Call) -> Call:
        """The call, until whose answer no other file is chosen and nothing is done."""
        self._wait(True)
        for answered in (call.done, call.failed):
            answered.connect(self._on_answered)
        return call

    def _on_answered(self, _answer: object) -> None:
        self._wait(False)

    def _wait(self, waits: bool) -> None:
        self.do.setEnabled(False)
        self.choose.setEnabled(not waits)
        self.again.setEnabled(not waits and self._path is not None)
        self.under_way.setRange(0, 0)  # nobody knows how far it is, until a subclass does
        self.under_way.setVisible(waits)

    def _on_done(self, preview: Preview) -> None:
        self.desk.messages.say(self.done_text(preview), Tone.GOOD)
        self.imported.emit()
        self.accept()

    def _on_not_imported(self, error: ApiError) -> None:
        if error.status == 409:  # what was agreed to is not what would be done now
            self.desk.messages.say(error.message, Tone.WARNING)
            self._preview()
            return
        self._on_failed(error)

    def _on_failed(self, error: ApiError) -> None:
        if error.is_temporary:
            self.offer()  # the same key: it is done once
        self.told.say(error.message, Tone.BAD)

    def _lay_out(self) -> QVBoxLayout:
        heading = QLabel(self._heading, self)
        heading.setFont(self.desk.theme.font(Type.TITLE))
        cancel = QPushButton(_("Cancel"), self)
        cancel.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addWidget(self.choose)
        foot.addWidget(self.again)
        foot.addLayout(self.beside_choosing)
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(self.do)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(10)
        for widget in (heading, self.told, self.under_way):
            column.addWidget(widget)
        column.addWidget(self.errors, 1)
        column.addWidget(self.changes, 1)
        column.addLayout(foot)
        return column


def _error_id(error: CsvError) -> object:
    return error.row, error.column, error.value, error.message


_ERROR_COLUMNS: tuple[Column[CsvError], ...] = (
    Column("row", _("Row"), lambda one: one.row, align=Align.RIGHT, width=6, always_visible=True),
    Column("column", _("Column"), lambda one: one.column, width=16),
    Column("value", _("What stands there"), lambda one: one.value, width=18),
    Column("message", _("What is wrong"), lambda one: worded(one.message), width=40, stretch=True),
)
_VALUE = 2
"""Its place among the columns."""
