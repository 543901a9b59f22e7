"""A tree of pictures of barcodes with their texts beside them: written by zint, spoilt as shop floors spoil them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Grey: TypeAlias = NDArray[np.uint8]
Spoil: TypeAlias = Callable[[Grey, np.random.Generator], Grey]

WIDTH, HEIGHT = 1280, 720

SYMBOLS: dict[str, tuple[str, ...]] = {
    "code128": ("-b", "CODE128"),
    "gs1_128": ("-b", "GS1_128", "--gs1"),
    "code39": ("-b", "CODE39"),
    "code93": ("-b", "CODE93"),
    "itf14": ("-b", "ITF14"),
    "ean13": ("-b", "EANX"),
    "ean8": ("-b", "EANX"),
    "upca": ("-b", "UPCA"),
    "databar": ("-b", "DBAR_EXP", "--gs1"),
    "qr": ("-b", "QRCODE"),
    "datamatrix": ("-b", "DATAMATRIX"),
    "gs1_datamatrix": ("-b", "DATAMATRIX", "--gs1"),
    "aztec": ("-b", "AZTEC"),
    "pdf417": ("-b", "PDF417"),
}
"""zint's options of each symbology in the tree."""


class ZintMissing(RuntimeError):
    """The foreign barcode writer is not installed."""


def make_tree(folder: Path, each: int, seed: int = 4) -> None:
    """Write `each` pictures of every symbology and kind of damage; 1280 by 720 pixels with clutter around.

    Raises:
        ZintMissing: there is no zint here.
    """
    if shutil.which("zint") is None:
        raise ZintMissing("zint is not installed: run `apt-get install zint`, or name a folder of your own pictures")
    random = np.random.default_rng(seed)
    for damage, spoil in DAMAGES.items():
        for symbology, options in SYMBOLS.items():
            place = folder / damage
            place.mkdir(parents=True, exist_ok=True)
            for number in range(each):
                data, expected = _content(symbology, random)
                picture = spoil(_scene(_symbol(options, data, folder), random), random)
                name = f"{symbology}-{number}"
                ending, quality = (".jpg", [cv2.IMWRITE_JPEG_QUALITY, 85]) if number % 2 else (".png", [])
                cv2.imwrite(str(place / f"{name}{ending}"), picture, quality)
                (place / f"{name}.txt").write_text(expected + "\n", encoding="utf-8")


def _content(symbology: str, random: np.random.Generator) -> tuple[str, str]:
    """What zint is given, and the text a reader is to give."""
    digits = "".join(str(d) for d in random.integers(0, 10, 12))
    word = "".join(random.choice(list("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"), 9))
    lengths = {"ean13": 12, "ean8": 7, "upca": 11}
    if symbology in lengths:
        body = digits[: lengths[symbology]]
        return body, body + _check(body)
    if symbology == "itf14":
        return "1" + digits, "1" + digits + _check("1" + digits)
    if symbology in ("gs1_128", "gs1_datamatrix", "databar"):
        gtin = "0" + digits + _check("0" + digits)
        return f"[01]{gtin}[10]{word[:6]}[21]{word[6:]}", f"01{gtin}10{word[:6]}\x1d21{word[6:]}"
    if symbology in ("qr", "datamatrix", "aztec", "pdf417"):
        return f"PART-{word};LOT-{digits[:6]}", f"PART-{word};LOT-{digits[:6]}"
    return word, word


def _check(body: str) -> str:
    """Check digit of a GTIN (GS1 General Specifications 7.9)."""
    return str(-sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(body))) % 10)


def _symbol(options: tuple[str, ...], data: str, folder: Path) -> Grey:
    path = folder / "symbol.png"
    subprocess.run(["zint", *options, "--quietzones", "-o", str(path), "-d", data], check=True, capture_output=True)
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    path.unlink()
    assert picture is not None
    return np.asarray(picture, dtype=np.uint8)


