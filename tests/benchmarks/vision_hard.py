"""Circumstances in which the edges of a part can not be placed, or not every time: refused, or as right as anywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from unison_station.vision.picture import NotMeasurable

from tests.benchmarks.vision_parts import Circumstances, Setup, Trial, angle, diameter, usual_light, width
from tests.station_agent.vision.rendering import Floats, Light

PATIENCE = 4
FAR = 0.36
"""From here the board fills a fifth of the picture."""


def backlight(chance: np.random.Generator) -> Light:
    """From well exposed to a good deal lighter than the camera takes, the part from gray to cut-off black."""
    dark, light = float(chance.uniform(-15, 60)), float(chance.uniform(200, 300))
    return Light(dark, light, blur=float(chance.uniform(0.4, 2.5)), noise=float(chance.uniform(0, 6)))


def bright_to_the_eye(chance: np.random.Generator) -> Light:
    """As most cameras number light, by a gamma of 2.2."""
    return replace(usual_light(chance), numbers=lambda light: light ** (1 / 2.2))


def srgb(chance: np.random.Generator) -> Light:
    """As IEC 61966-2-1 numbers light: straight in the dark, then a gamma of 2.4."""

    def numbers(light: Floats) -> Floats:
        return np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055)

    return replace(usual_light(chance), numbers=numbers)


HARD: dict[str, tuple[Callable[[Setup, np.random.Generator, Circumstances], Trial], Circumstances]] = {
    "edge distance, cut-off light": (width, Circumstances(backlight)),
    "diameter, cut-off light": (diameter, Circumstances(backlight)),
    "angle, cut-off light": (angle, Circumstances(backlight)),
    "edge distance, gamma 2.2": (width, Circumstances(bright_to_the_eye, gamma=2.2)),
    "diameter, gamma 2.2": (diameter, Circumstances(bright_to_the_eye, gamma=2.2)),
    "edge distance, sRGB taken for gamma 2.2": (width, Circumstances(srgb, gamma=2.2)),
    "edge distance, beside the board too": (width, Circumstances(away=FAR, reach=2.5)),
    "diameter, beside the board too": (diameter, Circumstances(away=FAR, reach=2.5)),
    "edge distance, at a height": (width, Circumstances(height=20, height_within=0.1)),
    "diameter, at a height": (diameter, Circumstances(height=20, height_within=0.1)),
    "edge distance, a board printed within 0.3 %": (width, Circumstances(board_within=0.003)),
    "diameter, a board printed within 0.3 %": (diameter, Circumstances(board_within=0.003)),
    "edge distance, narrow parts": (width, Circumstances(sizes=(0.4, 4))),
    "diameter, small parts": (diameter, Circumstances(sizes=(1, 8))),
}
"""By the name of their rows."""


def hard_trials(name: str, camera: Setup, chance: np.random.Generator, wanted: int) -> list[Trial | None]:
    """Until so many are measured, or `PATIENCE` times as many were tried; None is one that was refused."""
    trials: list[Trial | None] = []
    measured = 0
    while measured < wanted and len(trials) < PATIENCE * wanted:
        trials.append(_trial(name, camera, chance))
        measured += trials[-1] is not None
    return trials


def _trial(name: str, camera: Setup, chance: np.random.Generator) -> Trial | None:
    tool, circumstances = HARD[name]
    try:
        return tool(camera, chance, circumstances)
    except NotMeasurable:
        return None
