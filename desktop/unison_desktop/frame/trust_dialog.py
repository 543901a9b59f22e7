"""The first contact with a server: a person compares its fingerprint."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from unison_desktop.frame.theme import Theme, Type
from unison_desktop.kernel.texts import _

_EXPLAIN = _(
    "This PC has not spoken with {server} before. Compare these letters with those your administrator gave you, or "
    "that `unison tls status` shows at the server as the authority's fingerprint. Where they differ, somebody stands "
    "between you and the server: don't sign in."
)


class TrustDialog(QDialog):
    """Shows the fingerprint of a server's authority; accepted when the person says that it is the right one.

    The safe button has the keyboard first.
    """

    def __init__(self, server: str, fingerprint: str, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Is this your server? - Unison"))
        heading = QLabel(_("Is this your server?"), self)
        heading.setFont(theme.font(Type.TITLE))
        explain = QLabel(_EXPLAIN.format(server=server), self)
        explain.setTextFormat(Qt.TextFormat.PlainText)
        explain.setWordWrap(True)
        self.fingerprint = QLabel(fingerprint, self)
        font = theme.font(Type.CODE)
        font.setPointSizeF(font.pointSizeF() * 1.6)
        self.fingerprint.setFont(font)
        self.fingerprint.setAccessibleName(_("Fingerprint"))
        self.fingerprint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.fingerprint.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.trust = QPushButton(_("They are the same: trust it"), self)
        self.trust.clicked.connect(self.accept)
        self.cancel = QPushButton(_("Cancel"), self)
        self.cancel.clicked.connect(self.reject)
        for button in (self.trust, self.cancel):
            button.setAutoDefault(True)  # the one with the keyboard is the one that Enter presses
        self.cancel.setDefault(True)
        self.cancel.setFocus()
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.trust)
        row.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 24, 28, 22)
        column.setSpacing(14)
        for widget in (heading, explain, self.fingerprint):
            column.addWidget(widget)
        column.addLayout(row)
        self.setMinimumWidth(560)
