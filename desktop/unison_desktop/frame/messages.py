"""The one door for telling people something that is no answer to where they are looking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo

from PySide6.QtCore import QObject, Signal

from unison_desktop.frame.colours import Tone

KEPT = 200


@dataclass(frozen=True, slots=True)
class Offer:
    """Something a message lets people do, e.g. Undo, Open, Retry.

    Attributes:
        run: a bound method or a function that holds no widget.
        about: by which it is withdrawn once it is done, or can't be any more; None: never.
    """

    text: str
    run: Callable[[], object]
    about: object = None


@dataclass(frozen=True, slots=True)
class Message:
    """What was said, when, and how often in a row."""

    text: str
    tone: Tone
    at: datetime
    offers: tuple[Offer, ...] = field(default=())
    times: int = 1


class Messages(QObject):
    """Keeps the last 200 messages; toasts and the history panel show them.

    Attributes:
        history: oldest first.
        zone: whose clock tells when something was said: that of the page in sight; None is this PC's.

    Signals:
        said: a new `Message`.
        repeated: the last `Message`, said again with a higher count.
        withdrawn: offers about this are gone from every `Message`.
    """

    said = Signal(object)
    repeated = Signal(object)
    withdrawn = Signal(object)

    def __init__(
        self, parent: QObject | None = None, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """`now` is whose time messages bear: the server's, where there is one."""
        super().__init__(parent)
        self._now = now
        self.history: list[Message] = []
        self.zone: tzinfo | None = None

    def say(self, text: str, tone: Tone = Tone.INFO, *, offers: tuple[Offer, ...] = ()) -> None:
        """Tell people; the same text said again at once counts up instead of piling up."""
        now = self._now().astimezone(self.zone)
        last = self.history[-1] if self.history else None
        if last and (last.text, last.tone) == (text, tone):
            self.history[-1] = Message(text, tone, now, offers, last.times + 1)
            self.repeated.emit(self.history[-1])
            return
        self.history = [*self.history[-KEPT + 1 :], Message(text, tone, now, offers)]
        self.said.emit(self.history[-1])

    def withdraw(self, about: object) -> None:
        """Offer nothing about this any more: it is done, or can't be done."""
        self.history = [_without(message, about) for message in self.history]
        self.withdrawn.emit(about)


def _without(message: Message, about: object) -> Message:
    if all(offer.about != about for offer in message.offers):
        return message
    return replace(message, offers=tuple(offer for offer in message.offers if offer.about != about))
