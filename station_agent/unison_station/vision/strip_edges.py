"""Edges along a strip: found in its averaged profile, then placed by the pixels themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import hypot

import numpy as np
from unison_domain.stations.picture_tools import Edge, Strip

from unison_station.vision.edge_model import EdgeFit, Values, fit_edges
from unison_station.vision.gamma import light_of, to_dark
from unison_station.vision.picture import Gray, NotMeasurable, Points

PIXEL_FIT = 0.012
"""Standard uncertainty of a place, in pixels, beside what the scatter shows: what real spots and pixels differ from the
model by, and that neighbouring pixels share a part of their noise."""

OWN_WIDTH = 12**-0.5
"""Standard deviation of a pixel's width, in pixels."""

SHORTEST = 6.0
"""Of a strip, in pixels: an edge needs a level on either side."""

_TILT_WIDTH = 5.0
"""From this width of a strip on, edges need not be square to it."""

_UNSEEN_TILT = 0.087
"""Standard uncertainty of a tilt that narrower strips can't show: they are laid by eye, within about 5 degrees."""

_LIGHTEST, _DARKEST = 254, 1
"""Brightness from which, and up to which, a pixel may have been cut off by the camera's range."""

_CUT_OFF = 0.1
"""Share of the pixels on one side of an edge that may be cut off: noise does that to a few without moving the edge."""

_SMOOTHING = 1.2
_TOGETHER = 0.5
_REACH = 3.5


class CutOff(StrEnum):
    """What the camera's range took from one side of an edge, so that nobody knows where its middle is; in words."""

    LIGHT = "overexposed: shorten the exposure"
    DARK = "underexposed, black is cut off: lengthen the exposure or raise the camera's brightness"


@dataclass(frozen=True)
class FoundEdge:
    """An edge in a strip.

    Attributes:
        at: where it crosses the middle of the strip, in pixels from its beginning.
        uncertainty: standard uncertainty of that, in pixels.
        tilt: how far it moves along the strip per pixel across it; 0 in a strip too narrow to show it.
        tilt_uncertainty: standard uncertainty of that.
        step: change of brightness along the strip; positive is from dark to light.
        blur: standard deviation of the picture's blur there, in pixels.
        to_dark: standard uncertainty of the gamma, as pixels all edges of the picture move to their dark side by it.
        cut_off: what is missing of it; such a place is wrong by up to pixels, whatever its uncertainty says.
    """

    at: float
    uncertainty: float
    tilt: float
    tilt_uncertainty: float
    step: float
    blur: float
    to_dark: float
    cut_off: CutOff | None

    @property
    def spread(self) -> float:
        """Standard deviation over which it is smeared, in pixels: its blur and a pixel's own width."""
        return float(np.hypot(self.blur, OWN_WIDTH))


@dataclass(frozen=True)
class StripPixels:
    """The pixels of a strip.

    Attributes:
        along, across: how far along the strip and across it each lies, in pixels.
        brightness: light that fell on it, 0 to 255, without the camera's gamma.
        gray: as it is in the picture.
    """

    strip: Strip
    length: float
    along: Values
    across: Values
    brightness: Values
    gray: Gray
    gamma: float

    def place(self, along: float, across: float = 0.0) -> tuple[float, float]:
        """The place in the picture."""
        strip = self.strip
        x, y = (strip.to_x - strip.from_x) / self.length, (strip.to_y - strip.from_y) / self.length
        return strip.from_x + along * x - across * y, strip.from_y + along * y + across * x


def pixels_of(picture: Gray, strip: Strip, gamma: float = 1.0) -> StripPixels:
    """Gather the pixels whose middle lies in the strip; `gamma` as in `CameraSettings`.

    Raises:
        NotMeasurable: it is too short, or its ends lie outside the picture.
    """
    length = hypot(strip.to_x - strip.from_x, strip.to_y - strip.from_y)
    if length < SHORTEST:
        raise NotMeasurable(f"{told(strip)} is {length:.1f} pixels long; at least {SHORTEST:g} are needed")
    height, width = picture.shape
    ends = ((strip.from_x, strip.from_y), (strip.to_x, strip.to_y))
    if any(not (-0.5 <= x <= width - 0.5 and -0.5 <= y <= height - 0.5) for x, y in ends):
        raise NotMeasurable(f"{told(strip)} reaches past the picture, which is {width} by {height} pixels")
    half = strip.width / 2
    left, right = _span(strip.from_x, strip.to_x, half, width)
    top, bottom = _span(strip.from_y, strip.to_y, half, height)
    y, x = np.mgrid[top:bottom, left:right]
    unit_x, unit_y = (strip.to_x - strip.from_x) / length, (strip.to_y - strip.from_y) / length
    along = (x - strip.from_x) * unit_x + (y - strip.from_y) * unit_y
    across = (y - strip.from_y) * unit_x - (x - strip.from_x) * unit_y
    inside = (np.abs(across) <= half + 1e-9) & (along >= -0.5) & (along <= length + 0.5)
    gray = picture[top:bottom, left:right][inside]
    return StripPixels(strip, length, along[inside], across[inside], light_of(gray, gamma), gray, gamma)


