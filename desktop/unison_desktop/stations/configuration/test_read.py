"""Reading a device now, through its PC, and finding out how a known value is read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from pydantic import ValidationError
from PySide6.QtCore import QLocale, Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget
from unison_domain.stations.byte_orders import Candidate, bits, candidates, near_misses
from unison_domain.stations.commands import CommandAnswer, CommandKind, CommandState, TestRead, TestReadAnswer
from unison_domain.stations.configuration import BIT_TABLES, ON_OFF_ROLES, ByteOrder
from unison_domain.stations.contracts import AgentAnswer, DeviceAnswer, TagAnswer
from unison_domain.stations.events import Quality

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.editors import ChoiceEditor, Editor, NumberEditor
from unison_desktop.frame.theme import Type
from unison_desktop.frame.tone_label import ToneLabel
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.numbers import number_text, short_text
from unison_desktop.kernel.own_units import beside
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.texts import _
from unison_desktop.stations import calls as station_calls
from unison_desktop.stations.asking import CommandQuestion, failure_words
from unison_desktop.stations.configuration.words import ORDERS, QUALITIES, TABLES, TYPES, choices
from unison_desktop.tables.columns import Align, Column
from unison_desktop.tables.table import Table

USUAL_COUNT = 8
"""Registers read for a look around: a value of four and what lies about it."""

CALM_MS = 300
"""A known value is searched once its typing pauses."""
AGAIN_MS = 2000
_MOST_TRIES = 10
"""So often it is read again while a PC takes up a new configuration, which takes some seconds."""

_TONES = {Quality.GOOD: Tone.GOOD, Quality.UNCERTAIN: Tone.WARNING}


class TestReadDialog(QDialog):
    """Reads registers of a device through its PC, and tells in which ways they make a known value.

    Signals:
        taken: a `Candidate`, the table it is in and the address it begins at, for the form of the tag.
    """

    __test__ = False  # for pytest, which takes classes called Test… for its own

    taken = Signal(object, object, object)

    def __init__(
        self,
        desk: Desk,
        agent_id: UUID,
        device: DeviceAnswer,
        parent: QWidget,
        *,
        tag: TagAnswer | None = None,
        table: str = "holding_register",
        address: object = 0,
        count: int = USUAL_COUNT,
        offset: float = 0.0,
        role: str | None = None,
    ) -> None:
        """`tag` is read as it is configured, unless another place is typed. `offset` is what the form of a tag adds to
        its value, and `role` what it means, where none is given.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Read now - Unison"))
        self._desk, self._agent_id, self._device, self._tag = desk, agent_id, device, tag
        self._offset = tag.offset if tag is not None else offset
        self._is_on_off = (tag.role if tag is not None else role) in ON_OFF_ROLES
        self._question: CommandQuestion | None = None
        self._read: TestReadAnswer | None = None
        self._before: TestReadAnswer | None = None
        self._read_at = desk.session.clock.now()
        self.table: Editor = ChoiceEditor(self, choices(TABLES))
        self.address: Editor = NumberEditor(self)
        self.count: Editor = NumberEditor(self)
        if tag is not None:
            table, address, count = tag.table, tag.address, tag.registers
        for editor, value in ((self.table, table), (self.address, address), (self.count, count)):
            editor.set_value(value)
        self._begun = self._place()
        self.read_button = QPushButton(_("Read"), self)
        self.read_button.setProperty("role", "primary")
        self.read_button.setShortcut("F5")
        self.read_button.setToolTip(_("F5"))
        self.read_button.clicked.connect(self.read)
        self.state = ToneLabel(desk.theme, self)
        self.registers = QLabel(self)
        self.said = QLabel(_EXPLAIN, self)
        self.known = QLineEdit(self)
        self.known.setPlaceholderText(_("21.5"))
        self._calm = QTimer(self, singleShot=True, interval=CALM_MS)
        self._calm.timeout.connect(self._find)
        self.known.textChanged.connect(self._on_typed)
        self.known.returnPressed.connect(self._go_to_ways)
        self.ways = Table(
            _way_columns(), _way_id, desk.theme, title=_("Ways to read it"), nothing=_NOTHING_YET, parent=self
        )
        self.ways.set_rows([])
        self.ways.row_opened.connect(self._take)
        self.take_button = QPushButton(_("Use this way"), self)
        self.take_button.setEnabled(False)
        self.take_button.clicked.connect(self._take_chosen)
        self.ways.selection_told.connect(self._on_selected)
        self._second = QTimer(self, interval=1000)
        self._second.timeout.connect(self._count_down)
        self._tries = 0
        self._again = QTimer(self, singleShot=True, interval=AGAIN_MS)
        self._again.timeout.connect(self.read)
        self._lay_out()
        self.known.setFocus()
        self.read()

    def read(self) -> None:
        """Ask the PC to read."""
        try:
            asked = self._asked()
        except ValidationError as error:
            self.state.say("\n".join(worded(one["msg"]) for one in error.errors()), Tone.BAD)
            return
        if self._question is not None:
            self._question.drop()
        self._read = None
        self.registers.hide()
        self.read_button.setEnabled(False)
        self.state.say(_("Asking the server…"), Tone.IDLE)
        question = self._question = CommandQuestion(
            self._desk.session, self._agent_id, CommandKind.TEST_READ, asked, self
        )
        question.taken.connect(self._count_down)
        question.ended.connect(self._on_ended)
        question.failed.connect(self._on_failed)
        self._second.start()

    def _asked(self) -> TestRead:
        if self._tag is not None and self._place() == self._begun:
            return TestRead(tag_id=self._tag.id)
        table, address, count = self._place()
        return TestRead.model_validate(
            {"device_id": self._device.id, "table": table, "address": address, "count": count}
        )

    def _place(self) -> tuple[object, object, object]:
        return self.table.value(), self.address.value(), self.count.value()

    def _count_down(self) -> None:
        if self._question is None:
            return
        ends = self._question.expires_at
        if ends is None:
            return
        left = max(0, round((ends - self._desk.session.clock.now()).total_seconds()))
        self.state.say(_("Waiting for the PC, {n} s at most…").format(n=left), Tone.IDLE)

    def _on_ended(self, command: CommandAnswer) -> None:
        self._stop()
        match command.state:
            case CommandState.DONE if command.answer is not None:
                self._show_read(TestReadAnswer.model_validate(command.answer))
            case CommandState.EXPIRED:
                self.state.say(failure_words(command), Tone.BAD)
            case _:
                self.state.say(failure_words(command), Tone.BAD)
                call = station_calls.agent(self._desk.session.client, self._agent_id, owner=self)
                call.done.connect(self._on_agent)

    def _on_agent(self, agent: AgentAnswer) -> None:
        """A device that was made a moment ago is not known at the PC yet: that passes without anybody's help."""
        if agent.configuration_running == agent.configuration_version or self._tries == _MOST_TRIES:
            return
        self._tries += 1
        self.state.say(_("The PC takes up its newest configuration first; it is read then…"), Tone.IDLE)
        self._again.start()

    def _on_failed(self, error: ApiError) -> None:
        self._stop()
        self.state.say(error.message, Tone.BAD)

    def _stop(self) -> None:
        self._second.stop()
        self.read_button.setEnabled(True)
        if self._question is not None:
            self._question.drop()
            self._question = None

    def _show_read(self, read: TestReadAnswer) -> None:
        self._read, self._read_at = read, self._desk.session.clock.now()
        self.state.say(read_words(read, self._tag, self._read_at), _TONES.get(read.quality, Tone.BAD))
        self.registers.setText(self._registers_marked(read))
        self.registers.setVisible(bool(read.registers))
        self._find()

    def _registers_marked(self, read: TestReadAnswer) -> str:
        """What was read; beside what changed, what the reading of the same place before it gave."""
        before = self._before if self._before is not None and self._before.table == read.table else None
        were = {} if before is None else {before.address + n: text for n, text in enumerate(before.registers)}
        if read.registers:
            self._before = read
        told = ((read.address + n, text) for n, text in enumerate(read.registers))
        return "  ".join(_marked(address, text, were.get(address, text)) for address, text in told)

    def _on_typed(self) -> None:
        """What was found is of another value, and can't be taken for this one."""
        self.ways.set_rows([])
        self.said.setText(_EXPLAIN)
        self.ways.view.set_notice(_SEARCHING if self.known.text().strip() else _NOTHING_YET)
        self._calm.start()

    def _find(self) -> None:
        """Every way in which what was read makes the known value."""
        self._calm.stop()
        self.ways.set_rows([])
        self.said.setText(_EXPLAIN)
        if self._read is None or not self._read.registers or not self.known.text().strip():
            self.ways.view.set_notice(_NOTHING_YET)
            return
        in_bits, words, known = self._read.table in BIT_TABLES, self._read.words, self.known.text()
        try:
            found = bits(words, known) if in_bits else self._candidates(words, known)
        except ValueError as error:
            self.ways.view.set_notice(worded(str(error)))
            return
        near = () if found or in_bits else near_misses(words, known, offset=self._offset)
        self.ways.set_rows([(self._read.address + one.start, one) for one in found or near])
        if found:
            self.ways.view.selectRow(0)
        else:
            self._say_missed(bool(near))

    def _candidates(self, words: Sequence[int], known: str) -> tuple[Candidate, ...]:
        return candidates(words, known, offset=self._offset, is_on_off=self._is_on_off)

    def _say_missed(self, is_near: bool) -> None:
        """Nothing fits: the value may have moved on since it was read, or lie elsewhere."""
        text = _("Nothing read at {time} makes {value}. It may have changed since: read again (F5).")
        words = text.format(time=f"{self._read_at.astimezone():%H:%M:%S}", value=self.known.text())
        more = _("What comes near is listed.") if is_near else _("Or read more registers, or others.")
        self.said.setText(f"{words} {more}")
        self.ways.view.set_notice(self.said.text())

    def _go_to_ways(self) -> None:
        if self._calm.isActive():
            self._find()
        self.ways.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_selected(self, ids: list[object]) -> None:
        self.take_button.setEnabled(len(ids) == 1)

    def _take_chosen(self) -> None:
        places = self.ways.view.selected_ids()
        if row := next((row for row in self.ways.model.rows() if _way_id(row) in places), None):
            self._take(row)

    def _take(self, row: tuple[int, Candidate]) -> None:
        address, candidate = row
        assert self._read is not None  # noqa: S101 - ways are listed of what was read
        self.taken.emit(candidate, self._read.table, address)
        self.accept()

    def _lay_out(self) -> None:
        self.setMinimumSize(700, 460)
        self.resize(1060, 560)
        heading = QLabel(_("Read {device} now").format(device=self._device.name), self)
        heading.setFont(self._desk.theme.font(Type.TITLE))
        place = QHBoxLayout()
        for text, editor, stretch in (
            (_("Table"), self.table, 3),
            (_("Address"), self.address, 1),
            (_("How many"), self.count, 1),
        ):
            label = QLabel(text, self)
            label.setBuddy(editor.field)
            editor.field.setAccessibleName(text)
            place.addWidget(label)
            place.addWidget(editor, stretch)
        place.addWidget(self.read_button)
        self.registers.setToolTip(_("← stands before what the reading before gave, where that was another"))
        self.registers.setFont(self._desk.theme.font(Type.CODE))
        self.registers.setWordWrap(True)
        self.registers.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.registers.setAccessibleName(_("Registers"))
        self.registers.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(26, 20, 26, 18)
        column.setSpacing(10)
        column.addWidget(heading)
        column.addLayout(place)
        column.addWidget(self.state)
        column.addWidget(self.registers)
        column.addWidget(self._known_part(), 1)
        close = QPushButton(_("Close"), self)
        close.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addStretch(1)
        for button in (close, self.take_button):
            button.setAutoDefault(False)
            foot.addWidget(button)
        column.addLayout(foot)

    def _known_part(self) -> QWidget:
        part = QFrame(self)
        label = QLabel(_("The machine's display shows"), part)
        label.setBuddy(self.known)
        self.known.setAccessibleName(label.text())
        self.said.setProperty("role", "muted")
        self.said.setWordWrap(True)
        row = QHBoxLayout()
        row.addWidget(label)
        row.addWidget(self.known)
        row.addWidget(self.said, 1)
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 6, 0, 0)
        column.addLayout(row)
        column.addWidget(self.ways, 1)
        return part


