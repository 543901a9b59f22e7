"""A request that is sent again only after its answer."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from unison_desktop.kernel.client import Call, ListCall
from unison_desktop.kernel.errors import ApiError


class OneAtATime(QObject):
    """Answers never overtake one another, and what is asked for often meanwhile is asked for once, as asked last.

    Signals:
        read: the answer.
        failed: an `ApiError`.
    """

    read = Signal(object)
    failed = Signal(object)

    def __init__(self, send: Callable[..., Call | ListCall], parent: QObject) -> None:
        """`send` takes what `ask` was given and `owner=`; it must hold no widget."""
        super().__init__(parent)
        self._send = send
        self._under_way = False
        self._next: tuple[object, ...] | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether an answer is awaited."""
        return self._under_way

    def ask(self, *arguments: object) -> None:
        """Send it now, or after the answer that is under way."""
        if self._under_way:
            self._next = arguments
            return
        self._under_way = True
        call = self._send(*arguments, owner=self)
        call.done.connect(self._on_done)
        call.failed.connect(self._on_failed)

    def _on_done(self, answer: object) -> None:
        self.read.emit(answer)
        self._go_on()

    def _on_failed(self, error: ApiError) -> None:
        self.failed.emit(error)
        self._go_on()

    def _go_on(self) -> None:
        self._under_way = False
        if self._next is not None:
            arguments, self._next = self._next, None
            self.ask(*arguments)