def _scene(symbol: Grey, random: np.random.Generator) -> Grey:
    """The symbol on a label, somewhere on a cluttered background; modules of 2 to 4 pixels."""
    scene = _grey(random.normal(120, 8, (HEIGHT, WIDTH)))
    for _ in range(12):
        x, y = int(random.integers(0, WIDTH)), int(random.integers(0, HEIGHT))
        corner = (x + int(random.integers(20, 300)), y + int(random.integers(10, 150)))
        cv2.rectangle(scene, (x, y), corner, (float(random.integers(40, 220)),), -1)
    for _ in range(6):
        place = (int(random.integers(0, WIDTH)), int(random.integers(0, HEIGHT)))
        cv2.putText(scene, "LOT 4711 KG", place, cv2.FONT_HERSHEY_SIMPLEX, float(random.uniform(0.5, 1.5)), (30.0,), 2)
    factor = float(random.uniform(1.0, 2.0)) * (1.4 if min(symbol.shape) < 60 else 1.0)
    factor = min(factor, WIDTH * 0.8 / symbol.shape[1], HEIGHT * 0.8 / symbol.shape[0])
    label = cv2.resize(symbol, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    label = cv2.copyMakeBorder(label, 12, 12, 12, 12, cv2.BORDER_CONSTANT, value=(255.0,))
    label = label[: HEIGHT - 2, : WIDTH - 2]
    top = int(random.integers(0, HEIGHT - label.shape[0]))
    left = int(random.integers(0, WIDTH - label.shape[1]))
    scene[top : top + label.shape[0], left : left + label.shape[1]] = _grey(25 + label * (205 / 255))
    return scene


def _grey(picture: NDArray[np.generic]) -> Grey:
    return np.asarray(np.clip(picture, 0, 255), dtype=np.uint8)


def _noisy(picture: Grey, random: np.random.Generator, sigma: float) -> Grey:
    return _grey(picture + random.normal(0, sigma, picture.shape))


def _clean(picture: Grey, random: np.random.Generator) -> Grey:
    return _noisy(picture, random, 3)


def _blurred(picture: Grey, random: np.random.Generator) -> Grey:
    return _noisy(_grey(cv2.GaussianBlur(picture, (0, 0), float(random.uniform(0.8, 2.2)))), random, 4)


def _moved(picture: Grey, random: np.random.Generator) -> Grey:
    """Blurred along a line, as by motion."""
    length = int(random.integers(3, 9))
    line = np.zeros((length, length))
    line[length // 2] = 1.0 / length
    turn = cv2.getRotationMatrix2D((length / 2 - 0.5, length / 2 - 0.5), float(random.uniform(0, 180)), 1.0)
    return _noisy(_grey(cv2.filter2D(picture, -1, cv2.warpAffine(line, turn, (length, length)))), random, 3)


def _turned(picture: Grey, random: np.random.Generator) -> Grey:
    turn = cv2.getRotationMatrix2D(
        (WIDTH / 2, HEIGHT / 2), float(random.uniform(0, 360)), float(random.uniform(0.6, 1))
    )
    return _noisy(_grey(cv2.warpAffine(picture, turn, (WIDTH, HEIGHT), borderValue=(120.0,))), random, 3)


def _tilted(picture: Grey, random: np.random.Generator) -> Grey:
    """Seen from the side."""
    corners = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], dtype=np.float32)
    moved = corners + random.uniform(-180, 180, (4, 2)).astype(np.float32)
    seen = cv2.warpPerspective(
        picture, cv2.getPerspectiveTransform(corners, moved), (WIDTH, HEIGHT), borderValue=(120.0,)
    )
    return _noisy(_grey(seen), random, 3)


def _faint(picture: Grey, random: np.random.Generator) -> Grey:
    contrast = float(random.uniform(0.08, 0.3))
    return _noisy(_grey(picture * contrast + random.uniform(20, 200)), random, float(random.uniform(1, 5)))


def _grainy(picture: Grey, random: np.random.Generator) -> Grey:
    return _noisy(picture, random, float(random.uniform(20, 60)))


def _inverted(picture: Grey, random: np.random.Generator) -> Grey:
    return _noisy(_grey(255.0 - picture), random, 5)


