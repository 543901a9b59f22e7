"""Printing, as every page offers it: Ctrl+P shows what would be printed, and a PDF is one step away."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.messages import Offer
from unison_desktop.frame.printing.pages import Press
from unison_desktop.frame.printing.paper import Paper, PaperLook
from unison_desktop.frame.printing.pdf import write_pdf
from unison_desktop.frame.theme import Look
from unison_desktop.kernel.preferences import proposed_file
from unison_desktop.kernel.texts import _

if TYPE_CHECKING:
    from unison_desktop.frame.page import Page

Compose = Callable[[Look, QWidget], Paper]
"""Makes the paper of what is shown now, with a look, and widgets it needs as children of the one given."""


class PrintCommands(QObject):
    """Adds both commands to a page; `compose` must be a bound method."""

    def __init__(self, page: Page, compose: Compose) -> None:
        super().__init__(page)
        self._page, self._compose = page, compose
        page.add_command("page.print", _("Print…"), self.preview, icon="print", shortcuts="Ctrl+P", in_head=False)
        page.add_command("page.pdf", _("Save as PDF…"), self.save, icon="save", in_head=False)

    def preview(self) -> None:
        """Show what would be printed."""
        from unison_desktop.frame.printing.preview import Preview  # the start does without printers

        holder = self._holder()
        dialog = Preview(self._press(holder), self._page)
        holder.setParent(dialog)
        dialog.open()

    def save(self) -> None:
        """Ask for a file and write it."""
        holder = self._holder()
        press = self._press(holder)
        proposed = str(proposed_file(press.paper.title, ".pdf"))
        chosen, _kind = QFileDialog.getSaveFileName(self._page, _("Save as PDF"), proposed, _("PDF (*.pdf)"))
        if chosen:
            self.write(press, Path(chosen) if chosen.lower().endswith(".pdf") else Path(f"{chosen}.pdf"))
        holder.deleteLater()

    def write(self, press: Press, path: Path) -> None:
        """Write it there, and say so."""
        messages = self._page.desk.messages
        try:
            write_pdf(press, path)
        except OSError as error:
            text = _("{path} could not be written: {reason}")
            messages.say(text.format(path=path, reason=error.strerror or str(error)), Tone.BAD)
            return
        offer = Offer(_("Open"), partial(QDesktopServices.openUrl, QUrl.fromLocalFile(str(path))))
        messages.say(_("{path} was written.").format(path=path), Tone.GOOD, offers=(offer,))

    def _holder(self) -> QWidget:
        """What drawings belong to; hidden, else it would be shown with what it belongs to itself."""
        holder = QWidget(self._page)
        holder.hide()
        return holder

    def _press(self, holder: QWidget) -> Press:
        app, session = QApplication.instance(), self._page.desk.session
        assert isinstance(app, QApplication)  # noqa: S101 - pages live in one
        me = session.me
        paper = self._compose(PaperLook(app, holder), holder)
        return Press(
            paper, session.clock.now().astimezone(self._page.head.zone), (me.full_name or me.username) if me else ""
        )
