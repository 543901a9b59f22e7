"""What can be done with the chosen stops, apart from giving them a reason."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import UUID

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget
from unison_domain.machines.contracts import CauseSource
from unison_domain.machines.downtime_contracts import DowntimeEvent, DowntimeMerge, DowntimeSplit, ReasonOfOne

from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.plant_rights import against_all
from unison_desktop.kernel.texts import _
from unison_desktop.machines.downtime.alarm_mapping import AlarmMapping
from unison_desktop.machines.downtime.book import Book
from unison_desktop.machines.downtime.editing import Clash, Editing
from unison_desktop.machines.downtime.entering import EnterDialog
from unison_desktop.machines.downtime.merge_dialog import MergeDialog
from unison_desktop.machines.downtime.notes_dialog import NotesDialog
from unison_desktop.machines.downtime.pictures_dialog import StopPicturesDialog
from unison_desktop.machines.downtime.split_dialog import SplitDialog
from unison_desktop.stations.calls import PICTURE_RIGHT

ASSIGN, CREATE = "machines.downtime.assign", "machines.downtime.create"
_CHOOSE_MERGED = _("Choose the one part that is to be merged with its neighbour.")


class StopActions(QObject):
    """Commands over the stops of a page.

    Signals:
        entered: a `DowntimeEvent` somebody entered by hand.
    """

    entered = Signal(object)

    def __init__(
        self,
        desk: Desk,
        book: Book,
        editing: Editing,
        parent: QWidget,
        *,
        rows: Callable[[], list[DowntimeEvent]],
        chosen: Callable[[], list[DowntimeEvent]],
        machine: Callable[[], UUID | None],
    ) -> None:
        """`rows` are the stops that are listed, `chosen` those among them that are meant; `machine` is looked at."""
        super().__init__(parent)
        self._desk, self._book, self._editing, self._over = desk, book, editing, parent
        self._rows, self._chosen, self._machine = rows, chosen, machine
        editing.asked.connect(self._ask_reason)

    def commands(self, page: Page) -> list[Command]:
        """Offer them on a page; answers with them."""
        self._guard = page.guard
        one = partial(page.add_command, against=self.against_assign, in_head=False)
        self._mapping = AlarmMapping(self._desk, self._book, page, self._chosen)
        return [
            one("downtime.enter", _("Enter a stop…"), self.enter, shortcuts="Ctrl+N", against=self._against_enter),
            one("downtime.take_back", _("Take the reason back"), self.take_back, shortcuts="Del"),
            one("downtime.note", _("Notes…"), self.note, shortcuts="F4"),
            page.add_command(
                "downtime.pictures",
                _("Pictures…"),
                self.see_pictures,
                shortcuts="F6",
                needs=PICTURE_RIGHT,
                in_head=False,
            ),
            self._mapping.command,
            one("downtime.split", _("Split…"), self.split, shortcuts="Ctrl+D"),
            one("downtime.merge_before", _("Merge with the part before"), self.merge_before, shortcuts="Ctrl+M"),
            one("downtime.merge_after", _("Merge with the part after"), self.merge_after, shortcuts="Ctrl+Shift+M"),
            one("downtime.undo", _("Undo"), self.undo, shortcuts="Ctrl+Z"),
            one("downtime.undo_event", _("Undo the last change of this stop"), self.undo_event),
        ]

    def judge(self) -> None:
        """After others were chosen: what can be done with them."""
        self._mapping.judge()
        self._guard()

    def against_assign(self) -> str:
        """Why no reason can be given the chosen stops; empty where it can, and where nothing is chosen."""
        return self._against(ASSIGN)

    def _against_enter(self) -> str:
        return self._against(CREATE)

    def _against(self, right: str) -> str:
        plants = [self._book.plants[event.plant_id] for event in self._chosen() if event.plant_id in self._book.plants]
        return against_all(self._desk.session, right, plants)

    def enter(self) -> None:
        """Ask for a stop nobody's signals tell."""
        chosen = self._chosen()
        machine_id = chosen[0].machine_id if chosen else self._machine()
        dialog = EnterDialog(self._desk, self._book, machine_id, self._over)
        dialog.saved.connect(self._on_entered)
        dialog.open()

    def take_back(self) -> None:
        """Take back the reasons people gave the chosen stops."""
        if events := [event for event in self._chosen() if _is_persons(event)]:
            self._editing.assign(events, None)
        else:
            self._desk.messages.say(_("Choose a stop whose reason a person gave."))

    def note(self) -> None:
        """Ask for the notes of the chosen stop."""
        if (event := self._one(_("Choose the one stop that is to be noted."))) is not None:
            dialog = NotesDialog(self._desk, event, self._over)
            dialog.saved.connect(partial(self._on_noted, dialog))
            dialog.open()

    def see_pictures(self) -> None:
        """Show what cameras saw around the chosen stop."""
        if (event := self._one(_("Choose the one stop whose pictures are to be seen."))) is not None:
            StopPicturesDialog(self._desk, self._book, event, self._over).open()

    def split(self) -> None:
        """Ask where the chosen stop is cut."""
        if (event := self._one(_("Choose the one stop that is to be split."))) is not None:
            self._split(event, None)

    def split_again(self, clash: Clash) -> None:
        """Ask once more for a split that clashed, where the stop as it is now can be cut there."""
        now, cut = clash.now, clash.cut
        if cut is not None and now.started_at < cut.at < (now.ended_at or self._book.now()):
            self._split(now, cut)

    def _split(self, event: DowntimeEvent, cut: DowntimeSplit | None) -> None:
        dialog = SplitDialog(self._desk, self._book, event, self._over, cut)
        dialog.confirmed.connect(self._editing.split)
        dialog.open()

    def merge_before(self) -> None:
        """Make one of the chosen part and the one before it."""
        if (event := self._one(_CHOOSE_MERGED)) is not None:
            self._merge(event, next((one for one in self._rows() if _touch(one, event)), None))

    def merge_after(self) -> None:
        """Make one of the chosen part and the one after it."""
        if (event := self._one(_CHOOSE_MERGED)) is not None:
            self._merge(event, next((one for one in self._rows() if _touch(event, one)), None))

    def undo(self) -> None:
        """Take back what was done here last."""
        if not self._editing.undo_last():
            self._desk.messages.say(_("Nothing was changed here that could be undone."))

    def undo_event(self) -> None:
        """Take back the last change of the chosen stop, whoever made it."""
        event = self._one(_("Choose the one stop whose last change is to be taken back."))
        if event is None:
            return
        if event.can_undo:
            self._editing.undo_event(event)
        else:
            self._desk.messages.say(_("Nobody changed this stop."))

    def _merge(self, event: DowntimeEvent, other: DowntimeEvent | None) -> None:
        if other is None:
            self._desk.messages.say(_("There is no neighbour there: only parts of one stop become one. See all stops."))
        else:
            self._editing.merge(event, other)

    def _ask_reason(self, event: DowntimeEvent, body: DowntimeMerge, reasons: list[ReasonOfOne]) -> None:
        """Nobody's reason is put away unasked."""
        dialog = MergeDialog(self._desk, self._book, event, reasons, self._over)
        dialog.chosen.connect(partial(self._merge_under, event, body))
        dialog.open()

    def _merge_under(self, event: DowntimeEvent, body: DowntimeMerge, reason_id: UUID) -> None:
        self._editing.merge_as(event, body.model_copy(update={"downtime_reason_id": reason_id}))

    def _one(self, ask: str) -> DowntimeEvent | None:
        events = self._chosen()
        if len(events) == 1:
            return events[0]
        self._desk.messages.say(ask)
        return None

    def _on_entered(self, event: DowntimeEvent) -> None:
        self._editing.take_entered(event)
        self.entered.emit(event)

    def _on_noted(self, dialog: NotesDialog, event: DowntimeEvent) -> None:
        self._editing.take_noted(event, dialog.seen)


def _is_persons(event: DowntimeEvent) -> bool:
    return event.cause_source is CauseSource.PERSON and event.downtime_reason_id is not None


def _touch(first: DowntimeEvent, last: DowntimeEvent) -> bool:
    return first.machine_id == last.machine_id and first.ended_at == last.started_at