def find_edges(pixels: StripPixels, contrast: float) -> list[FoundEdge]:
    """All edges whose step of brightness is at least `contrast`, in order along the strip."""
    rough = [one for one in _rough_edges(pixels) if abs(one.step) >= 0.7 * contrast]
    groups = _grouped(rough)
    found: list[FoundEdge] = []
    for number, group in enumerate(groups):
        low = (groups[number - 1][-1].at + group[0].at) / 2 if number else -np.inf
        high = (groups[number + 1][0].at + group[-1].at) / 2 if number + 1 < len(groups) else np.inf
        found += [edge for edge in _placed(pixels, group, float(low), float(high)) if abs(edge.step) >= contrast]
    return found


def strongest(edges: list[FoundEdge], wanted: Edge) -> FoundEdge | None:
    """The edge with the greatest step among those of a direction."""
    return max((edge for edge in edges if fits(edge, wanted)), key=lambda edge: abs(edge.step), default=None)


def fits(edge: FoundEdge, wanted: Edge) -> bool:
    """Whether an edge changes brightness as is wanted."""
    return wanted is Edge.ANY or (edge.step > 0) is (wanted is Edge.DARK_TO_LIGHT)


def demand_whole(edges: Sequence[FoundEdge], name: str, fewest: float) -> None:
    """Ask that enough edges have nothing cut off; `name` is the tool's, for the message.

    Raises:
        NotMeasurable: what is cut off from most others, and what is to be done.
    """
    cut_off = [edge.cut_off for edge in edges if edge.cut_off is not None]
    if cut_off and len(edges) - len(cut_off) < fewest:
        raise NotMeasurable(f"{name}: the picture is {max(cut_off, key=cut_off.count)}")


def told(strip: Strip) -> str:
    """A strip in words."""
    return f"the strip from ({strip.from_x:.0f}, {strip.from_y:.0f}) to ({strip.to_x:.0f}, {strip.to_y:.0f})"


def line_of(pixels: StripPixels, edge: FoundEdge, reach: float | None = None) -> Points:
    """Both ends of an edge's line across the strip, in the picture."""
    half = pixels.strip.width / 2 if reach is None else reach
    return np.array([pixels.place(edge.at + edge.tilt * across, across) for across in (-half, half)])


@dataclass(frozen=True)
class _Rough:
    at: float
    step: float
    spread: float


def _span(first: float, last: float, half: float, size: int) -> tuple[int, int]:
    low, high = min(first, last) - half - 1, max(first, last) + half + 2
    return max(0, int(np.floor(low))), min(size, int(np.ceil(high)))


def _profile(pixels: StripPixels) -> Values:
    """Mean brightness of each pixel's length; where no pixel lies, between its neighbours."""
    bins = np.round(pixels.along).astype(np.int64)
    bins -= bins.min()
    count = np.bincount(bins)
    total = np.bincount(bins, pixels.brightness)
    there = np.flatnonzero(count)
    return np.interp(np.arange(len(count)), there, total[there] / count[there])


def _rough_edges(pixels: StripPixels) -> list[_Rough]:
    """Stretches over which the smoothed profile rises or falls."""
    first = float(np.round(pixels.along.min()))
    change = np.diff(_smoothed(_profile(pixels)))
    rough = []
    for begin, end in _lobes(change):
        part, at = change[begin:end], np.arange(begin, end) + first + 0.5
        step = float(part.sum())
        if step == 0:
            continue
        weight = np.abs(part) / np.abs(part).sum()
        middle = float((weight * at).sum())
        spread = float(np.sqrt((weight * (at - middle) ** 2).sum()))
        rough.append(_Rough(middle, step, spread))
    return rough


def _smoothed(profile: Values) -> Values:
    reach = int(np.ceil(3 * _SMOOTHING))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / _SMOOTHING) ** 2)
    return np.convolve(np.pad(profile, reach, mode="edge"), kernel / kernel.sum(), mode="valid")


