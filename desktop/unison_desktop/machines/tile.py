"""One machine on the board, painted: what stands still as a picture, what ticks on top of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPixmap
from unison_domain.machines.contracts import Live, MachineAnswer, MachineState, StateSource

from unison_desktop.frame.colours import Tone, ToneColours
from unison_desktop.frame.theme import Theme
from unison_desktop.kernel.texts import _
from unison_desktop.machines.board_layout import Measures
from unison_desktop.machines.durations import brief_text, running_text
from unison_desktop.machines.states import LOOKS, shown_since, shown_state
from unison_desktop.machines.tile_text import main_count, why_text
from unison_desktop.tables.columns import quantity_text

LIVE_SECONDS = 15
"""Younger data is called live: stations report every few seconds, and a number that flickers says nothing."""

# Looked up once: these texts are compared every second for every tile.
_AS_OF = _("as of {time}")
_STATION_SILENT = _("station silent {age}")
_LIVE, _OLD, _NEVER = _("live"), _("{age} old"), _("never heard")


class Density(StrEnum):
    """How much a tile says and how big it is."""

    FIT = "fit"
    """As big as lets everything be seen at once, saying less where there is little room."""
    COMPACT = "compact"
    NORMAL = "normal"
    LARGE = "large"


@dataclass(frozen=True)
class TileStyle:
    """Fonts and sizes of tiles for one scale. `em` is the height of ordinary text in pixels."""

    em: float
    detailed: bool
    family: QFont

    @classmethod
    def of(cls, font: QFont, density: Density, scale: float = 1.0) -> TileStyle:
        big = 1.45 if density is Density.LARGE else 1.0
        return cls(QFontMetricsF(font).height() * big * scale, density is not Density.COMPACT, font)

    @property
    def measures(self) -> Measures:
        wide, high = (14.2, 7.7) if self.detailed else (10.6, 3.7)
        em = self.em
        return Measures(wide * em, high * em, 0.6 * em, 1.95 * em, 1.5 * em)

    def font(self, size: float, *, bold: bool = False) -> QFont:
        """`size` times ordinary text."""
        font = QFont(self.family)
        font.setPixelSize(max(5, round(self.em * 0.8 * size)))
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        return font


class TilePainter:
    """Paints tiles of one style in the colours of the theme; grey and hatched where they show a moment gone by."""

    def __init__(self, theme: Theme, style: TileStyle, as_of: datetime | None = None) -> None:
        """`as_of` is the moment shown if it is not the present."""
        self.style = style
        self._as_of = as_of
        self._theme = theme
        self._em = style.em
        self._band_font = style.font(1.0, bold=True)
        self._code_font = style.font(1.25 if style.detailed else 1.1, bold=True)
        self._name_font = style.font(0.9)
        self._figure_font = style.font(1.6 if style.detailed else 1.1, bold=True)
        self._small_font = style.font(0.9)
        self._band = (2.0 if style.detailed else 1.75) * self._em
        self._pad = 0.6 * self._em
        longest = "00:00 min" if style.detailed else "00 min"
        self._clock_width = QFontMetricsF(self._band_font).horizontalAdvance(longest) + self._em * 0.3
        longest_ages = (_AS_OF.format(time="88:88:88"), _STATION_SILENT.format(age=running_text(88 * 86_400 + 80_000)))
        wide = map(QFontMetricsF(self._small_font).horizontalAdvance, longest_ages)
        self._age_width = max(wide) + self._em * 0.3

    def clock_box(self, tile: QRectF) -> QRectF:
        """Where the ticking duration stands."""
        return QRectF(tile.right() - self._pad - self._clock_width, tile.top(), self._clock_width, self._band)

    def age_box(self, tile: QRectF) -> QRectF:
        """Where the age of the data stands; empty in compact tiles, whose hatching says enough."""
        if not self.style.detailed:
            return QRectF()
        high = 1.35 * self._em
        return QRectF(
            tile.right() - self._pad - self._age_width, tile.bottom() - 0.35 * self._em - high, self._age_width, high
        )

    def clock_of(self, live: Live, now: datetime) -> str:
        """The ticking text of the band."""
        since = shown_since(live, now)
        if since is None:
            return ""
        seconds = (now - since).total_seconds()
        return running_text(seconds) if self.style.detailed else brief_text(seconds)

    def age_of(self, live: Live, now: datetime) -> str:
        """How old the data is, in the tile's words; only what is known to be so now is live; words don't age."""
        if self._as_of is not None:
            return _AS_OF.format(time=f"{self._as_of.astimezone():%H:%M:%S}")
        if live.station_silent_since is not None:
            return _STATION_SILENT.format(age=running_text((now - live.station_silent_since).total_seconds()))
        if live.last_signal_at is None:
            return "" if live.source is StateSource.PERSON else _NEVER
        age = (now - live.last_signal_at).total_seconds()
        is_live = age < LIVE_SECONDS and shown_state(live, now) is not MachineState.UNKNOWN
        return _LIVE if is_live else _OLD.format(age=running_text(age))

    def picture(self, machine: MachineAnswer, live: Live, now: datetime, width: float, ratio: float) -> QPixmap:
        """Everything of the tile that doesn't tick, `width` logical pixels wide at the screen's pixel `ratio`."""
        tile = QRectF(0, 0, width, self.style.measures.tile_height)
        picture = QPixmap(round(tile.width() * ratio), round(tile.height() * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        state = shown_state(live, now)
        self._paint_ground(painter, tile, state)
        self._paint_band(painter, tile, state)
        if self.style.detailed:
            self._paint_details(painter, tile, machine, live, now)
        else:
            self._paint_brief(painter, tile, machine, live)
        painter.end()
        return picture

    def paint_clock(self, painter: QPainter, tile: QRectF, live: Live, now: datetime) -> None:
        """The ticking duration."""
        painter.setFont(self._band_font)
        painter.setPen(self._band_ink(shown_state(live, now)))
        painter.drawText(self.clock_box(tile), _RIGHT, self.clock_of(live, now))

    def paint_age(self, painter: QPainter, tile: QRectF, live: Live, now: datetime) -> None:
        """The age of the data."""
        if not self.style.detailed:
            return
        painter.setFont(self._small_font)
        painter.setPen(self._theme.colour("muted"))
        painter.drawText(self.age_box(tile), _RIGHT, self.age_of(live, now))

    def paint_focus(self, painter: QPainter, tile: QRectF) -> None:
        """The ring around the current tile."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self._theme.colour("accent"), max(2.0, 0.16 * self._em)))
        painter.drawRoundedRect(tile.adjusted(1, 1, -1, -1), self._radius, self._radius)

    @property
    def _radius(self) -> float:
        return 0.4 * self._em

    def _tone(self, state: MachineState) -> ToneColours:
        return self._theme.tone(LOOKS[state].tone if self._as_of is None else Tone.IDLE)

    def _is_hatched(self, state: MachineState) -> bool:
        """Whether nobody knows if that is how it is now."""
        return state is MachineState.UNKNOWN or self._as_of is not None

    def _band_ink(self, state: MachineState) -> QColor:
        tone = self._tone(state)
        return QColor(tone.ink if self._is_hatched(state) else tone.on_fill)

    def _paint_ground(self, painter: QPainter, tile: QRectF, state: MachineState) -> None:
        tone, hatched = self._tone(state), self._is_hatched(state)
        bad = LOOKS[state].tone is Tone.BAD and not hatched
        shape = QPainterPath()
        shape.addRoundedRect(tile.adjusted(0.5, 0.5, -0.5, -0.5), self._radius, self._radius)
        painter.setClipPath(shape)
        band = QRectF(0, 0, tile.width(), self._band)
        painter.fillRect(tile, QColor(tone.tint) if bad else self._theme.colour("surface"))
        painter.fillRect(band, QColor(tone.tint if hatched else tone.fill))
        if hatched:
            paint_hatch(painter, tile, QColor(tone.fill), self._em * 0.55)
        painter.setClipping(False)
        painter.setPen(QPen(QColor(tone.fill) if bad else self._theme.colour("line"), 1.0))
        painter.drawPath(shape)

    def _paint_band(self, painter: QPainter, tile: QRectF, state: MachineState) -> None:
        look, ink = LOOKS[state], self._band_ink(state)
        size = round(self._em * 1.25)
        top = (self._band - size) / 2
        painter.drawPixmap(QPointF(self._pad * 0.8, top), self._theme.pixmap(look.icon, size, ink.name()))
        left = self._pad * 0.8 + size + 0.4 * self._em
        room = self.clock_box(tile).left() - left
        painter.setFont(self._band_font)
        painter.setPen(ink)
        self._text(painter, QRectF(left, 0, room + self._clock_slack(), self._band), look.text, _LEFT)

    def _clock_slack(self) -> float:
        """Clocks are mostly short; a long state name may use the room of one that counts days."""
        return self._clock_width * 0.3 if self.style.detailed else 0.0

    def _paint_details(
        self, painter: QPainter, tile: QRectF, machine: MachineAnswer, live: Live, now: datetime
    ) -> None:
        em, pad = self._em, self._pad
        left, right = pad, tile.width() - pad
        first = QRectF(left, self._band + 0.45 * em, right - left, 1.75 * em)
        kind, count = main_count(live.good, live.scrap, live.total)
        parts = quantity_text(count)
        painter.setPen(self._theme.colour("text" if self._as_of is None else "muted"))
        painter.setFont(self._figure_font)
        painter.drawText(first, _RIGHT, parts)
        room = first.width() - painter.fontMetrics().horizontalAdvance(parts) - 0.5 * em
        painter.setFont(self._code_font)
        self._text(painter, QRectF(first.left(), first.top(), room, first.height()), machine.machine_code, _LEFT)
        code_right = left + painter.fontMetrics().horizontalAdvance(machine.machine_code)
        kinds = (_("{kind} today").format(kind=kind), kind)
        self._paint_kind(painter, kinds, first, left + room + 0.5 * em, code_right)
        second = QRectF(left, first.bottom(), right - left, 1.35 * em)
        scrap = _("scrap {n}").format(n=quantity_text(live.scrap))
        painter.setFont(self._small_font)
        alarming = bool(live.scrap) and self._as_of is None
        painter.setPen(QColor(self._theme.tone(Tone.BAD).ink) if alarming else self._theme.colour("muted"))
        painter.drawText(second, _RIGHT, scrap)
        room = second.width() - painter.fontMetrics().horizontalAdvance(scrap) - 0.5 * em
        painter.setPen(self._theme.colour("muted"))
        painter.setFont(self._name_font)
        self._text(painter, QRectF(left, second.top(), room, second.height()), machine.name, _LEFT)
        self._paint_why(painter, tile, live, now)

    def _paint_kind(
        self, painter: QPainter, kinds: tuple[str, ...], line: QRectF, figure_left: float, code_right: float
    ) -> None:
        """What the big number counts, left of it: the first of these texts for which the code leaves room."""
        painter.setFont(self._small_font)
        painter.setPen(self._theme.colour("muted"))
        for kind in kinds:
            wide = painter.fontMetrics().horizontalAdvance(kind)
            left = figure_left - wide - 0.4 * self._em
            if left >= code_right + 0.5 * self._em:
                box = QRectF(left, line.top() + 0.15 * self._em, wide + 2, line.height())
                painter.drawText(box, _LEFT, kind)
                return

    def why_box(self, tile: QRectF, live: Live, now: datetime) -> QRectF:
        """Where it stands why the machine is not running: all that the age, as long as it is now, leaves."""
        age = self.age_box(tile)
        told = "".join("8" if sign.isdecimal() else sign for sign in self.age_of(live, now))
        right = age.right() - QFontMetricsF(self._small_font).horizontalAdvance(told) - 0.5 * self._em
        left = self._pad + (round(self._em) + 0.3 * self._em if live.alarms else 0.0)
        return QRectF(left, age.top(), right - left, age.height())

    def _paint_why(self, painter: QPainter, tile: QRectF, live: Live, now: datetime) -> None:
        state = shown_state(live, now)
        why = why_text(live, state)
        if not why:
            return
        box, ink = self.why_box(tile, live, now), self._tone(state).ink
        if live.alarms:
            size = round(self._em)
            icon = self._theme.pixmap("bell", size, ink)
            painter.drawPixmap(QPointF(self._pad, box.center().y() - size / 2), icon)
        painter.setFont(self._small_font)
        painter.setPen(QColor(ink))
        self._text(painter, box, why, _LEFT)

    def _paint_brief(self, painter: QPainter, tile: QRectF, machine: MachineAnswer, live: Live) -> None:
        line = QRectF(self._pad, self._band, tile.width() - 2 * self._pad, tile.height() - self._band)
        parts = quantity_text(main_count(live.good, live.scrap, live.total)[1])
        painter.setPen(self._theme.colour("text"))
        painter.setFont(self._figure_font)
        painter.drawText(line, _RIGHT, parts)
        room = line.width() - painter.fontMetrics().horizontalAdvance(parts) - 0.4 * self._em
        painter.setFont(self._code_font)
        self._text(painter, QRectF(line.left(), line.top(), room, line.height()), machine.machine_code, _LEFT)

    def _text(self, painter: QPainter, box: QRectF, text: str, alignment: Qt.AlignmentFlag) -> None:
        """As much as fits."""
        painter.drawText(
            box, alignment, painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(box.width()))
        )


def paint_hatch(painter: QPainter, box: QRectF, colour: QColor, step: float) -> None:
    """Diagonal lines over the clip of the painter: nobody knows what was here."""
    faint = QColor(colour)
    faint.setAlpha(55)
    painter.setPen(QPen(QBrush(faint), max(1.0, step * 0.22)))
    start = box.left() - box.height()
    for n in range(int((box.width() + box.height()) / step) + 2):
        x = start + n * step
        painter.drawLine(QPointF(x, box.bottom()), QPointF(x + box.height(), box.top()))


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
