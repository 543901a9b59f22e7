"""What every page is: a title, commands, something to load, and manners when that fails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from typing import Any, ClassVar
from weakref import WeakMethod, ref

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.error_bar import ErrorBar
from unison_desktop.frame.page_head import PageHead
from unison_desktop.frame.place import Place
from unison_desktop.kernel.changes import Change
from unison_desktop.kernel.client import Call, ListCall
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.one_at_a_time import OneAtATime
from unison_desktop.kernel.texts import _


class Page(QWidget):
    """One thing people look at. A page sends requests through its room's calls and never builds an address.

    A subclass makes its widgets in `__init__` (`set_content`), asks in `load` through `ask`, and shows what comes.
    The window calls `load` when it opens the page; later the page loads again when something of its `topics` changed,
    at once while it is visible, else when it is next shown.

    Attributes:
        topics: beginnings of the topics that concern the page, e.g. `("machines.machine",)`.
        desk: session, theme, messages and layout memory.
        place: where in the program this is.
        head: title, note and buttons on top.

    Signals:
        go: a `Place` to go to.
        trail_changed: title or breadcrumb changed.
        loaded: all that was asked for is on screen.
        failed: something could not be read; the `ApiError` that the page shows.
    """

    topics: ClassVar[tuple[str, ...]] = ()

    go = Signal(object)
    trail_changed = Signal()
    loaded = Signal()
    failed = Signal(object)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.place = place
        self.commands: list[Command] = []
        self._guarded: list[tuple[Command, str, bool, Callable[[], str]]] = []
        self._wrong: dict[str, ApiError] = {}
        self._stale = False
        self.head = PageHead(desk.theme, self)
        self._errors = ErrorBar(desk.theme, self)
        self._errors.retry.connect(self.read_again)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(24, 18, 24, 20)
        self._layout.setSpacing(14)
        self._layout.addWidget(self.head)
        self._layout.addWidget(self._errors)
        desk.session.changes.changed.connect(self._on_change)
        desk.session.events.link_changed.connect(self.guard)
        desk.session.rights_changed.connect(self.guard)
        self.add_command("page.reload", _("Reload"), self.read_again, icon="reload", shortcuts="F5", in_head=False)

    # What a subclass says.

    @property
    def title(self) -> str:
        """What the page shows, in a few words."""
        return self.head.title

    def trail(self) -> list[tuple[str, Place]]:
        """The places above this one, outermost first, for the breadcrumb."""
        return []

    def load(self) -> None:
        """Ask for what the page shows."""

    def on_change(self, change: Change) -> None:
        """Something of `topics` changed while the page is visible; a page that can do with less than all overrides."""
        self.reload()

    def save_layout(self) -> None:
        """Remember columns and splitters; called before the page goes."""

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        """Put the keyboard where people begin; called each time the page comes into sight."""
        self.setFocus(reason)

    def gestures(self) -> list[tuple[str, str]]:
        """What keys and mouse do on the page beyond commands, as meaning and gesture, for the shortcut sheet."""
        return []

    # What a subclass uses.

    def set_title(self, title: str, subtitle: str = "") -> None:
        """Set the heading of the page."""
        self.head.set_title(title, subtitle)
        self.trail_changed.emit()

    def set_zone(self, zone: tzinfo | None) -> None:
        """Tell how old the page is, and what is said meanwhile, by this clock; None is this PC's."""
        if zone != self.head.zone:
            self.head.zone = zone
            self.trail_changed.emit()

    def set_content(self, content: QWidget) -> None:
        """Put the page's one widget below the heading."""
        self._layout.addWidget(content, 1)

    def add_command(
        self,
        id: str,  # noqa: A002 - as in Command
        text: str,
        run: Callable[[], object],
        *,
        icon: str = "",
        shortcuts: str | list[str] = "",
        in_head: bool = True,
        primary: bool = False,
        needs: str = "",
        everywhere: bool = False,
        against: Callable[[], str] = str,
    ) -> Command:
        """Offer a command while this page is open: palette, menu and shortcut sheet have it, and the head if `in_head`.

        `run` must be a bound method. A command that writes names the permission it `needs`, and says whether what it
        changes is shared `everywhere`, by all plants, or what is `against` it with what is chosen now (`plant_rights`).
        Where something is, and while the server is away, it is disabled and says why; a page calls `guard` when
        something else is chosen or known.
        """
        command = Command(id, text, run, self, group=_("This page"), icon=icon, shortcuts=shortcuts)
        self.commands.append(command)
        self.addAction(command)
        if in_head:
            self.head.add_command(command, primary=primary)
        if needs or against is not str:
            self._guarded.append((command, needs, everywhere, against))
            self.guard()
        return command

    def ask(self, call: Call | ListCall, show: Callable[[Any], object]) -> None:
        """Show the answer of a call with `show`, a bound method. A failure is told in the bar on top, with a retry,
        until the same is asked again and succeeds.
        """
        _Asked(self, call, show)

    def follow(self, reading: OneAtATime, show: Callable[[Any], object], about: str) -> None:
        """Show what is read again and again with `show`, a bound method, and tell on top what could not be read."""
        _Followed(self, reading, show, about)

    def tell(self, error: ApiError | None, about: str = "") -> None:
        """Say on the page what went wrong with something, or (None) that it is well again; what was shown stays."""
        if error is None:
            self._wrong.pop(about, None)
        else:
            self._wrong[about] = error
            self.failed.emit(error)
        if self._wrong:
            self._errors.show_error(next(reversed(self._wrong.values())))
        else:
            self._errors.hide()

    def awaits(self) -> bool:
        """Whether something that was asked for is not on screen yet; a page that reads otherwise too says so."""
        return any(asked.is_open for asked in self.findChildren(_Asked))

    def tell_loaded(self) -> None:
        """An answer is on screen: say so if it was the last."""
        if not self.awaits():
            self.loaded.emit()

    def reload(self) -> None:
        """Ask again for what is shown."""
        self._stale = False
        self.load()

    def read_again(self) -> None:
        """A person wants it read again: a page that does not read everything by itself reads that too."""
        self.reload()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self.reload()

    def guard(self) -> None:
        """Say of each command whether it can be done, with what is chosen now."""
        session = self.desk.session
        for command, needs, everywhere, against in self._guarded:
            if needs and not session.may(needs):
                command.allow(False, session.lacks(needs))
            elif everywhere and not session.may_everywhere:
                command.allow(False, session.lacks_plants())
            elif why_not := against():
                command.allow(False, why_not)
            else:
                command.allow(session.is_online, _("Not while the server is away."))

    def _on_change(self, change: Change) -> None:
        if not change.concerns(self.topics):
            return
        if self.isVisible():
            self.on_change(change)
        else:
            self._stale = True


