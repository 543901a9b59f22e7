"""How a page is known before it is made: its module is imported when it is first opened, so the start stays fast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.kernel.client import ApiClient, Call, ListCall
from unison_desktop.kernel.counted import Counted
from unison_desktop.kernel.rights import named
from unison_desktop.kernel.texts import _


@dataclass(frozen=True, slots=True)
class Counting:
    """What is counted on a page's button in the navigation.

    Attributes:
        ask: `module:function` with `(desk, *, owner) -> call` whose `done` brings a list of what waits.
        topics: beginnings of the topics after which it is counted at once.
        slow_topics: those that come all the time and may make something wait: counted now and then.
        says: what the number means.
    """

    ask: str
    topics: tuple[str, ...]
    slow_topics: tuple[str, ...]
    says: Counted


@dataclass(frozen=True, slots=True)
class PageEntry:
    """How a page is known before it is made.

    Attributes:
        name: as in `Place.page`.
        target: `module:Class` of a `Page`.
        under: name of the navigation entry it belongs to; its own for those in the navigation, empty for the bar's.
        records: `module:function` with `(client, *, owner) -> call` whose `done` brings a list of what Ctrl+K can
            jump to, and `module:function` with `(item) -> Record`; empty if there is nothing to jump to.
        topics: beginnings of the topics after which those records are read again.
        needs: the right without which nobody sees the page, nor its records.
        waiting: what waits for people there; None where nothing does.
        is_way: Ctrl+K and the menu lead there from anywhere, though it has no place in the navigation.
    """

    name: str
    title: str
    icon: str
    target: str
    under: str
    records: tuple[str, str] | None = None
    topics: tuple[str, ...] = ()
    needs: str = ""
    waiting: Counting | None = None
    is_way: bool = False

    @property
    def in_navigation(self) -> bool:
        """Whether it has a place of its own in the navigation; others are reached from it."""
        return self.under == self.name

    @property
    def lacks(self) -> str:
        """Why somebody without the right may not open it, and who changes that."""
        return _("You lack the right {right}; ask an administrator.").format(right=named(self.needs))

    def make(self, desk: Desk, place: Place, parent: QWidget) -> Page:
        """The page itself."""
        page = resolve(self.target)(desk, place, parent)
        assert isinstance(page, Page), f"{self.target} is no Page"  # noqa: S101 - a mistake in the list above
        return page

    def ask_records(self, client: ApiClient, owner: QObject) -> Call | ListCall | None:
        """Ask for what can be jumped to."""
        if self.records is None:
            return None
        call = resolve(self.records[0])(client, owner=owner)
        assert isinstance(call, Call | ListCall)  # noqa: S101 - a mistake in the list above
        return call

    def ask_waiting(self, desk: Desk, owner: QObject) -> Call | ListCall:
        """Ask for what waits."""
        assert self.waiting is not None  # noqa: S101 - only entries that count are asked
        call = resolve(self.waiting.ask)(desk, owner=owner)
        assert isinstance(call, Call | ListCall)  # noqa: S101 - a mistake in the list above
        return call

    def record_of(self) -> Callable[[object], object]:
        """What makes a `Record` of one item of that list."""
        assert self.records is not None  # noqa: S101 - asked only after ask_records gave a call
        return resolve(self.records[1])


def resolve(target: str) -> Callable[..., object]:
    """What `module:name` names."""
    module, _colon, name = target.partition(":")
    found: Callable[..., object] = getattr(import_module(module), name)
    return found
