"""Shows a crash report exactly as it would be sent."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme, Type
from unison_desktop.kernel.preferences import documents_folder
from unison_desktop.kernel.texts import _


class CrashDialog(QDialog):
    """Not modal: people finish what they were at. Nothing is sent by itself."""

    def __init__(self, report: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Something went wrong - Unison"))
        self._report = report
        icon = QLabel(self)
        icon.setPixmap(theme.pixmap("warning", 32, theme.tone(Tone.WARNING).fill))
        heading = QLabel(_("Something went wrong in Unison"), self)
        heading.setFont(theme.font(Type.HEADING))
        explain = QLabel(
            _(
                "What you were doing may not have worked; look whether it did. You can go on working. "
                "Please give this report to whoever looks after Unison."
            ),
            self,
        )
        explain.setWordWrap(True)
        text = QPlainTextEdit(report, self)
        text.setReadOnly(True)
        text.setFont(theme.font(Type.CODE))
        text.setAccessibleName(_("Report"))
        self.notice = QLabel(self)
        self.notice.setProperty("role", "muted")
        copy = QPushButton(theme.icon("copy"), _("Copy"), self)
        copy.clicked.connect(self.copy)
        save = QPushButton(theme.icon("save"), _("Save…"), self)
        save.clicked.connect(self._choose_file)
        close = QPushButton(_("Close"), self)
        close.setDefault(True)
        close.setProperty("role", "primary")
        close.clicked.connect(self.close)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(icon)
        head.addWidget(heading, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.notice, 1)
        for button in (copy, save, close):
            foot.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(explain)
        column.addWidget(text, 1)
        column.addLayout(foot)
        self.resize(720, 460)

    def copy(self) -> None:
        """Put the report on the clipboard."""
        QGuiApplication.clipboard().setText(self._report)
        self.notice.setText(_("Copied."))

    def save(self, path: Path) -> None:
        """Write the report; says so, or why not."""
        try:
            path.write_text(self._report, encoding="utf-8")
        except OSError as error:
            self.notice.setText(_("{path} can't be written: {reason}").format(path=path, reason=error.strerror))
            return
        self.notice.setText(_("Saved as {path}.").format(path=path))

    def _choose_file(self) -> None:
        chosen, _kind = QFileDialog.getSaveFileName(
            self, _("Save report"), str(documents_folder() / "unison-report.txt"), _("Text (*.txt)")
        )
        if chosen:
            self.save(Path(chosen))
