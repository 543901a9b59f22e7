"""Where the tiles of the board lie: a grid of equal columns, plants below one another, lines side by side. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


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
    stretch: float = 1.3

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


def arrange(sections: Sequence[Sequence[int]], width: float, measures: Measures) -> Arrangement:
    """Places blocks of so many tiles, section by section, in `width` pixels."""
    gap = measures.gap
    columns = max(1, int((width + gap) // (measures.tile_width + gap)))
    tile = min((width - gap * (columns - 1)) / columns, measures.tile_width * measures.stretch)
    step_x, step_y = tile + gap, measures.tile_height + gap
    found = Arrangement([], [], [], 0.0)
    y = 0.0
    for blocks in sections:
        found.sections.append(Box(0.0, y, width, measures.section_heading))
        y += measures.section_heading
        column, rows = 0, 0
        for count in blocks:
            wide = min(count, columns)
            if column and column + wide > columns:
                y += measures.block_heading + rows * step_y
                column, rows = 0, 0
            found.blocks.append(Box(column * step_x, y, wide * step_x - gap, measures.block_heading))
            top = y + measures.block_heading
            found.tiles.extend(
                Box((column + n % wide) * step_x, top + n // wide * step_y, tile, measures.tile_height)
                for n in range(count)
            )
            rows = max(rows, -(-count // wide))
            column += wide
        y += measures.block_heading + rows * step_y
    return Arrangement(found.sections, found.blocks, found.tiles, max(0.0, y - gap))


def largest_scale(sections: Sequence[Sequence[int]], width: float, height: float, measures: Measures) -> float:
    """The factor at which everything just fits `width` by `height`, between 0.4 and 4, to within one percent."""
    low, high = 0.4, 4.0
    while high / low > 1.01:
        middle = (low * high) ** 0.5
        fits = middle * measures.tile_width <= width
        if fits and arrange(sections, width, measures.scaled(middle)).height <= height:
            low = middle
        else:
            high = middle
    return low


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
