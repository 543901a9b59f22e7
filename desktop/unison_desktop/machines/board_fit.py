"""How large the tiles of the board are and how much they say, so that they are seen best."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtGui import QFont

from unison_desktop.machines.board_layout import best_fit
from unison_desktop.machines.tile import Density, TileStyle

_FIT_SCALES = (0.8, 2.0)
"""On a desk smaller tiles are hard to read; larger ones, of few machines, shout at who sits before them."""
_WALL_SCALES = (0.75, 6.0)
"""Smaller details can't be read from across a hall: then tiles say less and stay legible."""
_BRIEF = Density.COMPACT
_BRIEF_WALL_SCALES = (0.4, 6.0)


def best_style(
    font: QFont,
    density: Density,
    sections: list[list[int]],
    size: tuple[int, int],
    fill_screen: bool,
    *,
    bare: Collection[int] = (),
) -> tuple[TileStyle, int | None]:
    """The style and number of columns (None: as many as fit) for a width and height in pixels.

    `sections` are the numbers of tiles per work center, by plant, and `bare` the plants (by place) whose tiles stand
    without a heading of a work center; `fill_screen` is a screen nobody scrolls.
    """
    if not fill_screen and density is not Density.FIT:
        return TileStyle.of(font, density), None
    brief = _BRIEF_WALL_SCALES if fill_screen else _FIT_SCALES
    for tried, scales in ((Density.FIT, _WALL_SCALES if fill_screen else _FIT_SCALES), (_BRIEF, brief)):
        measures = TileStyle.of(font, tried).measures
        if (fit := best_fit(sections, *size, measures, scales, bare=bare)) is not None:
            return TileStyle.of(font, tried, fit.scale), fit.columns
    if fill_screen:
        return TileStyle.of(font, _BRIEF, _BRIEF_WALL_SCALES[0]), None
    return TileStyle.of(font, Density.NORMAL), None
