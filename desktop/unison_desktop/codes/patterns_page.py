"""How the organization's own barcodes are read: its item patterns."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget
from unison_domain.codes.contracts import ItemPatternAnswer
from unison_domain.codes.item_pattern import ItemPattern

from unison_desktop.codes import calls
from unison_desktop.codes.columns import pattern_columns
from unison_desktop.codes.pattern_form import PatternDialog
from unison_desktop.codes.text_trial import TextTrial
from unison_desktop.frame.colours import Tone
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.printing.commands import PrintCommands
from unison_desktop.frame.printing.paper import Paper
from unison_desktop.frame.theme import Look
from unison_desktop.kernel.texts import _
from unison_desktop.tables.export_notice import ExportNotice
from unison_desktop.tables.printed import PrintedTable
from unison_desktop.tables.table import Table

TOPIC = "codes.pattern"


class PatternsPage(Page):
    """A table, and a text to try all patterns in use on."""

    topics: ClassVar[tuple[str, ...]] = (TOPIC,)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self._known: list[ItemPatternAnswer] = []
        self._edit_command: Command | None = None
        self.trial = TextTrial(desk.theme, desk.session.clock.now().date(), self)
        self.table = Table(
            pattern_columns(),
            _id_of,
            desk.theme,
            title=_("Item patterns"),
            nothing=self._nothing(),
            parent=self,
        )
        ExportNotice(self.table, desk.messages)
        self.table.remember(desk.layout, "codes.patterns")
        self.table.row_opened.connect(self._open_form)
        content = QWidget(self)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.trial)
        column.addWidget(self.table, 1)
        self.set_content(content)
        self._edit_command = self.add_command(
            "pattern.edit", _("Edit…"), self._edit, shortcuts="F2", needs=f"{TOPIC}.update", everywhere=True
        )
        self.add_command(
            "pattern.new",
            _("New pattern…"),
            self._new,
            icon="plus",
            shortcuts="Ctrl+N",
            primary=True,
            needs=f"{TOPIC}.create",
            everywhere=True,
        )
        PrintCommands(self, self._paper)
        self.set_title(_("Item patterns"), _("How barcodes that follow no standard are read, here and at all stations"))

    def trail(self) -> list[tuple[str, Place]]:
        return [(_("Scans"), Place("scans"))]

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        """A scanner that types needs no click before."""
        self.trial.line.setFocus(reason)

    def load(self) -> None:
        self.ask(calls.patterns(self.desk.session.client, owner=self), self._show)

    def save_layout(self) -> None:
        self.table.save_layout()

    def _show(self, known: list[ItemPatternAnswer]) -> None:
        self._known = known
        self.table.set_rows(known)
        self.guard()
        self.trial.use(self._in_use())

    def guard(self) -> None:
        super().guard()
        if not self._known and self._edit_command is not None and self._edit_command.isEnabled():
            self._edit_command.allow(False, _("There is no pattern to change yet."))

    def _nothing(self) -> str:
        """What stands in place of rows: the way to the first one, or why the person can't go it."""
        session, right = self.desk.session, f"{TOPIC}.create"
        if not session.may(right):
            return "\n".join((_("There is no pattern yet."), session.lacks(right)))
        if not session.may_everywhere:
            return "\n".join((_("There is no pattern yet."), session.lacks_plants()))
        return _("There is no pattern yet: “New pattern…” says what stands in your own barcodes.")

    def _in_use(self, but: ItemPatternAnswer | None = None) -> list[ItemPattern]:
        known = (
            ItemPattern.kept(one.name, one.pattern, one.symbologies)
            for one in self._known
            if one.is_active and one != but
        )
        return [one for one in known if one is not None]

    def _edit(self) -> None:
        ids = self.table.view.selected_ids()
        chosen = next((one for one in self._known if one.id in ids), None)
        if chosen is None:
            self.desk.messages.say(_("Choose a pattern first."))
        else:
            self._open_form(chosen)

    def _new(self) -> None:
        self._open_form(None)

    def _open_form(self, one: ItemPatternAnswer | None) -> None:
        dialog = PatternDialog(self.desk, self._in_use(one), one, self)
        dialog.trial.line.setText(self.trial.line.text())
        dialog.saved.connect(self._on_saved)
        dialog.open()

    def _on_saved(self, one: ItemPatternAnswer) -> None:
        self.desk.messages.say(_("{name} is saved; stations learn it within moments.").format(name=one.name), Tone.GOOD)
        self.desk.session.changes.announce(f"{TOPIC}.updated", [one.id])

    def _paper(self, look: Look, _parent: QWidget) -> Paper:
        return Paper(_("Item patterns"), (), (PrintedTable(self.table),), look)


def _id_of(one: ItemPatternAnswer) -> UUID:
    return one.id