def _lobes(change: Values) -> list[tuple[int, int]]:
    """Hills of |change| of one sign, cut at valleys that are below half of the lower hill beside them."""
    size = np.abs(change)
    sign = np.sign(change)
    cuts = [0, *(np.flatnonzero(sign[1:] != sign[:-1]) + 1).tolist(), len(change)]
    lobes: list[tuple[int, int]] = []
    for begin, end in pairwise(cuts):
        lobes += _split(size, begin, end)
    return lobes


def _split(size: Values, begin: int, end: int) -> list[tuple[int, int]]:
    part = size[begin:end]
    inner = np.arange(1, len(part) - 1)
    valleys = inner[(part[inner] < part[inner - 1]) & (part[inner] <= part[inner + 1])]
    for valley in valleys[np.argsort(part[valleys])]:
        if part[valley] < _TOGETHER * min(part[:valley].max(), part[valley + 1 :].max()):
            cut = begin + int(valley)
            return [*_split(size, begin, cut), *_split(size, cut, end)]
    return [(begin, end)]


def _grouped(rough: list[_Rough]) -> list[list[_Rough]]:
    """Edges so near to each other that one's blur reaches the other are placed together."""
    groups: list[list[_Rough]] = []
    for one in rough:
        before = groups[-1][-1] if groups else None
        if before is not None and one.at - before.at < _REACH * (before.spread + one.spread):
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _placed(pixels: StripPixels, group: list[_Rough], low: float, high: float) -> list[FoundEdge]:
    places, steps = np.array([one.at for one in group]), np.array([one.step for one in group])
    tilted = pixels.strip.width >= _TILT_WIDTH
    blur = max(0.5, min(one.spread for one in group))
    tilt, fit = 0.0, None
    for _ in range(2):
        reach = _REACH * blur + 3
        straight = pixels.along - tilt * pixels.across
        window = (straight > max(low, places[0] - reach)) & (straight < min(high, places[-1] + reach))
        fit = fit_edges(
            pixels.along[window], pixels.across[window], pixels.brightness[window], places, steps, blur, tilted=tilted
        )
        if fit is None or not _is_credible(fit, places, max(one.spread for one in group)):
            return []
        places, steps, blur = fit.places, fit.steps, max(fit.blur, 0.5)
        tilt = float(np.mean(fit.tilts))
    if fit is None:
        return []
    unseen = PIXEL_FIT / pixels.strip.width if tilted else _UNSEEN_TILT
    return _edges(
        fit, unseen, pixels.gamma, [_cut_off(pixels, fit, number, low, high) for number in range(len(fit.places))]
    )


def _is_credible(fit: EdgeFit, places: Values, spread: float) -> bool:
    """Whether the fit stayed with the edges it began with."""
    moved = np.abs(fit.places - places)
    return bool(np.all(np.diff(fit.places) > 0) and np.all(moved < 3 + 2 * spread))


def _cut_off(pixels: StripPixels, fit: EdgeFit, number: int, low: float, high: float) -> CutOff | None:
    """By the pixels on either side, up to the next edge or as far as the blur reaches.

    No model of a cut-off edge is fitted: with a spot of another shape than the model's it is wrong by half a pixel.
    """
    place, reach = fit.places[number], _REACH * fit.blur + 3
    before = max(low, place - reach, fit.places[number - 1] if number else -np.inf)
    after = min(high, place + reach, fit.places[number + 1] if number + 1 < len(fit.places) else np.inf)
    straight = pixels.along - fit.tilts[number] * pixels.across
    for begin, end in ((before, place), (place, after)):
        side = pixels.gray[(straight > begin) & (straight < end)]
        if np.count_nonzero(side >= _LIGHTEST) > _CUT_OFF * len(side):
            return CutOff.LIGHT
        if np.count_nonzero(side <= _DARKEST) > _CUT_OFF * len(side):
            return CutOff.DARK
    return None


def _edges(fit: EdgeFit, unseen_tilt: float, gamma: float, cut_off: list[CutOff | None]) -> list[FoundEdge]:
    spread = float(np.hypot(fit.blur, OWN_WIDTH))
    return [
        FoundEdge(
            at=float(fit.places[number]),
            uncertainty=float(np.hypot(fit.place_uncertainties[number], PIXEL_FIT)),
            tilt=float(fit.tilts[number]),
            tilt_uncertainty=float(np.hypot(fit.tilt_uncertainties[number], unseen_tilt)),
            step=float(fit.steps[number]),
            blur=fit.blur,
            to_dark=to_dark(spread, gamma),
            cut_off=cut_off[number],
        )
        for number in range(len(fit.places))
    ]