_FLOAT_DIGITS = 12
"""What a float is sure of after a product: 214 steps of 0.1 are 21.400000000000002."""
_EXPLAIN = _("Every type, byte order and scale that gives this value is listed.")
_SEARCHING = _("Searching…")
_NOTHING_YET = _("Type what the display shows, e.g. 21.5.")


def read_words(read: TestReadAnswer, tag: TagAnswer | None, at: datetime) -> str:
    """What came of a read that was answered `at`, in one line."""
    parts = []
    if read.tag_id is not None and read.value is not None:
        unit = f" {tag.unit}{_beside(read, tag)}" if tag is not None and tag.unit else ""
        value = number_text(read.value)
        parts.append(_("Value {value}{unit} (register {raw})").format(value=value, unit=unit, raw=read.raw))
    quality = QUALITIES.get(read.quality, str(read.quality))
    parts.append(
        _("{quality}: {reason}").format(quality=quality, reason=worded(read.reason)) if read.reason else quality
    )
    if read.exception is not None:
        parts.append(_("Modbus exception {code}").format(code=read.exception))
    parts.append(_("in {ms} ms").format(ms=QLocale().toString(round(read.seconds * 1000))))
    parts.append(_("at {time}").format(time=f"{at.astimezone():%H:%M:%S}"))
    words = ", ".join(parts)
    return words[0].upper() + words[1:]


