"""Asking what may hang: a database whose process stands still says nothing, and no time-out of its own runs out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")

PATIENCE_SECONDS = 3.0
"""What says nothing for so long hangs, and is not well."""


class InTime(Generic[T]):
    """Asks in a thread of its own, which may be left behind, and not again while an answer is awaited."""

    def __init__(self, ask: Callable[[], T]) -> None:
        self._ask = ask
        self._awaited: Future[T] | None = None
        self._lock = threading.Lock()

    def begin(self) -> Future[T]:
        """Ask; whoever waits for the answer says for how long."""
        with self._lock:
            if self._awaited is None or self._awaited.done():
                self._awaited = Future()
                # A daemon: a command that ends does not wait for what hangs.
                threading.Thread(target=self._run, args=(self._awaited,), daemon=True).start()
            return self._awaited

    def _run(self, awaited: Future[T]) -> None:
        try:
            awaited.set_result(self._ask())
        except BaseException as error:
            awaited.set_exception(error)
