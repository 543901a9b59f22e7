"""A list of any length from the server, read page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from PySide6.QtCore import QObject, Signal
from unison_domain.kernel.contracts import Page

from unison_desktop.kernel.errors import ApiError

if TYPE_CHECKING:
    from unison_desktop.kernel.client import ApiClient, Query

LIST_LIMIT = 200
"""Rows asked for at once; reading a page this size costs less than a millisecond."""


class ListCall(QObject):
    """Reads all pages of a list, following its cursor. Same signals and ownership as `Call`.

    Signals:
        done: list of the items.
        failed: an `ApiError`.
    """

    done = Signal(object)
    failed = Signal(object)

    def __init__(
        self, client: ApiClient, path: str, item: type[BaseModel], query: Query, most: int | None, owner: QObject
    ) -> None:
        super().__init__(owner)
        self._most = most
        self._client = client
        self._path = path
        self._page: type[Page[Any]] = Page[item]  # type: ignore[valid-type]  # the item's class is a value here
        self._query = {"limit": LIST_LIMIT, **query}
        self._items: list[Any] = []
        self._ask(None)

    def _ask(self, cursor: str | None) -> None:
        call = self._client.get(self._path, query={**self._query, "cursor": cursor}, read=self._page, owner=self)
        call.done.connect(self._collect)
        call.failed.connect(self._fail)

    def _collect(self, page: Page[Any]) -> None:
        self._items += page.items
        if page.next_cursor and (self._most is None or len(self._items) < self._most):
            self._ask(page.next_cursor)
            return
        self.deleteLater()
        self.done.emit(self._items)

    def _fail(self, error: ApiError) -> None:
        self.deleteLater()
        self.failed.emit(error)
