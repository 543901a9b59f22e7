"""Whether bars of a short linear code are as they are printed: stripes that were read as one are not.

Code 39, Interleaved 2 of 5 and Codabar may come without a check character, and of few characters so little is asked
that stripes look like them. A printed symbol has all its elements, of two widths only, the same along its whole height,
and a quiet zone at both ends (ISO/IEC 16388, 16390; EN 798).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from unison_station.cameras.code import Code, Grey

_LINES = (0.2, 0.35, 0.5, 0.65, 0.8)
"""Where it is scanned, as a part of its height."""

_ALIKE = 4
"""So many of these must say the same."""

_LEAST_HEIGHT = 8.0
"""In pixels: in less the lines see the same."""

_QUIET = 6.0
"""Narrow elements without a bar at either end; ten are asked of who prints."""

_RATIO = (1.7, 3.6)
"""Of wide to narrow: 2 to 3 is asked of who prints, and ink spreads."""

_SPREAD = 0.22
"""Standard deviation of widths of one kind, as a part of the narrow one."""

_LEAST_STEP = 40.0
"""Between bars and spaces, of 255."""

_STEPS = 4
"""Samples a pixel along a line."""

_Floats = NDArray[np.float64]


def elements_of(code: Code) -> int | None:
    """Bars and spaces the symbol has, with its start and stop; None for symbologies this does not serve."""
    characters = len(code.text)
    match code.symbol.identifier[:1]:
        case "A":
            return 10 * (characters + 2) - 1
        case "I":
            return 7 + 5 * characters
        case "F":
            return 8 * characters - 1
        case _:
            return None


def _wide_of(code: Code) -> int | None:
    """How many elements are wide; None where that depends on the characters."""
    characters = len(code.text)
    return {"A": 3 * (characters + 2), "I": 2 * characters + 1}.get(code.symbol.identifier[:1])


def are_as_printed(picture: Grey, code: Code) -> bool:
    """Whether most scan lines across the code, quiet zones and all, show a symbol of its kind and length."""
    count = elements_of(code)
    if count is None:
        return False
    first, second, third, fourth = (np.array(corner) for corner in code.corners)
    if min(float(np.linalg.norm(fourth - first)), float(np.linalg.norm(third - second))) < _LEAST_HEIGHT:
        return False
    seen: dict[bytes, int] = {}
    for down in _LINES:
        begin, end = first + down * (fourth - first), second + down * (third - second)
        wide = _wide_elements(picture, begin, end, count)
        if wide is not None and _wide_of(code) in (None, int(wide.sum())):
            seen[wide.tobytes()] = seen.get(wide.tobytes(), 0) + 1
    return max(seen.values(), default=0) >= _ALIKE


def _wide_elements(picture: Grey, begin: _Floats, end: _Floats, count: int) -> NDArray[np.bool_] | None:
    """Which elements along a line are wide; None where they are not those of a printed symbol."""
    length = float(np.linalg.norm(end - begin))
    if length < 2 * count:
        return None
    beyond = 2.0 * _QUIET * length / count
    along = (end - begin) / length
    at = np.arange(-beyond, length + beyond, 1 / _STEPS)
    places = (begin + at[:, None] * along).astype(np.float32)
    inside = np.all((places >= 0) & (places <= np.array(picture.shape[::-1]) - 1), axis=1)
    line = cv2.remap(picture, places[None, :, 0], places[None, :, 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    grey = np.asarray(line, np.float64).ravel()
    within = grey[(at >= 0) & (at <= length)]
    dark, light = np.percentile(within, (10, 90))
    if light - dark < _LEAST_STEP:
        return None
    edges = _crossings(grey, (dark + light) / 2, at)
    own = edges[(edges > -length / count) & (edges < length + length / count)]
    if len(own) != count + 1:
        return None
    widths = np.diff(own)
    wide = _two_kinds(widths)
    if wide is None:
        return None
    narrow = float(widths[~wide].mean())
    others = edges[(edges < own[0] - 1e-9) | (edges > own[-1] + 1e-9)]
    before, after = own[0] - _QUIET * narrow, own[-1] + _QUIET * narrow
    is_quiet = not np.any((others > before) & (others < after))
    is_seen = bool(inside[(at >= before) & (at <= after)].all()) and at[0] <= before and at[-1] >= after
    return wide if is_quiet and is_seen else None


def _crossings(grey: _Floats, middle: float, at: _Floats) -> _Floats:
    """Where the line crosses this brightness, between samples."""
    above = grey >= middle
    (before,) = np.nonzero(above[1:] != above[:-1])
    share = (middle - grey[before]) / (grey[before + 1] - grey[before])
    found: _Floats = at[before] + share * (at[before + 1] - at[before])
    return found


def _two_kinds(widths: _Floats) -> NDArray[np.bool_] | None:
    """Which are wide, bars and spaces each for themselves since ink spreads; None where there are not two kinds."""
    wide = np.zeros(len(widths), dtype=np.bool_)
    for first in (0, 1):
        own = widths[first::2]
        ordered = np.sort(own)
        steps = np.diff(ordered)
        if not len(steps):
            return None
        cut = int(steps.argmax()) + 1
        narrow, broad = ordered[:cut], ordered[cut:]
        unit = float(narrow.mean())
        if not _RATIO[0] <= float(broad.mean()) / unit <= _RATIO[1]:
            return None
        if max(float(narrow.std()), float(broad.std())) > _SPREAD * unit:
            return None
        wide[first::2] = own > (narrow[-1] + broad[0]) / 2
    return wide
