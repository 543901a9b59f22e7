"""Whether the bars of a linear code are as they are printed: stripes that were read as one are not.

Code 39, Interleaved 2 of 5 and Codabar may come without a check character, and EAN asks little, so stripes look like
them. A printed symbol has all the elements its text has, the same along its whole height, and a quiet zone at both ends
(ISO/IEC 16388, 16390, 15420; EN 798). What several lines across it say so is read as often, by other means than the
decoder's.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from unison_station.cameras.code import Code, Grey
from unison_station.cameras.symbol_elements import elements_of

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

_MOST_INK, _ASIDE = 0.4, 0.35
"""Of EAN, in modules: what a bar may be broader than printed, and how far each width then lies from its own. From half
a module on it would be another element's."""

_LEAST_STEP = 40.0
"""Between bars and spaces, of 255."""

_STEPS = 4
"""Samples a pixel along a line."""

_Floats = NDArray[np.float64]


def are_as_printed(picture: Grey, code: Code) -> bool:
    """Whether most scan lines across the code, quiet zones and all, show the symbol of its text.

    Of Codabar, whose text does not tell all, one of its kind and length.
    """
    letter = code.symbol.identifier[:1]
    elements = elements_of(letter, code.text)
    count = 8 * len(code.text) - 1 if letter == "F" else len(elements or ())
    if not count:
        return False
    first, second, third, fourth = (np.array(corner) for corner in code.corners)
    if min(float(np.linalg.norm(fourth - first)), float(np.linalg.norm(third - second))) < _LEAST_HEIGHT:
        return False
    says = dict[bytes, int]()
    for left, down in zip(range(len(_LINES), 0, -1), _LINES, strict=True):
        if max(says.values(), default=0) + left < _ALIKE:
            return False
        begin, end = first + down * (fourth - first), second + down * (third - second)
        said = _said(picture, begin, end, count, elements, letter)
        if said is not None:
            says[said] = says.get(said, 0) + 1
            if says[said] == _ALIKE:
                return True
    return False


def _said(
    picture: Grey, begin: _Floats, end: _Floats, count: int, elements: tuple[int, ...] | None, letter: str
) -> bytes | None:
    """What a line says, the same for equal elements; None where they are not those of the printed symbol."""
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
    if letter == "E":
        kinds = None if elements is None else _modules(widths, np.array(elements))
    else:
        kinds = _two_kinds(widths)
    if kinds is None or (elements is not None and not np.array_equal(kinds, elements)):
        return None
    unit = float(widths[kinds == 1].mean())
    others = edges[(edges < own[0] - 1e-9) | (edges > own[-1] + 1e-9)]
    before, after = own[0] - _QUIET * unit, own[-1] + _QUIET * unit
    is_quiet = not np.any((others > before) & (others < after))
    is_seen = bool(inside[(at >= before) & (at <= after)].all()) and at[0] <= before and at[-1] >= after
    return kinds.tobytes() if is_quiet and is_seen else None


def _crossings(grey: _Floats, middle: float, at: _Floats) -> _Floats:
    """Where the line crosses this brightness, between samples."""
    above = grey >= middle
    (before,) = np.nonzero(above[1:] != above[:-1])
    share = (middle - grey[before]) / (grey[before + 1] - grey[before])
    found: _Floats = at[before] + share * (at[before + 1] - at[before])
    return found


def _modules(widths: _Floats, elements: NDArray[np.int_]) -> NDArray[np.int_] | None:
    """The elements, where all widths are theirs; bars are broader than spaces by what ink spreads."""
    modules = widths * (elements.sum() / widths.sum())
    ink = float((modules - elements)[::2].mean())
    spread = np.where(np.arange(len(widths)) % 2, -ink, ink)
    is_so = abs(ink) <= _MOST_INK and bool(np.all(np.abs(modules - elements - spread) <= _ASIDE))
    return elements if is_so else None


def _two_kinds(widths: _Floats) -> NDArray[np.int_] | None:
    """1 narrow, 2 wide, bars and spaces each for themselves since ink spreads; None where there are not two kinds."""
    kinds = np.ones(len(widths), dtype=np.int_)
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
        kinds[first::2] += own > (narrow[-1] + broad[0]) / 2
    return kinds
