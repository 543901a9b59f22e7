"""Pictures of codes as a foreign writer makes them, for tests."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from unison_station.cameras.code import Grey

GS1 = "[01]09506000134352[10]ABC[17]251231"


def printed(folder: Path, text: str, *options: str, scale: int = 2) -> Grey:
    """A code as zint draws it, enlarged."""
    if shutil.which("zint") is None:
        pytest.skip("zint is not installed: apt-get install zint")
    path = folder / "symbol.png"
    subprocess.run(["zint", *options, "--quietzones", "-o", str(path), "-d", text], check=True, capture_output=True)
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    path.unlink()
    assert picture is not None
    return np.asarray(np.kron(picture, np.ones((scale, scale))), dtype=np.uint8)


def on_table(*placed: tuple[Grey, int, int], size: tuple[int, int] = (720, 1280)) -> Grey:
    """Codes on a grey table, each with its left and top; size as (height, width)."""
    table = np.full(size, 128, dtype=np.uint8)
    for code, left, top in placed:
        table[top : top + code.shape[0], left : left + code.shape[1]] = code
    return table


def scratched(label: Grey) -> Grey:
    """A label whose bars are torn in so many places that not most lines across it show them all."""
    torn = label.copy()
    height, width = label.shape
    for first in np.linspace(0.05, 0.75, 8):
        torn[int(first * height) : int((first + 0.05) * height), width // 3 : width // 2] = 255
    return torn
