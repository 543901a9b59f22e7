"""A still picture is not looked at for ever, but often enough to be sure of what it shows; a region is what counts."""

from typing import Any

import numpy as np
from unison_domain.stations.camera_settings import CameraSettings, Region
from unison_station.cameras.code import Grey
from unison_station.cameras.gate import LOOKS, Gate

DARK: Grey = np.full((90, 160), 20, dtype=np.uint8)
LIGHT: Grey = np.full((90, 160), 90, dtype=np.uint8)
ROUGH = np.random.default_rng(1).integers(0, 255, (90, 160)).astype(np.uint8)
REGION = Region(x=0.5, y=0.5, width=0.25, height=0.5)
"""The pixels [45:90, 80:120]."""


def gate(**settings: Any) -> Gate:
    return Gate(CameraSettings(name="camera", source="x", **settings))


def with_region(inside: Grey, beside: Grey) -> Grey:
    picture = beside.copy()
    picture[45:90, 80:120] = inside[45:90, 80:120]
    return picture


def test_after_a_movement_many_pictures_are_looked_at_and_then_none() -> None:
    moved = gate(motion=5.0)
    for picture in (DARK, LIGHT, DARK):
        looked = [moved.part(picture) is not None for _ in range(LOOKS + 3)]
        assert looked == [True] * LOOKS + [False] * 3


def test_without_a_limit_each_picture_is_looked_at() -> None:
    still = gate()
    assert all(still.part(DARK) is not None for _ in range(LOOKS + 3))


def test_now_and_then_the_whole_picture_is_looked_at_or_never() -> None:
    now_and_then, never = gate(region=REGION, whole_picture_every=3), gate(region=REGION, whole_picture_every=0)
    sizes = [[part[0].shape for _ in range(6) if (part := one.part(DARK))] for one in (now_and_then, never)]
    assert sizes == [[(45, 40), (45, 40), (90, 160)] * 2, [(45, 40)] * 6]
    part = never.part(DARK)
    assert part is not None
    assert part[1:] == (80, 45)


def test_what_moves_in_the_region_is_seen_and_what_moves_beside_it_is_not() -> None:
    quiet = gate(region=REGION, whole_picture_every=0, motion=30.0)
    for _ in range(LOOKS + 1):
        quiet.part(DARK)
    assert quiet.part(with_region(DARK, beside=LIGHT)) is None
    assert quiet.part(with_region(LIGHT, beside=DARK)) is not None


def test_what_is_sharp_in_the_region_counts() -> None:
    sharp = gate(region=REGION, whole_picture_every=0, sharpness=100.0)
    assert sharp.part(with_region(ROUGH, beside=DARK)) is not None
    assert sharp.part(with_region(DARK, beside=ROUGH)) is None
