"""The main window: navigation, bar, the page, and what lies over them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.navigation import Navigation, not_for_you
from unison_desktop.frame.overlay import Overlay
from unison_desktop.frame.page import Page
from unison_desktop.frame.page_entry import PageEntry
from unison_desktop.frame.pages import BY_NAME, tell_notice
from unison_desktop.frame.palette import Palette
from unison_desktop.frame.person_card import PersonCard
from unison_desktop.frame.place import Place
from unison_desktop.frame.practice_banner import PracticeBanner
from unison_desktop.frame.record_book import RecordBook
from unison_desktop.frame.rooms import Rooms
from unison_desktop.frame.shortcut_sheet import ShortcutSheet, other_keys
from unison_desktop.frame.theme import Scheme
from unison_desktop.frame.toasts import MessageHistory, Toasts
from unison_desktop.frame.top_bar import TopBar
from unison_desktop.frame.travel import Travel
from unison_desktop.frame.unread import Unread
from unison_desktop.frame.waiting import Waiting
from unison_desktop.kernel.changes import Change
from unison_desktop.kernel.texts import _

_KEPT_PAGES = 8
"""Pages kept behind the visible one, so that going back shows what was left, filter and scroll position included."""

_BEFORE_ROOMS = 3
"""Commands of the window that are told before those that lead to rooms: back, forward, search."""

_SMALLEST = QSize(900, 560)

_SCHEMES = {
    Scheme.SYSTEM: (_("Colours of the system"), "contrast"),
    Scheme.LIGHT: (_("Light colours"), "sun"),
    Scheme.DARK: (_("Dark colours"), "moon"),
}


class MainWindow(QWidget):
    """What somebody signed in works with.

    Signals:
        closed: the person closed it.
    """

    closed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.setWindowTitle("Unison")
        self.setWindowIcon(desk.theme.icon("unison", "accent"))
        me = desk.session.me
        self._is_practice = me is not None and me.is_practice
        self._rooms = Rooms.of(desk.session)
        self._travel = Travel()
        self._pages: dict[Place, Page] = {}
        self._counts: list[Waiting] = []
        self._navigation = Navigation(self._rooms.entries, desk.theme, self, self._rooms.barred)
        self._bar = TopBar(desk, self)
        self._stack = QStackedWidget(self)
        self._lay_out()
        self._toasts = Toasts(desk.messages, desk.theme, self)
        self._palette = Palette(desk.theme, self)
        self._sheet = ShortcutSheet(desk.theme, self)
        self._history = MessageHistory(desk.messages, desk.theme, self)
        self._person = PersonCard(desk.session, desk.theme, self)
        self._person.sessions_asked.connect(self._go_to_own_sessions)
        self._person.second_factor_asked.connect(self._go_to_second_factor)
        self._person.preferences_asked.connect(self._go_to_preferences)
        self._commands: list[Command] = []
        self._ways: list[Command] = []
        self._barred_ways: list[Command] = []
        self._make_commands()
        self._lead_to_rooms()
        Unread(desk.session, self).counted.connect(self._bar.show_inbox)
        self._bar.breadcrumb.go.connect(self.go)
        self._bar.menu.aboutToShow.connect(self._fill_menu)
        self._palette.chosen.connect(self._on_chosen)
        desk.messages.said.connect(self._on_said)
        desk.session.changes.changed.connect(self._on_change)
        desk.session.rights_changed.connect(self._follow_rights)
        if not desk.layout.restore_window(self):
            self.resize(1320, 840)
        self._stay_on_screen()
        self._navigation.set_narrow(desk.layout.text("navigation") == "narrow")

    @property
    def has_rooms(self) -> bool:
        """Whether there is something in the navigation; who has no role sees nothing."""
        return self._rooms.any_seen

    @property
    def page(self) -> Page | None:
        """The page in sight."""
        current = self._stack.currentWidget()
        return current if isinstance(current, Page) else None

    @property
    def commands(self) -> list[Command]:
        """Everything that can be done now: on this page, and anywhere."""
        page = self.page
        first, rest = self._commands[:_BEFORE_ROOMS], self._commands[_BEFORE_ROOMS:]
        return [*(page.commands if page else []), *first, *self._ways, *rest]

    def go(self, place: Place) -> None:
        """Open a page, or come back to it if it is still kept."""
        if not self._rooms.can_open(place):
            self.desk.messages.say(self._rooms.why_not(place), Tone.WARNING)
            return
        self._travel.go(place)
        self._show(place)

    def open_start(self, wanted: Place | None = None) -> None:
        """Open what was asked for, else where the person was last, else the first room."""
        if wanted is not None and not self._rooms.can_open(wanted):
            self.go(wanted)  # which says why not
        self.go(self._rooms.start(wanted, self.desk.layout.place()))
        self._records.refresh()  # now, because the server may be away when they are wanted

    def save_layout(self) -> None:
        """Remember how everything stands."""
        for page in self._pages.values():
            page.save_layout()
        if self._travel.here is not None:
            self.desk.layout.save_place(self._travel.here)
        self.desk.layout.save_window(self)
        self.desk.layout.save_text("navigation", "narrow" if self._navigation.is_narrow else "wide")

    def closeEvent(self, event: QCloseEvent) -> None:
        self.save_layout()
        super().closeEvent(event)
        self.closed.emit()

    def _on_change(self, change: Change) -> None:
        tell_notice(self.desk, change, self)

    # Pages.

    def _show(self, place: Place, reason: Qt.FocusReason = Qt.FocusReason.OtherFocusReason) -> None:
        for overlay in self.findChildren(Overlay):
            overlay.close_card()
        page = self._pages.pop(place, None) or self._make(place)
        self._pages[place] = page  # last is newest
        self.setFocus()  # else Qt hands the keyboard of the page that goes to whatever is next
        self._stack.setCurrentWidget(page)
        self._drop_oldest()
        self._navigation.show_current(BY_NAME[place.page].under)
        self._on_trail()
        page.take_keyboard(reason)

    def _make(self, place: Place) -> Page:
        page = BY_NAME[place.page].make(self.desk, place, self._stack)
        page.go.connect(self.go)
        page.trail_changed.connect(self._on_trail)
        self._stack.addWidget(page)
        page.reload()
        return page

    def _drop_oldest(self) -> None:
        while len(self._pages) > _KEPT_PAGES:
            self._drop(next(iter(self._pages)))

    def _drop(self, place: Place) -> None:
        self._pages[place].save_layout()
        self._remove(place)

    def _remove(self, place: Place) -> None:
        page = self._pages.pop(place)
        self._stack.removeWidget(page)
        page.deleteLater()

    def _on_trail(self) -> None:
        page = self.page
        if page is None:
            return
        self._bar.breadcrumb.show_trail(page.trail(), page.title)
        name = _("Unison (practice)") if self._is_practice else "Unison"
        self.setWindowTitle(f"{page.title} - {name}" if page.title else name)
        self.desk.messages.zone = page.head.zone
        self._back.setEnabled(self._travel.can_go_back)
        self._forward.setEnabled(self._travel.can_go_forward)

    # Commands.

    def _make_commands(self) -> None:
        go, view, help_ = _("Go"), _("View"), _("Help")
        self._back = self._add("go.back", _("Back"), self._go_back, go, "back", "Alt+Left")
        self._forward = self._add("go.forward", _("Forward"), self._go_forward, go, "forward", "Alt+Right")
        search = self._add("go.search", _("Search or jump…"), self._open_palette, go, "search", "Ctrl+K")
        inbox = self._add("go.inbox", _("Inbox"), self._go_to_inbox, go, "bell", "F8")
        messages = self._add("view.messages", _("Messages"), self._open_messages, view, "messages", "F9")
        self._add(
            "view.navigation", _("Narrow or widen the side bar"), self._toggle_navigation, view, "navigation", "Ctrl+B"
        )
        self._add("view.full_screen", _("Full screen"), self._toggle_full_screen, view, "full-screen", "F11")
        for scheme, (text, icon) in _SCHEMES.items():
            self._add(f"view.{scheme}", text, self._choose_scheme, view, icon).setData(scheme.value)
        self._add("view.menu", _("Menu"), self._bar.open_menu, view, "menu", "F10")
        self._add("view.reset", _("Forget layouts"), self._forget_layouts, view, "columns")
        self._add("help.shortcuts", _("Keyboard shortcuts"), self._open_sheet, help_, "keyboard", "F1")
        person = self._add("session.me", _("Who am I"), self._person.open, _("Session"), "user")
        self._add("session.sessions", _("My sessions"), self._go_to_own_sessions, _("Session"), "stations")
        factor = _("Password, second factor and PIN")
        self._add("session.second_factor", factor, self._go_to_second_factor, _("Session"), "key")
        self._add("session.preferences", _("Preferences"), self._go_to_preferences, _("Session"), "contrast")
        self._add("session.practice", _("Practice organization"), self._go_to_practice, _("Session"), "forward")
        self._add("session.sign_out", _("Sign out"), self.desk.session.sign_out, _("Session"), "sign-out")
        self._add("session.quit", _("Quit"), self.close, _("Session"), "close", "Ctrl+Q")
        self._bar.fill(self._back, self._forward, search, inbox, messages, person)

    def _add(
        self, id_: str, text: str, run: Callable[[], object], group: str, icon: str, shortcut: str = ""
    ) -> Command:
        command = Command(id_, text, run, self, group=group, icon=icon, shortcuts=shortcut)
        self._commands.append(command)
        self.addAction(command)
        return command

    def _add_way(self, entry: PageEntry, shortcut: str = "") -> Command:
        way = Command(
            f"go.{entry.name}", entry.title, self._go_room, self, group=_("Go"), icon=entry.icon, shortcuts=shortcut
        )
        way.setData(entry.name)
        self._ways.append(way)
        self.addAction(way)
        return way

    # Rooms.

    def _follow_rights(self) -> None:
        """Lead to what the person may open now; what is open stays, with what was typed there."""
        rooms = Rooms.of(self.desk.session)
        if rooms == self._rooms or not rooms.any_seen:
            return
        self._rooms = rooms
        former = self._navigation
        self._navigation = Navigation(rooms.entries, self.desk.theme, self, rooms.barred)
        self._navigation.set_narrow(former.is_narrow)
        self._row.replaceWidget(former, self._navigation)
        for one in (former, self._records, *self._counts, *self._ways):
            one.deleteLater()
        former.hide()
        self._lead_to_rooms()
        self._records.refresh()
        if self._travel.here is not None:
            self._navigation.show_current(BY_NAME[self._travel.here.page].under)
        self._on_records()

    def _lead_to_rooms(self) -> None:
        self._ways, self._barred_ways = [], []
        for number, entry in enumerate(self._rooms.in_navigation, start=1):
            self._add_way(entry, f"Ctrl+{number}" if number < 10 else "")
        for entry in (e for e in self._rooms.entries if e.is_way):
            self._add_way(entry)
        for entry in (e for e in self._rooms.barred if e.in_navigation or e.is_way):
            barred = self._add_way(entry)
            barred.allow(False, entry.lacks)
            self._barred_ways.append(barred)
        self._records = RecordBook(self.desk.session, self._rooms.entries, self)
        self._records.grown.connect(self._on_records)
        self._navigation.go.connect(self.go)
        self._counts = [Waiting(self.desk, entry, self) for entry in self._rooms.entries if entry.waiting is not None]
        for count in self._counts:
            count.counted.connect(self._navigation.show_waiting)

    def _go_back(self) -> None:
        self._show(self._travel.back(), Qt.FocusReason.ShortcutFocusReason)

    def _go_forward(self) -> None:
        self._show(self._travel.forward(), Qt.FocusReason.ShortcutFocusReason)

    def _go_room(self) -> None:
        command = self.sender()
        if isinstance(command, Command):
            self.go(Place(command.data()))

    def _go_to_inbox(self) -> None:
        self.go(Place("inbox"))

    def _go_to_preferences(self) -> None:
        self.go(Place("preferences"))

    def _go_to_own_sessions(self) -> None:
        self.go(Place("my-sessions"))

    def _go_to_second_factor(self) -> None:
        self.go(Place("second-factor"))

    def _go_to_practice(self) -> None:
        self.go(Place("practice"))

    def _choose_scheme(self) -> None:
        command = self.sender()
        if isinstance(command, Command):
            self.desk.theme.choose(Scheme(command.data()))

    def _toggle_navigation(self) -> None:
        self._navigation.set_narrow(not self._navigation.is_narrow)

    def _toggle_full_screen(self) -> None:
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def _forget_layouts(self) -> None:
        self.desk.layout.forget()
        for place in list(self._pages):
            self._remove(place)  # a page that is left in the ordinary way would be remembered again
        if self._travel.here is not None:
            self._show(self._travel.here)
        self.desk.messages.say(_("Everything looks again as it came."), Tone.GOOD)

    def _open_palette(self) -> None:
        self._records.refresh()
        self._palette.open_with(self.commands, self._records.records, lacking=self._records.is_lacking)

    def _open_messages(self) -> None:
        self._bar.show_unread(False)
        self._history.open()

    def _on_said(self) -> None:
        self._bar.show_unread(True)

    def _open_sheet(self) -> None:
        page = self.page
        self._sheet.open_with(self.commands, other_keys(page) if page else [])

    def _on_records(self) -> None:
        if self._palette.isVisible():
            self._palette.set_entries(self.commands, self._records.records, lacking=self._records.is_lacking)

    def _on_chosen(self, target: Place | Command) -> None:
        if isinstance(target, Place):
            self.go(target)
        elif target.isEnabled():
            target.trigger()
        else:
            self.desk.messages.say(f"{target.text().rstrip('…')}: {target.why_not}", Tone.WARNING)

    def _fill_menu(self) -> None:
        menu = self._bar.menu
        menu.clear()
        group = ""
        for command in self.commands:
            if command.id == "view.menu" or command in self._barred_ways:
                continue  # it is open, or told below
            if group and command.group != group:
                menu.addSeparator()
            group = command.group
            command.setIcon(self.desk.theme.icon(command.icon_name or "chevron"))
            menu.addAction(command)
        if self._barred_ways:
            menu.addSeparator()
            barred = menu.addMenu(not_for_you(len(self._barred_ways)))
            barred.setToolTipsVisible(True)
            barred.addActions(self._barred_ways)

    # Looks.

    def _stay_on_screen(self) -> None:
        """A small or enlarged screen, or another than last time, must not hide a part of the window."""
        room = self.screen().availableGeometry()
        self.setMinimumSize(_SMALLEST.boundedTo(room.size()))
        size = self.size().boundedTo(room.size())
        self.resize(size)
        at = self.pos()
        left = min(max(at.x(), room.left()), room.left() + room.width() - size.width())
        top = min(max(at.y(), room.top()), room.top() + room.height() - size.height())
        self.move(left, top)

    def _lay_out(self) -> None:
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar)
        column.addWidget(self._stack, 1)
        self._row = row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._navigation)
        row.addLayout(column, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        if self._is_practice:
            whole.addWidget(PracticeBanner(self.desk.session, self.desk.theme, self))
        whole.addLayout(row, 1)
