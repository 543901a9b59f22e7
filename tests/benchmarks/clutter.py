"""Pictures without a code that look as if they had one: stripes, grids, print, edges and noise."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from tests.benchmarks.barcode_tree import Grey

SCENE = 1600


def clutter(random: np.random.Generator, width: int, height: int, looks: int = 1) -> Iterator[Grey]:
    """Pictures for ever: pieces of scenes, turned, blurred, faint and noisy; a new scene every 500 pieces.

    Args:
        looks: so many pictures in a row show the same piece, each with other noise, as a camera does.
    """
    grain = random.normal(0, 1, (2 * height, 2 * width)).astype(np.float32)
    while True:
        scene = _scene(random)
        for _ in range(500):
            top, left = int(random.integers(0, SCENE - height)), int(random.integers(0, SCENE - width))
            piece = scene[top : top + height, left : left + width].astype(np.float32)
            if random.random() < 0.3:
                piece = cv2.GaussianBlur(piece, (0, 0), float(random.uniform(0.6, 2.0))).astype(np.float32)
            piece = piece * float(random.uniform(0.3, 1.0)) + float(random.uniform(0, 60))
            strength = float(random.choice([2, 8, 25, 60]))
            for _ in range(looks):
                y, x = int(random.integers(0, height)), int(random.integers(0, width))
                noise = grain[y : y + height, x : x + width] * strength
                yield np.asarray(np.clip(piece + noise, 0, 255), dtype=np.uint8)


def _scene(random: np.random.Generator) -> Grey:
    """Stripes of irregular width stand for bars, grids for modules; none follows the rules of a symbology."""
    scene = np.full((SCENE, SCENE), 140, dtype=np.uint8)
    for _ in range(60):
        width, height = int(random.integers(40, 400)), int(random.integers(30, 250))
        patch = _stripes(random, width, height) if random.random() < 0.5 else _grid(random, width, height)
        if random.random() < 0.4:
            turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(random.uniform(0, 180)), 1.0)
            patch = np.asarray(cv2.warpAffine(patch, turn, (width, height), borderValue=(200.0,)), dtype=np.uint8)
        top, left = int(random.integers(0, SCENE - height)), int(random.integers(0, SCENE - width))
        scene[top : top + height, left : left + width] = patch
    for _ in range(40):
        place = (int(random.integers(0, SCENE)), int(random.integers(0, SCENE)))
        words = "".join(random.choice(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 "), 14))
        cv2.putText(scene, words, place, cv2.FONT_HERSHEY_SIMPLEX, float(random.uniform(0.4, 1.5)), (20.0,), 2)
    return scene


def _stripes(random: np.random.Generator, width: int, height: int) -> Grey:
    unit = int(random.integers(1, 5))
    widths = random.integers(1, 5, width) * unit
    row = np.repeat(np.where(np.arange(width) % 2, 230, 30), widths)[:width]
    return np.repeat(row[None, :], height, axis=0).astype(np.uint8)


def _grid(random: np.random.Generator, width: int, height: int) -> Grey:
    unit = int(random.integers(2, 7))
    cells = random.integers(0, 2, (height // unit + 1, width // unit + 1)) * 200 + 30
    return np.kron(cells, np.ones((unit, unit)))[:height, :width].astype(np.uint8)
