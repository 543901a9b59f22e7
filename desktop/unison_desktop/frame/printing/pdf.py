"""A paper as a file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QIODevice, QSaveFile
from PySide6.QtGui import QPdfWriter

from unison_desktop.frame.printing.pages import Press, page_layout
from unison_desktop.kernel.texts import _

_RESOLUTION = 1200


def write_pdf(press: Press, path: Path) -> None:
    """Write it; what was there stays until all of it is written.

    Raises:
        OSError: it can't be written.
    """
    file = QSaveFile(str(path))
    if not file.open(QIODevice.OpenModeFlag.WriteOnly):
        raise OSError(file.errorString())
    writer = QPdfWriter(file)
    writer.setResolution(_RESOLUTION)
    writer.setPageLayout(page_layout())
    writer.setTitle(press.paper.title)
    writer.setCreator("Unison")
    if not press.paint(writer):
        raise OSError(_("the pages could not be painted"))
    if not file.commit():
        raise OSError(file.errorString())