def _tiny(picture: Grey, random: np.random.Generator) -> Grey:
    """Modules down to about a pixel."""
    factor = float(random.uniform(0.4, 0.8))
    return _noisy(_grey(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)), random, 3)


def _shaded(picture: Grey, random: np.random.Generator) -> Grey:
    """A slope of light, the edge of a shadow and a glare."""
    across = np.linspace(random.uniform(0.2, 1.1), random.uniform(0.2, 1.1), WIDTH)[None, :]
    light = np.repeat(across, HEIGHT, axis=0)
    light[:, int(random.integers(WIDTH // 4, 3 * WIDTH // 4)) :] *= float(random.uniform(0.3, 0.7))
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    centre_x, centre_y, reach = random.integers(0, WIDTH), random.integers(0, HEIGHT), random.uniform(40, 120)
    glare = 160 * np.exp(-((x - centre_x) ** 2 + (y - centre_y) ** 2) / (2 * reach**2))
    return _noisy(_grey(picture * light + glare), random, 4)


def _scratched(picture: Grey, random: np.random.Generator) -> Grey:
    """Dark and light scratches across, and blots."""
    scratched = picture.copy()
    for _ in range(25):
        ends = random.integers(0, [WIDTH, HEIGHT, WIDTH, HEIGHT])
        colour = (float(random.choice([40, 220])),)
        begin, end = (int(ends[0]), int(ends[1])), (int(ends[2]), int(ends[3]))
        cv2.line(scratched, begin, end, colour, int(random.integers(1, 4)))
    return _noisy(scratched, random, 4)


def _cramped(picture: Grey, random: np.random.Generator) -> Grey:
    """Quiet zones damaged: what is near white darkens to the background, so that bars stand in clutter."""
    edges = cv2.dilate(_grey(picture < 90) * 255, np.ones((3, 9), np.uint8), iterations=2)
    spoilt = np.where((edges == 0) & (picture > 200), random.integers(60, 150), picture)
    return _noisy(_grey(spoilt), random, 4)


def _photographed(picture: Grey, random: np.random.Generator) -> Grey:
    """All at once, each a little: as a hand-held telephone sees it."""
    seen = picture
    if random.random() < 0.6:
        turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), float(random.uniform(-25, 25)), 0.9)
        seen = _grey(cv2.warpAffine(seen, turn, (WIDTH, HEIGHT), borderValue=(120.0,)))
    seen = _grey(cv2.GaussianBlur(seen, (0, 0), float(random.uniform(0.6, 1.6))))
    slope = np.linspace(random.uniform(0.5, 1.0), random.uniform(0.5, 1.0), HEIGHT)[:, None]
    seen = _noisy(_grey(seen * slope * random.uniform(0.4, 1.0) + random.uniform(0, 40)), random, 6)
    if random.random() < 0.5:
        seen = _grey(cv2.resize(seen, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA))
    return seen


def _curved(picture: Grey, random: np.random.Generator) -> Grey:
    """Bent around a bottle that stands upright."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    bend = float(random.uniform(0.4, 1.1))
    across = (x - WIDTH / 2) / (WIDTH / 2)
    bent = WIDTH / 2 + np.arcsin(np.clip(across * np.sin(bend), -1, 1)) / bend * WIDTH / 2
    sag = y + float(random.uniform(-60, 60)) * across**2
    seen = cv2.remap(picture, bent.astype(np.float32), sag.astype(np.float32), cv2.INTER_LINEAR, borderValue=(120.0,))
    return _noisy(_grey(seen), random, 4)


DAMAGES: dict[str, Spoil] = {
    "clean": _clean,
    "blurred": _blurred,
    "moved": _moved,
    "turned": _turned,
    "tilted": _tilted,
    "faint": _faint,
    "grainy": _grainy,
    "inverted": _inverted,
    "tiny": _tiny,
    "shaded": _shaded,
    "scratched": _scratched,
    "cramped": _cramped,
    "photographed": _photographed,
    "curved": _curved,
}
"""What happens to a picture between the printer and the camera."""