class _Asked(QObject):
    """Brings the outcome of one call to its page; lives and dies with the call.

    It holds its page weakly: a page that only its request kept alive would be destroyed by its own child.
    """

    def __init__(self, page: Page, call: Call | ListCall, show: Callable[[Any], object]) -> None:
        super().__init__(call)
        self._page = ref(page)
        self._show = WeakMethod(show)
        self._about = show.__name__
        self.is_open = True
        call.done.connect(self._on_done)
        call.failed.connect(self._on_failed)

    def _on_done(self, answer: object) -> None:
        self.is_open = False
        page, show = self._page(), self._show()
        if page is None or show is None:
            return
        show(answer)
        page.tell(None, self._about)
        page.head.set_as_of(page.desk.session.clock.now())
        page.tell_loaded()

    def _on_failed(self, error: ApiError) -> None:
        self.is_open = False
        if (page := self._page()) is not None:
            page.tell(error, self._about)


class _Followed(QObject):
    """Brings what a reading brings to its page; lives with the reading, and holds its page weakly."""

    def __init__(self, page: Page, reading: OneAtATime, show: Callable[[Any], object], about: str) -> None:
        super().__init__(reading)
        self._page, self._show, self._about = ref(page), WeakMethod(show), about
        reading.read.connect(self._on_read)
        reading.failed.connect(self._on_failed)

    def _on_read(self, answer: object) -> None:
        page, show = self._page(), self._show()
        if page is not None and show is not None:
            page.tell(None, self._about)
            show(answer)

    def _on_failed(self, error: ApiError) -> None:
        if (page := self._page()) is not None:
            page.tell(error, self._about)
