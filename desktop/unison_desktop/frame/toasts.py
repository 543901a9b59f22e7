"""Short messages in the corner, and the panel with those that are gone."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.giving_way import give_way_to
from unison_desktop.frame.messages import Message, Messages, Offer
from unison_desktop.frame.overlay import CardScroll, Overlay
from unison_desktop.frame.theme import Theme, Type
from unison_desktop.kernel.moments import zoned_text
from unison_desktop.kernel.texts import _

SHOWN_MS = 6_000
SHOWN_WITH_OFFER_MS = 12_000
_AT_ONCE = 4
_WIDTH = 380

TONE_ICONS = {
    Tone.GOOD: "good",
    Tone.WARNING: "warning",
    Tone.BAD: "error",
    Tone.INFO: "info",
    Tone.CARE: "info",
    Tone.IDLE: "info",
}


class _OfferButton(QPushButton):
    """Runs an offer and tells that it was taken. `about`: by what it is withdrawn."""

    taken = Signal()

    def __init__(self, offer: Offer, parent: QWidget) -> None:
        super().__init__(offer.text, parent)
        self._offer = offer
        self.about = offer.about
        self.setProperty("role", "link")
        self.clicked.connect(self._take)

    def _take(self) -> None:
        self.taken.emit()
        self._offer.run()


class MessageCard(QFrame):
    """One message: icon, text, what it offers.

    Signals:
        finished: its time is over, it was closed, or an offer was taken.
    """

    finished = Signal()

    def __init__(self, message: Message, theme: Theme, parent: QWidget, *, stays: bool) -> None:
        super().__init__(parent)
        self.message = message
        self._stays = stays
        self.setProperty("role", "message")
        self.setAccessibleName(message.text)
        tone = theme.tone(message.tone)
        icon = QLabel(self)
        icon.setPixmap(theme.pixmap(TONE_ICONS[message.tone], 20, tone.ink))
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._when = QLabel(self)
        self._when.setProperty("role", "muted")
        self._when.setFont(theme.font(Type.SMALL))
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 11, 8, 11)
        row.setSpacing(11)
        row.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self._text)
        foot = QHBoxLayout()
        foot.addWidget(self._when)
        foot.addStretch(1)
        self._offers = [_OfferButton(offer, self) for offer in message.offers]
        for button in self._offers:
            button.taken.connect(self.finished)
            foot.addWidget(button)
        words.addLayout(foot)
        row.addLayout(words, 1)
        self._timer = QTimer(self, singleShot=True, interval=SHOWN_WITH_OFFER_MS if message.offers else SHOWN_MS)
        self._timer.timeout.connect(self.finished)
        if not stays:
            close = QToolButton(self)
            close.setIcon(theme.icon("close", "muted"))
            close.setAccessibleName(_("Close message"))
            close.clicked.connect(self.finished)
            row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
            self._timer.start()
        self.show_message(message)

    def show_message(self, message: Message) -> None:
        """Show it, with its count if it was said several times."""
        self.message = message
        times = _("  ({times} times)").format(times=message.times) if message.times > 1 else ""
        self._text.setText(message.text + times)
        self._when.setText(zoned_text(message.at, "%H:%M:%S"))
        if self._timer.isActive():
            self._timer.start()

    def withdraw(self, about: object) -> None:
        """Offer nothing about this any more."""
        for button in self._offers:
            if button.about == about:
                button.hide()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Nothing disappears under the pointer."""
        self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        if not self._stays:
            self._timer.start()
        super().leaveEvent(event)


class Toasts(QWidget):
    """The newest messages at the foot of the window, oldest on top: at its right pages tell what was just done."""

    def __init__(self, messages: Messages, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._around = parent
        self._theme = theme
        self._cards: list[MessageCard] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(10)
        messages.said.connect(self._add)
        messages.repeated.connect(self._repeat)
        messages.withdrawn.connect(self._withdraw)
        parent.installEventFilter(self)
        self.hide()

    @property
    def shown(self) -> list[Message]:
        """What is on screen now, oldest first."""
        return [card.message for card in self._cards]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize:
            self._settle()
        return super().eventFilter(watched, event)

    def _add(self, message: Message) -> None:
        while len(self._cards) >= _AT_ONCE:
            self._remove(self._cards[0])
        card = MessageCard(message, self._theme, self, stays=False)
        card.finished.connect(self._on_finished)
        self._cards.append(card)
        self._column.addWidget(card)
        card.show()
        self._settle()

    def _repeat(self, message: Message) -> None:
        if self._cards and self._cards[-1].message.text == message.text:
            self._cards[-1].show_message(message)
        else:
            self._add(message)

    def _withdraw(self, about: object) -> None:
        for card in self._cards:
            card.withdraw(about)

    def _on_finished(self) -> None:
        card = self.sender()
        if isinstance(card, MessageCard):
            self._remove(card)

    def _remove(self, card: MessageCard) -> None:
        if card not in self._cards:
            return
        self._cards.remove(card)
        self._column.removeWidget(card)
        card.hide()
        card.deleteLater()
        self._settle()

    def _settle(self) -> None:
        self.setVisible(bool(self._cards))
        if self._cards:
            self._place()
        give_way_to(self, self._around)

    def _place(self) -> None:
        around = self._around.rect()
        width = min(_WIDTH, around.width() - 40)
        height = self._column.heightForWidth(width) if self._column.hasHeightForWidth() else self.sizeHint().height()
        self.setGeometry(around.center().x() - width // 2, around.bottom() - height - 20, width, height)
        self.raise_()


class MessageHistory(Overlay):
    """A panel at the right with all messages of this run, newest on top."""

    def __init__(self, messages: Messages, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._messages = messages
        messages.withdrawn.connect(self._on_withdrawn)
        heading = QLabel(_("Messages"), self.card)
        heading.setFont(theme.font(Type.TITLE))
        self._close = QToolButton(self.card)
        self._close.setAccessibleName(_("Close messages"))
        self._close.clicked.connect(self.close_card)
        top = QHBoxLayout()
        top.setContentsMargins(20, 18, 14, 10)
        top.addWidget(heading, 1)
        top.addWidget(self._close)
        self._scroll = CardScroll(self.card)
        self.card_layout.addLayout(top)
        self.card_layout.addWidget(self._scroll, 1)

    def open(self) -> None:
        self._close.setIcon(self.theme.icon("close", "muted"))
        self._fill()
        super().open()

    def _on_withdrawn(self, _about: object) -> None:
        if self.isVisible():
            self._fill()

    def place_card(self) -> None:
        width = min(420, self.width())
        self.card.setGeometry(self.width() - width, 0, width, self.height())

    def first_focus(self) -> QWidget:
        return self._close

    def _fill(self) -> None:
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(16, 4, 16, 16)
        layout.setSpacing(8)
        for message in reversed(self._messages.history):
            card = MessageCard(message, self.theme, column, stays=True)
            card.finished.connect(self.close_card)
            layout.addWidget(card)
        if not self._messages.history:
            nothing = QLabel(_("Nothing was said yet."), column)
            nothing.setProperty("role", "muted")
            layout.addWidget(nothing)
        layout.addStretch(1)
        self._scroll.setWidget(column)
