"""The wall of tiles: one widget that repaints only what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from uuid import UUID

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget
from unison_domain.machines.contracts import MachineAnswer, MachineState

from unison_desktop.frame.theme import Theme
from unison_desktop.kernel.texts import _
from unison_desktop.machines.board_fit import best_style
from unison_desktop.machines.board_layout import Box, arrange, neighbour
from unison_desktop.machines.fleet import Fleet
from unison_desktop.machines.states import shown_state
from unison_desktop.machines.tile import Density, TilePainter, TileStyle
from unison_desktop.machines.tile_text import spoken, tool_tip

_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_KEYBOARD_REASONS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
_MARGIN = 4
"""Room for the focus ring of tiles at the edge."""


@dataclass
class _Tile:
    """What is on screen of one machine; `picture` is None until painted and again when out of date."""

    machine: MachineAnswer
    state: MachineState
    box: QRectF = field(default_factory=QRectF)
    picture: QPixmap | None = None
    clock: str = ""
    age: str = ""


@dataclass(frozen=True)
class _Heading:
    text: str
    box: QRectF
    main: bool


class BoardView(QAbstractScrollArea):
    """Tiles of the fleet, by plant and work center.

    Attributes:
        paint_count: how many tiles were painted since the start; tests and benches read it.

    Signals:
        machine_opened: id of a machine (Enter, double click).
        chosen: the machine the keyboard is at now, or None.
        painted: tiles with data were painted.
        states_aged: a machine's data became too old, or current again, without a change from the server.
    """

    machine_opened = Signal(object)
    chosen = Signal(object)
    painted = Signal()
    states_aged = Signal()

    def __init__(
        self,
        fleet: Fleet,
        theme: Theme,
        parent: QWidget | None = None,
        *,
        fill_screen: bool = False,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        """`fill_screen` chooses the scale at which everything is seen at once, for a screen nobody scrolls.

        Without `now` the fleet's is taken.
        """
        super().__init__(parent)
        self._fleet, self._theme, self._fill_screen = fleet, theme, fill_screen
        self._clock = now or fleet.now
        self._as_of: datetime | None = None
        self.density = Density.FIT
        self.notice = _("Loading…")
        self.paint_count = 0
        self._tiles: list[_Tile] = []
        self._place: dict[UUID, int] = {}
        self._headings: list[_Heading] = []
        self._sections: list[list[int]] = []
        self._bare: set[int] = set()
        self._height = 0.0
        self._current: UUID | None = None
        self._ring = False
        self._painter = TilePainter(theme, TileStyle.of(self.font(), self.density))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(_("Machine board"))
        fleet.changed.connect(self._on_changed)
        theme.changed.connect(self._arrange)
        self._second = QTimer(self, interval=1000)
        self._second.timeout.connect(self.tick)
        self._second.start()

    def show_machines(self, machines: Sequence[MachineAnswer]) -> None:
        """Show these, in their order, grouped by plant and work center; nothing happens if they are shown already."""
        if len(machines) == len(self._tiles) and all(
            tile.machine is machine for tile, machine in zip(self._tiles, machines, strict=True)
        ):
            return
        now = self._now()
        self._tiles = [_Tile(machine, shown_state(self._fleet.live(machine.id), now)) for machine in machines]
        self._place = {machine.id: n for n, machine in enumerate(machines)}
        self._headings, self._sections, self._bare = [], [], set()
        for (plant, _id), of_plant in groupby(machines, lambda m: (m.plant_name or "", m.plant_id)):
            self._headings.append(_Heading(plant or _("Plant"), QRectF(), True))
            self._sections.append([])
            centers = [(center, len(list(found))) for center, found in groupby(of_plant, _center)]
            if [center for center, _n in centers] == [""]:  # a plant without work centers lacks none
                self._bare.add(len(self._sections) - 1)
            for center, count in centers:
                self._headings.append(_Heading(center or _("Without work center"), QRectF(), False))
                self._sections[-1].append(count)
        if self._current not in self._place:
            self._current = machines[0].id if machines else None
            self.chosen.emit(machines[0] if machines else None)
        self._arrange()

    def set_density(self, density: Density) -> None:
        """Say more or less in a tile."""
        self.density = density
        self._arrange()

    def set_as_of(self, moment: datetime | None) -> None:
        """Show this moment, grey and with clocks that stand still, or (None) the present."""
        if moment != self._as_of:
            self._as_of = moment
            self._arrange()

    def set_notice(self, text: str) -> None:
        """What is said while there is no tile."""
        if text != self.notice:
            self.notice = text
            self.viewport().update()

    def shown_ids(self) -> list[UUID]:
        """The machines with a tile, in reading order."""
        return [tile.machine.id for tile in self._tiles]

    def visible_ids(self) -> list[UUID]:
        """The machines whose tile is in sight, in reading order."""
        return [tile.machine.id for tile in self._visible()]

    def current_id(self) -> UUID | None:
        """The machine the keyboard is at."""
        return self._current

    def tile_rect(self, machine_id: UUID) -> QRect:
        """Where a machine's tile is on the viewport now."""
        return self._on_screen(self._tiles[self._place[machine_id]].box).toAlignedRect()

    def machine_at(self, point: QPoint) -> UUID | None:
        """The machine under a point of the viewport."""
        at = point.toPointF() + QPoint(0, self.verticalScrollBar().value())
        return next((tile.machine.id for tile in self._tiles if tile.box.contains(at)), None)

    def tick(self) -> None:
        """Move the durations on, of visible tiles and only where the text is another now."""
        if not self.isVisible():
            return
        now = self._now()
        aged = [tile for tile in self._tiles if tile.state is not shown_state(self._fleet.live(tile.machine.id), now)]
        for tile in aged:
            self._spoil(tile)
        for tile in self._visible():
            live = self._fleet.live(tile.machine.id)
            if tile.clock != self._painter.clock_of(live, now):
                self._update(self._painter.clock_box(tile.box))
            if len(age := self._painter.age_of(live, now)) != len(tile.age):
                self._spoil(tile)  # it takes, or leaves, room of why the machine stands
            elif age != tile.age:
                self._update(self._painter.age_box(tile.box))
        if aged:
            self.states_aged.emit()

    def sizeHint(self) -> QSize:
        return QSize(900, 600)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        if not self._tiles:
            self._paint_notice(painter)
            return
        region, now = event.region(), self._now()
        painter.translate(0, -self.verticalScrollBar().value())
        for heading in self._headings:
            if region.intersects(self._on_screen(heading.box).toAlignedRect()):
                self._paint_heading(painter, heading)
        for tile in self._visible():
            if region.intersects(self._on_screen(tile.box).toAlignedRect()):
                self._paint_tile(painter, tile, now)
        self._paint_focus(painter)
        painter.end()
        self.painted.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if not self._tiles or self._current is None:
            super().keyPressEvent(event)
            return
        here = self._place[self._current]
        match key:
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space:
                self.machine_opened.emit(self._current)
            case Qt.Key.Key_Home:
                self._go_to(0)
            case Qt.Key.Key_End:
                self._go_to(len(self._tiles) - 1)
            case _ if key in _ARROWS and event.modifiers() in (
                Qt.KeyboardModifier.NoModifier,
                Qt.KeyboardModifier.KeypadModifier,
            ):
                if not self._ring:  # the first arrow shows where the keyboard is
                    self._go_to(here)
                    return
                boxes = [Box(t.box.x(), t.box.y(), t.box.width(), t.box.height()) for t in self._tiles]
                self._go_to(neighbour(boxes, here, *_ARROWS[key]))
            case _:
                super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """A ring nobody asked for looks like a state of that machine: it comes with the keyboard or a click."""
        super().focusInEvent(event)
        self._ring = event.reason() in _KEYBOARD_REASONS
        self._update_current()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._update_current()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if (found := self.machine_at(event.position().toPoint())) is not None:
            self._go_to(self._place[found])

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        found = self.machine_at(event.position().toPoint())
        if found is not None and event.button() is Qt.MouseButton.LeftButton:
            self.machine_opened.emit(found)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            self._show_tool_tip(event)
            return True
        return super().viewportEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._arrange()

    def _arrange(self) -> None:
        """Lays everything out anew; also drops the pictures, whose size or colours may have changed."""
        width = max(1, self.viewport().width() - 2 * _MARGIN)
        room = max(1, self.viewport().height() - 2 * _MARGIN)
        size, bare = (width, room), self._bare
        style, columns = best_style(self.font(), self.density, self._sections, size, self._fill_screen, bare=bare)
        self._painter = TilePainter(self._theme, style, self._as_of)
        placed = arrange(self._sections, width, style.measures, columns, bare=bare)
        now = self._now()
        for tile, box in zip(self._tiles, placed.tiles, strict=True):
            tile.box = _rect(box)
            tile.picture = None
            tile.state = shown_state(self._fleet.live(tile.machine.id), now)
        mains, others = iter(placed.sections), iter(placed.blocks)
        self._headings = [_Heading(h.text, _rect(next(mains if h.main else others)), h.main) for h in self._headings]
        self._height = placed.height + 2 * _MARGIN
        bar = self.verticalScrollBar()
        bar.setRange(0, 0 if self._fill_screen else max(0, round(self._height) - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(round(style.measures.tile_height / 2))
        self.viewport().update()

    def _now(self) -> datetime:
        """The moment shown."""
        return self._as_of or self._clock()

    def _visible(self) -> list[_Tile]:
        top = self.verticalScrollBar().value()
        bottom = top + self.viewport().height()
        return [tile for tile in self._tiles if tile.box.bottom() >= top and tile.box.top() <= bottom]

    def _on_screen(self, box: QRectF) -> QRectF:
        return box.translated(0, -self.verticalScrollBar().value())

    def _update(self, box: QRectF) -> None:
        self.viewport().update(self._on_screen(box).toAlignedRect())

    def _update_current(self) -> None:
        if self._current in self._place:
            self._update(self._tiles[self._place[self._current]].box)

    def _spoil(self, tile: _Tile) -> None:
        tile.picture = None
        tile.state = shown_state(self._fleet.live(tile.machine.id), self._now())
        self._update(tile.box)

    def _on_changed(self, ids: Iterable[UUID]) -> None:
        for machine_id in ids:
            if (place := self._place.get(machine_id)) is not None:
                self._spoil(self._tiles[place])

    def _go_to(self, place: int) -> None:
        self._ring = True
        self._update_current()
        tile = self._tiles[place]
        self._current = tile.machine.id
        self.chosen.emit(tile.machine)
        self._update_current()
        bar, height = self.verticalScrollBar(), self.viewport().height()
        if tile.box.top() < bar.value() or tile.box.bottom() > bar.value() + height:
            bar.setValue(round(tile.box.center().y() - height / 2))
        self.setAccessibleDescription(spoken(tile.machine, self._fleet.live(tile.machine.id), self._now()))

    def _paint_tile(self, painter: QPainter, tile: _Tile, now: datetime) -> None:
        live = self._fleet.live(tile.machine.id)
        if tile.picture is None:
            ratio = self.devicePixelRatioF()
            tile.picture = self._painter.picture(tile.machine, live, now, tile.box.width(), ratio)
            self.paint_count += 1
        painter.drawPixmap(tile.box.topLeft(), tile.picture)
        self._painter.paint_clock(painter, tile.box, live, now)
        self._painter.paint_age(painter, tile.box, live, now)
        tile.clock, tile.age = self._painter.clock_of(live, now), self._painter.age_of(live, now)

    def _paint_heading(self, painter: QPainter, heading: _Heading) -> None:
        style = self._painter.style
        painter.setFont(style.font(1.3 if heading.main else 0.95, bold=True))
        painter.setPen(self._theme.colour("text" if heading.main else "muted"))
        box = heading.box.adjusted(1, 0, 0, -0.25 * style.em)
        text = painter.fontMetrics().elidedText(heading.text, Qt.TextElideMode.ElideRight, int(box.width()))
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, text)

    def _paint_focus(self, painter: QPainter) -> None:
        if self._ring and self.hasFocus() and self._current in self._place:
            self._painter.paint_focus(painter, self._tiles[self._place[self._current]].box)

    def _paint_notice(self, painter: QPainter) -> None:
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 1.2)
        painter.setFont(font)
        painter.setPen(self._theme.colour("muted"))
        middle = self.viewport().rect().adjusted(24, 24, -24, -24)
        painter.drawText(middle, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.notice)
        painter.end()

    def _show_tool_tip(self, event: QHelpEvent) -> None:
        found = self.machine_at(event.pos())
        if found is None:
            QToolTip.hideText()
            return
        tile = self._tiles[self._place[found]]
        text = tool_tip(tile.machine, self._fleet.live(found), self._now())
        QToolTip.showText(event.globalPos(), text, self.viewport(), self.tile_rect(found))


def _center(machine: MachineAnswer) -> str:
    return machine.work_center_name or ""


def _rect(box: Box) -> QRectF:
    """Whole pixels, so that text and pictures stay sharp."""
    return QRectF(round(box.x) + _MARGIN, round(box.y) + _MARGIN, round(box.width), round(box.height))