def _beside(read: TestReadAnswer, tag: TagAnswer) -> str:
    """The value in the units the person prefers; a whole register moves in steps of the scale."""
    value, unit = read.value, tag.unit
    if not isinstance(value, int | float) or isinstance(value, bool) or unit is None:
        return ""
    step = Decimal(f"{abs(tag.scale):.{_FLOAT_DIGITS}g}") if isinstance(read.raw, int) else None
    return beside(Decimal(f"{value:.{_FLOAT_DIGITS}g}"), unit, step)


def _marked(address: int, text: str, before: str) -> str:
    return f"{address}: {text}" if text == before else f"{address}: {text} ← {before}"


def _way_id(row: tuple[int, Candidate]) -> object:
    address, one = row
    return address, one.type, one.byte_order, one.scale, one.offset, one.bit, one.string_bytes


def _way_columns() -> tuple[Column[tuple[int, Candidate]], ...]:
    return (
        Column("address", _("Address"), lambda row: row[0], align=Align.RIGHT, width=8, always_visible=True),
        Column("type", _("Type"), _type, stretch=True, least=33),
        Column("order", _("Byte order"), _order, stretch=True, least=25),
        Column("scale", _("Scale"), lambda row: short_text(row[1].scale), align=Align.RIGHT, width=6),
        Column("offset", _("Offset"), lambda row: short_text(row[1].offset), align=Align.RIGHT, width=7),
        Column("raw", _("Register"), lambda row: f"{row[1].raw}", align=Align.RIGHT, width=10),
        Column("value", _("Value"), _value, align=Align.RIGHT, width=10),
    )


def _type(row: tuple[int, Candidate]) -> str:
    one = row[1]
    return TYPES[one.type] if one.bit is None else _("bit {n} of the register").format(n=one.bit)


def _order(row: tuple[int, Candidate]) -> str:
    """A single register has no order of words to tell, only its bytes may be swapped."""
    one = row[1]
    return "" if one.registers == 1 and one.byte_order is ByteOrder.ABCD else ORDERS[one.byte_order]


def _value(row: tuple[int, Candidate]) -> str:
    value = row[1].value
    if isinstance(value, bool):
        return str(int(value))
    return short_text(value, 7) if isinstance(value, float) else str(value)
