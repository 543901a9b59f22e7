"""What somebody sees who must set up a second factor before anything else is open to them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.frame.theme import Type
from unison_desktop.frame.toasts import Toasts
from unison_desktop.frame.tone_label import ToneLabel
from unison_desktop.identity.second_factor.codes_dialog import RecoveryCodesDialog
from unison_desktop.identity.second_factor.page import SecondFactorPage
from unison_desktop.kernel.texts import _

_SIZE = QSize(840, 760)
_ASK_AGAIN_MS = 1000
_WHY = _(
    "{organization} demands a second factor of you, and you have none yet. Until it is set up nothing else is open "
    "to you; what you were at is kept where it was saved. Afterwards Unison opens by itself."
)


class HeldBackWindow(QWidget):
    """Says why, and shows the page where it is set up. The session opens anew as soon as it is.

    Attributes:
        page: where it is set up.

    Signals:
        closed: the person closed it.
    """

    closed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._theme = desk.session, desk.theme
        me = desk.session.me
        self.setWindowTitle(_("Set up a second factor - Unison"))
        self.setWindowIcon(desk.theme.icon("unison", "accent"))
        heading = QLabel(_("Set up a second factor to go on"), self)
        heading.setFont(desk.theme.font(Type.TITLE))
        self.why = ToneLabel(desk.theme, self)
        self.why.setWordWrap(True)
        self.why.say(_WHY.format(organization=me.organization_name if me else ""), Tone.WARNING)
        self.sign_out = QPushButton(_("Sign out"), self)
        self.sign_out.setAutoDefault(False)
        self.sign_out.clicked.connect(desk.session.sign_out)
        self.page = SecondFactorPage(desk, Place("second-factor"), self)
        self.page.loaded.connect(self._look_again)
        desk.theme.changed.connect(self._recolour)
        self.page.set_up.connect(self._look_again)
        # The process of the server that is asked may hear of it a moment after the one that set it up.
        self._asking_on = QTimer(self, interval=_ASK_AGAIN_MS)
        self._asking_on.timeout.connect(self._ask_on)
        self.page.set_up.connect(self._asking_on.start)
        self._toasts = Toasts(desk.messages, desk.theme, self)
        top = QHBoxLayout()
        top.setContentsMargins(24, 20, 24, 0)
        words = QVBoxLayout()
        words.setSpacing(8)
        words.addWidget(heading)
        words.addWidget(self.why)
        top.addLayout(words, 1)
        top.addWidget(self.sign_out)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(top)
        column.addWidget(self.page, 1)
        self.resize(_SIZE.boundedTo(self.screen().availableGeometry().size()))
        QWidget.setTabOrder(self.page, self.sign_out)
        self._recolour()
        self.page.reload()

    def _recolour(self) -> None:
        self.sign_out.setIcon(self._theme.icon("sign-out", "text"))

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()

    def _look_again(self) -> None:
        """It may be demanded no more, or be set up elsewhere; not while codes are shown that are told once."""
        if self._are_codes_shown():
            return
        self.page.take_keyboard(Qt.FocusReason.OtherFocusReason)
        self._session.look_again()

    def _ask_on(self) -> None:
        """One is set up, so what holds the person back is about to end."""
        if not self._session.is_held_back:
            self._asking_on.stop()
        elif not self._are_codes_shown():
            self._session.look_again()

    def _are_codes_shown(self) -> bool:
        return any(dialog.isVisible() for dialog in self.findChildren(RecoveryCodesDialog))
