"""The preview before a printer. Imported when somebody first prints: the start does without printers."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtPrintSupport import QPrinter, QPrintPreviewDialog
from PySide6.QtWidgets import QWidget

from unison_desktop.frame.printing.pages import Press, page_layout
from unison_desktop.kernel.texts import _


class Preview(QPrintPreviewDialog):
    """Shows the pages; its buttons choose paper and printer, and print. Where there is no printer, into a PDF."""

    def __init__(self, press: Press, parent: QWidget) -> None:
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setPageLayout(page_layout())
        printer.setDocName(press.paper.title)
        super().__init__(printer, parent)
        self._printer = printer  # the dialog only borrows it
        self._painting = _Painting(press, self)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Print {title}").format(title=press.paper.title) + " - Unison")
        self.resize(parent.window().size() * 0.9)
        self.paintRequested.connect(self._painting.paint)


class _Painting(QObject):
    """Paints on demand."""

    def __init__(self, press: Press, parent: QObject) -> None:
        super().__init__(parent)
        self._press = press

    def paint(self, printer: QPrinter) -> None:
        self._press.paint(printer)
