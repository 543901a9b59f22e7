"""Where the tiles of the board lie: a grid of equal columns, plants below one another, lines side by side. No Qt."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

_WORTH_NARROWING = 0.93
"""Lines are broken into narrower blocks only where that saves at least this share of the height: rows read easier."""
_SPARE = 0.999
"""What fits exactly may not, once it is rounded."""


class Box(NamedTuple):
    """A rectangle in pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Measures:
    """Sizes in pixels; a tile grows in width by up to `stretch` to fill the row."""

    tile_width: float
    tile_height: float
    gap: float
    section_heading: float
    block_heading: float
    stretch: float = 1.6

    def scaled(self, factor: float) -> Measures:
        """All sizes times `factor`."""
        return Measures(
            self.tile_width * factor,
            self.tile_height * factor,
            self.gap * factor,
            self.section_heading * factor,
            self.block_heading * factor,
            self.stretch,
        )


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Boxes in the order of what was arranged: one heading per section, one per block, one box per tile."""

    sections: list[Box]
    blocks: list[Box]
    tiles: list[Box]
    height: float


class _Placed(NamedTuple):
    """A block on the grid: its first column, how many columns it has, and the row of blocks it stands in."""

    column: int
    wide: int
    row: int


class Fit(NamedTuple):
    """How everything is seen at once: all sizes times `scale`, in so many columns."""

    scale: float
    columns: int


def arrange(
    sections: Sequence[Sequence[int]],
    width: float,
    measures: Measures,
    columns: int | None = None,
    *,
    bare: Collection[int] = (),
) -> Arrangement:
    """Places blocks of so many tiles (each at least one), section by section, in `width` pixels.

    Without `columns` there are as many as the width holds. `bare` sections (by place) have blocks without a heading.
    """
    gap = measures.gap
    columns = columns or max(1, int((width + gap) // (measures.tile_width + gap)))
    headless = replace(measures, block_heading=0.0)
    measured = [headless if n in bare else measures for n in range(len(sections))]
    rows = [_best_rows(blocks, columns, own) for blocks, own in zip(sections, measured, strict=True)]
    used = max((column + wide for placed in rows for column, wide, _row in placed), default=1)
    tile = min((width - gap * (used - 1)) / used, measures.tile_width * measures.stretch)
    step_x, step_y = tile + gap, measures.tile_height + gap
    found = Arrangement([], [], [], 0.0)
    y = 0.0
    for blocks, placed, own in zip(sections, rows, measured, strict=True):
        found.sections.append(Box(0.0, y, width, measures.section_heading))
        y += measures.section_heading
        tops = _tops(blocks, placed, own, y)
        for count, (column, wide, row) in zip(blocks, placed, strict=True):
            found.blocks.append(Box(column * step_x, tops[row], wide * step_x - gap, own.block_heading))
            top = tops[row] + own.block_heading
            found.tiles.extend(
                Box((column + n % wide) * step_x, top + n // wide * step_y, tile, measures.tile_height)
                for n in range(count)
            )
        y = tops[-1]
    return Arrangement(found.sections, found.blocks, found.tiles, max(0.0, y - gap))


def best_fit(
    sections: Sequence[Sequence[int]],
    width: float,
    height: float,
    measures: Measures,
    within: tuple[float, float],
    *,
    bare: Collection[int] = (),
) -> Fit | None:
    """The columns that let everything be largest in `width` by `height`, the scale `within` these bounds.

    In a given number of columns all sizes grow with the scale, so each number has one largest scale. Of several with
    the same the most columns use the width best. None if even the least scale is too large.
    """
    least, most = within
    best: Fit | None = None
    for columns in range(1, max(map(sum, sections), default=0) + 1):
        unit = columns * (measures.tile_width + measures.gap) - measures.gap
        by_width = width / unit * _SPARE
        if by_width < (best.scale if best else least):
            break
        by_height = height / arrange(sections, unit, measures, columns, bare=bare).height * _SPARE
        scale = min(most, by_width, by_height)
        if scale >= (best.scale if best else least):
            best = Fit(scale, columns)
    return best


def neighbour(tiles: Sequence[Box], current: int, dx: int, dy: int) -> int:
    """The tile an arrow key leads to: along the order sideways, to the nearest of the next row up or down."""
    if dx:
        return min(max(current + dx, 0), len(tiles) - 1)
    here = tiles[current]
    rows = sorted({box.y for box in tiles if (box.y - here.y) * dy > 0}, reverse=dy < 0)
    if not rows:
        return current
    row = [n for n, box in enumerate(tiles) if box.y == rows[0]]
    return min(row, key=lambda n: abs(tiles[n].x - here.x))


def _best_rows(blocks: Sequence[int], columns: int, measures: Measures) -> list[_Placed]:
    """Blocks as wide as they can be, or all at most so wide that they share rows, where that saves much height."""
    best = _in_rows(blocks, columns, columns)
    lowest = _tops(blocks, best, measures, 0.0)[-1]
    for widest in range(columns - 1, 0, -1):
        placed = _in_rows(blocks, columns, widest)
        high = _tops(blocks, placed, measures, 0.0)[-1]
        if high < lowest * _WORTH_NARROWING:
            best, lowest = placed, high
    return best


def _in_rows(blocks: Sequence[int], columns: int, widest: int) -> list[_Placed]:
    placed: list[_Placed] = []
    column = row = 0
    for count in blocks:
        wide = -(-count // -(-count // widest))  # as few rows as can be, all about as long
        if column and column + wide > columns:
            column, row = 0, row + 1
        placed.append(_Placed(column, wide, row))
        column += wide
    return placed


def _tops(blocks: Sequence[int], placed: Sequence[_Placed], measures: Measures, y: float) -> list[float]:
    """The upper edge of each row of blocks, and the lower edge of the last."""
    deepest: dict[int, int] = {}
    for count, (_column, wide, row) in zip(blocks, placed, strict=True):
        deepest[row] = max(deepest.get(row, 0), -(-count // wide))
    tops = [y]
    for row in sorted(deepest):
        tops.append(tops[-1] + measures.block_heading + deepest[row] * (measures.tile_height + measures.gap))
    return tops
