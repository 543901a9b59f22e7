"""Whether a part looks like its template."""

from __future__ import annotations

from decimal import Decimal

import cv2
import numpy as np
from unison_domain.stations.picture_tools import Presence

from unison_station.vision.measured import Measured
from unison_station.vision.picture import Gray, NotMeasurable, Points

_FLAT = 1.0
"""Variance of brightness below which a place shows nothing that could be compared."""


def find_presence(picture: Gray, tool: Presence, template: Gray) -> Measured:
    """1 where the best place of the region is alike enough (zero-mean normalized correlation), else 0.

    Yes or no is no quantity and has no uncertainty (JCGM 200:2012, 1.30); how near it was is said beside it.

    Raises:
        NotMeasurable: the region is outside the picture or smaller than the template, or the template shows nothing.
    """
    region, left, top = _region(picture, tool)
    height, width = template.shape
    if region.shape[0] < height or region.shape[1] < width:
        raise NotMeasurable(
            f"{tool.name}: the region is {region.shape[1]} by {region.shape[0]} pixels within the picture, "
            f"smaller than its template of {width} by {height}"
        )
    if float(np.var(template)) < _FLAT:
        raise NotMeasurable(f"{tool.name}: the template is of one brightness; take one that shows the part")
    x, y, score = _best(region, template)
    x, y = x + left, y + top
    corners = np.array([(x, y), (x + width - 1, y), (x + width - 1, y + height - 1), (x, y + height - 1), (x, y)])
    is_there = score >= tool.score
    seen = (
        f"best likeness {score:.2f} at ({x + width / 2:.0f}, {y + height / 2:.0f}), {abs(score - tool.score):.2f} "
        f"{'above' if is_there else 'below'} the least of {tool.score:.2f}; yes or no has no uncertainty"
    )
    paths: tuple[Points, ...] = (corners.astype(np.float64),) if is_there else ()
    return Measured(Decimal(int(is_there)), "", None, seen, np.empty((0, 2)), paths)


def _region(picture: Gray, tool: Presence) -> tuple[Gray, int, int]:
    height, width = picture.shape
    region = tool.region(width, height)
    if region is None:
        raise NotMeasurable(f"{tool.name}: the region lies outside the picture, which is {width} by {height} pixels")
    left, top, right, bottom = region
    return picture[top:bottom, left:right], left, top


def _best(region: Gray, template: Gray) -> tuple[int, int, float]:
    height, width = template.shape
    likeness = np.asarray(cv2.matchTemplate(region, template, cv2.TM_CCOEFF_NORMED), np.float64)
    values = region.astype(np.float64)
    sums = [np.asarray(cv2.boxFilter(part, -1, (width, height), anchor=(0, 0))) for part in (values, values**2)]
    variance = (sums[1] - sums[0] ** 2)[: likeness.shape[0], : likeness.shape[1]]
    likeness = np.where((variance >= _FLAT) & np.isfinite(likeness), likeness, 0.0)
    y, x = np.unravel_index(int(np.argmax(likeness)), likeness.shape)
    return int(x), int(y), float(np.clip(likeness[y, x], -1, 1))
