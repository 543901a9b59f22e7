"""The mapping of moments to pixels of a time axis, and the days and ticks on it. All moments carry a zone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

LEAST_SPAN = timedelta(seconds=30)
"""No axis shows less: below it a signal polled once a second is only steps."""

_STEPS = (5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)
_OFFSET_GRID = 900
"""Every present UTC offset is a multiple of 15 minutes, so local marks up to that step lie on the UTC grid."""


@dataclass(frozen=True)
class Window:
    """A half-open stretch of time, kept in UTC because differences of local times forget daylight saving.

    Raises:
        ValueError: a moment without zone, or an end that is not after the start.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError(f"{self.start} to {self.end}: a moment needs its zone")
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))
        if self.end <= self.start:
            raise ValueError(f"a window from {self.start} to {self.end} has no length")

    @property
    def span(self) -> timedelta:
        return self.end - self.start

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment.astimezone(UTC) < self.end

    def clip(self, start: datetime, end: datetime) -> Window | None:
        """The part of `start` to `end` that lies inside, or None."""
        first, last = max(self.start, start.astimezone(UTC)), min(self.end, end.astimezone(UTC))
        return Window(first, last) if first < last else None


def day_window(day: date, zone: tzinfo) -> Window:
    """The day as the clocks of `zone` show it: 23 or 25 hours long where they change."""
    return Window(
        datetime.combine(day, time.min, tzinfo=zone), datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)
    )


@dataclass(frozen=True)
class Tick:
    """A mark on the axis; `label` is local time, `major` where the hour (or, zoomed in, the minute) turns."""

    moment: datetime
    label: str
    major: bool


@dataclass(frozen=True)
class TimeScale:
    """`window` drawn over `width` pixels that begin at `left`."""

    window: Window
    width: float
    left: float = 0.0

    def __post_init__(self) -> None:
        if self.width <= 0:
            raise ValueError(f"an axis {self.width} pixels wide can't be drawn")

    @property
    def seconds_per_pixel(self) -> float:
        return self.window.span.total_seconds() / self.width

    def x(self, moment: datetime) -> float:
        """The pixel of a moment; outside the axis for moments outside the window."""
        return self.left + (moment.astimezone(UTC) - self.window.start).total_seconds() / self.seconds_per_pixel

    def moment(self, x: float) -> datetime:
        """The moment (UTC) at a pixel."""
        return self.window.start + timedelta(seconds=(x - self.left) * self.seconds_per_pixel)

    def zoomed(self, factor: float, at_x: float, bounds: Window) -> TimeScale:
        """Shows `1 / factor` of the span; the moment at `at_x` stays there as far as `bounds` allow."""
        span = min(max(self.window.span / factor, LEAST_SPAN), bounds.span)
        share = (at_x - self.left) / self.width
        return self._placed(self.moment(at_x) - span * share, span, bounds)

    def panned(self, dx: float, bounds: Window) -> TimeScale:
        """The content moved right by `dx` pixels, never past `bounds`."""
        shift = timedelta(seconds=dx * self.seconds_per_pixel)
        return self._placed(self.window.start - shift, self.window.span, bounds)

    def showing(self, part: Window, bounds: Window) -> TimeScale:
        """Moved, and zoomed out where needed, so that `part` is seen."""
        if part.start >= self.window.start and part.end <= self.window.end:
            return self
        span = min(max(self.window.span, part.span * 1.2), bounds.span)
        return self._placed(part.start + part.span / 2 - span / 2, span, bounds)

    def ticks(self, zone: tzinfo, least_pixels: float) -> list[Tick]:
        """Round local times at least `least_pixels` apart; the repeated hour of autumn is marked twice."""
        step = next((s for s in _STEPS if s / self.seconds_per_pixel >= least_pixels), _STEPS[-1])
        grid = min(step, _OFFSET_GRID)
        first = -(-int(self.window.start.timestamp()) // grid) * grid
        moments = (
            datetime.fromtimestamp(stamp, UTC) for stamp in range(first, int(self.window.end.timestamp()) + 1, grid)
        )
        return [_tick(local, step) for m in moments if _second_of_day(local := m.astimezone(zone)) % step == 0]

    def _placed(self, start: datetime, span: timedelta, bounds: Window) -> TimeScale:
        start = max(bounds.start, min(start, bounds.end - span))
        return replace(self, window=Window(start, start + span))


def _second_of_day(local: datetime) -> int:
    return local.hour * 3600 + local.minute * 60 + local.second


def _tick(local: datetime, step: int) -> Tick:
    label = f"{local:%H:%M:%S}" if step < 60 else f"{local:%H:%M}"
    major = local.second == 0 if step < 60 else local.minute == 0
    return Tick(local.astimezone(UTC), label, major)
